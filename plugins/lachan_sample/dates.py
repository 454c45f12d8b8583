"""Random dates and times by weekday, Tết holiday and hour, and the days of exports. Times are local, without a zone."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

LUNAR_NEW_YEAR = {
    2017: date(2017, 1, 28),
    2018: date(2018, 2, 16),
    2019: date(2019, 2, 5),
    2020: date(2020, 1, 25),
    2021: date(2021, 2, 12),
    2022: date(2022, 2, 1),
    2023: date(2023, 1, 22),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
}


class SampleError(ValueError):
    """The sample cannot be written with these arguments; the message says which is wrong and what is allowed."""


@dataclass(frozen=True)
class TimeProfile:
    """Relative frequencies of a kind of event: by weekday (Monday first), in the Tết holiday, by hour of the day."""

    weekdays: tuple[float, ...]
    tet: float
    hours: tuple[int, ...]

    def random_days(self, rng: Random, year: int, count: int, last: date | None = None) -> list[date]:
        """Draw `count` days of the year, none after `last`."""
        days = days_of(year, last)
        holiday = tet(year)
        weights = [self.weekdays[day.weekday()] * (self.tet if day in holiday else 1.0) for day in days]
        return rng.choices(days, weights, k=count)

    def random_time(self, rng: Random, day: date) -> datetime:
        """Draw a minute of the day; on 31 December at most 22:30, so that a result can be saved in the same year."""
        bounds = list(accumulate(self.hours))
        hour = bisect(bounds, rng.random() * bounds[-1])
        moment = datetime.combine(day, time(hour, rng.randrange(60)))
        if (day.month, day.day) == (12, 31):
            return min(moment, datetime.combine(day, time(22, rng.randrange(31))))
        return moment


HOTLINE = TimeProfile(
    (1.0, 0.95, 0.95, 1.0, 1.2, 1.35, 1.15), 1.5,
    (5, 3, 2, 1, 1, 2, 4, 6, 7, 8, 8, 7, 6, 6, 7, 7, 8, 9, 11, 14, 16, 15, 12, 8),
)  # fmt: skip
OFFICE = TimeProfile(
    (1.2, 1.1, 1.05, 1.0, 1.0, 0.45, 0.2), 0.25,
    (0, 0, 0, 0, 0, 0, 0, 6, 14, 16, 13, 6, 2, 5, 13, 14, 11, 5, 2, 1, 1, 0, 0, 0),
)  # fmt: skip
PATROL = TimeProfile(
    (0.95, 0.95, 0.95, 1.0, 1.1, 1.15, 1.05), 1.35,
    (4, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 2, 8, 20, 24, 20, 10, 0),
)  # fmt: skip


def tet(year: int) -> frozenset[date]:
    """The Tết holiday: from two days before the lunar new year to four days after it."""
    first = LUNAR_NEW_YEAR[year] - timedelta(days=2)
    return frozenset(first + timedelta(days=n) for n in range(7))


def days_of(year: int, last: date | None = None) -> list[date]:
    """Every day of the year up to `last` (by default its last day)."""
    end = last or date(year, 12, 31)
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((end - first).days + 1)]


def export_days(year: int, every: str) -> list[date]:
    """The days of the year that have an export: each day (d), each Sunday (w), or the last of each month (mo)."""
    days = days_of(year)
    if every == "w":
        return [day for day in days if day.weekday() == 6]
    if every == "mo":
        return [day for day in days if (day + timedelta(days=1)).day == 1]
    return days


def check_years(start: date, end: date) -> range:
    """The years of a range of dates; raises SampleError if it is reversed or a year has no listed lunar new year."""
    if start > end:
        raise SampleError(f"the range ends before it starts: {start} to {end}; give the earlier date first")
    years = range(start.year, end.year + 1)
    unknown = [year for year in years if year not in LUNAR_NEW_YEAR]
    if unknown:
        raise SampleError(
            f"{start} to {end} includes {unknown[0]}, but the lunar new year is listed only for the years "
            f"{min(LUNAR_NEW_YEAR)} to {max(LUNAR_NEW_YEAR)}; choose dates in these years, "
            "or add the date of the lunar new year to plugins/lachan_sample/dates.py"
        )
    return years
