"""The states of register entries over all years, joined to those of the year with the published totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from lachan_sample.city import PUBLISHED_YEAR, City
from lachan_sample.dates import LUNAR_NEW_YEAR
from lachan_sample.layout import Layout, Mark, Row, Value
from lachan_sample.seeding import seeded_random
from lachan_sample.states import register_rows

EARLIER = range(min(LUNAR_NEW_YEAR), PUBLISHED_YEAR)
LATER = range(PUBLISHED_YEAR + 1, max(LUNAR_NEW_YEAR) + 1)
FIRST_DAY, LAST_DAY = date(PUBLISHED_YEAR, 1, 1), date(PUBLISHED_YEAR, 12, 31)
DELISTED = 0.25  # share of the entries that disappear when they end; the others stay, with the date of their end

Change = tuple[date, dict[str, Value]]
Days = tuple[date, date]  # the first and the last of some days


@dataclass(frozen=True)
class PublishedEntry:
    """What was drawn for one entry in the published year: its changes, and the rows of its states."""

    key: str
    changes: Sequence[Change]
    rows: Sequence[Row]
    marks: Sequence[Mark] = ()


@dataclass(frozen=True)
class Entry:
    """One entry of a register over all years.

    The first of `changes` adds the entry to the register. If the entry was drawn for the published year, its
    rows of that year are kept as they are; then the changes before that year give only the values that were
    different from those on 1 January, and those within the year are ignored.
    """

    key: str
    changes: Sequence[Change]
    published: PublishedEntry | None = None
    marks: Sequence[Mark] = ()
    delisted_on: date = date.max


def history(layout: Layout, city: City, entries: Iterable[Entry], days: Days) -> list[Row]:
    """The states of the entries on these days."""
    first, last = days
    listed = (entry for entry in entries if entry.changes[0][0] <= last and first < entry.delisted_on)
    states = (row for entry in listed for row in _states(layout, city, entry, days))
    return [row for row in states if row.updated_at.date() <= last and first < row.until]


def entry_random(city: City, purpose: str, key: str) -> Random:
    """A generator for one entry, which depends on no year and on no other entry."""
    return seeded_random(city.seed, city.number, purpose, key)


def delisted_on(ended_on: date, *, disappears: bool) -> date:
    """When an entry that ended leaves the register: at once, or after two years, in which it is marked as ended."""
    return ended_on if disappears or ended_on == date.max else ended_on.replace(year=ended_on.year + 2)


def draw_end(rng: Random, listed_from: date, rate: float) -> date:
    """The day on which an entry ends after the published year; `rate` is the share that ends in a year."""
    for year in LATER:
        if rng.random() < rate and year > listed_from.year:
            return date(year, rng.randrange(2, 12), rng.randrange(1, 29))
    return date.max


def _states(layout: Layout, city: City, entry: Entry, days: Days) -> list[Row]:
    listed_from = entry.changes[0][0]
    changes = [change for change in entry.changes if listed_from <= change[0] < entry.delisted_on]
    if not entry.published:
        rng = entry_random(city, f"{layout.feed} history", entry.key)
        return register_rows(layout, rng, entry.key, changes, entry.marks, entry.delisted_on)
    marks = entry.published.marks
    rows = [row for row in entry.published.rows if row.updated_at.date() <= LAST_DAY]
    first, last = rows[0], rows[-1]
    before = [change for change in changes if change[0] < FIRST_DAY]
    after = [change for change in (*entry.published.changes, *changes) if change[0] > LAST_DAY]
    rows[-1] = replace(last, until=min(last.until, entry.delisted_on, *(day for day, _ in after)))
    if before and days[0] < FIRST_DAY:
        rng = entry_random(city, f"{layout.feed} before", entry.key)
        rows[:0] = register_rows(layout, rng, entry.key, before, marks, FIRST_DAY, first.cells)
    if after and days[1] > LAST_DAY:
        rng = entry_random(city, f"{layout.feed} after", entry.key)
        rows += register_rows(layout, rng, entry.key, after, marks, entry.delisted_on, last.cells)
    return rows
