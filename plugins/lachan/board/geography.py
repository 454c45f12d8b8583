"""Where wards lie: their places on a grid (ward_grid.csv), and their areas in a file that the office supplies."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

LARGEST_BYTES = 20 * 2**20
_KINDS = ("Polygon", "MultiPolygon")
Figures = list[dict[str, Any]]


class GeometryError(ValueError):
    """The file of areas cannot be used; the message says where it is wrong."""


def on_grid(wards: Sequence[dict[str, Any]]) -> tuple[Figures, Figures]:
    """Figures of wards with their row and column on the grid, and those of wards that have no place there."""
    places = _places()
    placed = [ward | places[ward["ward_key"]] for ward in wards if ward["ward_key"] in places]
    return placed, [ward for ward in wards if ward["ward_key"] not in places]


@lru_cache(maxsize=1)
def _places() -> dict[str, dict[str, int]]:
    text = files("lachan.board").joinpath("ward_grid.csv").read_text(encoding="utf-8")
    return {
        place["ward_key"]: {"row": int(place["row"]), "column": int(place["column"])}
        for place in csv.DictReader(text.splitlines())
    }


def on_map(file: Path | None, wards: Sequence[dict[str, Any]]) -> tuple[Figures, str]:
    """The areas of wards with their values, and what is wrong with the file, in Vietnamese.

    Nothing without a file, and unless at least two of its areas have a figure.
    """
    if file is None:
        return [], ""
    try:
        areas = read_areas(file)
    except GeometryError as error:
        return [], f"Không vẽ được bản đồ: tệp ranh giới phường, xã (LACHAN_WARD_GEOMETRY) không dùng được. {error}"
    values = {ward["ward_code"]: ward["value"] for ward in wards if ward["ward_code"]}
    drawn = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {"value": None if values.get(code) is None else float(values[code])},
        }
        for code, geometry in areas.items()
    ]
    return (drawn, "") if len(values.keys() & areas.keys()) > 1 else ([], "")


def read_areas(file: Path) -> dict[str, dict[str, Any]]:
    """The areas of a GeoJSON file (RFC 7946) by ward code, in a plane in which a degree is as long either way.

    Each feature has a polygon, and the code of its ward as property `ward_code`, or as its id. Raises GeometryError.
    """
    try:
        found = file.stat()
        if found.st_size > LARGEST_BYTES:
            raise GeometryError(f"{file}: {found.st_size} byte; at most {LARGEST_BYTES} are read")
        return _areas(file, found.st_mtime_ns)
    except OSError as error:
        raise GeometryError(f"{file}: {error.strerror}") from None


@lru_cache(maxsize=2)
def _areas(file: Path, changed: int) -> dict[str, dict[str, Any]]:
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise GeometryError(f"{file}: not JSON: {error}") from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise GeometryError(f"{file}: not a FeatureCollection of GeoJSON")
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise GeometryError(f"{file}: no features")
    areas: dict[str, dict[str, Any]] = {}
    for number, feature in enumerate(features):
        place = f"{file}: features[{number}]"
        if not isinstance(feature, dict):
            raise GeometryError(f"{place}: not a feature")
        code = str((feature.get("properties") or {}).get("ward_code") or feature.get("id") or "")
        if not code.isdigit():
            raise GeometryError(f"{place}: no ward code; give it as the property ward_code")
        if code in areas:
            raise GeometryError(f"{place}: the ward {code} is there twice")
        areas[code] = _polygon(feature.get("geometry"), place)
    latitudes = [y for area in areas.values() for _, y in _points(area["coordinates"])]
    narrowing = math.cos(math.radians((min(latitudes) + max(latitudes)) / 2))
    return {code: area | {"coordinates": _narrowed(area["coordinates"], narrowing)} for code, area in areas.items()}


def _polygon(geometry: Any, place: str) -> dict[str, Any]:
    if not isinstance(geometry, dict) or geometry.get("type") not in _KINDS:
        raise GeometryError(f"{place}: the geometry is no {' or '.join(_KINDS)}")
    coordinates = geometry.get("coordinates")
    depth = _KINDS.index(geometry["type"]) + 2
    if not _is_nested(coordinates, depth):
        raise GeometryError(f"{place}: the coordinates are not those of a {geometry['type']}")
    for x, y in _points(coordinates):
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            raise GeometryError(f"{place}: {x}, {y} is no longitude and latitude (WGS 84, in degrees)")
    return {"type": geometry["type"], "coordinates": coordinates}


def _is_nested(value: Any, depth: int) -> bool:
    """Whether a value is a list of lists (and so on, `depth` times) of points."""
    if depth == 0:
        numbers = isinstance(value, list) and len(value) >= 2
        return numbers and all(isinstance(each, int | float) and math.isfinite(each) for each in value[:2])
    return isinstance(value, list) and bool(value) and all(_is_nested(each, depth - 1) for each in value)


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], list):
        for each in coordinates:
            yield from _points(each)
    else:
        yield coordinates[0], coordinates[1]


def _narrowed(coordinates: Any, by: float) -> Any:
    if isinstance(coordinates[0], list):
        return [_narrowed(each, by) for each in coordinates]
    return [coordinates[0] * by, coordinates[1]]
