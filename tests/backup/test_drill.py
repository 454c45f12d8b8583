"""The restore drill with the sample, by commands only: backups are made while files are loaded and figures built."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from helpers.commands import Home, new_home, rows
from helpers.whole_state import whole_state
from lachan.backup.folder import whole_backups
from lachan.backup.verify import verify
from lachan.local.postgres import PostgresError

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]
TRACE = ("trace", "tips_received", "--window", "calendar_month@2024-03-01")
FIGURES = """
select count(*), md5(string_agg((to_jsonb(figure) - 'published_at' - 'revision_no')::text, '' order by figure_id))
from reporting.figure as figure
"""
SENTENCES = "select md5(string_agg(sentence_vi, '' order by window_key, sentence_key)) from reporting.report_sentence"


def published(home: Home) -> list[tuple[Any, ...]]:
    """What is published, without the times and numbers of runs."""
    return [*rows(home.dsn, FIGURES), *rows(home.dsn, SENTENCES)]


def size(home: Home) -> int:
    """Bytes of the warehouse of a home; 0 while there is none."""
    try:
        [(found,)] = rows(home.dsn, "select pg_database_size(current_database())")
    except (psycopg2.Error, PostgresError):
        return 0
    return int(found)


def test_backups_made_before_and_during_loads_are_restored_and_catch_up_with_the_city(tmp_path: Path) -> None:
    private, folder = tmp_path / "steward.key", tmp_path / "backups"
    with new_home() as maker:
        public = maker.run("archive", "key", str(private)).strip()
    settings = {"LACHAN_ARCHIVE_RECIPIENTS": public, "LACHAN_BACKUP": str(folder), "LACHAN_BACKUP_KEEP": "1000"}
    with new_home(**settings) as city:
        city.run("migrate")
        city.run("sample", "--from", "2024-03-01", "--to", "2024-03-04")
        city.run("ingest")
        city.run("build")
        tips = city.folder / "landing" / "tips" / "2024" / "03" / "tin_bao_20240302.csv"
        corrected = b"".join(tips.read_bytes().splitlines(keepends=True)[:-1])
        tips.write_bytes(corrected)  # a delivery that replaces one, and so revises what was published
        city.run("ingest")
        city.run("build")
        [password] = re.findall(r"shown only now: (\S+)", city.run("login", "add", "mai", "--as", "analyst"))
        city.run("login", "add", "--as", "ward", "--unit", "14758@2025-07-01")
        city.run("backup")
        [quiet] = whole_backups(folder)
        before, traced = whole_state(city.dsn, but=("ops.backup",)), city.run(*TRACE)
        assert rows(city.dsn, "select count(*) > 0 from reporting.figure_revision where revision_no > 1") == [(True,)]

        city.run("sample", "--from", "2024-03-01", "--to", "2024-03-07")
        tips.write_bytes(corrected)
        work = city.start("ingest"), city.start("build")
        while any(each.poll() is None for each in work) or len(whole_backups(folder)) < 3:
            city.run("backup")
        assert [each.wait() for each in work] == [0, 0]
        city.run("build")
        busy = whole_backups(folder)[1:]
        assert len(busy) >= 2 and all(verify(each) for each in busy)
        final = published(city)

        with new_home(**settings) as restored:
            for megabytes in (8, 12, 18):  # an empty database has 8
                killed = restored.start("restore", str(quiet), "--identity", str(private))
                while killed.poll() is None and size(restored) < megabytes * 10**6:
                    time.sleep(0.02)
                killed.kill()
                killed.communicate()
                assert killed.returncode < 0, "it had ended before"
            said = restored.run("restore", str(quiet), "--identity", str(private))
            assert "DIFFERS" not in said and "pseudonym key number 1 is not on this machine" in said
            assert whole_state(restored.dsn, but=("ops.backup",)) == before
            restored.run("migrate")
            assert restored.run(*TRACE) == traced
            restored.run("restore", str(quiet), "--identity", str(private), status=2)
            login = f"postgresql://mai:{password}@{restored.dsn.partition('@')[2]}"
            assert rows(login, "select count(*) from reporting.figure") == [before["reporting.figure"][:1]]

        with new_home(**settings, LACHAN_LANDING=f"file://{city.folder / 'landing'}") as late:
            assert "DIFFERS" not in late.run("restore", str(busy[len(busy) // 2]), "--identity", str(private))
            late.run("migrate")
            assert "this machine has no pseudonym key" in late.run("ingest", status=2)
            shutil.copy(city.folder / "secrets" / "pseudonym_key", late.folder / "secrets")
            late.run("ingest")
            late.run("build")
            assert published(late) == final
            assert late.run(*TRACE) == city.run(*TRACE)


def test_a_full_disk_fails_the_backup_and_leaves_the_older_one(tmp_path: Path) -> None:
    disk, private = tmp_path / "disk", tmp_path / "steward.key"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    try:
        with new_home(LACHAN_BACKUP=str(disk)) as city:
            city.environment["LACHAN_ARCHIVE_RECIPIENTS"] = city.run("archive", "key", str(private)).strip()
            city.run("migrate")
            city.run("backup")
            [good] = whole_backups(disk)
            city.run("sample", "--from", "2024-03-01", "--to", "2024-03-05")
            city.run("ingest")
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            (disk / "other").write_bytes(bytes(free - 65536))
            said = city.run("backup", status=2)
            assert "No space left on device" in said and "check its disk, its free space" in said
            assert {each.name for each in disk.iterdir()} == {good.name, "other", "originals", ".lock"}
            verify(good)
            (disk / "other").unlink()
            city.run("backup")
            assert len(whole_backups(disk)) == 2
    finally:
        subprocess.run(["umount", disk], check=True)
