"""The fire-safety register: groups and points, most of them launched in the published year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from lachan_sample.city import PUBLISHED_YEAR, City
from lachan_sample.dates import OFFICE
from lachan_sample.history import EARLIER, LATER, Change, Days, Entry, PublishedEntry, draw_end, entry_random, history
from lachan_sample.layout import Layout, Mark, Row
from lachan_sample.seeding import seeded_random
from lachan_sample.states import register_rows, ward_cell
from lachan_sample.wards import UNKNOWN_SPELLINGS, Ward, ward_spelling

LAUNCHED = {"interfamily_group": 927, "public_point": 1143}
LAUNCHED_EARLIER = {"interfamily_group": 60, "public_point": 80}
DELISTED = 4  # of those launched earlier
LAUNCHES_BY_MONTH = (0.6, 0.4, 1.0, 1.4, 1.6, 1.2, 0.9, 0.8, 1.1, 1.5, 1.0, 0.5)  # relative, from January to December
# Other years than the published one: entries launched in each later year, entries that disappeared in each earlier
# year, and the share of the entries that disappear in a later year.
LAUNCHED_LATER = {"interfamily_group": 240, "public_point": 300}
DELISTED_EARLIER, END_RATE = 8, 0.01


def draw(layout: Layout, city: City, days: Days) -> list[Row]:
    """The states of the fire-safety groups and points on these days."""
    entries = (*_published(layout, city.in_year(PUBLISHED_YEAR)), *_delisted_earlier(city), *_launched_later(city))
    return history(layout, city, entries, days)


def _published(layout: Layout, city: City) -> Iterator[Entry]:
    rng = seeded_random(city.seed, city.year, city.number, "fire_safety_register")
    launches = sorted(_draw_launches(rng, city))
    launched_earlier = sum(LAUNCHED_EARLIER.values())
    unknown_wards = dict(
        zip(rng.sample(range(launched_earlier, len(launches)), len(UNKNOWN_SPELLINGS)), UNKNOWN_SPELLINGS, strict=True)
    )
    delisted = set(rng.sample(range(launched_earlier), DELISTED))
    for number, (launched_on, kind) in enumerate(launches):
        first, marks = max(launched_on, date(city.year, 1, 1)), list[Mark]()
        ward = city.ward_register.pick(rng, first)
        households = rng.randrange(5, 16) if kind == "interfamily_group" else None
        changes: list[Change] = [
            (
                first,
                {
                    "kind": kind,
                    "ward": ward_cell(rng, ward, marks, unknown_wards.get(number)),
                    "launched_on": launched_on,
                    "households": households,
                },
            )
        ]
        if households and rng.random() < 0.05:
            changes.append((first + timedelta(days=rng.randrange(30, 200)), {"households": households + 1}))
        serial = number + 1 if number < launched_earlier else number + 1 - launched_earlier
        delisted_on = date(city.year, rng.randrange(3, 12), 9) if number in delisted else date.max
        key = city.register_id("PC", launched_on, serial, 5)
        rows = register_rows(layout, rng, key, changes, marks, delisted_on)
        published = PublishedEntry(key, changes, rows, marks)
        yield _entry(city, key, (launched_on, {}), None if marks else ward, delisted_on, published)


def _delisted_earlier(city: City) -> Iterator[Entry]:
    """Entries that disappeared before the published year; their identifiers start with 05."""
    rng = seeded_random(city.seed, city.number, "fire safety delisted earlier")
    published_city = city.in_year(PUBLISHED_YEAR)
    for number, year in enumerate(year for year in EARLIER for _ in range(DELISTED_EARLIER)):
        launched_on = date(2008, 1, 1) + timedelta(days=rng.randrange(3200))
        key = published_city.register_id("PC", launched_on, 5001 + number, 5)
        ward = rng.choice(published_city.wards)
        delisted_on = date(year, 2 + number % DELISTED_EARLIER, 9)
        yield _entry(city, key, _launch(rng, rng.choice(list(LAUNCHED)), ward, launched_on), ward, delisted_on)


def _launched_later(city: City) -> Iterator[Entry]:
    for year in LATER:
        rng = seeded_random(city.seed, year, city.number, "fire_safety_register")
        days = sorted((_draw_day(rng, year), kind) for kind, count in LAUNCHED_LATER.items() for _ in range(count))
        for serial, (launched_on, kind) in enumerate(days, start=1):
            key = city.in_year(year).register_id("PC", launched_on, serial, 5)
            ward = city.ward_register.pick(rng, launched_on)
            yield _entry(city, key, _launch(rng, kind, ward, launched_on), ward)


def _launch(rng: Random, kind: str, ward: Ward, launched_on: date) -> Change:
    households = rng.randrange(5, 16) if kind == "interfamily_group" else None
    spelling = ward_spelling(rng, ward)
    return launched_on, {"kind": kind, "ward": spelling, "launched_on": launched_on, "households": households}


def _entry(
    city: City,
    key: str,
    added: Change,
    ward: Ward | None,
    delisted_on: date = date.max,
    published: PublishedEntry | None = None,
) -> Entry:
    """The entry of a group or point, which may disappear after the published year."""
    rng = entry_random(city, "fire_safety_register", key)
    if delisted_on == date.max:
        delisted_on = draw_end(rng, added[0], END_RATE)
    changes = [added]
    for day, successor in city.ward_register.successors(ward, key) if ward else ():
        changes.append((day, {"ward": ward_spelling(rng, successor)}))
    return Entry(key, changes, published, (), delisted_on)


def _draw_launches(rng: Random, city: City) -> Iterator[tuple[date, str]]:
    for kind, count in LAUNCHED_EARLIER.items():
        for _ in range(count):
            yield date(2021, 3, 1) + timedelta(days=rng.randrange(600)), kind
    for kind, count in LAUNCHED.items():
        months = rng.choices(range(1, 13), LAUNCHES_BY_MONTH, k=count)
        for month in months:
            yield _office_day(rng, date(city.year, month, rng.randrange(1, 29))), kind


def _draw_day(rng: Random, year: int) -> date:
    month = rng.choices(range(1, 13), LAUNCHES_BY_MONTH)[0]
    return _office_day(rng, date(year, month, rng.randrange(1, 29)))


def _office_day(rng: Random, day: date) -> date:
    """The day; if on a weekend, usually the Friday before it, provided that it is in the same month."""
    back = day.weekday() - 4 if day.weekday() > 4 and rng.random() > OFFICE.weekdays[day.weekday()] else 0
    return day - timedelta(days=back) if day.day > back else day
