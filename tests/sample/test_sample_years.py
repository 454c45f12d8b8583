"""The years continue each other: registers carry on, December's records end in January, wards follow their register."""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from lachan_sample import write_city
from lachan_sample.city import City
from lachan_sample.dates import LUNAR_NEW_YEAR
from lachan_sample.layout import Row, read_layout
from lachan_sample.wards import UNKNOWN_SPELLINGS, WardRegister
from lachan_sample.write import RECORDS, REGISTERS
from sample_reader import FEEDS, PROJECT, SNAPSHOTS, Landing, moment

YEARS = range(2017, 2027)
# What the platform takes as the day on which a row is in a ward.
WARD_DAYS = {
    "tips": ("received_at",),
    "camera_extractions": ("completed_at", "requested_at"),
    "patrol_rosters": ("planned_start",),
    "mass_work_events": ("held_on",),
}
# Start of the SHA-256 of the cells of all records of 2024. A change of the sample, of a contract's labels or of the
# wards changes it. If that is intended and the totals of 2024 are still the published ones, enter the new value.
CELLS_OF_2024 = "5fe19c7d14512ec8"
LAYOUTS = {feed: read_layout(PROJECT / "contracts" / f"{feed}.yaml") for feed in FEEDS}
WARDS = WardRegister(PROJECT / "dbt_project/cities/380/ward.csv")


@cache
def drawn(feed: str, year: int = 2024, seed: int = 138) -> list[Row]:
    """The rows of a feed: those of the records of one year, or those of a register in all years."""
    city = City(seed, year, 1, WARDS, LAYOUTS)
    if feed in REGISTERS:
        return REGISTERS[feed](LAYOUTS[feed], city, (date(2017, 1, 1), date(2026, 12, 31)))
    return RECORDS[feed](LAYOUTS[feed], city)


def snapshot(feed: str, day: date) -> dict[str, Row]:
    rows = [row for row in drawn(feed) if row.updated_at.date() <= day < row.until]
    entries = {row.key: row for row in rows}
    assert len(entries) == len(rows)
    return entries


def cell(feed: str, row: Row, column: str) -> str:
    return str(row.cells[LAYOUTS[feed].position(column)])


@pytest.mark.parametrize("feed", SNAPSHOTS)
@pytest.mark.parametrize("year", YEARS[1:])
def test_a_register_carries_on_over_new_year(feed: str, year: int) -> None:
    december, january = snapshot(feed, date(year - 1, 12, 31)), snapshot(feed, date(year, 1, 1))
    assert december.keys() - january.keys() == set()
    assert len(december) > 20
    unchanged = ("launched_on", "installed_on", "kind", "decision_no", "rating", "place_name", "households")
    columns = [field.name for field in LAYOUTS[feed].fields if field.name in unchanged]
    for key in december.keys() & january.keys():
        before, after = december[key], january[key]
        assert [moments(cell(feed, before, name)) for name in columns] == [
            moments(cell(feed, after, name)) for name in columns
        ]


def moments(text: str) -> str:
    """The text, or the day that it gives in any of its formats."""
    try:
        return str(moment(text).date())
    except ValueError:
        return text


@pytest.mark.parametrize("feed", SNAPSHOTS)
def test_entries_leave_a_register_once_and_few_at_a_time(feed: str) -> None:
    """No register shrinks enough for the gate to hold it, and no entry comes back under the same identifier."""
    days = [date(2017, 1, 31) + timedelta(weeks=n) for n in range(516)]
    seen: set[str] = set()
    previous: set[str] = set()
    for day in days:
        entries = set(snapshot(feed, day))
        assert not (entries - previous) & seen
        gone = previous - entries
        assert len(gone) < 5 or len(gone) < 0.1 * len(previous), day
        seen |= entries
        previous = entries
    assert len(seen) > len(previous)


def test_the_register_changes_in_every_year() -> None:
    for year in YEARS:
        models = snapshot("model_register", date(year, 12, 31))
        rows = models.values()
        reviewed = [moments(cell("model_register", row, "reviewed_on")).startswith(str(year)) for row in rows]
        assert sum(reviewed) > len(models) / 2
        if year >= 2024:
            launched = Counter(moments(cell("model_register", row, "launched_on"))[:4] for row in rows)
            assert launched[str(year)] == (24 if year == 2025 else 10)  # 14 units join in 2025
    ended = Counter(
        moments(cell("model_register", row, "dissolved_on"))[:4]
        for row in {row.key: row for row in drawn("model_register")}.values()
    )
    assert sum(ended[str(year)] for year in range(2017, 2022)) > 4
    assert sum(ended[str(year)] for year in (2025, 2026)) > 0


def test_records_have_unique_identifiers_over_the_years() -> None:
    for feed in ("tips", "camera_extractions", "model_activities", "mass_work_events"):
        keys = [{row.key for row in drawn(feed, year)} for year in (2023, 2024, 2025)]
        assert sum(map(len, keys)) == len(set().union(*keys))


def test_records_name_entries_of_the_registers() -> None:
    for year in (2018, 2024, 2025):
        models = {row.key for row in drawn("model_register")}
        for row in drawn("model_activities", year):
            day = moment(cell("model_activities", row, "occurred_on")).date()
            assert cell("model_activities", row, "model_id") in models
            if site := cell("model_activities", row, "point_id"):
                assert site in snapshot_keys("model_points", day)
        for row in drawn("camera_extractions", year):
            day = moment(cell("camera_extractions", row, "requested_at")).date()
            assert cell("camera_extractions", row, "camera_id") in snapshot_keys("camera_register", day)
    for row in drawn("camera_register"):
        if model := cell("camera_register", row, "model_id"):
            assert model in snapshot_keys("model_register", row.updated_at.date())


@cache
def snapshot_keys(feed: str, day: date) -> set[str]:
    return set(snapshot(feed, day))


def spellings_in_force(day: date) -> set[str]:
    """Codes and folded names of the units in force; before February 2021, of those on its first day."""
    day = max(day, date(2021, 2, 1))
    with (PROJECT / "dbt_project/cities/380/ward.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["district_code"] != "405"]
    lines = [line for line in lines if line["valid_from"] <= str(day) <= (line["valid_to"] or "9999")]
    return {line["code"] for line in lines} | {line["name"].casefold() for line in lines}


IN_FORCE = {day: spellings_in_force(day) for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 7, 1))}


def is_in_force(spelling: str, day: date) -> bool:
    text = unicodedata.normalize("NFC", spelling).replace("Ð", "Đ").casefold()
    for prefix in ("phường", "p.", "xã", "x.", "thị trấn", "tt."):
        text = text.removeprefix(prefix)
    known = max((first for first in IN_FORCE if first <= day), default=min(IN_FORCE))
    return " ".join(text.split()) in IN_FORCE[known]


@pytest.mark.parametrize("feed", SNAPSHOTS)
def test_a_register_names_the_units_in_force(feed: str) -> None:
    for day in (date(2017, 1, 31), date(2020, 6, 30), date(2024, 12, 31), date(2025, 1, 1), date(2025, 6, 30),
                date(2025, 7, 1), date(2026, 12, 31)):  # fmt: skip
        for row in snapshot(feed, day).values():
            ward = cell(feed, row, "ward")
            assert ward in UNKNOWN_SPELLINGS or is_in_force(ward, day), (row.key, day)


@pytest.mark.parametrize(
    ("feed", "year"),
    [
        (feed, year)
        for feed in WARD_DAYS
        for year in (2017, 2024, 2025, 2026)
        if feed != "patrol_rosters" or year == 2025
    ],
)
def test_a_row_names_a_unit_in_force_on_its_day(feed: str, year: int) -> None:
    for row in drawn(feed, year):
        ward = cell(feed, row, "ward")
        day = moment(next(text for column in WARD_DAYS[feed] if (text := cell(feed, row, column)))).date()
        assert ward in UNKNOWN_SPELLINGS or is_in_force(ward, day), (row.key, day)


def test_a_request_of_a_ward_that_ended_is_completed_in_its_successor() -> None:
    rows = drawn("camera_extractions", 2024, seed=5)  # with this seed, a request of Tân Sơn is pending on 31 December
    states = [row for row in rows if row.key == "TX-2024-001241"]
    assert [row.updated_at.year for row in states] == [2024, 2025]
    assert [cell("camera_extractions", row, "ward").split(" ", 1)[1] for row in states] == ["Tân Sơn", "Phú Sơn"]


def test_each_part_of_a_divided_ward_gets_entries() -> None:
    before, after = (snapshot("camera_register", day) for day in (date(2025, 6, 30), date(2025, 7, 1)))
    divided = [key for key in before if key.startswith("CAM-14758-") and key in after]
    names = {cell("camera_register", after[key], "ward").casefold().split(" ")[-1] for key in divided}
    assert {"rồng", "thành"} <= names


def test_a_unit_that_joins_launches_a_model_with_cameras() -> None:
    """They count from their launch on, so none may be launched before the unit joined."""
    december, february = (snapshot("model_register", day) for day in (date(2024, 12, 31), date(2025, 2, 28)))
    kind = next(field.labels for field in LAYOUTS["model_register"].fields if field.name == "kind")["camera_antt"]
    joined = {key for key in february.keys() - december.keys() if cell("model_register", february[key], "kind") in kind}
    assert len(joined) == 14
    assert {moments(cell("model_register", february[key], "launched_on"))[:7] for key in joined} == {"2025-01"}
    cameras = snapshot("camera_register", date(2025, 6, 30)).values()
    assert sum(cell("camera_register", row, "model_id") in joined for row in cameras) > 280


def test_the_lunar_new_years_are_whole_months_apart_and_in_the_holidays_of_the_platform() -> None:
    days = [LUNAR_NEW_YEAR[year] for year in range(2017, 2028)]
    assert {(after - before).days for before, after in pairwise(days)} <= {354, 355, 383, 384, 385}
    with (PROJECT / "dbt_project/seeds/holiday.csv").open(encoding="utf-8-sig", newline="") as file:
        holidays = {line["day"] for line in csv.DictReader(file) if line["is_tet"] == "true"}
    assert {str(day) for day in days if day.year >= 2023} <= holidays


@pytest.mark.parametrize("year", [year for year in YEARS if year != 2024])
def test_few_activities_take_place_in_the_tet_of_each_year(year: int) -> None:
    first = LUNAR_NEW_YEAR[year] - timedelta(days=2)
    days = [moment(cell("model_activities", row, "occurred_on")).date() for row in drawn("model_activities", year)]
    weeks = Counter((day - first).days // 7 for day in days)
    assert weeks[0] < sum(weeks[n] for n in (-3, -2, 2, 3)) / 4 / 2
    assert weeks[0] > 0


def test_more_patrols_go_out_in_tet_than_in_the_weeks_around_it() -> None:
    first = LUNAR_NEW_YEAR[2025] - timedelta(days=2)
    starts = {row.key: cell("patrol_rosters", row, "planned_start") for row in drawn("patrol_rosters", 2025)}
    weeks = Counter((moment(text).date() - first).days // 7 for text in starts.values())
    assert weeks[0] > 1.15 * sum(weeks[n] for n in (-3, -2, 2, 3)) / 4


def test_what_december_left_pending_ends_in_january() -> None:
    for year in (2023, 2024):
        for feed, column in (("tips", "verdict"), ("camera_extractions", "result")):
            labels = next(field.labels for field in LAYOUTS[feed].fields if field.name == column)["pending"]
            states = {row.key: row for row in drawn(feed, year) if row.updated_at.year == year}
            later = {row.key: row for row in drawn(feed, year) if row.updated_at.year == year + 1}
            assert {key for key, row in states.items() if cell(feed, row, column) in labels} == later.keys()
            assert all(date(year + 1, 1, 1) < row.updated_at.date() < date(year + 1, 2, 1) for row in later.values())
            assert all(cell(feed, row, column) not in labels for row in later.values())
            assert len(later) == (30 if feed == "tips" else 10)


@pytest.fixture(scope="module")
def new_year(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    folder = tmp_path_factory.mktemp("new year")
    write_city(folder, date(2024, 12, 28), date(2025, 1, 31))
    return Landing(folder)


def test_a_verdict_of_january_is_in_a_file_of_january(new_year: Landing) -> None:
    landing = new_year
    received = [tip for tip in landing.latest("tips") if tip["tip_id"].startswith("TB-2024-")]
    decided = [tip for tip in received if tip["verdict_at"].find("/01/2025") > 0]
    late = [tip for tip in decided if moment(tip["received_at"]) >= datetime(2024, 12, 28)]  # noqa: DTZ001 (local)
    assert len(decided) == 30
    assert late
    assert all("tips/2025/01" in record.path for record in landing.records("tips")
               if record.values["verdict_at"].find("/01/2025") > 0)  # fmt: skip
    for feed, prefix in (
        ("camera_extractions", "TX-2024-"),
        ("patrol_rosters", "CA-2024-"),
        ("model_activities", "HD-2024-"),
    ):
        assert any(
            "/2025/01/" in record.path and record.cells[0].startswith(prefix) for record in landing.records(feed)
        )
    counts = Counter(record.path.split("/")[0] for feed in FEEDS for record in landing.records(feed))
    for feed in FEEDS:
        expected = landing.manifest["expected"][feed]
        assert counts[feed] == expected["rows_loaded"] + expected.get("rows_quarantined", 0)


def test_the_year_2024_is_unchanged(year: Landing) -> None:
    digest = hashlib.sha256()
    for feed in FEEDS:
        for record in year.records(feed):
            digest.update(f"{record.path}:{record.line}:{record.cells}\n".encode())
    assert digest.hexdigest()[:16] == CELLS_OF_2024


def exports(folder: Path, pattern: str) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob(pattern)}


@pytest.mark.proof
def test_only_january_2024_depends_on_the_start_of_the_range(year: Landing, tmp_path: Path) -> None:
    write_city(tmp_path, date(2023, 12, 31), date(2024, 3, 31))
    after, alone = exports(tmp_path, "*_2024*.*"), exports(year.folder, "*_20240[123]*.*")
    assert alone.keys() == after.keys()
    different = {path for path in alone if alone[path] != after[path]}
    assert {path[path.index("/2024") :][:9] for path in different} == {"/2024/01/"}
    assert {path.split("/")[0] for path in different} == {*WARD_DAYS, "model_activities"} - {"mass_work_events"}


@pytest.mark.proof
def test_a_later_year_has_the_same_files_alone_and_after_the_year_before(new_year: Landing, tmp_path: Path) -> None:
    write_city(tmp_path, date(2025, 1, 1), date(2025, 1, 31))
    assert len(exports(tmp_path, "*_2025*.*")) > 31 * 5
    assert exports(tmp_path, "*_2025*.*") == exports(new_year.folder, "*_2025*.*")
