"""The camera rooms' list of eyes and the fire desk's register: long lists of which little changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from lachan_sample.dice import dice
from lachan_sample.form import Form, Mark, Row, Value
from lachan_sample.life import City, stand, ward_cell
from lachan_sample.models import models_of
from lachan_sample.rhythm import OFFICE
from lachan_sample.wards import UNKNOWN, Ward, spell

EYES = 1911
REMOVED, PRIVATE, PRIVATE_GONE = 38, 190, 12
BREAKS = 0.14  # share of the eyes that fail once in the year
OWNERS = {"ward": 38, "police": 17, "household": 27, "enterprise": 10, "agency": 8}
PRIVATE_OWNERS = {"household": 50, "enterprise": 35, "agency": 15}

LAUNCHED = {"interfamily_group": 927, "public_point": 1143}
STANDING = {"interfamily_group": 60, "public_point": 80}
GIVEN_UP = 4
CAMPAIGN = (0.6, 0.4, 1.0, 1.4, 1.6, 1.2, 0.9, 0.8, 1.1, 1.5, 1.0, 0.5)  # months of the year

Change = tuple[date, dict[str, Value]]


def draw_cameras(form: Form, city: City) -> list[Row]:
    """The states of the camera eyes in the year."""
    rng = dice(city.seed, city.year, city.number, "camera_register")
    wards = city.wards
    odd = dict(zip(rng.sample(range(PRIVATE - PRIVATE_GONE), len(UNKNOWN)), UNKNOWN, strict=True))
    models = {model.ward: model.model_id for model in models_of(city) if model.kind == "camera_antt"}
    rows: list[Row] = []
    for place, ward in enumerate(wards):
        count = EYES // len(wards) + (place < EYES % len(wards))
        removed = REMOVED // len(wards) + (place < REMOVED % len(wards))
        for number in range(1, count + removed + 1):
            added = number == count > EYES // len(wards)
            changes = _install(rng, city, OWNERS, added)
            changes[0][1].update(model_id=models[ward], in_model=True, ward=spell(rng, ward))
            changes += _take_down(rng, city) if number > count else _break(rng, city, changes[0][0])
            rows += stand(form, rng, _eye(city, ward, number), changes)
    for number in range(PRIVATE):
        ward, marks = rng.choice(wards), list[Mark]()
        leaves = number >= PRIVATE - PRIVATE_GONE
        changes = _install(rng, city, PRIVATE_OWNERS, added=not leaves and rng.random() < 0.3)
        changes[0][1].update(in_model=False, ward=ward_cell(rng, ward, marks, odd.get(number)))
        gone = date(city.year, rng.randrange(2, 12), 12) if leaves else date.max
        rows += stand(form, rng, _eye(city, ward, 501 + number), changes, marks, gone)
    return rows


def draw_fire_safety(form: Form, city: City) -> list[Row]:
    """The states of the fire desk's groups and points: some stood before, most are launched in the year."""
    rng = dice(city.seed, city.year, city.number, "fire_safety_register")
    launches = sorted(_launches(rng, city))
    standing = sum(STANDING.values())
    odd = dict(zip(rng.sample(range(standing, len(launches)), len(UNKNOWN)), UNKNOWN, strict=True))
    given_up = set(rng.sample(range(standing), GIVEN_UP))
    rows: list[Row] = []
    for number, (launched_on, kind) in enumerate(launches):
        first, marks = max(launched_on, date(city.year, 1, 1)), list[Mark]()
        ward = city.register.pick(rng, first)
        households = rng.randrange(5, 16) if kind == "interfamily_group" else None
        changes: list[Change] = [
            (
                first,
                {
                    "kind": kind,
                    "ward": ward_cell(rng, ward, marks, odd.get(number)),
                    "launched_on": launched_on,
                    "households": households,
                },
            )
        ]
        if households and rng.random() < 0.05:
            changes.append((first + timedelta(days=rng.randrange(30, 200)), {"households": households + 1}))
        serial = number + 1 if number < standing else number + 1 - standing
        gone = date(city.year, rng.randrange(3, 12), 9) if number in given_up else date.max
        rows += stand(form, rng, city.number_of("PC", launched_on, serial, 5), changes, marks, gone)
    return rows


def _eye(city: City, ward: Ward, number: int) -> str:
    return f"CAM{city.suffix}-{ward.code}-{number:03d}"


def _install(rng: Random, city: City, owners: dict[str, int], added: bool) -> list[Change]:
    """A working eye, installed some years ago or, if `added`, in the course of the year."""
    day = date(2016, 1, 1) + timedelta(days=rng.randrange(2500))
    if added:
        day = date(city.year, rng.randrange(1, 12), rng.randrange(1, 29))
    owner = rng.choices(list(owners), list(owners.values()))[0]
    noted = day if added or rng.random() < 0.9 else None
    return [(max(day, date(city.year, 1, 1)), {"ownership": owner, "status": "operating", "installed_on": noted})]


def _break(rng: Random, city: City, first: date) -> list[Change]:
    """Some eyes fail, most of them for some weeks."""
    if rng.random() >= BREAKS:
        return []
    failed = first + timedelta(days=rng.randrange((date(city.year, 12, 31) - first).days + 1))
    mended = failed + timedelta(days=rng.randrange(10, 120))
    status = rng.choice(("broken", "offline", "offline"))
    return [(failed, {"status": status}), (mended, {"status": "operating"})]


def _take_down(rng: Random, city: City) -> list[Change]:
    """Taken down before the year or in it."""
    day = date(city.year, rng.randrange(1, 13), rng.randrange(1, 29))
    return [(date(city.year, 1, 1) if rng.random() < 0.4 else day, {"status": "removed"})]


def _launches(rng: Random, city: City) -> Iterator[tuple[date, str]]:
    for kind, count in STANDING.items():
        for _ in range(count):
            yield date(2021, 3, 1) + timedelta(days=rng.randrange(600)), kind
    for kind, count in LAUNCHED.items():
        months = rng.choices(range(1, 13), CAMPAIGN, k=count)
        for month in months:
            yield _office_day(rng, date(city.year, month, rng.randrange(1, 29))), kind


def _office_day(rng: Random, day: date) -> date:
    """The day, or a day before it where it falls on a weekend, within the month."""
    back = day.weekday() - 4 if day.weekday() > 4 and rng.random() > OFFICE.weekdays[day.weekday()] else 0
    return day - timedelta(days=back) if day.day > back else day
