"""Builds of the dbt project with a few rows per feed, on a real PostgreSQL server."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.figures import mark_as_audited
from helpers.raw_rows import dbt_build, load, query, run_dbt, set_lock_timeout
from helpers.warehouses import migrate
from lachan.contract import Feed
from lachan.publish.comparison import compare
from lachan.publish.publication import publish
from lachan.settings import Settings
from lachan.transform.build import TransformFailed, build, dbt_environment, dbt_options
from lachan.warehouse import connect

pytestmark = pytest.mark.built_warehouse

COMPARED = {
    "marts.fct_tip": "tip_id",
    "marts.fct_camera_extraction": "extraction_id",
    "marts.fct_camera_case": "case_id, ward_key",
    "marts.fct_patrol_shift": "shift_id",
    "marts.figure": "figure_id",
}
CLARIFIED = {"case_id": "VA-1", "case_clarified_on": "2024-03-09"}
ELSEWHERE = CLARIFIED | {"ward": "14782", "camera_id": "CAM-2"}


def first_files(settings: Settings) -> None:
    day = date(2024, 3, 5)
    planned = {"status": "planned", "actual_start": None, "members": None}
    valuable = {"verdict": "valuable", "channel": "in_person"}
    load(settings, "tips", day, {"A": {}, "B": valuable, "C": {"verdict": "test"}})
    load(settings, "tips", day, {"E": {"reporter_group": "env_worker", "ward": "khu Bắc cầu"}})
    load(settings, "camera_extractions", day, {"X": CLARIFIED, "Y": ELSEWHERE})
    load(settings, "patrol_rosters", day, {"P": {}, "Q": planned})


def later_files(settings: Settings) -> None:
    load(settings, "tips", date(2024, 3, 7), {"A": {"verdict": "valuable"}})
    load(settings, "tips", date(2024, 3, 4), {"B": {"verdict": "no_value"}})  # a late file with an older state
    load(settings, "tips", date(2024, 3, 6), {"F": {}}, gate="held")
    load(settings, "camera_extractions", date(2024, 3, 6), {"Y": ELSEWHERE | {"result": "cancelled"}})
    performed = {"patrol_type": "armed", "traffic_violations": 3}
    load(settings, "patrol_rosters", date(2024, 3, 6), {"Q": performed})


def figure(
    settings: Settings,
    indicator: str,
    part: str = "total",
    ward: str = "city",
    window: str = "calendar_month@2024-03-01",
) -> Any:
    found = query(
        settings,
        f"select value from marts.figure where indicator_key = '{indicator}' and breakdown_value = '{part}'"
        f" and ward_key = '{ward}' and window_key = '{window}'",
        role="analyst",
    )
    return found[0][0] if found else "none"


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    return {mart: query(settings, f"select * from {mart} order by {key}") for mart, key in COMPARED.items()}


def test_incremental_builds_give_the_same_result_as_a_rebuild(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    first_files(warehouse)
    build(warehouse, "r1")
    assert figure(warehouse, "tips_received") == 2
    assert figure(warehouse, "tips_received", part="hotline") == 1
    assert figure(warehouse, "tips_valuable_rate") == 1, (
        "one tip is valuable; the pending one is not in the denominator"
    )
    assert figure(warehouse, "env_worker_tips", ward="unknown") == 1
    assert figure(warehouse, "camera_extractions") == 2
    assert figure(warehouse, "camera_cases_clarified") == 1
    assert figure(warehouse, "camera_cases_clarified", ward="14782@2021-02-01") == 1
    assert figure(warehouse, "patrols_planned") == 2
    assert figure(warehouse, "patrol_participations", part="people") == 2
    assert figure(warehouse, "patrols_performed", ward="14764@2021-02-01") == 0, (
        "a ward without patrols has a figure of 0"
    )
    assert figure(warehouse, "patrols_performed", window="calendar_day@2024-03-05") == 1
    assert figure(warehouse, "tips_received", window="administrative_month@2024-02-15") == 2
    assert figure(warehouse, "tips_received", window="calendar_month@2024-02-01") == "none"

    later_files(warehouse)
    build(warehouse, "r2")
    assert query(warehouse, "select verdict from marts.fct_tip where tip_id = 'B'") == [("valuable",)]
    assert query(warehouse, "select verdict from marts.fct_tip where tip_id = 'F'") == [], "the gate has held its file"
    assert figure(warehouse, "tips_valuable") == 2
    assert figure(warehouse, "camera_cases_clarified", ward="14782@2021-02-01") == 0
    assert figure(warehouse, "armed_patrol_findings", part="traffic") == 3
    assert query(warehouse, "select check_key from marts.reconciliation where difference <> 0") == []
    incremental = contents(warehouse)

    query(warehouse, "drop schema staging, intermediate, marts cascade")
    migrate(warehouse.dsn, feeds)
    build(warehouse, "r3")
    assert contents(warehouse) == incremental


def test_a_file_accepted_out_of_order_is_not_lost(warehouse: Settings) -> None:
    load(warehouse, "tips", date(2024, 3, 5), {"A": {}})
    late = load(warehouse, "tips", date(2024, 3, 5), {"B": {}}, gate="pending")
    query(warehouse, f"create table reserved as select nextval('ops.acceptance_no') as number, {late} as file_id")
    load(warehouse, "tips", date(2024, 3, 6), {"C": {}})
    build(warehouse, "r1")
    query(
        warehouse,
        "update ops.export_file set gate = 'accepted', acceptance_no = reserved.number"
        " from reserved where reserved.file_id = export_file.file_id",
    )
    build(warehouse, "r2")
    assert query(warehouse, "select tip_id from marts.fct_tip order by 1") == [("A",), ("B",), ("C",)]


def test_a_build_does_not_block_readers_or_drop_their_views(warehouse: Settings) -> None:
    first_files(warehouse)
    build(warehouse, "r1")
    mark_as_audited(warehouse)
    publish(warehouse, "r1", "first")
    query(warehouse, "create schema analyst_views authorization lachan_analyst")
    query(warehouse, "create view analyst_views.mart as select count(*) as n from marts.fct_tip", role="analyst")
    query(warehouse, "create view analyst_views.report as select count(*) as n from reporting.figure", role="analyst")
    set_lock_timeout(warehouse)

    results: list[tuple[Any, ...]] = []
    done = threading.Event()

    read_both = "select mart.n, report.n > 0 from analyst_views.mart, analyst_views.report"

    def read() -> None:
        while not done.wait(0.05):
            results.extend(query(warehouse, read_both, role="analyst"))

    reader = threading.Thread(target=read)
    with connect(warehouse.dsn, role="analyst") as long_reader, long_reader.cursor() as cursor:
        cursor.execute("select from analyst_views.mart, analyst_views.report, marts.dim_ward, marts.figure limit 1")
        reader.start()  # long_reader keeps its transaction and its locks open during the build
        try:
            load(warehouse, "tips", date(2024, 3, 7), {"G": {}})
            build(warehouse, "r2")
            mark_as_audited(warehouse)
            assert publish(warehouse, "r2", "later").changed > 0
        finally:
            done.set()
            reader.join()
    long_reader.close()
    assert {n for n, _ in results} <= {4, 5} and all(has_figures for _, has_figures in results) and len(results) > 10
    assert query(warehouse, "select n from analyst_views.mart", role="analyst") == [(5,)]
    compared = {each.key: each for each in compare(warehouse)}
    assert len(compared) == 38
    tips = compared["tips_received"]
    assert (tips.published, tips.computed, tips.equal) == (692, 3, False)


def test_items_outside_the_months_of_the_exports_pass_the_reconciliation(warehouse: Settings) -> None:
    """A patrol planned for the month after the last export, and a tip of a month before the first export."""
    planned = {"status": "planned", "actual_start": None, "members": None}
    january, april = (planned | {"planned_start": f"2024-{day} 20:00"} for day in ("01-05", "04-02"))
    load(warehouse, "patrol_rosters", date(2024, 1, 5), {"O": january})
    load(warehouse, "patrol_rosters", date(2024, 3, 31), {"P": {}, "Q": april})
    load(warehouse, "tips", date(2024, 3, 31), {"A": {}, "B": {"received_at": "2024-01-09 08:30"}})
    load(warehouse, "camera_extractions", date(2024, 3, 31), {"X": {}})
    build(warehouse, "r1")
    year = "calendar_year@2024-01-01"
    assert [figure(warehouse, indicator, window=year) for indicator in ("patrols_planned", "tips_received")] == [3, 2]
    assert [figure(warehouse, indicator) for indicator in ("patrols_planned", "tips_received")] == [1, 1]
    check = "select max(difference), max(left_value) > 0 from marts.reconciliation where check_key = 'months_add_up'"
    assert query(warehouse, check) == [(0, True)], "other indicators, such as extractions, are still compared"


def test_a_changed_model_may_add_but_not_remove_columns(warehouse: Settings, tmp_path: Path) -> None:
    project = replace(warehouse, project=tmp_path / "a project")
    shutil.copytree(warehouse.project / "dbt_project", project.project / "dbt_project")
    models = project.project / "dbt_project" / "models" / "marts"

    change(models / "dim_ward.sql", "    valid_to\n", "    valid_to,\n    length(code) as digits\n")
    change(models / "dim_ward.sql", "null, null\n", "null, null, null\n")
    with (models / "dim_ward.yml").open("a") as columns:
        columns.write("      - {name: digits, data_type: integer, description: Digits of the code.}\n")
    change(models / "dim_date.sql", "    extract(quarter from days.day)::integer as quarter,\n", "")
    change(models / "dim_date.yml", "      - {name: quarter", "      # - {name: quarter")
    message = r"(?s)model dim_date: .*no longer has column.*quarter.*Keep the column"
    with pytest.raises(TransformFailed, match=message):
        build(project, "r1")
    assert query(warehouse, "select digits, count(*) from marts.dim_ward group by 1 order by 1")[0][0] == 5
    stored = "select status, message from ops.dbt_result where run_id = 'r1' and node = 'dim_date'"
    assert query(warehouse, stored)[0][0] == "error"


@pytest.mark.proof
def test_a_rolled_back_project_is_parsed_again(warehouse: Settings, tmp_path: Path) -> None:
    project = replace(warehouse, project=tmp_path / "a release that is rolled back")
    shutil.copytree(warehouse.project / "dbt_project", project.project / "dbt_project")
    dim_ward = project.project / "dbt_project" / "models" / "marts" / "dim_ward.yml"
    change(dim_ward, 'description: "One row is', 'description: "Rolled back: one row is')
    with dbt_environment(warehouse):
        before = described(warehouse, "dim_ward")
        assert described(project, "dim_ward").startswith("Rolled back")
        assert described(warehouse, "dim_ward") == before


def test_a_window_is_compared_with_the_same_date_of_the_year_before(warehouse: Settings) -> None:
    load(warehouse, "tips", date(2025, 12, 31), {"A": {"received_at": "2025-12-31 08:00"}})
    dbt_build(warehouse, "+dim_reporting_window")
    before = dict(query(warehouse, "select window_key, year_before_key from marts.dim_reporting_window"))
    assert before["calendar_day@2025-03-01"] == "calendar_day@2024-03-01"
    assert before["calendar_day@2024-02-29"] is None
    assert before["calendar_week@2025-12-29"] == "calendar_week@2024-12-30", "both are the first week of their year"
    assert before["calendar_week@2026-12-28"] is None, "2025 had no week 53"
    assert before["administrative_month@2025-01-15"] == "administrative_month@2024-01-15"


def test_unit_tests_of_the_project(warehouse: Settings) -> None:
    outcome = run_dbt(warehouse, "test", "--select", "test_type:unit")
    unit_tests = [each for each in outcome.result if str(each.node.resource_type) == "unit_test"]
    files = (warehouse.project / "dbt_project" / "models").rglob("_unit_tests*.yml")
    declared = sum(len(yaml.safe_load(file.read_text(encoding="utf-8"))["unit_tests"]) for file in files)
    assert declared >= 14
    assert {each.node.name: each.message for each in unit_tests if str(each.status) != "pass"} == {}
    assert len(unit_tests) == declared


def described(settings: Settings, model: str) -> str:
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke(["parse", *dbt_options(settings)])
    return str(outcome.result.nodes[f"model.lachan.{model}"].description)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
