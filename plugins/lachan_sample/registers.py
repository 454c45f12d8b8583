"""The register of cameras and the fire-safety register: long lists in which few entries change in a year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from lachan_sample.city import City
from lachan_sample.dates import OFFICE
from lachan_sample.layout import Layout, Mark, Row, Value
from lachan_sample.models import city_models
from lachan_sample.seeding import seeded_random
from lachan_sample.states import register_rows, ward_cell
from lachan_sample.wards import UNKNOWN_SPELLINGS, Ward, ward_spelling

CAMERAS = 1911
REMOVED, PRIVATE, PRIVATE_DELISTED = 38, 190, 12
FAILURE_RATE = 0.14  # share of the cameras that fail once in the year
OWNERS = {"ward": 38, "police": 17, "household": 27, "enterprise": 10, "agency": 8}
PRIVATE_OWNERS = {"household": 50, "enterprise": 35, "agency": 15}

LAUNCHED = {"interfamily_group": 927, "public_point": 1143}
LAUNCHED_EARLIER = {"interfamily_group": 60, "public_point": 80}
DELISTED = 4  # of those launched earlier
LAUNCHES_BY_MONTH = (0.6, 0.4, 1.0, 1.4, 1.6, 1.2, 0.9, 0.8, 1.1, 1.5, 1.0, 0.5)  # relative, from January to December

Change = tuple[date, dict[str, Value]]


def draw_cameras(layout: Layout, city: City) -> list[Row]:
    """The states of the cameras in the year."""
    rng = seeded_random(city.seed, city.year, city.number, "camera_register")
    wards = city.wards
    unknown_wards = dict(
        zip(rng.sample(range(PRIVATE - PRIVATE_DELISTED), len(UNKNOWN_SPELLINGS)), UNKNOWN_SPELLINGS, strict=True)
    )
    models = {model.ward: model.model_id for model in city_models(city) if model.kind == "camera_antt"}
    rows: list[Row] = []
    for place, ward in enumerate(wards):
        count = CAMERAS // len(wards) + (place < CAMERAS % len(wards))
        removed = REMOVED // len(wards) + (place < REMOVED % len(wards))
        for number in range(1, count + removed + 1):
            added = number == count > CAMERAS // len(wards)
            changes = _install(rng, city, OWNERS, added)
            changes[0][1].update(model_id=models[ward], in_model=True, ward=ward_spelling(rng, ward))
            changes += _draw_removal(rng, city) if number > count else _draw_failure(rng, city, changes[0][0])
            rows += register_rows(layout, rng, _camera_id(city, ward, number), changes)
    for number in range(PRIVATE):
        ward, marks = rng.choice(wards), list[Mark]()
        delisted = number >= PRIVATE - PRIVATE_DELISTED
        changes = _install(rng, city, PRIVATE_OWNERS, added=not delisted and rng.random() < 0.3)
        changes[0][1].update(in_model=False, ward=ward_cell(rng, ward, marks, unknown_wards.get(number)))
        delisted_on = date(city.year, rng.randrange(2, 12), 12) if delisted else date.max
        rows += register_rows(layout, rng, _camera_id(city, ward, 501 + number), changes, marks, delisted_on)
    return rows


def draw_fire_safety(layout: Layout, city: City) -> list[Row]:
    """The states of the fire-safety groups and points; most of them are launched in the year."""
    rng = seeded_random(city.seed, city.year, city.number, "fire_safety_register")
    launches = sorted(_draw_launches(rng, city))
    launched_earlier = sum(LAUNCHED_EARLIER.values())
    unknown_wards = dict(
        zip(rng.sample(range(launched_earlier, len(launches)), len(UNKNOWN_SPELLINGS)), UNKNOWN_SPELLINGS, strict=True)
    )
    delisted = set(rng.sample(range(launched_earlier), DELISTED))
    rows: list[Row] = []
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
        rows += register_rows(layout, rng, city.register_id("PC", launched_on, serial, 5), changes, marks, delisted_on)
    return rows


def _camera_id(city: City, ward: Ward, number: int) -> str:
    return f"CAM{city.suffix}-{ward.code}-{number:03d}"


def _install(rng: Random, city: City, owners: dict[str, int], added: bool) -> list[Change]:
    """The first state of a working camera, installed in earlier years or, if `added`, in this year."""
    day = date(2016, 1, 1) + timedelta(days=rng.randrange(2500))
    if added:
        day = date(city.year, rng.randrange(1, 12), rng.randrange(1, 29))
    owner = rng.choices(list(owners), list(owners.values()))[0]
    installed_on = day if added or rng.random() < 0.9 else None
    return [
        (max(day, date(city.year, 1, 1)), {"ownership": owner, "status": "operating", "installed_on": installed_on})
    ]


def _draw_failure(rng: Random, city: City, first: date) -> list[Change]:
    """The failure and the repair of a camera, 10 to 119 days apart, with probability FAILURE_RATE; else no change."""
    if rng.random() >= FAILURE_RATE:
        return []
    failed = first + timedelta(days=rng.randrange((date(city.year, 12, 31) - first).days + 1))
    repaired = failed + timedelta(days=rng.randrange(10, 120))
    status = rng.choice(("broken", "offline", "offline"))
    return [(failed, {"status": status}), (repaired, {"status": "operating"})]


def _draw_removal(rng: Random, city: City) -> list[Change]:
    """The removal of a camera, before the year or in it."""
    day = date(city.year, rng.randrange(1, 13), rng.randrange(1, 29))
    return [(date(city.year, 1, 1) if rng.random() < 0.4 else day, {"status": "removed"})]


def _draw_launches(rng: Random, city: City) -> Iterator[tuple[date, str]]:
    for kind, count in LAUNCHED_EARLIER.items():
        for _ in range(count):
            yield date(2021, 3, 1) + timedelta(days=rng.randrange(600)), kind
    for kind, count in LAUNCHED.items():
        months = rng.choices(range(1, 13), LAUNCHES_BY_MONTH, k=count)
        for month in months:
            yield _office_day(rng, date(city.year, month, rng.randrange(1, 29))), kind


def _office_day(rng: Random, day: date) -> date:
    """The day; if on a weekend, usually the Friday before it, provided that it is in the same month."""
    back = day.weekday() - 4 if day.weekday() > 4 and rng.random() > OFFICE.weekdays[day.weekday()] else 0
    return day - timedelta(days=back) if day.day > back else day
