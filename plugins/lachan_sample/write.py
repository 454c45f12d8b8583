"""Write the synthetic city's exports into a landing folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

from lachan import settings

from lachan_sample import activities, events, extractions, models, patrols, points, registers, tips
from lachan_sample.city import City
from lachan_sample.dates import SampleError, check_years
from lachan_sample.deliveries import Delivery, deliver
from lachan_sample.files import Encoded, encode, truncate, write_if_changed
from lachan_sample.layout import Layout, Row, read_layout
from lachan_sample.manifest import Manifest
from lachan_sample.wards import WardRegister

DRAWS: dict[str, Callable[[Layout, City], list[Row]]] = {
    "tips": tips.draw,
    "camera_extractions": extractions.draw,
    "patrol_rosters": patrols.draw,
    "model_activities": activities.draw,
    "model_register": models.draw,
    "model_points": points.draw,
    "camera_register": registers.draw_cameras,
    "fire_safety_register": registers.draw_fire_safety,
    "mass_work_events": events.draw,
}
# A wrong_feed file holds the export of this feed.
FOREIGN_FEED = "camera_extractions"


def write_city(landing: Path, start: date, end: date, seed: int = 138, scale: int = 1) -> Path:
    """Write the exports of the days from `start` to `end` (both included) and a manifest of what was planted.

    The same arguments give the same bytes; files with equal content are not rewritten. A year is always
    generated as a whole and then cut to the range, so that two ranges have equal files on the days they
    share. `scale` is the number of cities whose rows go into the same files, each with its own
    identifiers. Returns the path of `manifest.json`; raises SampleError for a range or a scale that is
    not possible.
    """
    years = check_years(start, end)
    if not 1 <= scale <= 999:
        raise SampleError(
            f"the scale is {scale}, but identifiers allow only 1 to 999 cities; choose a scale in this range"
        )
    project = settings.load().project
    ward_register = WardRegister(project / "dbt_project" / "seeds" / "ward.csv")
    layouts = [read_layout(project / "contracts" / f"{feed}.yaml") for feed in DRAWS]
    manifest = Manifest(seed, scale, start, end)
    for year in years:
        plans = {layout.feed: _deliveries(layout, ward_register, seed, year, scale) for layout in layouts}
        foreign = {delivery.day: delivery for delivery in plans[FOREIGN_FEED] if not delivery.file_defect}
        for layout in layouts:
            for delivery in plans[layout.feed]:
                if start <= delivery.day <= end:
                    encoded = _encode(layouts, layout, seed, delivery, foreign)
                    path = landing / layout.export_path(delivery.day, delivery.suffix)
                    write_if_changed(path, encoded.data, delivery.delivered_at)
                    manifest.add(layout, delivery, encoded)
    path = landing / "manifest.json"
    write_if_changed(path, manifest.text().encode(), datetime.combine(end, time(23, 59)))
    return path


def _deliveries(layout: Layout, ward_register: WardRegister, seed: int, year: int, scale: int) -> list[Delivery]:
    cities = (City(seed, year, number, ward_register) for number in range(1, scale + 1))
    return deliver(layout, seed, year, (row for city in cities for row in DRAWS[layout.feed](layout, city)))


def _encode(
    layouts: list[Layout], layout: Layout, seed: int, delivery: Delivery, foreign: dict[date, Delivery]
) -> Encoded:
    if delivery.file_defect == "empty_file":
        return Encoded(b"", ())
    if delivery.file_defect == "wrong_feed":
        other = next(layout for layout in layouts if layout.feed == FOREIGN_FEED)
        return encode(other, seed, delivery.day, [record.cells for record in foreign[delivery.day].records])
    encoded = encode(layout, seed, delivery.day, [record.cells for record in delivery.records])
    if delivery.rejected:
        return Encoded(truncate(encoded.data), ())
    return encoded
