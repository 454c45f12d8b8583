"""The encrypted originals in a folder of backups: each content of a file once, under its SHA-256."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from lachan.archive.store import DRAFT, ArchiveError, Hashed, Store, sync_folder
from lachan.backup.errors import BackupError
from lachan.backup.folder import ORIGINALS, Original

_THREADS = 4
"""Files that are copied at the same time; a disk makes several durable in about the time of one."""


def keep_originals(archive: Path, folder: Path, known: Iterable[Original]) -> tuple[list[Original], int]:
    """Copy the files of the archive that the folder lacks; returns all, and the bytes that were added.

    `known` are those of the last backup: a file that has the size and time of then is not read again. One that `archive
    expire` destroys meanwhile is left out. Raises BackupError when the archive cannot be read, OSError when the folder
    cannot be written.
    """
    target = folder / ORIGINALS
    target.mkdir(mode=0o700, exist_ok=True)
    kept = {original.sha256 for original in known if _size(target / original.sha256) == original.size}
    unchanged = {(each.name, each.size, each.modified_ns): each for each in known if each.sha256 in kept}
    try:
        files = Store(archive).files()
    except ArchiveError as error:
        raise BackupError(str(error)) from None
    found = [unchanged.get((name, state.st_size, state.st_mtime_ns)) for name, state in files.items()]
    new = [archive / name for name, before in zip(files, found, strict=True) if before is None]
    with ThreadPoolExecutor(_THREADS) as threads:
        copied = [original for original in threads.map(lambda file: _copy(file, target), new) if original is not None]
    sync_folder(target)
    originals = sorted([*filter(None, found), *copied], key=lambda original: original.name)
    return originals, sum({each.sha256: each.size for each in copied if each.sha256 not in kept}.values())


def restore_originals(folder: Path, archive: Path, originals: Sequence[Original]) -> None:
    """Copy the originals of a backup into the archive, with their names and times. Raises OSError."""
    archive.mkdir(mode=0o700, parents=True, exist_ok=True)

    def copy(original: Original) -> None:
        with (folder / ORIGINALS / original.sha256).open("rb") as source, _draft(archive) as draft:
            shutil.copyfileobj(source, draft)
        os.utime(draft.name, ns=(original.modified_ns, original.modified_ns))
        Path(draft.name).rename(archive / original.name)

    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(copy, originals))
    sync_folder(archive)


def _copy(file: Path, target: Path) -> Original | None:
    """Copy a file of the archive; None if it is gone."""
    try:
        source = file.open("rb")
    except FileNotFoundError:
        return None
    with source, _draft(target) as draft:
        state = os.fstat(source.fileno())
        hashed = Hashed(draft)
        shutil.copyfileobj(source, hashed, 1 << 20)
    Path(draft.name).rename(target / hashed.sha256())
    return Original(file.name, hashed.size, state.st_mtime_ns, hashed.sha256())


@contextmanager
def _draft(folder: Path) -> Iterator[BinaryIO]:
    """A new file in a folder, durable after the block; removed if it raises."""
    with NamedTemporaryFile(dir=folder, prefix=DRAFT, delete=False) as draft:
        try:
            yield draft  # type: ignore[misc]  # its methods are those of a file
            draft.flush()
            os.fsync(draft.fileno())
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.exists() else None
