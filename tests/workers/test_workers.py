"""A week of exports over two workers, as real processes: the figures of LocalExecutor, though one is killed.

`make workers` runs it, in an environment that has the packages of requirements-workers.txt.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import partial
from pathlib import Path

import psutil
import psycopg2
import pytest
from helpers.homes import temporary_home
from lachan.contract import read_contracts
from lachan.local import airflow as local_airflow
from lachan.local import run as local
from lachan.local import show
from lachan.local.airflow import Airflow
from lachan.local.home import claim
from lachan.local.rest import ACTIVE, Rest
from lachan.settings import PROJECT, Settings, load
from lachan.warehouse import connect
from lachan_sample import write_city

pytestmark = [
    pytest.mark.proof,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(
        importlib.util.find_spec("celery") is None,
        reason="needs the packages of requirements-workers.txt: run `make workers`",
    ),
]
FIRST, LAST = date(2024, 3, 1), date(2024, 3, 7)
FEEDS = tuple(read_contracts(PROJECT / "contracts"))
KEY = "ab" * 32
PATIENCE = 900
NOT_REMOTE = ("AIRFLOW__DATABASE__", "AIRFLOW__API__SECRET", "AIRFLOW__CORE__FERNET", "AIRFLOW__CORE__SIMPLE_AUTH")
"""What a worker does without: Airflow's database, and the keys of its connections and of its web sessions."""
# Without when and how often they were published: the load that was killed comes a build later than the others.
FIGURES = """
select md5(string_agg(figure.content::text, e'\\n' order by figure.content::text)), count(*)
from (select to_jsonb(f) - array['published_at', 'revision_no'] as content
      from reporting.stored_figure as f) as figure
"""
LEDGER = "select feed, path, status, gate, rows_read, rows_loaded from ops.export_file order by feed, path"
# The session that has put rows of this feed into its transaction, and cannot go on.
BLOCKED = """
select client_port from pg_stat_activity
where application_name = 'lachan' and wait_event_type = 'Lock' and query ilike 'copy %raw%tips%'
"""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    write_city(folder, FIRST, LAST)
    return folder


@pytest.fixture(scope="module")
def of_one_machine(exports: Path) -> tuple[object, object]:
    """What LocalExecutor publishes, and its ledger."""
    with stack(exports, {}) as (settings, airflow, rest), show.Progress() as progress:
        local._pipeline(settings, airflow, rest, progress)
        return results(settings)


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs Debian's package redis-server")
def test_celery(exports: Path, of_one_machine: tuple[object, object], tmp_path: Path) -> None:
    with redis(tmp_path) as broker:
        executor = {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor,LocalExecutor",
            "AIRFLOW__CELERY__BROKER_URL": f"{broker}/0",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"{broker}/1",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
        }
        command = ["celery", "worker", "--skip-serve-logs", "--celery-hostname", "{name}@127.0.0.1"]
        a_week_over_two_workers(exports, executor, command, (*NOT_REMOTE, "AIRFLOW__API_AUTH__"), of_one_machine)


def test_edge(exports: Path, of_one_machine: tuple[object, object]) -> None:
    executor = {
        "AIRFLOW__CORE__EXECUTOR": "airflow.providers.edge3.executors.EdgeExecutor,LocalExecutor",
        "AIRFLOW__DATABASE__EXTERNAL_DB_MANAGERS": "airflow.providers.edge3.models.db.EdgeDBManager",
        "AIRFLOW__EDGE__API_ENABLED": "true",
        "AIRFLOW__EDGE__API_URL": "http://127.0.0.1:{port}/edge_worker/v1/rpcapi",
        "AIRFLOW__EDGE__JOB_POLL_INTERVAL": "1",
        "AIRFLOW__EDGE__HEARTBEAT_INTERVAL": "5",
    }
    command = ["edge", "worker", "--concurrency", "2", "--edge-hostname", "{name}"]
    a_week_over_two_workers(exports, executor, command, NOT_REMOTE, of_one_machine)


def a_week_over_two_workers(
    exports: Path,
    executor: Mapping[str, str],
    command: list[str],
    without: tuple[str, ...],
    expected: tuple[object, object],
) -> None:
    noticed_soon = {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20"}
    with stack(exports, {**executor, **noticed_soon}) as (settings, airflow, rest):
        workers = [start_worker(airflow, settings, name, command, without) for name in ("one", "two")]
        with loads_of_tips_blocked(settings):
            for feed in FEEDS:
                rest.trigger(f"ingest__{feed}")
            killed = wait_for(lambda: worker_of_blocked_load(settings, workers), airflow, workers)
            while members := local_airflow._session_members([killed]):
                local_airflow._signal(members, signal.SIGKILL)
        left = [worker for worker in workers if worker != killed]
        # Airflow queues the event of an asset a moment after the task has ended, so it has to be quiet twice.
        built = partial(everything_is_built, settings, rest)
        wait_for(lambda: built() and not time.sleep(3) and built(), airflow, left)
        tries = {task.dag: task.attempt for task in rest.tasks(rest.runs(["ingest__tips"]))}
        assert tries == {"ingest__tips": 2}, "the load that was killed has not been tried again"
        assert results(settings) == expected


@contextmanager
def stack(exports: Path, variables: Mapping[str, str]) -> Iterator[tuple[Settings, Airflow, Rest]]:
    """PostgreSQL and Airflow in a home of their own, with these variables over the environment of one machine."""
    with temporary_home("lachan-workers-") as home, pytest.MonkeyPatch.context() as patch:
        patch.delenv("LACHAN_DSN", raising=False)
        patch.setenv("LACHAN_HOME", str(home))
        patch.setenv("LACHAN_LANDING", f"file://{exports}")
        patch.setenv("LACHAN_PSEUDONYM_KEY", KEY)
        patch.setenv("LACHAN_ARCHIVE_RECIPIENTS", "none")
        plain = local_airflow.environment

        def with_variables(settings: Settings, port: int) -> dict[str, str]:
            return plain(settings, port) | {name: value.format(port=port) for name, value in variables.items()}

        patch.setattr(local_airflow, "environment", with_variables)
        settings = load()
        claim(home)
        with local._stack(settings, {}) as (airflow, rest):
            yield settings, airflow, rest


def start_worker(airflow: Airflow, settings: Settings, name: str, command: list[str], without: tuple[str, ...]) -> int:
    """The process id of a new worker, whose environment lacks what begins with one of these."""
    variables = {key: value for key, value in airflow._environment.items() if not key.startswith(without)}
    with (settings.home / "logs" / f"{name}.log").open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "airflow", *(each.format(name=name) for each in command)],
            env=variables | {"AIRFLOW_HOME": str(settings.home / name)},
            cwd=settings.home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    record = {"pid": worker.pid, "created": psutil.Process(worker.pid).create_time()}
    (settings.home / "run" / f"{name}.pid").write_text(json.dumps(record))  # so that it is stopped with the stack
    return worker.pid


@contextmanager
def loads_of_tips_blocked(settings: Settings) -> Iterator[None]:
    with closing(psycopg2.connect(settings.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("lock table raw.tips in share mode")
        yield


def worker_of_blocked_load(settings: Settings, workers: list[int]) -> int | None:
    """The worker whose load of tips stands in the middle of its transaction, if there is one."""
    with closing(psycopg2.connect(settings.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(BLOCKED)
        ports = {port for (port,) in cursor.fetchall()}
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            worker = os.getsid(process.pid)
            if worker in workers and ports & {link.laddr.port for link in process.net_connections("tcp")}:
                return worker
    return None


def everything_is_built(settings: Settings, rest: Rest) -> bool:
    runs = rest.runs([*(f"ingest__{feed}" for feed in FEEDS), "build"])
    failed = [f"{task.dag}.{task.task}" for task in rest.tasks(runs) if task.state == "failed"]
    assert not failed, failed
    if any(run.state in ACTIVE for run in runs) or rest.has_queued_asset_event("build"):
        return False
    pending = any(each.batches_pending for each in show.feed_totals(settings))
    return len(show.feed_totals(settings)) > 1 and not pending and runs[0].dag == "build"


def results(settings: Settings) -> tuple[object, object]:
    """The hash of all published figures with their number, and the ledger."""
    with closing(connect(settings.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(FIGURES)
        figures = cursor.fetchone()
        cursor.execute(LEDGER)
        return figures, cursor.fetchall()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The address of a Redis with a password, as docs/growing.md configures it."""
    password, port = secrets.token_hex(16), free_port()
    config = folder / "redis.conf"
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\nappendonly yes\nmaxmemory-policy noeviction\n"
        f'dir "{folder}"\n'
    )
    with (folder / "redis.log").open("wb") as output:
        server = subprocess.Popen(["redis-server", config], stdout=output, stderr=output)
    try:
        yield f"redis://:{password}@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def wait_for(condition: Callable[[], int | None], airflow: Airflow, workers: list[int]) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        airflow.check()
        assert all(psutil.pid_exists(worker) for worker in workers), "a worker has ended by itself"
        if found := condition():
            return found
        time.sleep(1)
    pytest.fail(f"not within {PATIENCE} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
