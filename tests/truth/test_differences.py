"""A build computes only what deliveries have touched, and leaves the same rows as a build of everything."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from helpers.contents import built_rows
from helpers.raw_rows import load, load_empty_days, query
from lachan.contract import Feed
from lachan.operate.decisions import DecisionError, settle_ward
from lachan.publish.publication import publish
from lachan.quality.audit import audit
from lachan.settings import Settings
from lachan.transform.build import build
from lachan.transform.pending import has_anything_to_build

pytestmark = pytest.mark.built_warehouse

Rows = dict[str, dict[str, dict[str, Any]]]
FIRST: Rows = {
    "tips": {"A": {}, "B": {"ward": "KCN Lễ Môn"}},
    "camera_extractions": {
        "X": {"case_id": "V1"},
        "Y": {"requested_at": "2024-03-04 08:00", "request_id": "YC-2024-000002", "case_id": "V1"},
    },
    "patrol_rosters": {"P": {}, "Q": {"patrol_type": "armed", "drug_cases": 1, "actual_start": "2024-03-06 00:10"}},
    "mass_work_events": {"E": {}},
    "model_activities": {"AC": {}, "AD": {"occurred_on": "2024-02-20"}},
}
REGISTERS: Rows = {
    "model_register": {"M": {}, "N": {"kind": "khac", "rating": "fair"}, "GONE": {}},
    "model_points": {"P1": {}, "P2": {"is_origin": False, "ward": "Đông Hải"}},
    "camera_register": {"C1": {}, "C2": {"status": "broken"}},
    "fire_safety_register": {"F1": {}},
}
LATER_REGISTERS: Rows = {
    "model_register": {"M": {"rating": "weak"}, "N": {"kind": "khac", "rating": "fair", "dissolved_on": "2024-03-08"}},
    "model_points": {"P1": {"ward": "Đông Hải"}, "P2": {"is_origin": False, "ward": "Đông Hải"}, "P3": {}},
    "camera_register": {"C1": {"status": "removed"}, "C3": {}},
    "fire_safety_register": {"F1": {"ward": "Đông Hải"}, "F2": {"launched_on": "2024-03-09"}},
}
NEWER: Rows = {
    "tips": {"A": {"verdict": "valuable"}, "C": {"received_at": "2024-01-02 08:00"}},
    "camera_extractions": {"X": {"case_id": "V1", "case_clarified_on": "2024-03-09"}, "Z": {}},
    "patrol_rosters": {"P": {"status": "cancelled", "actual_start": None}},
    "model_activities": {"AE": {"occurred_on": "2024-03-09", "point_id": "P2"}},
}


def load_all(settings: Settings, day: date, rows: Rows) -> list[int]:
    return [load(settings, feed, day, states) for feed, states in rows.items()]


def changed_by_a_full_build(settings: Settings) -> set[str]:
    """Build everything; the tables whose rows are then others than those that the builds by difference have left."""
    by_difference = built_rows(settings)
    build(settings, "everything", full=True)
    return {table for table, rows in built_rows(settings).items() if rows != by_difference[table]}


def test_days_late_days_corrections_and_retractions_leave_what_a_full_build_leaves(
    warehouse: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "lachan.transform.scope")
    load_all(warehouse, date(2024, 3, 5), FIRST)
    load_all(warehouse, date(2024, 2, 25), REGISTERS)
    build(warehouse, "first")
    caplog.clear()
    load_all(warehouse, date(2024, 3, 9), NEWER)
    load_all(warehouse, date(2024, 3, 10), LATER_REGISTERS)
    build(warehouse, "newer states, and the next snapshot")
    [late, *_] = load_all(warehouse, date(2024, 3, 2), {"tips": {"D": {"received_at": "2024-03-02 10:00"}}})
    load_all(warehouse, date(2024, 3, 3), REGISTERS)
    load_empty_days(warehouse, date(2024, 3, 6), date(2024, 3, 8), "tips", "patrol_rosters")
    build(warehouse, "late days, between those that are known")
    with_late_day = built_rows(warehouse)
    query(warehouse, f"update ops.export_file set gate = 'retracted' where file_id = {late}")
    load_all(warehouse, date(2025, 3, 5), {"tips": {"T": {"received_at": "2025-03-05 10:00"}}})
    build(warehouse, "a retraction, and a year later")
    by_difference = built_rows(warehouse)
    assert by_difference["marts.figure"] != with_late_day["marts.figure"]
    assert caplog.text.count("incremental build") == 3
    build(warehouse, "everything", full=True)
    everything = built_rows(warehouse)
    assert by_difference.keys() == everything.keys() and len(everything) > 50
    assert {table for table, rows in everything.items() if rows != by_difference[table]} == set()


def test_an_alias_and_a_decision_move_the_figures_of_their_spellings_without_a_full_build(
    warehouse: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "lachan.transform.scope")
    project = replace(warehouse, project=warehouse.home / "own project")
    shutil.copytree(warehouse.project / "dbt_project", project.project / "dbt_project")
    load_all(warehouse, date(2024, 3, 5), FIRST | {"tips": FIRST["tips"] | {"C": {"ward": "Khu CN Tây Bắc"}}})
    build(project, "first")
    caplog.clear()
    in_ward = (
        "select sum(value) from marts.figure where indicator_key = 'tips_received' and ward_key = '14782@2021-02-01'"
        " and window_key = 'calendar_year@2024-01-01' and breakdown_value = 'total'"
    )
    assert query(warehouse, in_ward) == [(1,)]
    with (project.project / "dbt_project" / "cities" / "380" / "ward_alias.csv").open("a", encoding="utf-8") as seed:
        seed.write("KCN Lễ Môn,,14782,Phường Đông Vệ,khu công nghiệp,test\n")
    settle_ward(project, "Khu CN Tây Bắc", "14782@2021-02-01", "đã hỏi nơi gửi", "Nguyễn Văn Ví Dụ")
    build(project, "the alias and the decision")
    assert query(warehouse, in_ward) == [(3,)]
    settle_ward(project, "Khu CN Tây Bắc", None, "nơi gửi trả lời lại", "Nguyễn Văn Ví Dụ")
    build(project, "another decision")
    assert query(warehouse, in_ward) == [(2,)]
    assert caplog.text.count("incremental build") == 2
    decided = "select alias_name, current_code, why, decided_by from ops.ward_alias_decision order by decision_no"
    assert query(warehouse, decided) == [
        ("Khu CN Tây Bắc", "14782", "đã hỏi nơi gửi", "Nguyễn Văn Ví Dụ"),
        ("Khu CN Tây Bắc", None, "nơi gửi trả lời lại", "Nguyễn Văn Ví Dụ"),
    ]
    for spelling, ward in (("Đông Vệ", "14782@2021-02-01"), ("Khu CN Tây Bắc", "14782@1999-01-01")):
        with pytest.raises(DecisionError):
            settle_ward(project, spelling, ward, "x", "y")
    by_difference = built_rows(warehouse)
    build(project, "everything", full=True)
    assert built_rows(warehouse) == by_difference


def test_entries_of_registers_follow_what_refers_to_them_and_the_wards(
    warehouse: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "lachan.transform.scope")
    listed_once: Rows = {"camera_register": {"LONE": {}}, "model_register": {"ODD": {}}, "model_points": {"PX": {}}}
    listed: Rows = {"camera_register": {"C1": {}}, "model_register": {"M": {}}, "model_points": {"P1": {}}}
    load_all(warehouse, date(2025, 5, 4), listed)
    load_all(warehouse, date(2025, 5, 11), {feed: rows | listed_once[feed] for feed, rows in listed.items()})
    load_all(warehouse, date(2025, 5, 18), listed)
    load(warehouse, "fire_safety_register", date(2025, 5, 31), {"F1": {}})
    build(warehouse, "three snapshots")
    mistakes = """
        select camera_id from marts.dim_camera where is_mistake union all
        select model_id from marts.dim_model where is_mistake union all
        select point_id from marts.dim_model_point where is_mistake order by 1
    """
    assert query(warehouse, mistakes) == [("LONE",), ("ODD",), ("PX",)]
    [_, activities] = load_all(
        warehouse,
        date(2025, 5, 20),
        {
            "camera_extractions": {"X": {"camera_id": "LONE"}},
            "model_activities": {"A": {"model_id": "ODD", "point_id": "PX", "occurred_on": "2025-05-12"}},
        },
    )
    build(warehouse, "rows that refer to the entries")
    assert query(warehouse, mistakes) == []
    query(warehouse, f"update ops.export_file set gate = 'retracted' where file_id = {activities}")
    build(warehouse, "some of them are taken back")
    assert query(warehouse, mistakes) == [("ODD",), ("PX",)]
    query(
        warehouse,
        "update ops.export_file set gate = 'retracted' where feed = 'model_points' and export_date = '2025-05-11'",
    )
    load(warehouse, "tips", date(2025, 7, 2), {"T": {"received_at": "2025-07-02 10:00"}})
    build(warehouse, "a snapshot is taken back, and the wards have been merged")
    assert query(warehouse, mistakes) == [("ODD",)]
    assert query(warehouse, "select count(distinct ward_key) from marts.dim_camera where camera_id = 'C1'") == [(2,)]
    assert caplog.text.count("incremental build") == 4
    assert changed_by_a_full_build(warehouse) == set()


def test_what_leaves_a_group_does_not_take_the_others_of_its_group_along(
    warehouse: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows are numbered within a request, and within an entry of a register; the scope of a build is such a group."""
    caplog.set_level("INFO", "lachan.transform.scope")
    in_one_request = {"X": {"request_id": "YC-1"}, "Y": {"request_id": "YC-1"}, "Z": {"request_id": "YC-2"}}
    load(warehouse, "camera_extractions", date(2024, 3, 5), in_one_request)
    moved = {
        day: {"camera_register": {"C1": {"ward": ward}, "C2": {}}} for day, ward in ((4, "Đông Hải"), (11, "Đông Vệ"))
    }
    load_all(warehouse, date(2024, 2, 4), moved[4])
    [last] = load_all(warehouse, date(2024, 2, 11), moved[11])
    build(warehouse, "first")
    wards = "select count(*) from marts.dim_camera where camera_id = 'C1'"
    assert query(warehouse, wards) == [(2,)]
    load(warehouse, "camera_extractions", date(2024, 3, 6), {"X": {"request_id": "YC-2"}})
    query(warehouse, f"update ops.export_file set gate = 'retracted' where file_id = {last}")
    build(warehouse, "an extraction of another request, and the move of a camera taken back")
    assert query(warehouse, wards) == [(1,)]
    assert caplog.text.count("incremental build") == 2
    assert changed_by_a_full_build(warehouse) == set()


def test_expected_exports_follow_whatever_becomes_of_a_delivery(
    warehouse: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "lachan.transform.scope")

    def standings(feed: str) -> dict[date, str]:
        rows = query(warehouse, f"select period_to, standing from marts.expected_export where feed = '{feed}'")
        return dict(rows)

    def decide(file_id: int, gate: str, why: str) -> None:
        query(warehouse, f"update ops.export_file set gate = '{gate}', gate_reason = '{why}' where file_id = {file_id}")

    load_empty_days(warehouse, date(2024, 3, 1), date(2024, 3, 8), "tips", "patrol_rosters")
    held = load(warehouse, "tips", date(2024, 3, 9), {"A": {}}, gate="held")
    load(warehouse, "model_register", date(2024, 3, 3), {"M": {}})
    # of another day of the week that ends on the 10th
    register = load(warehouse, "model_register", date(2024, 3, 9), {"M": {}})
    last = load(warehouse, "patrol_rosters", date(2024, 3, 10), {"P": {}})
    build(warehouse, "first")
    assert standings("tips")[date(2024, 3, 9)] == "held" and standings("tips")[date(2024, 3, 10)] == "missing"
    assert standings("model_register") == {date(2024, 3, 3): "in_force", date(2024, 3, 10): "in_force"}

    decide(held, "held", "share_dated_elsewhere 0.9")
    decide(register, "retracted", "retracted")
    load(warehouse, "model_register", date(2024, 3, 8), {"M": {}}, gate="held")
    [(fifth,)] = query(
        warehouse, "select file_id from ops.export_file where feed = 'tips' and export_date = '2024-03-05'"
    )
    decide(fifth, "retracted", "retracted")
    build(warehouse, "what became of deliveries has changed, and no row")
    assert standings("tips")[date(2024, 3, 9)] == "misdated" and standings("tips")[date(2024, 3, 5)] == "missing"
    assert standings("model_register")[date(2024, 3, 10)] == "held"

    decide(last, "retracted", "retracted")
    build(warehouse, "the last day with data is another one")
    assert max(standings("tips")) == max(standings("patrol_rosters")) == date(2024, 3, 8)
    assert standings("model_register") == {date(2024, 3, 3): "in_force"}

    load(warehouse, "tips", date(2024, 2, 27), {"B": {}})
    load(warehouse, "tips", date(2024, 3, 11), {"C": {}})
    decide(held, "discarded", "discarded")
    build(warehouse, "the first and the last day have moved")
    assert standings("tips") == {
        **dict.fromkeys([date(2024, 2, 28), date(2024, 2, 29), *(date(2024, 3, day) for day in (5, 9, 10))], "missing"),
        **dict.fromkeys([date(2024, 2, 27), *(date(2024, 3, day) for day in (1, 2, 3, 4, 6, 7, 8, 11))], "in_force"),
    }
    assert min(standings("patrol_rosters")) == date(2024, 3, 1)
    assert standings("model_register")[date(2024, 3, 10)] == "held"
    assert caplog.text.count("incremental build") == 4
    assert changed_by_a_full_build(warehouse) == set()


def test_nothing_is_built_when_nothing_can_change(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    assert not has_anything_to_build(warehouse)
    load(warehouse, "tips", date(2024, 3, 5), {"A": {}})
    build(warehouse, "r1")
    assert has_anything_to_build(warehouse), "nothing is audited and published yet"
    audit(warehouse, "r1")
    publish(warehouse, "r1", "first")
    assert not has_anything_to_build(warehouse)
    file_id = load(warehouse, "tips", date(2024, 3, 6), {"B": {}}, gate="pending")
    assert has_anything_to_build(warehouse), "a file has come; whether it is held counts in the agencies' discipline"
    query(warehouse, f"delete from raw.tips where file_id = {file_id}")
    query(warehouse, f"delete from ops.export_file where file_id = {file_id}")
    assert not has_anything_to_build(warehouse)
    changed = replace(warehouse, project=warehouse.home / "own project")
    shutil.copytree(warehouse.project / "dbt_project", changed.project / "dbt_project")
    assert not has_anything_to_build(changed)
    (changed.project / "dbt_project" / "seeds" / "holiday.csv").open("a").write("\n")
    assert has_anything_to_build(changed), "another project"


@pytest.mark.proof
def test_a_table_that_somebody_has_dropped_is_built_again_with_all_that_rest_on_it(warehouse: Settings) -> None:
    load_all(warehouse, date(2024, 3, 5), FIRST)
    build(warehouse, "r1")
    before = built_rows(warehouse)
    query(warehouse, "drop table intermediate.int_measure cascade", role="transformer")
    build(warehouse, "r2")
    assert built_rows(warehouse) == before


@pytest.mark.proof
def test_a_feed_that_has_ended_touches_only_the_new_day_of_its_gap(warehouse: Settings) -> None:
    """The days that it lacks become one more each day; the windows of the others have not changed."""
    load_empty_days(warehouse, date(2023, 1, 1), date(2023, 12, 31), "tips")
    load_empty_days(warehouse, date(2023, 1, 1), date(2023, 2, 28), "patrol_rosters")
    build(warehouse, "r1")
    load_empty_days(warehouse, date(2024, 1, 1), date(2024, 1, 1), "tips")
    build(warehouse, "r2")
    touched = query(
        warehouse,
        "select distinct touched.window_key from intermediate.int_touched_window as touched"
        " inner join marts.dim_reporting_window using (window_key)"
        " where feed = 'patrol_rosters' and window_kind = 'day' and ends_on < '2024-01-01'",
    )
    assert touched == []
    missing = (
        "select days_missing from intermediate.int_feed_window inner join marts.dim_reporting_window using (window_id)"
    )
    of_year = f"{missing} where feed = 'patrol_rosters' and window_key = 'calendar_year@2023-01-01'"
    assert query(warehouse, of_year) == [(306,)]
    before = built_rows(warehouse)
    build(warehouse, "everything", full=True)
    assert built_rows(warehouse) == before
