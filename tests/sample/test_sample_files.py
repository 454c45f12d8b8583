"""Exports are reproducible, overlapping ranges have equal files, and `scale` adds cities with other identifiers."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from lachan_sample import SampleError, write_city
from lachan_sample.bench import write_tips
from sample_reader import SNAPSHOTS, Landing, read

WEEK = date(2024, 3, 1), date(2024, 3, 7)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}


def exports(folder: Path) -> dict[str, bytes]:
    return {path: data for path, data in contents(folder).items() if path != "manifest.json"}


@pytest.mark.proof
def test_the_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_city(tmp_path / name, *WEEK)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    write_city(tmp_path / "other seed", *WEEK, seed=1)
    other = exports(tmp_path / "other seed")
    assert not set(other.values()) & set(exports(tmp_path / "one").values())


def test_files_with_the_same_content_are_not_rewritten(tmp_path):
    write_city(tmp_path, *WEEK)
    before = contents(tmp_path)
    for path in before:
        os.utime(tmp_path / path, (1, 1))
    overwritten = tmp_path / "tips/2024/03/tin_bao_20240302.csv"
    overwritten.write_bytes(b"changed")
    write_city(tmp_path, *WEEK)
    assert contents(tmp_path) == before
    assert [path for path in before if (tmp_path / path).stat().st_mtime > 1] == [
        str(overwritten.relative_to(tmp_path))
    ]


def test_a_range_has_the_same_files_as_the_whole_year(year, tmp_path):
    write_city(tmp_path, *WEEK)
    part, whole = exports(tmp_path), exports(year.folder)
    assert len(part) >= 21
    assert {path: whole[path] for path in part} == part
    part_manifest = Landing(tmp_path).manifest
    planted = [entry for entry in year.manifest["defects"] if entry["path"] in part]
    assert part_manifest["defects"] == planted


def test_a_range_may_span_years_and_registers(tmp_path):
    write_city(tmp_path, date(2024, 12, 31), date(2025, 1, 1))
    rows = list(read(tmp_path, "patrol_rosters", "patrol_rosters/2025/01/tuan_tra_20250101.xlsx"))
    assert {row.values["shift_id"][:8] for row in rows} == {
        "CA-2025-"
    }  # the results of 2024's shifts come from 2 January on


def test_a_merged_ward_brings_its_model_into_the_new_one(tmp_path):
    """34 models of 2024 and those of 14 units that joined make 48 camera models in 47 units."""
    write_city(tmp_path, date(2025, 2, 2), date(2025, 2, 2))
    models = list(read(tmp_path, "model_register", "model_register/2025/02/so_mo_hinh_20250202.xlsx"))
    assert Counter(row.values["kind"] for row in models)["camera_antt"] == 48


def test_registers_are_exported_on_sundays_or_at_the_end_of_a_month(year):
    days = {feed: [date.fromisoformat(text) for text in year.registers(feed)] for feed in SNAPSHOTS}
    sundays = [date(2024, 1, 7) + timedelta(weeks=n) for n in range(52)]
    assert days["model_register"] == days["model_points"] == sundays
    months = [date(2024, month, 1) - timedelta(days=1) for month in range(2, 13)] + [date(2024, 12, 31)]
    assert days["camera_register"] == days["fire_safety_register"] == months


def test_snapshots_of_an_unchanged_register_are_equal(year):
    copies = {entry["path"] for entry in year.manifest["duplicates"]}
    files = [path for path in year.files("model_register") if path not in copies]
    assert len({(year.folder / path).read_bytes() for path in files}) < len(files) - 5


@pytest.mark.proof
def test_scale_repeats_the_city_under_other_identifiers(tmp_path):
    write_city(tmp_path / "one", *WEEK)
    write_city(tmp_path / "three", *WEEK, scale=3)
    one, three = Landing(tmp_path / "one"), Landing(tmp_path / "three")
    for feed in ("tips", "camera_extractions", "patrol_rosters"):
        share = three.manifest["expected"][feed]["rows_read"] / one.manifest["expected"][feed]["rows_read"]
        assert 2.2 < share < 4
        assert len(three.files(feed)) == pytest.approx(len(one.files(feed)), abs=3)
    prefixes = Counter(tip["tip_id"].split("-")[0] for tip in three.latest("tips"))
    assert prefixes.keys() == {"TB", "TB2", "TB3"}
    for feed, prefix in {"model_register": "MH", "model_points": "DM"}.items():
        (register,) = three.registers(feed).values()
        assert {key.split("-")[0] for key in register} == {prefix, f"{prefix}2", f"{prefix}3"}
    first = {tip["tip_id"] for tip in one.latest("tips")}
    assert first <= {tip["tip_id"] for tip in three.latest("tips")}


@pytest.mark.parametrize(
    ("start", "end", "scale", "message"),
    [
        (date(2024, 2, 2), date(2024, 2, 1), 1, "ends before it starts"),
        (date(2031, 1, 1), date(2031, 1, 2), 1, "2017 to 2027"),
        (date(2024, 1, 1), date(2024, 1, 1), 0, "1 to 999"),
    ],
)
def test_impossible_arguments_are_refused(tmp_path, start, end, scale, message):
    with pytest.raises(SampleError, match=message):
        write_city(tmp_path, start, end, scale=scale)
    assert list(tmp_path.iterdir()) == []


def test_a_benchmark_file_has_the_requested_rows_and_defects(tmp_path):
    write_tips(tmp_path / "tips.csv", 60_000)
    rows = list(read(tmp_path, "tips", "tips.csv"))
    assert len({row.values["tip_id"] for row in rows}) == len(rows) == 60_000
    assert sum(row.values["received_at"].startswith("31/02/") for row in rows) == 60
    assert 500 < (tmp_path / "tips.csv").stat().st_size / 60_000 < 620
    assert {len(row.cells) for row in rows} == {30}
