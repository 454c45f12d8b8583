"""Write the synthetic city's exports into a landing folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

from lachan import settings

from lachan_sample import (
    activities,
    cameras,
    events,
    extractions,
    fire_safety,
    model_history,
    patrols,
    point_history,
    tips,
)
from lachan_sample.city import PUBLISHED_YEAR, City
from lachan_sample.dates import LUNAR_NEW_YEAR, SampleError, check_years
from lachan_sample.deliveries import Delivery, deliver
from lachan_sample.files import Encoded, encode, truncate, write_if_changed
from lachan_sample.history import Days
from lachan_sample.layout import Layout, Row, read_layout
from lachan_sample.manifest import Manifest
from lachan_sample.wards import WardRegister

# The rows of the records of one year, in the feeds that export changes.
RECORDS: dict[str, Callable[[Layout, City], list[Row]]] = {
    "tips": tips.draw,
    "camera_extractions": extractions.draw,
    "patrol_rosters": patrols.draw,
    "model_activities": activities.draw,
    "mass_work_events": events.draw,
}
# The states of the entries on some days, in the feeds that export snapshots.
REGISTERS: dict[str, Callable[[Layout, City, Days], list[Row]]] = {
    "model_register": model_history.draw,
    "model_points": point_history.draw,
    "camera_register": cameras.draw,
    "fire_safety_register": fire_safety.draw,
}
# All feeds, in the order of the manifest.
FEEDS = (
    "tips",
    "camera_extractions",
    "patrol_rosters",
    "model_activities",
    "model_register",
    "model_points",
    "camera_register",
    "fire_safety_register",
    "mass_work_events",
)
# A wrong_feed file holds the export of this feed.
FOREIGN_FEED = "camera_extractions"
FIRST_YEAR = min(LUNAR_NEW_YEAR)


def write_city(landing: Path, start: date, end: date, seed: int = 138, scale: int = 1, city: str | None = None) -> Path:
    """Write the exports of the days from `start` to `end` (both included) and a manifest of what was planted.

    The same arguments give the same bytes; files with equal content are not rewritten. The years continue each
    other: registers carry on, and the results of December's pending records come in January. A day's files depend
    only on the seed, the scale and the day, with one exception: what is carried over from 2023 to January 2024 is
    written only if the range starts before 2024, so that the year with the published totals also stands alone.

    `scale` is the number of cities whose rows go into the same files, each with its own identifiers. `city` is the code
    of the city whose wards occur in them (default: LACHAN_CITY); without the published totals of its own, it has those
    of the default one. Returns the path of `manifest.json`; raises SampleError for a range or a scale that is not
    possible.
    """
    years = check_years(start, end)
    if not 1 <= scale <= 999:
        raise SampleError(
            f"the scale is {scale}, but identifiers allow only 1 to 999 cities; choose a scale in this range"
        )
    config = settings.load(city)
    layouts = {feed: read_layout(config.contracts / f"{feed}.yaml") for feed in FEEDS}
    ward_register = WardRegister(config.city_folder / "ward.csv")
    cities = [City(seed, PUBLISHED_YEAR, number, ward_register, layouts) for number in range(1, scale + 1)]
    sources = {layout.feed: _Source(layout, cities, start, end) for layout in layouts.values()}
    manifest = Manifest(seed, scale, start, end)
    for year in years:
        plans = {feed: source.deliveries(year) for feed, source in sources.items()}
        foreign = {delivery.day: delivery for delivery in plans[FOREIGN_FEED] if not delivery.file_defect}
        for layout in layouts.values():
            for delivery in plans[layout.feed]:
                if start <= delivery.day <= end:
                    encoded = _encode(layouts[FOREIGN_FEED], layout, seed, delivery, foreign)
                    path = landing / layout.export_path(delivery.day, delivery.suffix)
                    write_if_changed(path, encoded.data, delivery.delivered_at)
                    manifest.add(layout, delivery, encoded)
    path = landing / "manifest.json"
    write_if_changed(path, manifest.text().encode(), datetime.combine(end, time(23, 59)))
    return path


class _Source:
    """The deliveries of one feed, year after year from the first year of the range on."""

    def __init__(self, layout: Layout, cities: list[City], start: date, end: date) -> None:
        self._layout, self._cities = layout, cities
        self._states: list[Row] = []
        self._carried_over: list[Row] = []
        if layout.feed in REGISTERS:
            days = date(start.year, 1, 1), date(end.year, 12, 31)
            self._states = [row for city in cities for row in REGISTERS[layout.feed](layout, city, days)]
        elif start.year not in (PUBLISHED_YEAR, FIRST_YEAR):
            self._draw(start.year - 1)

    def deliveries(self, year: int) -> list[Delivery]:
        """The deliveries of the year; call it for one year after the other."""
        carried_over = self._carried_over
        rows = self._states if self._layout.feed in REGISTERS else self._draw(year)
        return deliver(self._layout, self._cities[0].seed, year, rows, carried_over)

    def _draw(self, year: int) -> list[Row]:
        """The rows of the year's records, without those of the next year, which are kept to be carried over."""
        draw = RECORDS[self._layout.feed]
        rows = [row for city in self._cities for row in draw(self._layout, city.in_year(year))]
        self._carried_over = [row for row in rows if row.updated_at.year > year]
        return [row for row in rows if row.updated_at.year == year]


def _encode(
    foreign_layout: Layout, layout: Layout, seed: int, delivery: Delivery, foreign: dict[date, Delivery]
) -> Encoded:
    if delivery.file_defect == "empty_file":
        return Encoded(b"", ())
    if delivery.file_defect == "wrong_feed":
        return encode(foreign_layout, seed, delivery.day, [record.cells for record in foreign[delivery.day].records])
    encoded = encode(layout, seed, delivery.day, [record.cells for record in delivery.records])
    if delivery.rejected:
        return Encoded(truncate(encoded.data), ())
    return encoded
