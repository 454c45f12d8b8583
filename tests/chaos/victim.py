"""Runs one step of the pipeline in a process of its own, in which a fault happens at a chosen point.

Every statement and every commit that the process sends to the warehouse is an event. The events are counted and written
to a file, so that a fault can be placed at any of them, and so that the harness knows how far a killed process came.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection as Channel
from pathlib import Path
from typing import Any

import lachan.load  # isort: skip  # noqa: F401  # sets the memory allocator before polars is imported
import psycopg2
from lachan import settings as lachan_settings
from lachan.contract import Feed, read_contracts
from lachan.contract.published import published_tables
from lachan.contract.reader import _standard
from lachan.load.ingest import ingest, replay
from lachan.operate.decisions import DecisionError, retract
from lachan.operate.watch import watch
from lachan.publish.publication import publish
from lachan.quality.audit import audit
from lachan.quality.gate import gate
from lachan.settings import Settings
from lachan.transform.build import build
from lachan.warehouse import migrate
from psycopg2.extensions import TRANSACTION_STATUS_INTRANS, connection, cursor

RUN = "chaos"
RETRACTED_DAY = date(2024, 2, 29)
MISREAD_DAY = date(2024, 3, 1)
NOW = datetime(2024, 3, 4, 2, tzinfo=UTC)
"""The moment for which alerts are raised: the morning after the last exports of the small world."""

Feeds = dict[str, Feed]
_standard()  # fills its cache, so that the processes that are forked from this one start quickly


@dataclass(frozen=True)
class Fault:
    """What happens to the process of a step, its server or its landing zone, and when.

    `kind`: the process is killed ("kill"); its server is killed ("server killed") or told to stop at once ("server
    stopped"); the server process of its session is killed ("backend killed"), which makes the server restart; all
    sessions are ended ("sessions ended"); the landing zone is renamed ("landing gone") and, with `until`, renamed back
    at that event.

    `event` counts from 1; the fault happens before or after it, or `delay` seconds after its beginning ("during").
    Without an event, it happens `delay` seconds after the step has begun.
    """

    kind: str = "kill"
    event: int | None = None
    moment: str = "before"
    delay: float = 0.0
    until: int | None = None

    def __str__(self) -> str:
        if self.event is None:
            return f"{self.kind} after {self.delay:.3f} s"
        delay = f" + {self.delay * 1000:.0f} ms" if self.moment == "during" else ""
        until = f" until event {self.until}" if self.until else ""
        return f"{self.kind} {self.moment} event {self.event}{delay}{until}"


def run_ingest(settings: Settings, feeds: Feeds) -> None:
    """Ingest every feed; like their DAGs, a feed that fails does not keep the others from being loaded."""
    errors = []
    for feed in feeds.values():
        try:
            ingest(settings, feed, RUN)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def misread_first_days(settings: Settings, feeds: Feeds) -> None:
    """Ingest with contracts that lack a code and a header, so that the right contracts can replay rows and a file."""
    tips, patrols = feeds["tips"], feeds["patrol_rosters"]
    channels = {label: code for label, code in _column(tips, "channel").labels.items() if code != "in_person"}
    ingest(settings, _with_column(tips, "channel", labels=channels), RUN)
    unknown_header = _with_column(patrols, "status", headers=("Chưa có tiêu đề",))
    ingest(settings, unknown_header, RUN, MISREAD_DAY, MISREAD_DAY)
    run_ingest(settings, feeds)


def _column(feed: Feed, name: str) -> Any:
    return next(column for column in feed.columns if column.name == name)


def _with_column(feed: Feed, name: str, **changes: Any) -> Feed:
    return replace(
        feed, columns=tuple(replace(each, **changes) if each.name == name else each for each in feed.columns)
    )


STEPS: dict[str, Callable[[Settings, Feeds], Any]] = {
    "misread": misread_first_days,
    "ingest": run_ingest,
    "gate": lambda settings, feeds: gate(settings, RUN),
    "build": lambda settings, feeds: build(settings, RUN),
    "audit": lambda settings, feeds: audit(settings, RUN),
    "publish": lambda settings, feeds: publish(settings, RUN, RUN),
    "replay": lambda settings, feeds: replay(settings, None, RUN, "the contract was corrected", "officer"),
    "retract": lambda settings, feeds: retract(settings, "sent by mistake", "officer", feed="tips", day=RETRACTED_DAY),
    "migrate": lambda settings, feeds: migrate(settings.dsn, feeds, published_tables(settings.project)),
    "watch": lambda settings, feeds: sorted({(alert.kind, alert.severity) for alert in watch(settings, NOW)}),
}


class Events:
    """Counts and records the events of this process, and lets the fault happen at its point."""

    def __init__(self, fault: Fault | None, record: Path, settings: Settings, postmaster: int) -> None:
        self._fault = fault
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._landing = Path(settings.landing.removeprefix("file://"))
        self._postmaster = postmaster
        self._dsn = settings.dsn
        self._lock = threading.Lock()
        self._count = 0
        if fault is not None and fault.event is None:
            self._later(fault.delay)

    @contextmanager
    def event(self, backend: int, text: str) -> Iterator[None]:
        """The block sends one statement or commit to the server process `backend`."""
        with self._lock:
            self._count += 1
            number = self._count
        fault = self._fault
        is_here = fault is not None and fault.event == number
        if fault is not None and fault.until == number:
            shutil.move(_aside(self._landing), self._landing)
        if is_here and fault is not None and fault.moment == "before":
            self._strike(backend, text)
        self._write(f"{number} begins {text}")
        if is_here and fault is not None and fault.moment == "during":
            self._later(fault.delay, backend)
        yield
        self._write(f"{number} ends {text}")
        if is_here and fault is not None and fault.moment == "after":
            self._strike(backend)

    def _write(self, line: str) -> None:
        os.write(self._record, f"{line}\n".encode())

    def _later(self, delay: float, backend: int = 0) -> None:
        timer = threading.Timer(delay, self._strike, [backend])
        timer.daemon = True
        timer.start()

    def _strike(self, backend: int, text: str = "") -> None:
        assert self._fault is not None
        kind = self._fault.kind
        self._write(f"0 fault {text}")
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif kind == "server killed":
            os.kill(self._postmaster, signal.SIGKILL)
        elif kind == "server stopped":
            os.kill(self._postmaster, signal.SIGQUIT)
        elif kind == "backend killed":
            os.kill(backend, signal.SIGKILL)
        elif kind == "sessions ended":
            with _real_connect(self._dsn) as own, own.cursor() as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
        elif kind == "landing gone":
            shutil.move(self._landing, _aside(self._landing))
        time.sleep(0.05 if kind != "landing gone" else 0)


def _aside(landing: Path) -> Path:
    return landing.with_name("landing gone")


_real_connect = psycopg2.connect


def watch_connections(events: Events) -> None:
    """Let every connection of this process, also those of dbt, report its statements and commits as events."""

    class WatchedCursor(cursor):
        def execute(self, query: Any, values: Any = None) -> None:
            text = query if isinstance(query, str) else repr(query)
            is_commit = text.strip().upper() == "COMMIT"
            with events.event(
                self.connection.info.backend_pid,
                _commit(self.connection) if is_commit else _shortened(text),
            ):
                super().execute(query, values)

        def copy_expert(self, query: Any, file: Any, size: int = 8192) -> None:
            with events.event(self.connection.info.backend_pid, "COPY"):
                super().copy_expert(query, file, size)

    class WatchedConnection(connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.cursor_factory = WatchedCursor

        def commit(self) -> None:
            with events.event(self.info.backend_pid, _commit(self)):
                super().commit()

        def __exit__(self, kind: Any, *error: Any) -> None:
            if kind is None:
                self.commit()
            else:
                self.rollback()

    def connect(*arguments: Any, **options: Any) -> Any:
        return _real_connect(*arguments, connection_factory=WatchedConnection, **options)

    psycopg2.connect = connect


def _shortened(text: str) -> str:
    """The beginning of a statement, without the comment that dbt puts before it."""
    return " ".join(text.partition("*/")[2].split() or text.split())[:100]


def _commit(open_connection: connection) -> str:
    """`COMMIT` of a transaction that has written something, `commit` of any other."""
    if open_connection.get_transaction_status() != TRANSACTION_STATUS_INTRANS:
        return "commit"
    with cursor(open_connection) as own:
        own.execute("select pg_current_xact_id_if_assigned() is not null")
        return "COMMIT" if own.fetchone() == (True,) else "commit"


def main(
    step: str, environment: dict[str, str], fault: Fault | None, record: Path, postmaster: int, channel: Channel
) -> None:
    """Run a step; send its result, or its error as text, and how long it took, through the channel."""
    output = os.open(record.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(environment)
    settings = lachan_settings.load()
    feeds = read_contracts(settings.contracts)
    watch_connections(Events(fault, record, settings, postmaster))
    began = time.monotonic()
    result, error_text, is_fine = None, None, True
    try:
        result = STEPS[step](settings, feeds)
    except Exception as error:
        error_text = f"{type(error).__name__}: {' '.join(str(error).split())}"
        is_fine = isinstance(error, DecisionError)  # there is nothing left to retract
    channel.send((result if step == "watch" else None, error_text, is_fine, time.monotonic() - began))
