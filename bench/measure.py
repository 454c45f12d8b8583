"""The measurements as lines of one table: median and range of the rounds, target, and whether it was met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Line:
    """One line of the table. `met` is None if the measurement has no target."""

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
    """The line for one measurement: median and range of the rounds. Target: a median from `least` to `most`."""
    middle = median(values)
    bounds = [f"{sign} {bound:g}{unit}" for sign, bound in (("≥", least), ("≤", most)) if bound is not None]
    met = (least is None or middle >= least) and (most is None or middle <= most)
    spread = f"{_number(min(values))} to {_number(max(values))}" if len(values) > 1 else ""
    return Line(part, what, _number(middle) + unit, spread, " and ".join(bounds), met if bounds else None)


def ratios(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    """Ours divided by theirs, per round: the two loads of a round ran under similar conditions of the machine."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
