"""A reader who is not cleared, and computes what is hidden from him out of all that he can read at one time.

He may also belong to a ward, and know all that it has counted itself.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg2.extensions import connection as Connection

from attack.linear import Bounds, Sums

THRESHOLD = 5

# By the published definitions of a family of indicators: the kinds of items in each numerator and denominator.
TIPS = {
    "tips_received": ("pending converted valuable none", None),
    "tips_pending": ("pending", None),
    "tips_valuable": ("converted valuable", None),
    "tips_valuable_rate": ("converted valuable", "converted valuable none"),
    "tips_converted_rate": ("converted", "converted valuable"),
}
ENV_WORKERS = {
    "env_worker_tips": ("converted none", None),
    "env_worker_tips_converted": ("converted", None),
    "env_worker_tips_converted_rate": ("converted", "converted none"),
}
CASES = {"camera_case_clearance_rate": ("clarified", "clarified none")}
ALONE = (
    "tips_duplicate", "camera_extractions", "camera_extraction_requests", "camera_cases_clarified",
    "patrol_participations", "patrol_conflicts_resolved", "armed_patrol_findings", "model_activities",
)  # fmt: skip
FAMILIES: tuple[dict[str, tuple[str, str | None]], ...] = (
    TIPS, ENV_WORKERS, CASES, *({indicator: ("all", None)} for indicator in ALONE),
)  # fmt: skip
NOT_ADDED_OVER_WARDS = {"camera_case_clearance_rate", "camera_extraction_requests", "camera_cases_clarified"}

FIGURES = """
select indicator_key, window_kind, window_starts_on, window_ends_on, ward_basis, ward_key, breakdown_value,
    numerator, denominator, value, year_before_value
from {} where indicator_key = any(%s)
"""
RECAST = "select ward_key, recast_ward_key from marts.ward_recast"
LONG = ("month", "quarter", "half_year", "nine_months", "year")


@dataclass(frozen=True)
class Cell:
    """A cell of a table of one family: kinds of items, days, wards and a part; `part` is total for all parts."""

    kinds: frozenset[str]
    first: date
    last: date
    basis: str
    ward: str
    part: str


def read(connection: Connection, family: Iterable[str], relation: str = "reporting.figure") -> list[tuple[Any, ...]]:
    """The figures of a family as the reader sees them."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES.format(relation), (list(family),))
        return cursor.fetchall()


def counts(
    family: dict[str, tuple[str, str | None]], figures: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[Cell, int | None]]:
    """Each numerator and denominator of some figures, with its value (None where it is hidden)."""
    for indicator, _, first, last, basis, ward, part, numerator, denominator, *_, before in figures:
        kinds, whole = family[indicator]
        yield Cell(frozenset(kinds.split()), first, last, basis, ward, part), numerator
        if whole:
            yield Cell(frozenset(whole.split()), first, last, basis, ward, part), denominator
        elif before is not None and (first.month, first.day) != (2, 29):
            earlier = (
                first.replace(year=first.year - 1),
                (last + timedelta(1)).replace(year=last.year - 1) - timedelta(1),
            )
            if (last - first).days not in (6,):  # weeks have other days
                yield Cell(frozenset(kinds.split()), *earlier, basis, ward, part), int(before)


@dataclass
class Table:
    """The atoms of one family: kind x interval of days x ward x part; every window consists of whole ones."""

    kinds: list[str]
    cuts: list[date]
    wards: list[str]
    parts: list[str]
    recast: dict[str, list[str]] = field(default_factory=dict)

    def holds(self, cell: Cell) -> NDArray[np.int64]:
        """The numbers of the atoms that a cell is the sum of."""
        if cell.ward == "city":
            wards = range(len(self.wards))
        elif cell.basis == "as_was":
            wards = [self.wards.index(cell.ward)]
        else:
            wards = [number for number, ward in enumerate(self.wards) if ward in self.recast.get(cell.ward, ())]
        kinds = [number for number, kind in enumerate(self.kinds) if kind in cell.kinds]
        days = range(bisect_left(self.cuts, cell.first), bisect_right(self.cuts, cell.last + timedelta(1)) - 1)
        parts = range(len(self.parts)) if cell.part == "total" else [self.parts.index(cell.part)]
        shape = (len(self.kinds), len(self.cuts) - 1, len(self.wards), len(self.parts))
        return np.ravel_multi_index(np.ix_(kinds, days, wards, parts), shape).reshape(-1)

    @property
    def count(self) -> int:
        """The number of atoms."""
        return len(self.kinds) * (len(self.cuts) - 1) * len(self.wards) * len(self.parts)


def attack(
    family: dict[str, tuple[str, str | None]],
    seen: list[tuple[Any, ...]],
    hidden: list[tuple[Any, ...]],
    recast: list[tuple[str, str]],
    bounds_of: int | None = None,
    own: str | None = None,
) -> dict[Cell, int]:
    """The small counts that follow from the figures `seen`: of the figures `hidden`, and of half-months.

    What the ward `own` has is no secret to the attacker, whose figures are among the `seen` ones: neither its own
    cells, nor a larger one (a unit of today, the city) in which nobody else has anything.

    Exact rank finds what is determined, linear programming what is bounded to one value; the latter is tried for
    `bounds_of` of the hidden cells that can be told apart, for all without a number.
    """
    known = [(cell, value) for cell, value in counts(family, seen) if value is not None]
    targets = {cell for cell, _ in counts(family, hidden) if not _is_of(cell, own, recast)}
    if NOT_ADDED_OVER_WARDS & family.keys():
        known = [(cell, value) for cell, value in known if cell.ward == "city"]
        targets = {cell for cell in targets if cell.ward == "city"}
    table = _table(family, [cell for cell, _ in known], targets, recast)
    targets |= set(_half_months(table, targets))
    sums = Sums([table.holds(cell) for cell, _ in known], [value for _, value in known], table.count)
    found: dict[Cell, int] = {}

    def is_secret(cell: Cell, atoms: NDArray[np.int64], value: int) -> bool:
        if not 0 < value < THRESHOLD:
            return False
        own_atoms = np.intersect1d(atoms, table.holds(replace(cell, basis="as_was", ward=own))) if own else atoms[:0]
        return value != (sums.determined(own_atoms) if len(own_atoms) else 0)

    alike: dict[bytes, tuple[Cell, NDArray[np.int64]]] = {}
    for cell in sorted(targets, key=repr):
        atoms = table.holds(cell)
        if len(atoms):
            classes, is_whole = sums.classes_of(atoms)
            alike.setdefault(classes.tobytes() + is_whole.tobytes(), (cell, atoms))
    bounded = []
    for cell, atoms in alike.values():
        value = sums.determined(atoms)
        if value is None:
            bounded.append((cell, atoms))
        elif is_secret(cell, atoms, value):
            found[cell] = value
    bounds = Bounds(sums)
    for cell, atoms in bounded if bounds_of is None else bounded[:: len(bounded) // bounds_of + 1]:
        low, high = bounds.of(atoms)
        if low == high and is_secret(cell, atoms, low):
            found[cell] = low
    return found


def _is_of(cell: Cell, ward: str | None, recast: list[tuple[str, str]]) -> bool:
    """Whether a cell counts what one ward has, and nothing else."""
    if cell.basis == "as_was":
        return cell.ward == ward
    return {each for each, unit in recast if unit == cell.ward} == {ward}


def _table(
    family: dict[str, tuple[str, str | None]],
    known: list[Cell],
    targets: set[Cell],
    recast: list[tuple[str, str]],
) -> Table:
    cells = [*known, *(cell for cell in targets if cell.last - cell.first > timedelta(6))]
    cuts = {day for cell in cells for day in (cell.first, cell.last + timedelta(1))}
    units: dict[str, list[str]] = {}
    for ward, unit in recast:
        units.setdefault(unit, []).append(ward)
    return Table(
        kinds=sorted({kind for pair in family.values() for kinds in pair if kinds for kind in kinds.split()}),
        cuts=sorted(cuts),
        wards=sorted({cell.ward for cell in {*known, *targets} if cell.basis == "as_was" and cell.ward != "city"})
        or ["-"],
        parts=sorted({cell.part for cell in {*known, *targets}} - {"total"}) or ["-"],
        recast=units,
    )


def _half_months(table: Table, targets: set[Cell]) -> Iterator[Cell]:
    """What calendar and administrative months have in common, in every kind, ward and part."""
    shapes = {(cell.kinds, cell.basis, cell.ward, cell.part) for cell in targets}
    for begin, end in pairwise(table.cuts):
        for kinds, basis, ward, part in shapes:
            yield Cell(kinds, begin, end - timedelta(1), basis, ward, part)
