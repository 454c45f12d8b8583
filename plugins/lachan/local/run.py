"""`lachan run`, `up`, `down` and `clean`: the whole platform on one machine."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from lachan.cities import dag_id
from lachan.contract import read_contracts
from lachan.contract.published import published_tables
from lachan.local import postgres, show
from lachan.local.airflow import LOGIN, Airflow, password, stop, tail, task_log_end
from lachan.local.home import claim, is_claimed
from lachan.local.rest import ACTIVE, Rest, RestError, Run, TaskRun
from lachan.settings import Settings, known_cities, load
from lachan.warehouse.databases import migrate_warehouse, migration_of_server
from lachan.warehouse.logins import use_process_logins

READY_SECONDS = 180
POLL_SECONDS = 1.0
IDLE_POLLS = 2
"""Polls in a row that must find no activity: Airflow queues an asset's event a moment after the task has ended."""


class RunError(RuntimeError):
    """A step failed or is refused; the message names the cause, shows the end of its log and says what to do."""


def run(settings: Settings) -> bool:
    """Run the sample year through Airflow and print the figures; returns whether all equal the published ones.

    Starts PostgreSQL and Airflow and stops them at the end. Writes wall times in seconds to `home/run/timings.json`.
    Raises RunError, AirflowError or PostgresError.
    """
    from lachan.publish.comparison import compare

    seconds: dict[str, float] = {}
    with _stack(settings, seconds) as (airflow, rest), show.Progress() as progress:
        triggered = datetime.now(UTC)
        runs = _pipeline(settings, airflow, rest, progress)
        tasks = rest.tasks(runs)
        published = {task.run for task in tasks if task.task == "publish" and task.state == "success"}
        if ends := [each.end for each in runs if each.id in published and each.end is not None]:
            seconds["first trigger to published"] = (max(ends) - triggered).total_seconds()
        for task in tasks:
            if task.seconds is not None:
                name = f"task {task.dag}.{task.task}"
                seconds[name] = seconds.get(name, 0) + task.seconds
        comparisons = compare(settings)
        totals = show.feed_totals(settings)
        stopping = time.monotonic()
    seconds["stop"] = time.monotonic() - stopping
    (settings.home / "run" / "timings.json").write_text(json.dumps(seconds, indent=2))
    show.totals(totals)
    are_equal = show.figures(comparisons)
    print(_WHERE_TO_LOOK.format(board=_board_address(settings)))
    if settings.archive_recipients is None:
        print("Nothing is archived, because LACHAN_ARCHIVE_RECIPIENTS is not set (docs/privacy.md).")
    return are_equal


def up(settings: Settings) -> None:
    """Start PostgreSQL, Airflow and the board, and keep them running until Ctrl-C, SIGTERM or `lachan down`.

    Raises AirflowError when a component ends unexpectedly, and otherwise as `run` does.
    """
    with _stack(settings, {}) as (airflow, _):
        airflow.start("board", [sys.executable, "-m", "lachan", "board"])
        print(f"\nAirflow:   {airflow.url}   login {LOGIN}, password {password(settings)}")
        print(f"Board:     {_board_address(settings)}   `lachan login add NAME --as reporter` makes a login")
        print(f"           for users of Airflow also {airflow.url}/plugin/lachan")
        print("Warehouse: `lachan dsn` prints its connection URL")
        print(
            "The DAGs refresh, reports, watch, backup and maintain are paused until you unpause them. "
            "Ctrl-C stops everything.",
            flush=True,
        )
        while True:
            airflow.check()
            time.sleep(1)


_WHERE_TO_LOOK = """
To look around: `make up` serves Airflow, and the board at {board}.
`.venv/bin/lachan login add NAME --as reporter` makes a login for the board; docs/board.md shows its pages."""


def _board_address(settings: Settings) -> str:
    host, port = settings.board_listen
    return f"http://{host}:{port}"


def down(settings: Settings) -> None:
    """Stop everything that `run` or `up` started, whether they still run, were interrupted or were killed."""
    stop(settings.home)
    postgres.stop(settings.home)


def clean(settings: Settings) -> None:
    """Stop everything and delete the state folder: data, secrets, logs. Raises RunError if the home is not marked."""
    if not settings.home.exists():
        return
    if not is_claimed(settings.home):
        raise RunError(
            f"{settings.home} holds or held files that do not belong to Lá Chắn, so `lachan clean` will not delete it; "
            "delete it by hand if nothing in it is needed"
        )
    down(settings)
    shutil.rmtree(settings.home)


@contextmanager
def _stack(settings: Settings, seconds: dict[str, float]) -> Iterator[tuple[Airflow, Rest]]:
    """Run PostgreSQL and Airflow, with the sample's exports written and the ingest and build DAGs unpaused."""
    with ExitStack() as cleanup:
        cleanup.enter_context(_exclusive_use(settings.home))
        cleanup.enter_context(_interrupted_by_sigterm())
        with _step("starting PostgreSQL", seconds):
            cleanup.callback(postgres.stop, settings.home)
            postgres.start(settings.home)
        with _step("preparing the databases and the sample", seconds):
            airflow = Airflow(settings)
            with _in_background(airflow.migrate):
                _migrate(settings)
                _write_sample(settings)
        with _step("starting Airflow", seconds):
            cleanup.enter_context(airflow)
            rest = Rest(airflow.url, LOGIN, password(settings))
            _wait_until_ready(settings, airflow, rest)
        yield airflow, rest


def _migrate(settings: Settings) -> None:
    """Bring the warehouse to this release; in a province its own database and those of its cities, in turn."""
    feeds, published = read_contracts(settings.contracts), published_tables(settings.project)
    cities = known_cities() if settings.cities is not None else ()
    for each in (settings, *map(load, cities)):
        with migration_of_server(each):
            migrate_warehouse(each, feeds, published)
            use_process_logins(each.dsn, each.login_password)


def _write_sample(settings: Settings) -> None:
    """Write the exports of 2024, once, and only if the landing zone is the default one in the home of one city."""
    from lachan_sample import write_city

    if settings.cities is not None:
        return
    landing, marker = settings.home / "landing", settings.home / "run" / "sample.done"
    if settings.landing == f"file://{landing}" and not marker.exists():
        write_city(landing, date(2024, 1, 1), date(2024, 12, 31))
        marker.touch()


def _wait_until_ready(settings: Settings, airflow: Airflow, rest: Rest) -> None:
    dags = [*_ingest_dags(settings), "build"]
    required = set(dags)
    if settings.cities is not None:
        required = {"province", *(dag_id(dag, code) for code in known_cities() for dag in dags)}
    deadline = time.monotonic() + READY_SECONDS
    while not rest.healthy():
        airflow.check()
        _pause_or_time_out(deadline, settings, "api-server.log", "Airflow is not healthy")
    while not _logged_in(rest, deadline):
        airflow.check()
    while not required <= rest.dags():
        airflow.check()
        if errors := rest.import_errors():
            raise RunError("\n".join(["a DAG file cannot be read:", *errors]))
        _pause_or_time_out(deadline, settings, "dag-processor.log", "Airflow has not read the DAGs")
    for dag in sorted(required):
        rest.unpause(dag)


def _logged_in(rest: Rest, deadline: float) -> bool:
    """Try to log in. Airflow rewrites its file of logins while it starts and refuses logins during that time."""
    try:
        rest.log_in()
    except RestError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.5)
        return False
    return True


def _pause_or_time_out(deadline: float, settings: Settings, log: str, problem: str) -> None:
    """Wait a moment before the next attempt; raises RunError when the deadline has passed."""
    if time.monotonic() > deadline:
        raise RunError(
            f"{problem} after {READY_SECONDS} s; {tail(settings.home / 'logs' / log)}\nTry `make run` again."
        )
    time.sleep(0.3)


def _pipeline(settings: Settings, airflow: Airflow, rest: Rest, progress: show.Progress) -> list[Run]:
    """Trigger every ingest DAG, wait until nothing is left to load or build, and return the new runs."""
    dags = [*_ingest_dags(settings), "build"]
    earlier = rest.runs(dags)
    for unfinished in (each for each in earlier if each.state in ACTIVE):
        rest.fail(unfinished)  # left behind by an Airflow that was stopped during the run
    earlier_ids = {(each.dag, each.id) for each in earlier}
    build_succeeded = next((each.state for each in earlier if each.dag == "build"), None) in (None, "success")
    for dag in _ingest_dags(settings):
        rest.trigger(dag)
    idle_polls = 0
    while True:
        airflow.check()
        runs = [each for each in rest.runs(dags) if (each.dag, each.id) not in earlier_ids]
        tasks, totals = rest.tasks(runs), show.feed_totals(settings)
        progress.show(sorted(tasks, key=lambda task: dags.index(task.dag)), totals)
        # Report a failure at once: a retry comes a minute or more later, and the user is waiting at the terminal.
        if failed := [task for task in tasks if task.state in ("failed", "up_for_retry")]:
            raise RunError(_failure(settings, failed[0]))
        busy = any(each.state in ACTIVE for each in runs) or rest.has_queued_asset_event("build")
        idle_polls = 0 if busy else idle_polls + 1
        build_succeeded = build_succeeded or any(each.dag == "build" and each.state == "success" for each in runs)
        if idle_polls >= IDLE_POLLS:
            if build_succeeded and not any(each.batches_pending for each in totals):
                return runs
            rest.trigger("build")  # an earlier build failed or was stopped, and no new asset event will start one
            idle_polls = 0
        time.sleep(POLL_SECONDS)


def _failure(settings: Settings, task: TaskRun) -> str:
    log = (
        settings.home / "logs" / "tasks" / f"dag_id={task.dag}" / f"run_id={task.run}"
        / f"task_id={task.task}" / f"attempt={task.attempt}.log"
    )  # fmt: skip
    command = task.dag.replace("ingest__", "ingest ")
    return (
        f"{task.dag}.{task.task} failed; {task_log_end(log)}\n"
        f"Run `lachan {command}` to reproduce it without Airflow, or `make up` and open the DAG's page. "
        "Files that are loaded stay loaded: `make run` continues from there."
    )


def _ingest_dags(settings: Settings) -> list[str]:
    return [f"ingest__{name}" for name in read_contracts(settings.contracts)]


@contextmanager
def _step(name: str, seconds: dict[str, float]) -> Iterator[None]:
    print(f"{name} …", end="", flush=True)
    started = time.monotonic()
    yield
    seconds[name] = time.monotonic() - started
    print(f" {seconds[name]:.1f} s", flush=True)


@contextmanager
def _in_background(work: Callable[[], None]) -> Iterator[None]:
    """Call `work` in a thread while the block runs; an error of the thread is raised at the end of the block."""
    errors: list[Exception] = []

    def guarded() -> None:
        try:
            work()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if errors:
        raise errors[0]


@contextmanager
def _exclusive_use(home: Path) -> Iterator[None]:
    """Hold a lock, so that only one `run` or `up` uses a home at a time. Raises RunError when another one holds it."""
    claim(home)
    (home / "run").mkdir(exist_ok=True)
    with (home / "run" / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(f"another `lachan run` or `up` uses {home}; stop it with Ctrl-C or `lachan down`") from None
        yield


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """Make SIGTERM and SIGHUP (the terminal was closed) interrupt the block as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
