"""The DAGs run, task by task, on a few days of exports."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest
from lachan.sample import write_city
from lachan.settings import Settings
from lachan.warehouse import connect

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


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
    every_step = dict.fromkeys(("gate", "transform", "audit", "publish"), "success")
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
