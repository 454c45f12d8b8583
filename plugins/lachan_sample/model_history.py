"""The models of all years: those of the published year, those that ended before it, and those added after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from lachan_sample.city import PUBLISHED_YEAR, City
from lachan_sample.history import (
    DELISTED,
    EARLIER,
    LATER,
    Change,
    Days,
    Entry,
    PublishedEntry,
    draw_end,
    entry_random,
    history,
)
from lachan_sample.layout import Layout, Row, Value
from lachan_sample.models import (
    ENDED,
    KINDS,
    Model,
    launch_days,
    name_and_host,
    published_entries,
    published_models,
    reviews,
    static_values,
)
from lachan_sample.seeding import seeded_random
from lachan_sample.wards import ward_spelling

ENDING_KINDS = tuple(dict.fromkeys(kind for kind, _ in ENDED))
END_RATE = 0.08  # share of the models of these kinds that end in a year after the published one
ENDED_EARLIER = 2  # models that ended in each earlier year up to 2021


def all_models(city: City) -> list[Model]:
    """The models of all years."""
    published = [_with_end(city, model) for model in published_models(city.in_year(PUBLISHED_YEAR))]
    return [*published, *_ended_earlier(city), *(_with_end(city, model) for model in _added(city))]


def city_models(city: City) -> list[Model]:
    """The models in the register in the city's year, as known on its last day: models that end later are in force."""
    first, last = date(city.year, 1, 1), date(city.year, 12, 31)
    listed = [model for model in all_models(city) if model.launched_on <= last and model.delisted_on > first]
    return sorted(
        (replace(model, ended_on=date.max, delisted=False) if model.ended_on > last else model for model in listed),
        key=lambda model: model.model_id,
    )


def draw(layout: Layout, city: City, days: Days) -> list[Row]:
    """The states of the register's entries on these days."""
    published_city = city.in_year(PUBLISHED_YEAR)
    published = published_entries(layout, published_city, city_models(published_city))
    entries = (_entry(city, model, published.get(model.model_id)) for model in all_models(city))
    return history(layout, city, entries, days)


def _with_end(city: City, model: Model) -> Model:
    if model.kind not in ENDING_KINDS or model.ended_on < date.max:
        return model
    rng = entry_random(city, "model end", model.model_id)
    ended_on = draw_end(rng, model.launched_on, END_RATE)
    return replace(model, ended_on=ended_on, delisted=ended_on < date.max and rng.random() < DELISTED)


def _ended_earlier(city: City) -> Iterator[Model]:
    """Models that left the register before the published year; their identifiers start with 05."""
    rng = seeded_random(city.seed, city.number, "models", "ended earlier")
    wards = city.in_year(PUBLISHED_YEAR).wards
    for number, year in enumerate(year for year in EARLIER[:-2] for _ in range(ENDED_EARLIER)):
        kind, ward, launched_on = rng.choice(ENDING_KINDS), rng.choice(wards), date(rng.randrange(2010, 2016), 5, 15)
        model_id = city.in_year(PUBLISHED_YEAR).register_id("MH", launched_on, 501 + number, 4)
        name, host = name_and_host(rng, kind, ward)
        ended_on = date(year, rng.randrange(3, 12), 10)
        yield Model(model_id, kind, name, host, ward, launched_on, ended_on, delisted=rng.random() < DELISTED)


def _added(city: City) -> Iterator[Model]:
    """The models launched after the published year: a camera model in each unit that joins the city, and others.

    Those of the joining units are launched after they have joined, because an entry counts from its launch on.
    """
    for year in LATER:
        in_year = city.in_year(year)
        rng = seeded_random(city.seed, year, city.number, "models")
        launches = [
            ("camera_antt", ward, date(year, 1, rng.randrange(2, 29)))
            for ward in city.ward_register.joined(date(year, 1, 1))
        ]
        kinds = [kind for kind, (_, launched) in KINDS.items() for _ in range(launched)]
        rng.shuffle(kinds)
        for kind, launched_on in zip(kinds, launch_days(in_year), strict=True):
            launches.append((kind, city.ward_register.pick(rng, launched_on), launched_on))
        for serial, (kind, ward, launched_on) in enumerate(launches, start=1):
            name, host = name_and_host(rng, kind, ward)
            yield Model(in_year.register_id("MH", launched_on, serial, 4), kind, name, host, ward, launched_on)


def _entry(city: City, model: Model, published: PublishedEntry | None) -> Entry:
    """The entry of a model, which is reviewed every year and whose host follows its ward.

    A model that was drawn for the published year had its last review before as on 1 January of that year, or none.
    """
    rng = entry_random(city, "model_register", model.model_id)
    unrated: dict[str, Value] = {"rating": "unrated", "reviewed_on": None}
    changes: list[Change] = [(model.launched_on, unrated)]
    if not published:
        changes = [(model.launched_on, {**static_values(rng, model), **unrated})]
        changes += (review for year in EARLIER for review in reviews(rng, city.in_year(year), model))
    elif isinstance(reviewed_on := published.changes[0][1]["reviewed_on"], date):
        years = range(EARLIER[0], reviewed_on.year)
        changes += (review for year in years for review in reviews(rng, city.in_year(year), model))
        changes.append((reviewed_on, {"rating": published.changes[0][1]["rating"], "reviewed_on": reviewed_on}))
    else:
        changes = [(model.launched_on, {})]
    changes += (review for year in LATER for review in reviews(rng, city.in_year(year), model))
    if model.ended_on < date.max and not model.delisted:
        changes.append((model.ended_on, {"dissolved_on": model.ended_on}))
    if model.ward:
        hosts = [values["host"] for _, values in published.changes if "host" in values] if published else [model.host]
        ward, host = model.ward, str(hosts[-1])
        for day, successor in city.ward_register.successors(ward, model.model_id):
            host, ward = host.replace(ward.title, successor.title), successor
            changes.append((day, {"ward": ward_spelling(rng, ward), "host": host}))
    return Entry(model.model_id, changes, published, delisted_on=model.delisted_on)
