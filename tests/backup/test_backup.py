"""A backup of a small warehouse is restored on another server, and what goes wrong leaves the last good one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from helpers.archives import with_archive
from helpers.exports import deliver, row
from helpers.figures import mark_as_audited, set_figures
from helpers.homes import temporary_home
from helpers.raw_rows import query
from helpers.whole_state import whole_state
from lachan import cli
from lachan.archive.keys import write_identity
from lachan.backup.errors import BackupError, BackupRefused
from lachan.backup.folder import ORIGINALS, find_backup, unfinished_backups, whole_backups
from lachan.backup.make import back_up
from lachan.backup.manifest import FILE, read_manifest
from lachan.backup.restore import differing, restore
from lachan.backup.verify import verify
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.local import postgres
from lachan.local.airflow_database import give_own_login
from lachan.operate.watch import watch
from lachan.publish.publication import publish
from lachan.settings import Settings
from lachan.warehouse.logins import add_login, end_login
from psycopg2.extensions import make_dsn, parse_dsn

WARD = "14758@2025-07-01"


def dsn_of(dsn: str, **changes: str) -> str:
    return str(make_dsn(**parse_dsn(dsn) | changes))


def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def run(dsn: str, statement: str) -> None:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)


@dataclass(frozen=True)
class City:
    """A warehouse with everything that a backup has to bring back, and the passwords of its people."""

    settings: Settings
    passwords: dict[str, str]

    def with_folder(self, folder: Path) -> Settings:
        """Its settings with a folder of backups, and an archive, of one test."""
        shutil.copytree(self.settings.archive, folder / "archive")
        return replace(self.settings, backup=folder / "backup", archive=folder / "archive")


@pytest.fixture(scope="module")
def city(
    new_warehouse: Callable[..., AbstractContextManager[Settings]],
    feeds: dict[str, Feed],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[City]:
    """Deliveries in an archive, published and revised figures, logins of people, a report, and Airflow's tables."""
    with new_warehouse(tmp_path_factory.mktemp("city")) as empty:
        settings = with_archive(empty)
        settings = replace(settings, backup_recipients=settings.archive_recipients or ())
        deliver(settings, feeds["tips"], [row("tips", 1), row("tips", 2, received_at="kein Datum")])
        ingest(settings, feeds["tips"], "r1")
        for run_id, values in (("r1", (7, 20)), ("r2", (8, 21))):
            set_figures(settings, *zip(("dong_tho", "city"), values, strict=True))
            mark_as_audited(settings)
            publish(settings, run_id, "test")
        settings.reports.mkdir()
        (settings.reports / "báo cáo.csv").write_text("7")
        passwords = dict([add_login(settings.dsn, "mai", "analyst"), add_login(settings.dsn, "", "ward", WARD)])
        give_own_login(settings.dsn, "p")
        airflow = dsn_of(settings.dsn, dbname="airflow")
        run(airflow, "create table dag_run (run_id text); insert into dag_run values ('first')")
        run(airflow, "alter table dag_run owner to airflow")
        yield City(settings, {name: password or "" for name, password in passwords.items()})
        for name in passwords:
            end_login(settings.dsn, name)
        run(settings.dsn, "drop database airflow with (force)")
        run(settings.dsn, "drop role airflow")


def of_backup(lines: list[str]) -> list[str]:
    """Those of the platform and of the test's people: the server of the tests may have others."""
    return [line for line in lines if re.search("'(lachan_|mai'|ward_|airflow')|^\\(False, ''", line)]


def contents_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


def interrupt_before_the_warehouse(place: Settings, backup: Path) -> None:
    """Let a restore fail where all but the warehouse is restored: another session has made one of its schemas."""
    with closing(psycopg2.connect(place.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("create schema raw")  # not committed, so the place looks empty, and the restore waits for it
        process = subprocess.Popen(
            [sys.executable, "-m", "lachan", "restore", str(backup), "--identity", str(place.archive_identity)],
            env=os.environ | {"LACHAN_HOME": str(place.home), "LACHAN_DSN": place.dsn},
        )
        waits = "select from pg_locks where not granted"
        while not rows(place.dsn, waits):
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
    while rows(place.dsn, "select from pg_stat_activity where application_name = 'lachan backup'"):
        time.sleep(0.05)  # until the server has noticed that its client is gone


@contextmanager
def empty_place(settings: Settings) -> Iterator[Settings]:
    """The settings of another home, with a server of its own that has an empty database."""
    with temporary_home("lachan-restored-") as home:
        server = postgres.start(home)
        database = parse_dsn(settings.dsn)["dbname"]
        run(server, f"create database {database}")
        yield replace(
            settings, home=home, dsn_override=dsn_of(server, dbname=database), archive=home / "archive",
            reports=home / "reports", backup=home / "backup",
        )  # fmt: skip


def test_all_is_on_the_new_server_as_it_was_and_a_place_that_is_not_empty_is_left_alone(
    city: City, tmp_path: Path
) -> None:
    settings = city.with_folder(tmp_path)
    made = back_up(settings, "r1")
    before = whole_state(settings.dsn, but=("ops.backup",))
    assert before["ops.quarantined_row"][0] == 1 and before["reporting.figure_revision"][0] == 4
    assert len(made.manifest.pseudonym_keys) == 1
    key = settings.pseudonym_key.hex().encode()
    assert not any(key in file.read_bytes() for file in made.place.iterdir())
    with empty_place(settings) as place:
        interrupt_before_the_warehouse(place, made.place)
        done = restore(place, made.place)
        assert (done.differing, done.missing_keys) == ({}, [1])
        after = whole_state(place.dsn, but=("ops.backup",))
        assert after == before | {each: of_backup(before[each]) for each in ("roles", "memberships", "settings")}
        assert len(after["roles"]) > 14 and len(after["policies"]) > 5
        for name, sees in (("mai", "figure_state"), ("ward_14758_20250701", "ward_figure")):
            login = dsn_of(place.dsn, user=name, password=city.passwords[name])
            assert len(rows(login, f"select count(*) from reporting.{sees}")) == 1
        of_airflow = dsn_of(place.dsn, dbname="airflow", user="airflow", password="p")
        assert rows(of_airflow, "select run_id from dag_run") == [("first",)]
        assert (place.reports / "báo cáo.csv").read_text() == "7"
        assert contents_of(place.archive) == contents_of(settings.archive) and contents_of(place.archive)
        with pytest.raises(BackupRefused, match=r"the database .* is not empty .*writes over nothing"):
            restore(place, made.place)
        assert whole_state(place.dsn, but=("ops.backup",)) == after
        run(place.dsn, "delete from reporting.stored_sentence; grant select on raw.tips to lachan_reporter")
        assert set(differing(place.dsn, made.manifest)) == {"rights"}
        run(place.dsn, "update reporting.figure_series set ward_key = 'x'")
        assert set(differing(place.dsn, made.manifest)) == {"rights", "series of figures"}


def test_a_damaged_backup_is_refused_before_anything_is_written(city: City, tmp_path: Path) -> None:
    settings = city.with_folder(tmp_path)
    place = back_up(settings, "r1").place
    whole = {file: file.read_bytes() for file in [*place.iterdir(), *(place.parent / ORIGINALS).iterdir()]}
    assert {file.name for file in whole} >= {"warehouse.dump.age", "roles.sql.age", "originals.json", FILE}
    for file, content in whole.items():
        flipped = bytes([*content[:-3], content[-3] ^ 1, *content[-2:]])
        for damaged, fault in ((content[:-1], "bytes instead of"), (flipped, "was changed"), (None, "cannot be read")):
            file.unlink() if damaged is None else file.write_bytes(damaged)
            if file.name != FILE:
                with pytest.raises(BackupError, match=f"{file.name} .*{fault}"):
                    restore(settings, place)
        if file.name == FILE:
            with pytest.raises(BackupError, match="was not completed"):
                restore(settings, place)
            file.write_bytes(content[: len(content) // 2])
            with pytest.raises(BackupError, match=f"{FILE} cannot be read"):
                restore(settings, place)
        file.write_bytes(content)
    with pytest.raises(BackupRefused, match="is not empty"):
        restore(settings, place)
    stranger = tmp_path / "stranger.key"
    write_identity(stranger)
    with pytest.raises(BackupError, match="opened by none of the private keys"):
        restore(replace(settings, archive_identity=stranger), place)


def test_only_new_originals_are_copied_and_the_oldest_backup_goes_when_the_new_one_is_whole(
    city: City, feeds: dict[str, Feed], tmp_path: Path
) -> None:
    settings = replace(city.with_folder(tmp_path), backup_keep=2)
    originals = tmp_path / "backup" / ORIGINALS
    first = back_up(settings, "r1")
    [original] = originals.iterdir()
    second = back_up(settings, "r2")
    parts = [sum(part.size for part in made.manifest.parts) for made in (first, second)]
    assert first.manifest.added_size == parts[0] + original.stat().st_size
    assert second.manifest.added_size == parts[1] and second.manifest.originals == 1
    for file in settings.archive.iterdir():
        file.unlink()  # as `archive expire` destroys it
    deliver(settings, feeds["tips"], [row("tips", 7)], name="20240306")
    ingest(settings, feeds["tips"], "r3")
    third = back_up(settings, "r3")
    assert third.removed == [first.manifest.name]
    assert whole_backups(tmp_path / "backup") == [second.place, third.place]
    assert len(list(originals.iterdir())) == 2, "the second backup still holds the one that is gone"
    assert back_up(settings, "r4").removed == [second.manifest.name]
    assert len(list(originals.iterdir())) == 1 and not original.exists()


def test_a_backup_that_is_killed_or_fails_leaves_the_older_one(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, folder = city.with_folder(tmp_path), tmp_path / "backup"
    good = back_up(settings, "r1")
    environment = os.environ | {
        "LACHAN_HOME": str(settings.home),
        "LACHAN_DSN": settings.dsn,
        "LACHAN_BACKUP": str(folder),
        "LACHAN_BACKUP_RECIPIENTS": ",".join(settings.backup_recipients),
    }
    command = [sys.executable, "-m", "lachan", "backup"]
    with closing(psycopg2.connect(settings.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("lock table raw.tips")  # pg_dump waits for it, so the backup is halfway
        process = subprocess.Popen(command, env=environment)
        while not [each for each in unfinished_backups(folder) if (each / "warehouse.dump.age").exists()]:
            assert process.poll() is None
            time.sleep(0.05)
        with pytest.raises(BackupError, match=r"another backup into .* is going on"):
            back_up(settings, "r2")
        process.kill()
        assert process.wait() == -9
    [left] = unfinished_backups(folder)
    assert find_backup(folder) == good.place and verify(good.place).name == good.manifest.name
    with pytest.raises(BackupError, match="not completed"):
        read_manifest(left)
    assert cli.main(["backup", "list", "--in", str(folder)]) == 0
    assert f"{left.name}: not complete" in capsys.readouterr().out
    query(settings, "alter role lachan_backup nobypassrls")
    try:
        with pytest.raises(BackupRefused, match="run `lachan migrate`"):
            back_up(settings, "r3")
    finally:
        query(settings, "alter role lachan_backup bypassrls")
    assert unfinished_backups(folder) == [], "what the killed one has left is removed, and so is a failed one"
    assert whole_backups(folder) == [good.place]
    with pytest.raises(BackupRefused, match="nobody to encrypt it to: set LACHAN_BACKUP_RECIPIENTS"):
        back_up(replace(settings, backup_recipients=()), "r4")


def test_watch_raises_an_alert_without_a_new_backup(city: City, tmp_path: Path) -> None:
    ours = city.with_folder(tmp_path)
    query(ours, "delete from ops.backup")

    def problems(settings: Settings, now: datetime) -> list[tuple[str, str]]:
        return [(alert.severity, alert.message) for alert in watch(settings, now) if alert.kind == "backup_old"]

    later = datetime.now(UTC) + timedelta(hours=31)
    assert problems(ours, datetime.now(UTC)) == [], "the first load is new"
    [(severity, message)] = problems(ours, later)
    assert severity == "critical" and "no backup was ever made" in message
    [(severity, message)] = problems(replace(ours, backup_recipients=()), later)
    assert severity == "warning" and "LACHAN_BACKUP_RECIPIENTS" in message
    assert problems(replace(ours, backup=None), later) == []
    made = back_up(ours, "r1")
    now = datetime.now(UTC)
    assert problems(ours, now + timedelta(hours=29)) == []
    [(_, message)] = problems(ours, now + timedelta(hours=31))
    assert "the last backup is of" in message
    back_up(ours, "r2", tmp_path / "other disk").place.rename(tmp_path / "kept elsewhere")
    assert problems(ours, now) == [], "it is not in LACHAN_BACKUP, but it was made"
    query(ours, "delete from ops.backup where run_id = 'r2'")
    made.place.rename(made.place.with_name("elsewhere"))
    [(_, message)] = problems(ours, now)
    assert made.manifest.name in message and "is not in" in message
