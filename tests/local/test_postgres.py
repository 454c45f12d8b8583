"""The embedded server: started once, found again, restarted after a crash, and clear errors when it cannot start."""

from __future__ import annotations

import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psycopg2
import pytest
from helpers.homes import temporary_home
from lachan.local import postgres
from lachan.local.home import MARKER, claim
from lachan.settings import load


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with a space in its path, below a folder that other users may not enter."""
    with temporary_home("lachan pg ") as folder:
        yield folder


def fetch_value(dsn: str, query: str) -> object:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def pid(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def test_start_creates_the_database_and_a_private_address_file(home: Path) -> None:
    dsn = postgres.start(home)
    assert fetch_value(dsn, "select current_database() || ' ' || current_user") == "lachan lachan"
    assert str(fetch_value(dsn, "show server_version")).startswith("18.")
    assert (home / "postgres.dsn").read_text().strip() == dsn
    assert stat.S_IMODE((home / "postgres.dsn").stat().st_mode) == 0o600
    assert fetch_value(dsn, "show listen_addresses") == "127.0.0.1"


def test_a_home_is_for_its_owner_only_also_where_it_was_wider(tmp_path: Path) -> None:
    private = 0o710 if os.geteuid() == 0 else 0o700
    new, wider, others = tmp_path / "new" / "home", tmp_path / "wider", tmp_path / "others"
    claim(new)
    assert stat.S_IMODE(new.stat().st_mode) == private
    wider.mkdir()
    (wider / MARKER).touch()
    wider.chmod(0o777)
    claim(wider)
    assert stat.S_IMODE(wider.stat().st_mode) == private
    others.mkdir()
    (others / "a file").touch()
    others.chmod(0o755)
    claim(others)
    assert stat.S_IMODE(others.stat().st_mode) == 0o755, "a folder with other files is not the platform's to change"
    settings = replace(load(), home=tmp_path / "first a secret")
    assert settings.secret("login_loader") and stat.S_IMODE(settings.home.stat().st_mode) == 0o700


def test_a_wrong_password_is_refused(home: Path) -> None:
    dsn = postgres.start(home)
    wrong = dsn.replace(dsn.split(":")[2].split("@")[0], "wrong")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(wrong)


def test_repeated_and_concurrent_starts_find_the_same_server(home: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        addresses = set(pool.map(postgres.start, [home] * 3))
    first = pid(home)
    assert addresses == {postgres.start(home)}
    assert pid(home) == first


def test_a_killed_server_is_restarted_with_all_committed_data(home: Path) -> None:
    dsn = postgres.start(home)
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("create table kept as select 138 as number")
    os.kill(pid(home), signal.SIGKILL)
    assert fetch_value(postgres.start(home), "select number from kept") == 138


def test_a_leftover_file_with_the_pid_of_another_process_is_ignored(home: Path) -> None:
    postgres.start(home)
    leftover = (home / "postgres" / "data" / "postmaster.pid").read_text()
    postgres.stop(home)
    (home / "postgres" / "data" / "postmaster.pid").write_text(
        leftover.replace(leftover.split()[0], str(os.getpid()), 1)
    )
    assert fetch_value(postgres.start(home), "select 1") == 1


def test_another_port_is_chosen_when_the_stored_one_is_in_use(home: Path) -> None:
    before = postgres.start(home)
    postgres.stop(home)
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int((home / "postgres" / "port").read_text())))
        other.listen()
        after = postgres.start(home)
    assert after != before
    assert fetch_value(after, "select 1") == 1


def test_stop_ends_the_server_and_can_be_repeated(home: Path) -> None:
    dsn = postgres.start(home)
    postgres.stop(home)
    postgres.stop(home)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(dsn)


def test_a_failed_start_names_the_log_without_retrying(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.start(home)
    postgres.stop(home)
    with (home / "postgres" / "data" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = on\n")
    # Only this module's clock: subprocess waits by the same time.sleep, on a busy machine more than once.
    clock = SimpleNamespace(
        monotonic=time.monotonic, sleep=lambda _: pytest.fail("retried although waiting cannot help")
    )
    monkeypatch.setattr(postgres, "time", clock)
    with pytest.raises(postgres.PostgresError, match=r"did not start: log .*postgres\.log ends:") as caught:
        postgres.start(home)
    assert "no_such_setting" in str(caught.value)


def test_lost_secrets_are_reported(home: Path) -> None:
    postgres.start(home)
    (home / "secrets" / "postgres_password").write_text("0" * 64)
    with pytest.raises(postgres.PostgresError, match="make clean"):
        postgres.start(home)


def test_the_address_of_a_server_that_was_never_started_is_refused(home: Path) -> None:
    with pytest.raises(postgres.PostgresError, match="lachan dsn"):
        postgres.dsn(home, "lachan")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_as_root_the_server_runs_as_another_user(home: Path) -> None:
    postgres.start(home)
    assert Path(f"/proc/{pid(home)}").stat().st_uid != 0
    data = (home / "postgres").stat()
    assert (data.st_uid != 0, stat.S_IMODE(data.st_mode)) == (True, 0o700)
    assert (home.stat().st_gid, stat.S_IMODE(home.stat().st_mode)) == (data.st_gid, 0o710), (
        "the server passes through the home, and nobody else does"
    )
