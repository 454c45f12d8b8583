"""Removal of files of the home that are old enough, and of the older part of logs that components hold open."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from lachan.maintain.removed import Removed

KEPT_OF_LOG = 0.25
"""Share of the allowed size that is kept of a log that has grown larger: its newest part."""


def remove_files(home: Path, pattern: str, older_than: datetime, is_dry_run: bool) -> Removed:
    """Remove the files below a folder of the home that were last changed before `older_than`, and folders left empty.

    Links are removed, not followed. In a dry run, the files are only counted. Raises OSError.
    """
    items = size = 0
    for found in sorted(home.glob(pattern)):
        of_folder = _clean(found, older_than.timestamp(), is_dry_run, is_top="*" not in pattern)
        items, size = items + of_folder[0], size + of_folder[1]
    return Removed(pattern, older_than, items, size, is_rows=False)


def shorten_logs(home: Path, pattern: str, megabytes: int, now: datetime, is_dry_run: bool) -> Removed:
    """Cut every log that is larger than allowed; its newest part goes into the file `….earlier` beside it.

    The components write at the end of an open file, so it is emptied in place. A line that is written between the copy
    and the cut is lost. Raises OSError.
    """
    items = size = 0
    for log in sorted(home.glob(pattern)):
        too_much = log.stat().st_size - int(megabytes * 10**6 * KEPT_OF_LOG)
        if log.is_symlink() or log.stat().st_size <= megabytes * 10**6:
            continue
        if not is_dry_run:
            with log.open("rb+") as opened:
                opened.seek(too_much)
                log.with_suffix(".earlier").write_bytes(opened.read(int(megabytes * 10**6 * KEPT_OF_LOG)))
                opened.truncate(0)
        items, size = items + 1, size + too_much
    return Removed(pattern, now, items, size, is_rows=False)


def _clean(path: Path, before: float, is_dry_run: bool, is_top: bool) -> tuple[int, int]:
    state = path.lstat()
    if not path.is_dir() or path.is_symlink():
        if state.st_mtime >= before:
            return 0, 0
        if not is_dry_run:
            path.unlink(missing_ok=True)
        return 1, state.st_size
    items = size = 0
    for entry in sorted(path.iterdir()):
        with suppress(FileNotFoundError):  # somebody else has removed it
            of_entry = _clean(entry, before, is_dry_run, is_top=False)
            items, size = items + of_entry[0], size + of_entry[1]
    if not is_dry_run and not is_top and state.st_mtime < before:
        with suppress(OSError):  # not empty
            path.rmdir()
    return items, size
