"""Files of the home: removed by age, logs cut to a size."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lachan.maintain.folders import remove_files, shorten_logs

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=90)


def write(path: Path, days_ago: float, size: int = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    at = (NOW - timedelta(days=days_ago)).timestamp()
    os.utime(path, (at, at))
    for folder in path.parents:
        os.utime(folder, (at, at))
    return path


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_old_files_go_with_the_folders_that_they_leave_empty(tmp_path: Path, is_dry_run: bool) -> None:
    outside = write(tmp_path / "outside" / "file", 100)
    new = write(tmp_path / "logs/tasks/dag_id=b/run_id=2/attempt=1.log", 1)
    old = write(tmp_path / "logs/tasks/dag_id=a/run_id=1/attempt=1.log", 91)
    (tmp_path / "logs/tasks/dag_id=a/link").symlink_to(outside.parent)
    mixed = write(tmp_path / "logs/tasks/dag_id=b/run_id=1/attempt=1.log", 91)
    empty_but_new = tmp_path / "logs/tasks/dag_id=c/run_id=1"
    empty_but_new.mkdir(parents=True)
    removed = remove_files(tmp_path, "logs/tasks", BEFORE, is_dry_run)
    assert (removed.items, removed.size) == (2, 20)
    assert new.exists() and outside.exists() and empty_but_new.exists()
    assert {old.exists(), mixed.exists(), mixed.parent.exists()} == {is_dry_run}


def test_the_folder_itself_stays_and_a_folder_that_is_named_by_a_pattern_goes(tmp_path: Path) -> None:
    write(tmp_path / "gx/results/a.json", 100)
    write(tmp_path / "gx/project-1/suites/a.json", 100)
    assert remove_files(tmp_path, "gx/results", BEFORE, False).items == 1
    assert remove_files(tmp_path, "gx/project-*", BEFORE, False).items == 1
    assert [path.name for path in (tmp_path / "gx").iterdir()] == ["results"]
    assert remove_files(tmp_path, "nowhere", BEFORE, False).items == 0


def test_a_log_that_is_held_open_is_cut_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    small = tmp_path / "logs" / "board.log"
    small.write_bytes(b"s" * 900_000)
    with (tmp_path / "logs" / "scheduler.log").open("ab", buffering=0) as log:
        log.write(b"a" * 1_000_000 + b"b" * 250_000)
        assert shorten_logs(tmp_path, "logs/*.log", 1, NOW, is_dry_run=True).items == 1
        removed = shorten_logs(tmp_path, "logs/*.log", 1, NOW, is_dry_run=False)
        assert (removed.items, removed.size) == (1, 1_000_000)
        log.write(b"next\n")
    assert (tmp_path / "logs" / "scheduler.log").read_bytes() == b"next\n"
    assert (tmp_path / "logs" / "scheduler.earlier").read_bytes() == b"b" * 250_000
    assert small.stat().st_size == 900_000
