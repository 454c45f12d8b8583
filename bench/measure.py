"""What is measured, as lines of one table: the median and range of the repeats, and a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Line:
    """One line of the table. `met` is None where there is no target."""

    part: str
    what: str
    value: str
    spread: str = ""
    target: str = ""
    met: bool | None = None


def line(
    part: str, what: str, values: Sequence[float], unit: str = "", *,
    least: float | None = None, most: float | None = None,
) -> Line:  # fmt: skip
    """The median of repeats and their range, judged by its target: at least `least`, at most `most`."""
    middle = median(values)
    bounds = [f"{sign} {bound:g}{unit}" for sign, bound in (("≥", least), ("≤", most)) if bound is not None]
    met = (least is None or middle >= least) and (most is None or middle <= most)
    spread = f"{_number(min(values))} to {_number(max(values))}" if len(values) > 1 else ""
    return Line(part, what, _number(middle) + unit, spread, " and ".join(bounds), met if bounds else None)


def ratios(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    """Ours by theirs, round by round: both of a round met the machine in the same mood."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
