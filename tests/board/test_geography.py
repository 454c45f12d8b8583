"""Wards where they lie: tiles on a grid, and a map from the office's own file."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from board.conftest import MARCH
from helpers.raw_rows import query
from lachan.board import charts, geography, office, serving
from lachan.board.sessions import Sessions
from lachan.settings import PROJECT, Settings
from starlette.testclient import TestClient


def area(code: str, left: float = 105.7, **changed: Any) -> dict[str, Any]:
    ring = [[left, 19.8], [left + 0.1, 19.8], [left + 0.1, 19.9], [left, 19.8]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"ward_code": code}, "geometry": geometry} | changed


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def test_every_ward_of_2024_and_of_today_has_a_tile_of_its_own() -> None:
    with (PROJECT / "plugins" / "lachan" / "board" / "ward_grid.csv").open(encoding="utf-8") as file:
        places = list(csv.DictReader(file))
    with (PROJECT / "dbt_project" / "cities" / "380" / "ward.csv").open(encoding="utf-8") as file:
        wards = {f"{row['code']}@{row['valid_from']}": row for row in csv.DictReader(file)}
    assert all(wards[place["ward_key"]]["name"] == place["ward_name"] for place in places)
    placed = {place["ward_key"]: (place["row"], place["column"]) for place in places}
    for day, count in (("2024-12-31", 34), ("2025-03-01", 33), ("2025-07-01", 7)):
        of_day = [
            placed[key] for key, row in wards.items()
            if key in placed and row["valid_from"] <= day <= (row["valid_to"] or "9999")
        ]  # fmt: skip
        assert len(of_day) == count and max(Counter(of_day).values()) == 1, day


def test_the_page_has_a_tile_for_each_ward_with_its_number(city: Settings, analyst: TestClient) -> None:
    page = analyst.get(f"/chi-tieu/patrols_performed?ky={MARCH}").text
    drawn = page.split('id="o-luoi"')[1].split("</figure>")[0]
    wards = query(
        city,
        "select ward_name, value::int from reporting.figure where indicator_key = 'patrols_performed'"
        f" and window_key = '{MARCH}' and ward_basis = 'as_was' and breakdown_value = 'total'"
        " and ward_code is not null",
    )
    assert len(wards) == 34 and all(f">{name}<" in drawn and f">{value}<" in drawn for name, value in wards)
    assert 'id="ban-do"' not in page, "there is no map without a file"


def test_wards_without_a_place_are_told() -> None:
    wards = [{"ward_key": key, "value": 1} for key in ("14782@2021-02-01", "16378@2025-01-01")]
    placed, unplaced = geography.on_grid(wards)
    assert [ward["ward_key"] for ward in unplaced] == ["16378@2025-01-01"] and placed[0]["row"] == 5


@pytest.fixture
def with_map(city: Settings, passwords: dict[str, tuple[str, str]], tmp_path: Path) -> Any:
    """A client of a board with a file of areas, and the file."""
    file = tmp_path / "wards.geojson"
    sessions = Sessions(city.dsn)
    board = office.create(replace(city, ward_geometry=file), sessions)
    client = TestClient(board, follow_redirects=False, raise_server_exceptions=False)
    name, password = passwords["analyst"]
    assert client.post("/dang-nhap", data={"ten": name, "mat_khau": password}).status_code == 303
    yield client, file
    sessions.end_all()


def test_a_map_is_drawn_from_the_file_and_a_wrong_file_is_told_on_the_page(with_map: Any) -> None:
    client, file = with_map
    file.write_text(collection(area("14782"), area("14773", 105.8), area("99999", 105.9)))
    page = client.get(f"/chi-tieu/patrols_performed?ky={MARCH}").text
    assert page.split('id="ban-do"')[1].split("</figure>")[0].count("<path") >= 3
    file.write_text('{"type": "FeatureCollection", "features": [<script>')
    answer = client.get(f"/chi-tieu/patrols_performed?ky={MARCH}")
    assert answer.status_code == 200 and "Không vẽ được bản đồ" in answer.text
    assert 'id="ban-do"' not in answer.text and 'id="o-luoi"' in answer.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a FeatureCollection"),
        (collection(), "no features"),
        (collection(1), r"features\[0\]: not a feature"),
        (collection(area("Đông Vệ")), "no ward code"),
        (collection(area("1"), area("1")), r"features\[1\]: the ward 1 is there twice"),
        (collection(area("1", geometry=None)), "no Polygon or MultiPolygon"),
        (collection(area("1", geometry={"type": "Polygon", "coordinates": [[1, 2]]})), "coordinates are not those"),
        (collection(area("1", left=1e9)), "no longitude and latitude"),
        (None, "No such file"),
    ],
)
def test_a_wrong_file_is_told_with_the_place_and_stops_the_start(
    city: Settings, tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "wards.geojson"
    if text is not None:
        file.write_text(text)
    with pytest.raises(geography.GeometryError, match=message):
        geography.read_areas(file)
    with pytest.raises(serving.BoardError, match=f"LACHAN_WARD_GEOMETRY: .*{message}"):
        serving.serve(replace(city, ward_geometry=file))


def test_tiles_escape_names() -> None:
    drawn = charts.tiles([{"label": "<b>&", "value": None, "shown": "–", "row": 1, "column": 1}])
    assert "&lt;b&gt;&amp;" in drawn and "<b>" not in drawn
