"""Write the synthetic city's exports into a landing folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

from lachan import settings

from lachan_sample import activities, camera, events, models, patrols, points, registers, tips
from lachan_sample.deliveries import Delivery, deliver
from lachan_sample.files import Encoded, cut_short, encode, put
from lachan_sample.form import Form, Row, read_form
from lachan_sample.life import City
from lachan_sample.manifest import Manifest
from lachan_sample.rhythm import SampleError, check_years
from lachan_sample.wards import Register

DRAWS: dict[str, Callable[[Form, City], list[Row]]] = {
    "tips": tips.draw,
    "camera_extractions": camera.draw,
    "patrol_rosters": patrols.draw,
    "model_activities": activities.draw,
    "model_register": models.draw,
    "model_points": points.draw,
    "camera_register": registers.draw_cameras,
    "fire_safety_register": registers.draw_fire_safety,
    "mass_work_events": events.draw,
}
# Whose export a wrong_feed file really is.
FOREIGN = "camera_extractions"


def write_city(landing: Path, start: date, end: date, seed: int = 138, scale: int = 1) -> Path:
    """Write the exports of the days from `start` to `end` (both included), and a manifest of what is planted.

    The same arguments give the same bytes, and a file that is equal already is left alone. Every year is
    drawn whole and then cut to the range, so that any two ranges agree on the days that they share.
    `scale` cities report through the same files, each with identifiers of its own. Returns the path of
    `manifest.json`; raises SampleError for a range or a scale that cannot be written.
    """
    years = check_years(start, end)
    if not 1 <= scale <= 999:
        raise SampleError(f"scale is {scale}; the identifiers have room for 1 to 999 cities")
    project = settings.load().project
    register = Register(project / "dbt_project" / "seeds" / "ward.csv")
    forms = [read_form(project / "contracts" / f"{feed}.yaml") for feed in DRAWS]
    manifest = Manifest(seed, scale, start, end)
    for year in years:
        plans = {form.feed: _deliveries(form, register, seed, year, scale) for form in forms}
        foreign = {delivery.day: delivery for delivery in plans[FOREIGN] if not delivery.wrong}
        for form in forms:
            for delivery in plans[form.feed]:
                if start <= delivery.day <= end:
                    encoded = _encode(forms, form, seed, delivery, foreign)
                    path = landing / form.file(delivery.day, delivery.suffix)
                    put(path, encoded.data, delivery.delivered_at)
                    manifest.add(form, delivery, encoded)
    path = landing / "manifest.json"
    put(path, manifest.text().encode(), datetime.combine(end, time(23, 59)))
    return path


def _deliveries(form: Form, register: Register, seed: int, year: int, scale: int) -> list[Delivery]:
    cities = (City(seed, year, number, register) for number in range(1, scale + 1))
    return deliver(form, seed, year, (row for city in cities for row in DRAWS[form.feed](form, city)))


def _encode(forms: list[Form], form: Form, seed: int, delivery: Delivery, foreign: dict[date, Delivery]) -> Encoded:
    if delivery.wrong == "empty_file":
        return Encoded(b"", ())
    if delivery.wrong == "wrong_feed":
        other = next(form for form in forms if form.feed == FOREIGN)
        return encode(other, seed, delivery.day, [record.cells for record in foreign[delivery.day].records])
    encoded = encode(form, seed, delivery.day, [record.cells for record in delivery.records])
    if delivery.rejected:
        return Encoded(cut_short(encoded.data), ())
    return encoded
