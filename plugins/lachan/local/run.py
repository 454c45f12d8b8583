"""`lachan run`, `up`, `down` and `clean`: the whole platform on one machine."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from lachan import warehouse
from lachan.contract import read_contracts
from lachan.contract.published import published_tables
from lachan.local import postgres, show
from lachan.local.airflow import LOGIN, Airflow, password, stop, tail, task_log_end
from lachan.local.home import claim, is_ours
from lachan.local.rest import ACTIVE, Rest, RestError, Run, TaskRun
from lachan.settings import Settings

READY_SECONDS = 180
POLL_SECONDS = 1.0
QUIET_POLLS = 2
"""An asset wakes a DAG a moment after the task that filled it ended: look twice before believing the calm."""


class RunError(RuntimeError):
    """A step of the run failed; the message names it, shows the end of its log and says what to try."""


def run(settings: Settings) -> bool:
    """Take the sample year through Airflow, print the figures; returns whether all equal the published ones.

    Starts what it needs and stops all of it again. Wall times go to `home/run/timings.json`, in seconds.
    Raises RunError, AirflowError or PostgresError.
    """
    from lachan.publish.comparison import compare

    seconds: dict[str, float] = {}
    with _stack(settings, seconds) as (airflow, rest), show.Progress() as progress:
        begun = datetime.now(UTC)
        done = _pipeline(settings, airflow, rest, progress)
        tasks = rest.tasks(done)
        published = {task.run for task in tasks if task.task == "publish" and task.state == "success"}
        if ends := [each.end for each in done if each.id in published and each.end is not None]:
            seconds["first trigger to published"] = (max(ends) - begun).total_seconds()
        for task in tasks:
            if task.seconds is not None:
                name = f"task {task.dag}.{task.task}"
                seconds[name] = seconds.get(name, 0) + task.seconds
        equal_figures = compare(settings)
        accounts = show.account(settings)
        stopping = time.monotonic()
    seconds["stop"] = time.monotonic() - stopping
    (settings.home / "run" / "timings.json").write_text(json.dumps(seconds, indent=2))
    show.accounts(accounts)
    return show.figures(equal_figures)


def up(settings: Settings) -> None:
    """Start PostgreSQL and Airflow and keep them until Ctrl-C, SIGTERM or `lachan down`.

    Raises AirflowError when a component ends by itself.
    """
    with _stack(settings, {}) as (airflow, _):
        print(f"\nAirflow:   {airflow.url}   login {LOGIN}, password {password(settings)}")
        print("Warehouse: `lachan dsn` prints its address")
        print("DAGs refresh and watch are paused until you switch them on. Ctrl-C ends all.", flush=True)
        while True:
            airflow.check()
            time.sleep(1)


def down(settings: Settings) -> None:
    """Stop what `run` or `up` started, whatever became of them."""
    stop(settings.home)
    postgres.stop(settings.home)


def clean(settings: Settings) -> None:
    """Stop everything and delete the state folder: data, secrets, logs. Raises RunError if not ours."""
    if not settings.home.exists():
        return
    if not is_ours(settings.home):
        raise RunError(f"{settings.home} holds, or held, files that are not lachan's: it will not delete it")
    down(settings)
    shutil.rmtree(settings.home)


@contextmanager
def _stack(settings: Settings, seconds: dict[str, float]) -> Iterator[tuple[Airflow, Rest]]:
    """PostgreSQL, the sample's exports in place, and Airflow with its ingest and build DAGs switched on."""
    with ExitStack() as ending:
        ending.enter_context(_alone(settings.home))
        ending.enter_context(_interrupted_by_sigterm())
        with _step("starting PostgreSQL", seconds):
            ending.callback(postgres.stop, settings.home)
            postgres.start(settings.home)
        with _step("preparing the databases and the sample", seconds):
            airflow = Airflow(settings)
            with _beside(airflow.migrate):
                warehouse.prepare(settings.dsn, read_contracts(settings.contracts), published_tables(settings.project))
                _write_sample(settings)
        with _step("starting Airflow", seconds):
            ending.enter_context(airflow)
            rest = Rest(airflow.url, LOGIN, password(settings))
            _wait_until_ready(settings, airflow, rest)
        yield airflow, rest


def _write_sample(settings: Settings) -> None:
    """The exports of 2024, once, and only into a landing zone of our own."""
    from lachan_sample import write_city

    landing, done = settings.home / "landing", settings.home / "run" / "sample.done"
    if settings.landing == f"file://{landing}" and not done.exists():
        write_city(landing, date(2024, 1, 1), date(2024, 12, 31))
        done.touch()


def _wait_until_ready(settings: Settings, airflow: Airflow, rest: Rest) -> None:
    wanted = set(_ingest_dags(settings)) | {"build"}
    deadline = time.monotonic() + READY_SECONDS
    while not rest.healthy():
        airflow.check()
        _not_later(deadline, settings, "api-server.log", "Airflow is not healthy")
    while not _logged_in(rest, deadline):
        airflow.check()
    while not wanted <= rest.dags():
        airflow.check()
        if errors := rest.import_errors():
            raise RunError("\n".join(["a DAG file cannot be read:", *errors]))
        _not_later(deadline, settings, "dag-processor.log", "Airflow has not read the DAGs")
    for dag in sorted(wanted):
        rest.unpause(dag)


def _logged_in(rest: Rest, deadline: float) -> bool:
    """Whether Airflow has let us in: it rewrites its file of logins while it starts, and refuses whoever comes then."""
    try:
        rest.log_in()
    except RestError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.5)
        return False
    return True


def _not_later(deadline: float, settings: Settings, log: str, fault: str) -> None:
    if time.monotonic() > deadline:
        raise RunError(f"{fault} after {READY_SECONDS} s; {tail(settings.home / 'logs' / log)}\nTry `make run` again.")
    time.sleep(0.3)


def _pipeline(settings: Settings, airflow: Airflow, rest: Rest, progress: show.Progress) -> list[Run]:
    """Trigger every ingest DAG and wait until nothing is left to do; returns the runs that did it."""
    dags = [*_ingest_dags(settings), "build"]
    before = rest.runs(dags)
    for unfinished in (each for each in before if each.state in ACTIVE):
        rest.fail(unfinished)  # a stack that was stopped half-way left it behind
    old = {(each.dag, each.id) for each in before}
    built = next((each.state for each in before if each.dag == "build"), None) in (None, "success")
    for dag in _ingest_dags(settings):
        rest.trigger(dag)
    quiet = 0
    while True:
        airflow.check()
        runs = [each for each in rest.runs(dags) if (each.dag, each.id) not in old]
        tasks, accounts = rest.tasks(runs), show.account(settings)
        progress.show(sorted(tasks, key=lambda task: dags.index(task.dag)), accounts)
        # A retry would come in minutes; somebody who waits in front of the screen is told at once.
        if failed := [task for task in tasks if task.state in ("failed", "up_for_retry")]:
            raise RunError(_failure(settings, failed[0]))
        busy = any(each.state in ACTIVE for each in runs) or rest.woken("build")
        quiet = 0 if busy else quiet + 1
        built = built or any(each.dag == "build" and each.state == "success" for each in runs)
        if quiet >= QUIET_POLLS:
            if built and not any(each.batches_pending for each in accounts):
                return runs
            rest.trigger("build")  # an earlier build failed or was stopped: no asset will wake it again
            quiet = 0
        time.sleep(POLL_SECONDS)


def _failure(settings: Settings, task: TaskRun) -> str:
    log = (
        settings.home / "logs" / "tasks" / f"dag_id={task.dag}" / f"run_id={task.run}"
        / f"task_id={task.task}" / f"attempt={task.attempt}.log"
    )  # fmt: skip
    verb = task.dag.replace("ingest__", "ingest ")
    return (
        f"{task.dag}.{task.task} failed; {task_log_end(log)}\n"
        f"Try `lachan {verb}` to see it without Airflow, or `make up` and look at the DAG's page. "
        "What is loaded stays loaded: `make run` goes on from there."
    )


def _ingest_dags(settings: Settings) -> list[str]:
    return [f"ingest__{name}" for name in read_contracts(settings.contracts)]


@contextmanager
def _step(name: str, seconds: dict[str, float]) -> Iterator[None]:
    print(f"{name} …", end="", flush=True)
    begun = time.monotonic()
    yield
    seconds[name] = time.monotonic() - begun
    print(f" {seconds[name]:.1f} s", flush=True)


@contextmanager
def _beside(work: Callable[[], None]) -> Iterator[None]:
    """Do some work in a thread beside the block; its error is raised at the block's end."""
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
def _alone(home: Path) -> Iterator[None]:
    """Only one `run` or `up` per home at a time."""
    claim(home)
    (home / "run").mkdir(exist_ok=True)
    with (home / "run" / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(f"another `lachan run` or `up` uses {home}; end it there, or with `lachan down`") from None
        yield


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the block as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    kept = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
