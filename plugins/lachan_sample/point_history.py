"""The sites of all years: those of the published year, those that ended before it, and those added after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

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
from lachan_sample.layout import Layout, Row
from lachan_sample.model_history import all_models, city_models
from lachan_sample.models import Model
from lachan_sample.points import (
    REPLICATED_IN_YEAR,
    Point,
    draw_place_kind,
    enterprise_names,
    first_entry,
    place_name,
    places,
    published_entries,
    published_points,
)
from lachan_sample.seeding import seeded_random
from lachan_sample.wards import ward_spelling

END_RATE = 0.04  # share of the sites of camera models that end in a year after the published one
ENDED_EARLIER = 5  # sites of camera models that ended in each earlier year up to 2021


def all_points(city: City) -> list[Point]:
    """The sites of the models of all years."""
    published_city = city.in_year(PUBLISHED_YEAR)
    models = {model.model_id: model for model in all_models(city)}
    published_models = city_models(published_city)
    published = published_points(published_city, published_models)
    known = {model.model_id for model in published_models}
    sites = [
        *_sites_of_models(city, [model for model in models.values() if model.model_id not in known]),
        *_replicated(city, [model for model in models.values() if model.kind == "camera_antt"]),
    ]
    return [_with_end(city, models, point) for point in (*published, *_with_identity(city, sites))]


def city_points(city: City) -> list[Point]:
    """The sites in the list in the city's year."""
    first, last = date(city.year, 1, 1), date(city.year, 12, 31)
    listed = [point for point in all_points(city) if point.launched_on <= last and point.delisted_on > first]
    return sorted(listed, key=lambda point: point.point_id)


def draw(layout: Layout, city: City, days: Days) -> list[Row]:
    """The states of the list's entries on these days."""
    published_city = city.in_year(PUBLISHED_YEAR)
    points = published_points(published_city, city_models(published_city))
    published = published_entries(layout, published_city, points)
    entries = (_entry(city, point, published.get(point.point_id)) for point in all_points(city))
    return history(layout, city, entries, days)


def _sites_of_models(city: City, models: list[Model]) -> Iterator[Point]:
    """The sites at which these models were launched."""
    for model in models:
        rng = entry_random(city, "sites", model.model_id)
        for number, (place_kind, ward) in enumerate(places(rng, city, model)):
            yield Point(model, ward, place_kind, number == 0, model.launched_on)


def _replicated(city: City, cameras: list[Model]) -> Iterator[Point]:
    """The sites of camera models that ended before the published year, and those added after it."""
    rng = seeded_random(city.seed, city.number, "replicated sites")
    for year in EARLIER[:-2]:
        older = [model for model in cameras if model.launched_on < date(year - 1, 6, 1)]
        for model in rng.choices(older, k=ENDED_EARLIER):
            launched_on = model.launched_on + timedelta(days=rng.randrange(150))
            ended_on = date(year, rng.randrange(2, 12), rng.randrange(1, 29))
            yield Point(model, model.ward, draw_place_kind(rng), False, launched_on, ended_on)
    for year in LATER:
        for _ in range(REPLICATED_IN_YEAR):
            launched_on = date(year, 1, 8) + timedelta(days=rng.randrange(340))
            model = rng.choice([model for model in cameras if model.launched_on < launched_on])
            assert model.ward  # noqa: S101 (only city-wide models have no ward)
            ward = city.ward_register.unit_on(model.ward, launched_on, model.model_id)
            yield Point(model, ward, draw_place_kind(rng), False, launched_on)


def _with_identity(city: City, sites: list[Point]) -> Iterator[Point]:
    """The sites with names and identifiers; the identifiers of sites that ended earlier start with 05."""
    rng = seeded_random(city.seed, city.number, "names of sites")
    enterprises = enterprise_names(rng)
    serials: dict[int, int] = {}
    for site in sorted(sites, key=lambda site: site.launched_on):
        year = max(site.launched_on.year, PUBLISHED_YEAR)
        serials[year] = serials.get(year, 5000 if year == PUBLISHED_YEAR else 0) + 1
        key = city.in_year(year).register_id("DM", site.launched_on, serials[year], 5)
        name, marks = place_name(rng, site, enterprises)
        yield replace(site, point_id=key, place_name=name, marks=marks)


def _with_end(city: City, models: dict[str, Model], point: Point) -> Point:
    """The site with its own end, or that of its model if the model ends first."""
    model = models[point.model.model_id]
    if point.ended_on == date.max and model.kind == "camera_antt" and not point.is_origin:
        rng = entry_random(city, "site end", point.point_id)
        ended_on = draw_end(rng, point.launched_on, END_RATE)
        point = replace(point, ended_on=ended_on, delisted=ended_on < date.max and rng.random() < DELISTED)
    if model.ended_on < point.ended_on:
        point = replace(point, ended_on=model.ended_on, delisted=model.delisted)
    return point


def _entry(city: City, point: Point, published: PublishedEntry | None) -> Entry:
    """The entry of a site; it is in the unit in which its model is."""
    rng = entry_random(city, "model_points", point.point_id)
    added = (point.launched_on, {}) if published else first_entry(rng, point, point.launched_on)
    changes: list[Change] = [added]
    if point.ended_on < date.max and not point.delisted:
        changes.append((point.ended_on, {"closed_on": point.ended_on}))
    if point.ward:
        for day, ward in city.ward_register.successors(point.ward, point.model.model_id):
            changes.append((day, {"ward": ward_spelling(rng, ward)}))
    return Entry(point.point_id, changes, published, point.marks, point.delisted_on)
