"""The DAGs run, task by task, on a few days of exports."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lachan.sample import write_city
from lachan.settings import Settings
from lachan.warehouse import connect
from raw_rows import believe

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


STEPS = ("gate", "transform", "audit", "publish", "all_judged")


def count(settings: Settings, question: str) -> int:
    with closing(connect(settings.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def states(dagbag: DagBag, dag_id: str, until: str | None = None) -> tuple[str, dict[str, str]]:
    # dag.test() keeps the last run's parameters in the DAG: give them every time
    run = dagbag.dags[dag_id].test(run_conf={"until": until} if dag_id.startswith("ingest") else None)
    return str(run.state), {task.task_id: str(task.state) for task in run.get_task_instances()}


def test_load_then_nothing_new_then_build(dagbag: DagBag, warehouse: Settings) -> None:
    write_city(warehouse.home / "landing", date(2024, 3, 1), date(2024, 3, 4))

    assert states(dagbag, "ingest__tips", until="2024-03-02") == ("success", {"load": "success"})
    narrowed = count(warehouse, "select count(distinct export_date) from ops.export_file")
    assert narrowed == 2
    assert states(dagbag, "ingest__tips") == ("success", {"load": "success"})
    assert count(warehouse, "select count(*) from ops.export_file where gate = 'pending'") > narrowed

    rows = count(warehouse, "select count(*) from raw.tips")
    assert states(dagbag, "ingest__tips") == ("success", {"load": "success"}), "what waits at the gate wakes a build"
    assert count(warehouse, "select count(*) from raw.tips") == rows > 0

    for feed in ("camera_extractions", "patrol_rosters"):
        states(dagbag, f"ingest__{feed}")
    every_step = dict.fromkeys(STEPS, "success")
    assert states(dagbag, "build") == ("success", every_step)
    assert count(warehouse, "select count(*) from ops.export_file where gate = 'pending'") == 0
    assert states(dagbag, "ingest__tips") == ("success", {"load": "skipped"})
    assert count(warehouse, "select count(*) from ops.export_file where run_id like 'ingest\\_\\_tips.manual%'") > 0


def test_figures_that_do_not_add_up_are_not_published(
    dagbag: DagBag, warehouse: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lachan import quality, transform

    def refuse(*_: object) -> None:
        raise quality.AuditFailed("5 is not 6")

    monkeypatch.setattr(transform, "build", lambda *_: transform.TransformReport(0, 0, 0.0))
    monkeypatch.setattr(quality, "audit", refuse)
    state, tasks = states(dagbag, "refresh")
    assert (state, tasks) == (
        "failed",
        {"transform": "success", "audit": "failed", "publish": "upstream_failed"},
    )


def test_a_feed_without_a_suite_makes_the_build_red_and_the_others_are_published(
    dagbag: DagBag, warehouse: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for folder in ("contracts", "expectations", "dbt_project"):
        shutil.copytree(warehouse.project / folder, project / folder)
    (project / "expectations" / "suites" / "tips.json").unlink()
    monkeypatch.setattr("lachan.quality.audit", lambda settings, run_id: believe(settings))
    monkeypatch.setenv("LACHAN_PROJECT", str(project))
    write_city(warehouse.home / "landing", date(2024, 3, 1), date(2024, 3, 2))
    for feed in ("tips", "patrol_rosters"):
        states(dagbag, f"ingest__{feed}")
    expected = dict.fromkeys(STEPS, "success") | {"gate": "failed", "all_judged": "upstream_failed"}
    assert states(dagbag, "build") == ("failed", expected)
    waiting = "select count(*) from ops.export_file where gate = 'pending'"
    assert count(warehouse, f"{waiting} and feed = 'tips'") == 2
    assert count(warehouse, f"{waiting} and feed <> 'tips'") == 0
    assert count(warehouse, "select count(*) from reporting.figure where indicator_key = 'patrols_performed'") > 0
