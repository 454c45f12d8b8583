"""What the DAG files declare: which DAGs, how they are wired, who is called and what that person reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from lachan.settings import PROJECT, TIMEZONE

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

FEEDS = tuple(sorted(file.stem for file in (PROJECT / "contracts").glob("*.yaml")))
INGEST = tuple(f"ingest__{feed}" for feed in FEEDS)
STEPS = {
    **{dag: ["load"] for dag in INGEST},
    "build": ["gate", "transform", "audit", "publish", "all_judged"],
    "refresh": ["transform", "audit", "publish"],
    "watch": ["look"],
}


def test_there_are_exactly_these_dags(dagbag: DagBag) -> None:
    assert dagbag.import_errors == {}
    assert set(dagbag.dags) == set(STEPS)


@pytest.mark.parametrize("dag_id", STEPS)
def test_tasks_follow_one_another(dagbag: DagBag, dag_id: str) -> None:
    tasks = dagbag.dags[dag_id].tasks
    assert [task.task_id for task in tasks] == STEPS[dag_id]
    row = [task for task in tasks if task.task_id != "all_judged"]
    for task, following in zip(row, [*row[1:], None], strict=True):
        assert task.downstream_task_ids - {"all_judged"} == ({following.task_id} if following else set())


def test_a_red_gate_makes_the_build_red_and_stops_nothing(dagbag: DagBag) -> None:
    build = dagbag.dags["build"].task_dict
    assert build["all_judged"].upstream_task_ids == {"gate"}
    assert {name: task.trigger_rule.value for name, task in build.items()} == {
        **dict.fromkeys(("gate", "audit", "publish", "all_judged"), "all_success"),
        "transform": "none_skipped",
    }


def test_a_broken_contract_takes_no_dag_away_and_has_a_red_one(
    dagbag: DagBag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from lachan.contract import ContractError

    shutil.copytree(PROJECT / "contracts", tmp_path / "contracts")
    (tmp_path / "contracts" / "tips.yaml").write_text("id: tips\n", encoding="utf-8")
    monkeypatch.setenv("LACHAN_PROJECT", str(tmp_path))
    beside = DagBag(dagbag.dag_folder)
    assert beside.import_errors == {}
    assert set(beside.dags) == set(STEPS)
    assert {asset.uri for asset in beside.dags["build"].timetable.asset_condition.objects} == {
        asset.uri for asset in dagbag.dags["build"].timetable.asset_condition.objects
    }
    broken = beside.dags["ingest__tips"]
    assert "is a required property" in (broken.description or "") and "broken" in broken.tags
    assert (broken.doc_md or "").splitlines()[0] == "## When this is red"
    assert broken.timetable.expression == "30 6 * * *"
    with pytest.raises(ContractError, match="is a required property"):
        broken.task_dict["load"].python_callable()
    shutil.copy(PROJECT / "contracts" / "tips.yaml", tmp_path / "contracts")
    broken.task_dict["load"].python_callable()


@pytest.mark.parametrize("dag_id", STEPS)
def test_whoever_is_called_finds_owner_tags_and_triage(dagbag: DagBag, dag_id: str) -> None:
    dag = dagbag.dags[dag_id]
    assert (dag.doc_md or "").splitlines()[0] == "## When this is red"
    assert "lachan " in (dag.doc_md or ""), "names the command that does it by hand"
    assert dag.tags
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert {task.owner for task in dag.tasks} & {"airflow", ""} == set()


def test_ingest_dags_belong_to_the_feeds_owner(dagbag: DagBag, feeds: dict[str, Any]) -> None:
    assert {dag: dagbag.dags[dag].task_dict["load"].owner for dag in INGEST} == {
        f"ingest__{name}": feed.owner for name, feed in feeds.items()
    }


def test_schedules_are_in_local_time(dagbag: DagBag, feeds: dict[str, Any]) -> None:
    for name, feed in feeds.items():
        timetable = dagbag.dags[f"ingest__{name}"].timetable
        assert timetable.expression == feed.polling_schedule
        assert str(timetable.timezone) == TIMEZONE
    assert feeds["tips"].polling_schedule == feeds["tips"].schedule == "30 6 * * *"
    assert feeds["camera_register"].schedule == "15 6 1 * *"
    assert feeds["camera_register"].polling_schedule == "15 6 * * *", "a late register does not wait for the next month"
    refresh = dagbag.dags["refresh"].timetable.timetables
    assert {(each.expression, str(each.timezone)) for each in refresh} == {
        ("50 6 * * *", TIMEZONE),
        ("5 0 15 * *", TIMEZONE),
    }
    assert str(dagbag.dags["watch"].timetable.timezone) == TIMEZONE


def test_a_dag_that_is_switched_on_waits_for_its_next_hour(dagbag: DagBag, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables import trigger
    from airflow.timetables.base import TimeRestriction

    just_after = datetime(2026, 3, 2, 7, 31, tzinfo=ZoneInfo(TIMEZONE))  # watch is due at 07:30, the exports before
    monkeypatch.setattr(trigger, "utcnow", lambda: just_after)
    for name in ("watch", "refresh", *INGEST):
        timetable = DagSerialization.from_dict(DagSerialization.to_dict(dagbag.dags[name])).timetable
        first = timetable.next_dagrun_info_v2(last_dagrun_info=None, restriction=TimeRestriction(None, None, False))
        assert first is not None
        assert first.run_after > just_after, name


def test_each_feed_wakes_the_build_by_itself(dagbag: DagBag) -> None:
    from airflow.sdk import AssetAny

    woken_by = dagbag.dags["build"].timetable.asset_condition
    assert isinstance(woken_by, AssetAny)
    uris = {asset.uri for asset in woken_by.objects}
    assert uris == {f"postgres://warehouse:5432/lachan/raw/{feed}" for feed in FEEDS}
    assert {outlet.uri for dag in INGEST for outlet in dagbag.dags[dag].task_dict["load"].outlets} == uris


@pytest.mark.parametrize("dag_id", STEPS)
def test_passing_faults_are_tried_again_and_final_ones_are_not(dagbag: DagBag, dag_id: str) -> None:
    import psycopg2
    from airflow.sdk import RetryAction
    from lachan.contract import ContractError
    from lachan.landing import LandingError
    from lachan.publish.publication import NotAudited, NothingToPublish
    from lachan.quality.audit import AuditFailed
    from lachan.warehouse import WarehouseError

    for task in dagbag.dags[dag_id].tasks:
        assert task.retries == 3
        decide = task.retry_policy.evaluate
        for fault in (
            psycopg2.OperationalError(),
            WarehouseError(),
            LandingError(),
            ConnectionResetError(),
            NotAudited(),
        ):
            assert decide(fault, 1, 3).action is RetryAction.RETRY, fault
        for fault in (ContractError(), AuditFailed(), NothingToPublish(), KeyError()):
            assert decide(fault, 1, 3).action is RetryAction.FAIL, fault


def test_dag_files_import_nothing_heavy() -> None:
    files = sorted((PROJECT / "dags").glob("*.py"))
    code = "import runpy, sys\nfor file in sys.argv[1:]: runpy.run_path(file)\nprint(*sys.modules)"
    here = os.environ | {"PYTHONPATH": os.pathsep.join(str(PROJECT / folder) for folder in ("plugins", "dags"))}
    done = subprocess.run([sys.executable, "-c", code, *files], env=here, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "airflow.sdk" in loaded
    assert not loaded & {"dbt", "great_expectations", "pyarrow", "pandas"}
