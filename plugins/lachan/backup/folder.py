"""The folder of backups: which are whole, one process at a time, and what is removed."""

from __future__ import annotations

import fcntl
import json
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lachan.archive.store import DRAFT
from lachan.backup.errors import BackupError, cannot_write
from lachan.backup.manifest import FILE

log = logging.getLogger(__name__)

NAME = re.compile(r"\d{8}T\d{6}Z")
UNFINISHED = ".unfinished"
ORIGINALS = "originals"
"""Folder of the files of the archive, each under its SHA-256; all backups share it."""
ORIGINALS_LIST = "originals.json"


@dataclass(frozen=True)
class Original:
    """A file of the archive in a backup: its name there, and size in bytes, time and SHA-256 of the encrypted file."""

    name: str
    size: int
    modified_ns: int
    sha256: str


def whole_backups(folder: Path) -> list[Path]:
    """The backups that were completed, the oldest first. Raises BackupError when the folder cannot be read."""
    try:
        names = [each for each in folder.iterdir() if NAME.fullmatch(each.name) and (each / FILE).is_file()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BackupError(f"the folder of backups {folder} cannot be read: {error.strerror}") from None
    return sorted(names)


def unfinished_backups(folder: Path) -> list[Path]:
    """What is being written, or was left by a process that was killed."""
    if not folder.is_dir():
        return []
    whole = whole_backups(folder)
    found = [each for each in folder.iterdir() if NAME.fullmatch(each.name.removesuffix(UNFINISHED))]
    return sorted(each for each in found if each not in whole)


def find_backup(place: Path) -> Path:
    """The backup that a path names: one, or the newest whole one of a folder of them. Raises BackupError."""
    if (place / FILE).exists() or NAME.fullmatch(place.name.removesuffix(UNFINISHED)):
        return place
    if not place.is_dir():
        raise BackupError(f"there is no folder {place}; name a backup, or a folder of backups (LACHAN_BACKUP)")
    whole = whole_backups(place)
    if not whole:
        raise BackupError(f"{place} holds no whole backup; `lachan backup list --in {place}` shows what it has")
    return whole[-1]


def read_originals(backup: Path) -> list[Original]:
    """The files of the archive that a backup holds. Raises BackupError when its list is missing or damaged."""
    file = backup / ORIGINALS_LIST
    try:
        return [Original(**each) for each in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{file} cannot be read: {error}; take another backup") from None


@contextmanager
def only_process(folder: Path) -> Iterator[None]:
    """Hold the folder for one process. Raises BackupError when another one makes or removes a backup in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"another backup into {folder} is going on") from None
            yield
    except OSError as error:
        raise cannot_write(Path(error.filename or folder), error.strerror or str(error)) from error


def remove_unfinished(folder: Path) -> None:
    """Remove what killed processes have left. The folder must be held."""
    for each in unfinished_backups(folder):
        shutil.rmtree(each)
    for draft in (folder / ORIGINALS).glob(f"{DRAFT}*"):
        draft.unlink()


def remove_oldest(folder: Path, keep: int) -> list[str]:
    """Remove all but the newest `keep` whole backups, and originals that none of these holds. The folder must be held.

    The manifest goes first, so what is removed halfway is not taken for whole. Returns the names of the backups.
    """
    whole = whole_backups(folder)
    removed = whole[: max(len(whole) - keep, 0)]
    for each in removed:
        (each / FILE).unlink()
        shutil.rmtree(each)
    if removed:
        try:
            held = {original.sha256 for each in whole_backups(folder) for original in read_originals(each)}
        except BackupError as error:
            log.warning("no original is removed from %s, because it is not known which are needed: %s", folder, error)
            return [each.name for each in removed]
        for file in (folder / ORIGINALS).iterdir():
            if file.name not in held:
                file.unlink()
    return [each.name for each in removed]
