"""What the DAG files declare: the DAGs, their tasks, schedules, owners, retries and documentation."""

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
from lachan_sample.other_cities import write_cities

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

FEEDS = tuple(sorted(file.stem for file in (PROJECT / "contracts").glob("*.yaml")))
INGEST = tuple(f"ingest__{feed}" for feed in FEEDS)
STEPS = {
    **{dag: ["load"] for dag in INGEST},
    "build": ["gate", "transform", "audit", "publish", "all_passed"],
    "refresh": ["transform", "audit", "publish", "all_passed"],
    "backup": ["make"],
    "reports": ["file"],
    "maintain": ["clean"],
    "watch": ["freshness", "look"],
}


def test_there_are_exactly_these_dags(dagbag: DagBag) -> None:
    assert dagbag.import_errors == {}
    assert set(dagbag.dags) == set(STEPS)


@pytest.mark.parametrize("dag_id", STEPS)
def test_tasks_run_one_after_the_other(dagbag: DagBag, dag_id: str) -> None:
    tasks = dagbag.dags[dag_id].tasks
    assert [task.task_id for task in tasks] == STEPS[dag_id]
    chain = [task for task in tasks if task.task_id != "all_passed"]
    for task, following in zip(chain, [*chain[1:], None], strict=True):
        assert task.downstream_task_ids - {"all_passed"} == ({following.task_id} if following else set())


def test_a_failed_task_fails_the_run_without_blocking_the_others(dagbag: DagBag) -> None:
    build = dagbag.dags["build"].task_dict
    assert build["all_passed"].upstream_task_ids == {"gate", "transform", "audit", "publish"}
    assert {name: task.trigger_rule.value for name, task in build.items()} == {
        **dict.fromkeys(("gate", "all_passed"), "all_success"),
        **dict.fromkeys(("transform", "audit", "publish"), "none_skipped"),
    }


def test_what_takes_too_long_is_a_failed_task_of_which_people_are_told(dagbag: DagBag) -> None:
    assert all(dag.dagrun_timeout is None for dag in dagbag.dags.values())
    assert all(task.execution_timeout for dag in dagbag.dags.values() for task in dag.tasks)


def test_a_broken_contract_removes_no_dag_and_makes_its_own_dag_fail(
    dagbag: DagBag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from lachan.contract import ContractError

    shutil.copytree(PROJECT / "contracts", tmp_path / "contracts")
    (tmp_path / "contracts" / "tips.yaml").write_text("id: tips\n", encoding="utf-8")
    monkeypatch.setenv("LACHAN_PROJECT", str(tmp_path))
    with_broken = DagBag(dagbag.dag_folder)
    assert with_broken.import_errors == {}
    assert set(with_broken.dags) == set(STEPS)
    assert {asset.uri for asset in with_broken.dags["build"].timetable.asset_condition.objects} == {
        asset.uri for asset in dagbag.dags["build"].timetable.asset_condition.objects
    }
    broken = with_broken.dags["ingest__tips"]
    assert "is a required property" in (broken.description or "") and "broken" in broken.tags
    assert (broken.doc_md or "").splitlines()[0] == "## When this is red"
    assert broken.timetable.expression == "30 6 * * *"
    with pytest.raises(ContractError, match="is a required property"):
        broken.task_dict["load"].python_callable()
    shutil.copy(PROJECT / "contracts" / "tips.yaml", tmp_path / "contracts")
    broken.task_dict["load"].python_callable()


@pytest.mark.parametrize("dag_id", STEPS)
def test_every_dag_has_owner_tags_and_triage_for_the_person_on_call(dagbag: DagBag, dag_id: str) -> None:
    dag = dagbag.dags[dag_id]
    assert (dag.doc_md or "").splitlines()[0] == "## When this is red"
    assert "lachan " in (dag.doc_md or ""), "the page names a command that does the same without Airflow"
    assert dag.tags
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert {task.owner for task in dag.tasks} & {"airflow", ""} == set()


@pytest.mark.parametrize("dag_id", STEPS)
def test_every_task_tells_when_it_fails_for_good_and_when_it_works_again(dagbag: DagBag, dag_id: str) -> None:
    for task in dagbag.dags[dag_id].tasks:
        callbacks = {
            name: [type(each).__name__ for each in getattr(task, f"on_{name}_callback")]
            for name in ("failure", "success", "skipped", "retry")
        }
        succeeded = [] if task.task_id == "all_passed" else ["TellSuccess", "MeasureMemory"]
        assert callbacks == {
            "failure": ["TellFailure"], "success": succeeded, "skipped": ["TellSuccess"], "retry": []
        }  # fmt: skip


def test_ingest_dags_have_the_owner_of_their_feed(dagbag: DagBag, feeds: dict[str, Any]) -> None:
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
    assert feeds["camera_register"].polling_schedule == "15 6 * * *", (
        "a register that arrives late is loaded the next day, not the next month"
    )
    refresh = dagbag.dags["refresh"].timetable.timetables
    assert {(each.expression, str(each.timezone)) for each in refresh} == {
        ("50 6 * * *", TIMEZONE),
        ("5 0 15 * *", TIMEZONE),
    }
    assert str(dagbag.dags["watch"].timetable.timezone) == TIMEZONE


def test_an_unpaused_dag_waits_for_its_next_scheduled_time(dagbag: DagBag, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables import trigger
    from airflow.timetables.base import TimeRestriction

    # one minute after the scheduled time of watch, and after those of the ingest DAGs
    just_after = datetime(2026, 3, 2, 7, 31, tzinfo=ZoneInfo(TIMEZONE))
    monkeypatch.setattr(trigger, "utcnow", lambda: just_after)
    for name in ("watch", "refresh", "maintain", *INGEST):
        timetable = DagSerialization.from_dict(DagSerialization.to_dict(dagbag.dags[name])).timetable
        first = timetable.next_dagrun_info_v2(last_dagrun_info=None, restriction=TimeRestriction(None, None, False))
        assert first is not None
        assert first.run_after > just_after, name


def test_new_rows_of_any_single_feed_start_the_build(dagbag: DagBag) -> None:
    from airflow.sdk import AssetAny

    condition = dagbag.dags["build"].timetable.asset_condition
    assert isinstance(condition, AssetAny)
    uris = {asset.uri for asset in condition.objects}
    assert uris == {f"postgres://warehouse:5432/lachan/raw/{feed}" for feed in FEEDS}
    assert {outlet.uri for dag in INGEST for outlet in dagbag.dags[dag].task_dict["load"].outlets} == uris


@pytest.mark.parametrize("dag_id", STEPS)
def test_temporary_errors_are_retried_and_permanent_errors_are_not(dagbag: DagBag, dag_id: str) -> None:
    import psycopg2
    from airflow.sdk import RetryAction
    from lachan.contract import ContractError
    from lachan.landing import LandingError
    from lachan.publish.publication import NotAudited, NothingToPublish
    from lachan.quality.audit import AuditFailed
    from lachan.warehouse import WarehouseError

    for task in dagbag.dags[dag_id].tasks:
        assert task.retries == 3
        evaluate = task.retry_policy.evaluate
        for error in (
            psycopg2.OperationalError(),
            WarehouseError(),
            LandingError(),
            ConnectionResetError(),
            NotAudited(),
        ):
            assert evaluate(error, 1, 3).action is RetryAction.RETRY, error
        for error in (ContractError(), AuditFailed(), NothingToPublish(), KeyError()):
            assert evaluate(error, 1, 3).action is RetryAction.FAIL, error


def test_each_city_of_a_province_has_its_own_dags_and_assets(
    dagbag: DagBag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager

    monkeypatch.setenv("LACHAN_CITIES", str(write_cities(tmp_path, "380", "381")))
    of_province = DagBag(dagbag.dag_folder)
    assert of_province.import_errors == {}
    of_cities = {f"c{code}__{dag}" for code in ("380", "381") for dag in STEPS}
    assert set(of_province.dags) == of_cities | {"province", "maintain", "backup", "watch"}
    assert set(of_province.dags["watch"].task_dict) == {"look"}, "a province has no exports to be fresh or stale"
    for code in ("380", "381"):
        own = {dag: of_province.dags[f"c{code}__{dag}"] for dag in STEPS}
        uris = {f"postgres://warehouse:5432/lachan_{code}/raw/{feed}" for feed in FEEDS}
        assert {asset.uri for asset in own["build"].timetable.asset_condition.objects} == uris
        assert {outlet.uri for dag in INGEST for outlet in own[dag].task_dict["load"].outlets} == uris
        assert all(f"city {code}" in dag.tags for dag in own.values())
        for dag in ("build", "refresh"):
            [figures] = own[dag].task_dict["publish"].outlets
            assert figures.uri == f"postgres://warehouse:5432/lachan_{code}/reporting/figure"
    collected = of_province.dags["province"].timetable.asset_condition.objects
    assert {asset.uri.split("/")[3] for asset in collected} == {"lachan_380", "lachan_381"}
    with _airflow_parsing_context_manager(dag_id="c381__ingest__tips", task_id="load"):
        of_task = DagBag(Path(dagbag.dag_folder) / "ingest.py")
    assert set(of_task.dags) == {f"c381__{dag}" for dag in INGEST}, "a task builds the DAGs of its own city only"


def test_dag_files_import_nothing_heavy() -> None:
    files = sorted((PROJECT / "dags").glob("*.py"))
    code = "import runpy, sys\nfor file in sys.argv[1:]: runpy.run_path(file)\nprint(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(str(PROJECT / folder) for folder in ("plugins", "dags"))}
    done = subprocess.run(
        [sys.executable, "-c", code, *files], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "airflow.sdk" in loaded
    assert not loaded & {"dbt", "great_expectations", "pyarrow", "pandas"}
