"""The totals of 2024, counted from the exported files, equal the published totals."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter

import pytest
from sample_reader import CHANGES, PROJECT, Landing, moment


def day(text: str) -> str:
    return f"{moment(text):%Y-%m-%d}"


@pytest.fixture(scope="module")
def latest(year: Landing) -> dict[str, list[dict[str, str]]]:
    return {feed: year.latest(feed) for feed in ("tips", "camera_extractions", "patrol_rosters")}


def test_tips(latest):
    real = [tip for tip in latest["tips"] if tip["verdict"] not in ("test", "duplicate_of")]
    counted = [tip for tip in real if tip["reporter_group"] != "env_worker"]
    workers = [tip for tip in real if tip["reporter_group"] == "env_worker"]
    assert Counter(tip["channel"] for tip in counted) == {"letterbox": 5, "in_person": 312, "hotline": 375}
    assert Counter(tip["verdict"] for tip in counted) == {"valuable": 265, "no_value": 397, "pending": 30}
    assert (len(workers), sum(tip["converted_on"] != "" for tip in workers)) == (32, 12)
    assert len(latest["tips"]) == 692 + 32 + 24 + 30
    assert {day(tip["received_at"])[:4] for tip in latest["tips"]} == {"2024"}
    assert {day(tip["verdict_at"])[:4] for tip in counted if tip["verdict_at"]} == {"2024"}
    for tip in latest["tips"]:
        assert moment(tip["received_at"]) < moment(tip["updated_at"])


def test_repeated_tips_name_an_earlier_tip(latest):
    by_id = {tip["tip_id"]: tip for tip in latest["tips"]}
    for tip in by_id.values():
        assert (tip["verdict"] == "duplicate_of") == bool(tip["duplicate_of"])
        if tip["duplicate_of"]:
            assert moment(by_id[tip["duplicate_of"]]["received_at"]) < moment(tip["received_at"])


def test_camera_extractions(latest):
    delivered = [row for row in latest["camera_extractions"] if row["result"] == "delivered"]
    spans = {
        (row["request_id"], row["camera_id"], moment(row["footage_from"]), moment(row["footage_to"]))
        for row in delivered
    }
    assert (len(spans), len(delivered)) == (1028, 1028 + 25)
    assert {day(row["completed_at"])[:4] for row in delivered} == {"2024"}
    clarified = {
        row["case_id"]
        for row in delivered
        if row["case_clarified_on"] and day(row["completed_at"]) <= day(row["case_clarified_on"] + " 00:00")
    }
    assert len(clarified) == 152
    recorded = {
        row["case_id"]: row["case_clarified_on"] for row in latest["camera_extractions"] if row["case_clarified_on"]
    }
    assert len(recorded) == 152 + 4 + 3
    assert {text[-4:] for text in recorded.values()} == {"2024"}
    wards = {case: {row["camera_id"][:9] for row in delivered if row["case_id"] == case} for case in clarified}
    assert sum(len(places) > 1 for places in wards.values()) > 20


@pytest.mark.parametrize(
    ("patrol_type", "patrols", "participations", "findings"),
    [
        ("people", 8760, 21900, {"conflicts_resolved": 26}),
        ("armed", 2920, 23360, {"traffic_violations": 106, "drug_cases": 5, "theft_cases": 2}),
    ],
)
def test_patrols(latest, patrol_type, patrols, participations, findings):
    shifts = [row for row in latest["patrol_rosters"] if row["patrol_type"] == patrol_type]
    performed = [row for row in shifts if row["status"] == "performed"]
    assert (len(performed), len(shifts) > patrols + 100) == (patrols, True)
    members = [[code.strip() for code in row["members"].split(",")] for row in performed]
    assert sum(map(len, members)) == participations
    assert all(len(set(codes)) == len(codes) for codes in members)
    assert len(set(map(len, members))) > 1
    columns = ("conflicts_resolved", "traffic_violations", "drug_cases", "theft_cases")
    found = Counter({column: sum(int(row[column] or 0) for row in performed) for column in columns})
    assert +found == findings
    assert {day(row["actual_start"])[:4] for row in performed} == {"2024"}
    assert not any(row["actual_start"] for row in shifts if row["status"] != "performed")


def test_every_day_of_the_year_has_a_file(year):
    for feed in CHANGES:
        days = {path[path.index("2024", path.rindex("/")) :][:8] for path in year.files(feed)}
        assert len(days) == 366
        assert (min(days), max(days)) == ("20240101", "20241231")


def test_frequencies_depend_on_weekday_tet_and_hour(latest):
    requested = Counter(moment(row["requested_at"]).weekday() for row in latest["camera_extractions"])
    assert requested[6] < requested[0] / 2
    tet = sum("2024-02-08" <= day(row["requested_at"]) <= "2024-02-14" for row in latest["camera_extractions"])
    assert tet < len(latest["camera_extractions"]) / 366 * 7 / 2
    hours = Counter(moment(row["planned_start"]).hour for row in latest["patrol_rosters"])
    assert hours[20] > 20 * hours[9]


def test_all_but_a_few_planted_wards_are_in_the_register(latest, year):
    with (PROJECT / "dbt_project/cities/380/ward.csv").open(newline="") as file:
        wards = [ward for ward in csv.DictReader(file) if ward["register"] == "2024"]
    known = {ward["code"] for ward in wards} | {ward["name"].casefold() for ward in wards}
    unknown = Counter()
    for feed, rows in latest.items():
        for row in rows:
            text = unicodedata.normalize("NFC", row["ward"]).replace("Ð", "Đ").casefold()
            for prefix in ("phường", "p.", "xã", "x."):
                text = text.removeprefix(prefix)
            if " ".join(text.split()) not in known:
                unknown[feed] += 1
    assert unknown == {"tips": 5, "camera_extractions": 5, "patrol_rosters": 5}
    assert len(wards) == 34
