"""Rows for the successive states of a record: every change of a record is a new state, and a row of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from lachan_sample.layout import Cell, Layout, Mark, Row, Value
from lachan_sample.wards import Ward, ward_spelling

Change = tuple[datetime, Mapping[str, Value]]


def later(rng: Random, moment: datetime, low: float, high: float) -> datetime:
    """A random time between `low` and `high` hours after the moment, a whole number of minutes from it."""
    return moment + timedelta(minutes=round(rng.uniform(low, high) * 60))


def change_rows(layout: Layout, rng: Random, key: str, changes: Sequence[Change], marks: list[Mark]) -> list[Row]:
    """One row per change, for feeds that export changes.

    The first of `changes` is the first state; the others are sorted by time. Each row also carries all
    values of the rows before it. No two rows of a key have the same second in `updated_at`.
    """
    rows: list[Row] = []
    known: dict[str, Value] = {layout.fields[0].name: key}
    saved = changes[0][0] - timedelta(seconds=1)
    ordered = [changes[0], *sorted(changes[1:], key=lambda change: change[0])]
    for number, (moment, values) in enumerate(ordered, start=1):
        saved = max(moment.replace(second=rng.randrange(60)), saved + timedelta(seconds=1))
        known = {**known, **values, "updated_at": saved}
        rows.append(Row(key, saved, layout.write_cells(rng, known), tuple(marks), last=number == len(ordered)))
    return rows


def next_row(layout: Layout, rng: Random, row: Row, change: Change) -> Row:
    """The state after `row`, in which only the cells of the changed values are rewritten."""
    moment, values = change
    cells = layout.rewrite_cells(rng, row.cells, {**values, "updated_at": moment})
    return replace(row, updated_at=moment, cells=cells, last=True)


def register_rows(
    layout: Layout,
    rng: Random,
    key: str,
    changes: Sequence[tuple[date, Mapping[str, Value]]],
    marks: Sequence[Mark] = (),
    delisted_on: date = date.max,
    cells: tuple[Cell, ...] | None = None,
) -> list[Row]:
    """The states of one entry of a register, for feeds that export snapshots.

    Each state is valid until the next one, the last until the day before `delisted_on`, when the entry leaves
    the register. A change rewrites only the cells for which it gives a value; the other cells keep their
    spelling, which `cells` gives for an entry that had states before.
    """
    rows: list[Row] = []
    cells = cells or layout.write_cells(rng, {layout.fields[0].name: key})
    ordered = sorted(changes, key=lambda change: change[0])
    ends = [*(day for day, _ in ordered[1:]), delisted_on]
    for (day, values), end in zip(ordered, ends, strict=True):
        cells = layout.rewrite_cells(rng, cells, values)
        rows.append(Row(key, datetime.combine(day, time()), cells, tuple(marks), until=min(end, delisted_on)))
    return rows


def ward_cell(rng: Random, ward: Ward, marks: list[Mark], unknown: str | None) -> str:
    """The ward in one of its spellings; or `unknown`, a spelling of no ward, which is added to `marks`."""
    if unknown is None:
        return ward_spelling(rng, ward)
    marks.append(("unknown_wards", unknown))
    return unknown
