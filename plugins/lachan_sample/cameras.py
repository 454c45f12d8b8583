"""The register of cameras: a long list in which few entries change in a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from lachan_sample.city import PUBLISHED_YEAR, City
from lachan_sample.history import (
    EARLIER,
    FIRST_DAY,
    LAST_DAY,
    LATER,
    Change,
    Days,
    Entry,
    PublishedEntry,
    delisted_on,
    draw_end,
    entry_random,
    history,
)
from lachan_sample.layout import Layout, Mark, Row, Value
from lachan_sample.model_history import all_models
from lachan_sample.models import Model
from lachan_sample.seeding import seeded_random
from lachan_sample.states import register_rows, ward_cell
from lachan_sample.wards import UNKNOWN_SPELLINGS, Ward, ward_spelling

CAMERAS = 1911
REMOVED, PRIVATE, PRIVATE_DELISTED = 38, 190, 12
FAILURE_RATE = 0.14  # share of the cameras that fail once in the year
OWNERS = {"ward": 38, "police": 17, "household": 27, "enterprise": 10, "agency": 8}
PRIVATE_OWNERS = {"household": 50, "enterprise": 35, "agency": 15}
# Other years than the published one: cameras removed in each earlier year up to 2021, cameras added in each later
# year, cameras of a unit that joins the city, and the share of the cameras that end in a later year.
REMOVED_EARLIER, ADDED, JOINED, END_RATE = 20, 60, 20, 0.02


@dataclass(frozen=True)
class Camera:
    """One camera; private ones belong to no model. `changes` are those of the published year, or all of a new entry.

    A camera stays on the list for two years after `removed_on`, marked as removed; a private one is missing from the
    list from `delisted_on` on.
    """

    camera_id: str
    ward: Ward | None  # None if the list names no known ward
    model: Model | None
    installed_on: date
    changes: tuple[Change, ...]
    removed_on: date = date.max
    delisted_on: date = date.max
    published: PublishedEntry | None = None


def draw(layout: Layout, city: City, days: Days) -> list[Row]:
    """The states of the cameras on these days."""
    entries = (_entry(city, camera) for camera in all_cameras(city.in_year(PUBLISHED_YEAR)))
    return history(layout, city, entries, days)


def cameras_in_use(city: City) -> dict[Ward, list[str]]:
    """The cameras of the model that are in use during the whole year, by the wards in which they are in that year."""
    in_use: dict[Ward, list[str]] = {}
    first, last = date(city.year, 1, 1), date(city.year, 12, 31)
    for camera in all_cameras(city.in_year(PUBLISHED_YEAR)):
        if camera.model and camera.ward and camera.installed_on < first and last < camera.removed_on:
            ward = city.ward_register.unit_on(camera.ward, first, camera.camera_id)
            in_use.setdefault(ward, []).append(camera.camera_id)
            for day, successor in city.ward_register.successors(camera.ward, camera.camera_id):
                if first < day <= last:
                    in_use.setdefault(successor, []).append(camera.camera_id)
    return in_use


@lru_cache(maxsize=2)
def all_cameras(city: City) -> tuple[Camera, ...]:
    """The cameras of all years; the year of `city` is the published one."""
    models = [model for model in all_models(city) if model.kind == "camera_antt"]
    cameras = (*_published(city, models), *_removed_earlier(city), *_added(city, models))
    return tuple(_with_end(city, camera) for camera in cameras)


def _published(city: City, models: list[Model]) -> Iterator[Camera]:
    rng = seeded_random(city.seed, city.year, city.number, "camera_register")
    wards, layout = city.wards, city.layouts["camera_register"]
    unknown_wards = dict(
        zip(rng.sample(range(PRIVATE - PRIVATE_DELISTED), len(UNKNOWN_SPELLINGS)), UNKNOWN_SPELLINGS, strict=True)
    )
    model_of = {model.ward: model for model in models}
    for place, ward in enumerate(wards):
        count = CAMERAS // len(wards) + (place < CAMERAS % len(wards))
        removed = REMOVED // len(wards) + (place < REMOVED % len(wards))
        for number in range(1, count + removed + 1):
            added = number == count > CAMERAS // len(wards)
            day, changes = _install(rng, city, OWNERS, added)
            model = model_of[ward]
            changes[0][1].update(model_id=model.model_id, in_model=True, ward=ward_spelling(rng, ward))
            changes += _draw_removal(rng, city) if number > count else _draw_failure(rng, city, changes[0][0])
            key, removed_on = _camera_id(city, ward, number), changes[-1][0] if number > count else date.max
            rows = register_rows(layout, rng, key, changes)
            published = PublishedEntry(key, changes, rows)
            yield Camera(key, ward, model, day, tuple(changes), removed_on, published=published)
    for number in range(PRIVATE):
        ward, marks = rng.choice(wards), list[Mark]()
        delisted = number >= PRIVATE - PRIVATE_DELISTED
        day, changes = _install(rng, city, PRIVATE_OWNERS, added=not delisted and rng.random() < 0.3)
        changes[0][1].update(in_model=False, ward=ward_cell(rng, ward, marks, unknown_wards.get(number)))
        delisted_on = date(city.year, rng.randrange(2, 12), 12) if delisted else date.max
        key = _camera_id(city, ward, 501 + number)
        rows = register_rows(layout, rng, key, changes, marks, delisted_on)
        known_ward, published = None if marks else ward, PublishedEntry(key, changes, rows, marks)
        yield Camera(key, known_ward, None, day, tuple(changes), date.max, delisted_on, published)


def _removed_earlier(city: City) -> Iterator[Camera]:
    """Cameras that left the list before the published year; they belonged to no model yet."""
    rng = seeded_random(city.seed, city.number, "cameras removed earlier")
    for number, year in enumerate(year for year in EARLIER[:-2] for _ in range(REMOVED_EARLIER)):
        ward, day = rng.choice(city.wards), date(2012, 1, 1) + timedelta(days=rng.randrange(1500))
        changes = _new_entry(rng, ward, None, day)
        removed_on = date(year, rng.randrange(2, 12), rng.randrange(1, 29))
        yield Camera(_camera_id(city, ward, 701 + number), ward, None, day, changes, removed_on)


def _added(city: City, models: list[Model]) -> Iterator[Camera]:
    """The cameras installed after the published year: some in each unit that joins the city, and others."""
    rng = seeded_random(city.seed, city.number, "cameras added")
    for model in models:
        if model.launched_on > LAST_DAY and model.ward:
            for number in range(1, JOINED + 1):
                day = model.launched_on + timedelta(days=rng.randrange(60))
                changes = _new_entry(rng, model.ward, model, day)
                yield Camera(_camera_id(city, model.ward, number), model.ward, model, day, changes)
    for year in LATER:
        serials: dict[str, int] = {}
        for _ in range(ADDED):
            model, day = rng.choice(models), date(year, 1, 8) + timedelta(days=rng.randrange(350))
            assert model.ward  # noqa: S101 (each camera model has a ward)
            ward = city.ward_register.unit_on(model.ward, day, model.model_id)
            serials[ward.code] = serials.get(ward.code, 100 * (year - PUBLISHED_YEAR)) + 1
            changes = _new_entry(rng, ward, model, day)
            yield Camera(_camera_id(city, ward, serials[ward.code]), ward, model, day, changes)


def _with_end(city: City, camera: Camera) -> Camera:
    """The camera with the day of its removal or delisting, if that is after the published year."""
    if camera.removed_on == FIRST_DAY:  # drawn as removed before the published year
        rng = entry_random(city, "camera end", camera.camera_id)
        camera = replace(camera, removed_on=date(PUBLISHED_YEAR - 1, rng.randrange(2, 12), rng.randrange(1, 29)))
    elif camera.removed_on == camera.delisted_on == date.max:
        ended_on = draw_end(entry_random(city, "camera end", camera.camera_id), camera.installed_on, END_RATE)
        camera = replace(camera, removed_on=ended_on) if camera.model else replace(camera, delisted_on=ended_on)
    return replace(camera, delisted_on=min(camera.delisted_on, delisted_on(camera.removed_on, disappears=False)))


def _entry(city: City, camera: Camera) -> Entry:
    """The entry of a camera, which may fail in every year, and belongs to its model from its launch on."""
    rng = entry_random(city, "camera_register", camera.camera_id)
    added = {} if camera.published else dict(camera.changes[0][1])
    changes: list[Change] = [(camera.installed_on, added)]
    if camera.model and camera.model.launched_on > camera.installed_on:
        added.update(in_model=False, model_id=None)
        changes.append((camera.model.launched_on, {"in_model": True, "model_id": camera.model.model_id}))
    for year in (*EARLIER, *LATER):
        if camera.installed_on.year <= year:
            failure = _draw_failure(rng, city.in_year(year), max(camera.installed_on, date(year, 1, 1)))
            changes += [change for change in failure if change[0] < camera.removed_on]
    if camera.removed_on < date.max:
        changes.append((camera.removed_on, {"status": "removed"}))
    for day, ward in city.ward_register.successors(camera.ward, camera.camera_id) if camera.ward else ():
        changes.append((day, {"ward": ward_spelling(rng, ward)}))
    return Entry(camera.camera_id, changes, camera.published, (), camera.delisted_on)


def _camera_id(city: City, ward: Ward, number: int) -> str:
    return f"CAM{city.suffix}-{ward.code}-{number:03d}"


def _new_entry(rng: Random, ward: Ward, model: Model | None, installed_on: date) -> tuple[Change]:
    owner = rng.choices(list(OWNERS), list(OWNERS.values()))[0]
    values: dict[str, Value] = {
        "model_id": model.model_id if model else None,
        "in_model": model is not None,
        "ward": ward_spelling(rng, ward),
        "ownership": owner,
        "status": "operating",
        "installed_on": installed_on,
    }
    return ((installed_on, values),)


def _install(rng: Random, city: City, owners: dict[str, int], added: bool) -> tuple[date, list[Change]]:
    """The day of installation, in earlier years or, if `added`, in this year, and the first state of the camera."""
    day = date(2016, 1, 1) + timedelta(days=rng.randrange(2500))
    if added:
        day = date(city.year, rng.randrange(1, 12), rng.randrange(1, 29))
    owner = rng.choices(list(owners), list(owners.values()))[0]
    installed_on = day if added or rng.random() < 0.9 else None
    return day, [
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
