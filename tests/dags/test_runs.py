"""Runs of the DAGs, task by task, on a few days of exports."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from helpers.figures import mark_as_audited
from helpers.raw_rows import load
from lachan.archive.keys import read_identities, write_identity
from lachan.backup.folder import whole_backups
from lachan.backup.verify import verify
from lachan.contract import Feed
from lachan.settings import Settings
from lachan.warehouse import connect, transaction
from lachan.warehouse.mart_state import group_states, hold_groups
from lachan_sample import write_city

pytestmark = pytest.mark.built_warehouse

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


STEPS = ("gate", "transform", "audit", "publish", "all_passed")


def count(settings: Settings, statement: str) -> int:
    with closing(connect(settings.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def states(dagbag: DagBag, dag_id: str, until: str | None = None) -> tuple[str, dict[str, str]]:
    # dag.test() stores the parameters of a run in the DAG, so they must be passed for every run
    run = dagbag.dags[dag_id].test(run_conf={"until": until} if dag_id.startswith("ingest") else None)
    return str(run.state), {task.task_id: str(task.state) for task in run.get_task_instances()}


def test_load_then_nothing_new_then_build(dagbag: DagBag, warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write_city(warehouse.home / "landing", date(2024, 3, 1), date(2024, 3, 4))

    assert states(dagbag, "ingest__tips", until="2024-03-02") == ("success", {"load": "success"})
    in_range = count(warehouse, "select count(distinct export_date) from ops.export_file")
    assert in_range == 2
    assert states(dagbag, "ingest__tips") == ("success", {"load": "success"})
    assert count(warehouse, "select count(*) from ops.export_file where gate = 'pending'") > in_range

    rows = count(warehouse, "select count(*) from raw.tips")
    assert states(dagbag, "ingest__tips") == ("success", {"load": "success"}), (
        "not skipped, because files still wait for the gate"
    )
    assert count(warehouse, "select count(*) from raw.tips") == rows > 0

    for feed in ("camera_extractions", "patrol_rosters"):
        states(dagbag, f"ingest__{feed}")
    every_step = dict.fromkeys(STEPS, "success")
    assert states(dagbag, "build") == ("success", every_step)
    assert count(warehouse, "select count(*) from ops.export_file where gate = 'pending'") == 0
    assert states(dagbag, "ingest__tips") == ("success", {"load": "skipped"})
    assert states(dagbag, "reports") == ("success", {"file": "skipped"}), "no window has closed lately"
    after_the_close = dagbag.dags["reports"].test(run_after=datetime(2024, 3, 20, tzinfo=UTC))
    assert str(after_the_close.state) == "success" and list((warehouse.home / "reports").glob("*/*.docx"))
    assert count(warehouse, "select count(*) from ops.export_file where run_id like 'ingest\\_\\_tips.manual%'") > 0

    assert states(dagbag, "backup") == ("success", {"make": "skipped"}), "LACHAN_BACKUP is none"
    monkeypatch.setenv("LACHAN_BACKUP", str(warehouse.home / "backup"))
    monkeypatch.setenv("LACHAN_BACKUP_RECIPIENTS", write_identity(warehouse.home / "steward.key"))
    assert states(dagbag, "backup") == ("success", {"make": "success"})
    [made] = whole_backups(warehouse.home / "backup")
    assert verify(made, read_identities(warehouse.home / "steward.key")).run_id.startswith("backup.manual")


def test_a_file_that_cannot_be_read_delays_neither_the_others_nor_the_build(
    dagbag: DagBag, warehouse: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    def events() -> int:
        with create_session() as session:
            return session.query(AssetEvent).filter_by(source_dag_id="ingest__patrol_rosters").count()

    write_city(warehouse.home / "landing", date(2024, 3, 1), date(2024, 3, 2))
    [folder, *_] = (path.parent for path in (warehouse.home / "landing" / "patrol_rosters").rglob("*.xlsx"))
    (folder / "tuan_tra_20240303.xlsx").symlink_to("nowhere.xlsx")
    before = events()
    assert states(dagbag, "ingest__patrol_rosters") == ("success", {"load": "success"})
    assert events() == before + 1
    assert "patrol_rosters: 1 files cannot be read; see ops.inaccessible_file" in caplog.text
    assert count(warehouse, "select count(*) from ops.inaccessible_file") == 1
    assert count(warehouse, "select count(*) from ops.export_file where status = 'loaded'") == 2


def test_figures_that_fail_the_audit_are_not_published(
    dagbag: DagBag, warehouse: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lachan.quality import audit

    def refuse(settings: Settings, run_id: str) -> None:
        with transaction(settings.dsn, "auditor") as cursor:
            hold_groups(cursor, run_id, dict.fromkeys(group_states(cursor), "5 is not 6"))
        raise audit.AuditFailed("5 is not 6")

    load(warehouse, "tips", date(2024, 3, 5), {"A": {}})
    monkeypatch.setattr(audit, "audit", refuse)
    state, tasks = states(dagbag, "refresh")
    assert (state, tasks) == (
        "failed",
        {"transform": "success", "audit": "failed", "publish": "success", "all_passed": "upstream_failed"},
    )
    assert count(warehouse, "select count(*) from reporting.figure") == 0


def test_a_feed_without_a_suite_fails_the_run_but_the_other_feeds_are_published(
    dagbag: DagBag, warehouse: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for folder in ("contracts", "expectations", "dbt_project"):
        shutil.copytree(warehouse.project / folder, project / folder)
    (project / "expectations" / "suites" / "tips.json").unlink()
    monkeypatch.setattr("lachan.quality.audit.audit", lambda settings, run_id: mark_as_audited(settings))
    monkeypatch.setenv("LACHAN_PROJECT", str(project))
    write_city(warehouse.home / "landing", date(2024, 3, 1), date(2024, 3, 2))
    for feed in ("tips", "patrol_rosters"):
        states(dagbag, f"ingest__{feed}")
    expected = dict.fromkeys(STEPS, "success") | {"gate": "failed", "all_passed": "upstream_failed"}
    assert states(dagbag, "build") == ("failed", expected)
    waiting = "select count(*) from ops.export_file where gate = 'pending'"
    assert count(warehouse, f"{waiting} and feed = 'tips'") == 2
    assert count(warehouse, f"{waiting} and feed <> 'tips'") == 0
    assert count(warehouse, "select count(*) from reporting.figure where indicator_key = 'patrols_performed'") > 0


class Loads:
    """A stub for Airflow's count of tasks that run or are about to: one load ends after the other, one per second."""

    def __init__(self, feeds: list[str]) -> None:
        self.running = list(feeds)
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        del self.running[: int(seconds)]

    def get_ti_count(self, dag_id: str, states: list[str]) -> int:
        assert states == ["scheduled", "queued", "running"], "not one that waits for its next try"
        return int(dag_id.removeprefix("ingest__") in self.running)


@pytest.fixture
def run_gate(dagbag: DagBag, warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[Loads], dict[str, int]]:
    """Runs the gate task of an asset-triggered build with a simulated clock, while the given loads are running."""
    import steps

    def run_task(loads: Loads) -> dict[str, int]:
        run = SimpleNamespace(run_type="asset_triggered")
        context = {"ti": loads, "dag_run": run, "dag": dagbag.dags["build"], "run_id": "r1"}
        monkeypatch.setattr(steps, "get_current_context", lambda: context)
        monkeypatch.setattr(steps, "time", SimpleNamespace(monotonic=lambda: loads.now, sleep=loads.sleep))
        verdicts: dict[str, int] = dagbag.dags["build"].task_dict["gate"].python_callable()
        return verdicts

    return run_task


def test_one_build_processes_the_files_of_all_feeds(
    run_gate: Callable[[Loads], dict[str, int]], warehouse: Settings, feeds: dict[str, Feed]
) -> None:
    assert len(feeds) >= 9
    load(warehouse, "patrol_rosters", date(2024, 3, 5), {"A": {}}, gate="pending")
    loads = Loads(list(feeds))
    assert run_gate(loads)["accepted"] == 1
    assert loads.now == len(feeds), "it continued as soon as the last load had ended"
    assert run_gate(Loads([])) == {"accepted": 0, "warned": 0, "held": 0}


def test_a_long_load_delays_the_gate_by_two_minutes_at_most(
    run_gate: Callable[[Loads], dict[str, int]], warehouse: Settings
) -> None:
    load(warehouse, "patrol_rosters", date(2024, 3, 5), {"A": {}}, gate="pending")
    loads = Loads(["tips"] * 10_000)
    assert run_gate(loads)["accepted"] == 1
    assert loads.now == 120
