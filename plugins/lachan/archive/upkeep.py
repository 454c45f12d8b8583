"""What the archive holds, and the destruction of what has been kept long enough."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lachan.archive.store import Store
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

DRAFT_AGE = timedelta(days=1)
"""Age of a draft that no load can still be writing: a run of the DAG ends after six hours."""
WITHOUT_ENTRY_AGE = timedelta(days=7)
"""Age of a file without entry, left by a killed load, that no load will adopt: one of the runs since would have
done so."""


@dataclass(frozen=True)
class ArchivedFile:
    """A copy in the archive; `size` is that of the original, in bytes, `paths` are those of its deliveries."""

    archive_no: int
    sha256: str
    name: str
    size: int
    recipients: tuple[str, ...]
    archived_at: datetime
    kept_until: datetime
    paths: tuple[str, ...]
    is_missing: bool


@dataclass(frozen=True)
class Contents:
    """What the archive holds: copies, and names of files without entry and of drafts that killed loads have left."""

    copies: list[ArchivedFile]
    without_entry: list[str]
    drafts: list[str]


def contents(settings: Settings) -> Contents:
    """What the archive holds. Raises ArchiveError when its folder cannot be read."""
    return _listed(settings)[0]


def _listed(settings: Settings) -> tuple[Contents, dict[str, os.stat_result]]:
    """What the archive holds, and the state of each of its files and drafts, as one listing of the folder has them."""
    store = Store(settings.archive)
    files, drafts = store.files(), store.drafts()
    with transaction(settings.address("steward"), "steward") as cursor:
        rows = run(cursor, "archive/archived_copies", keep_days=settings.archive_keep_days).fetchall()
    copies = [
        ArchivedFile(no, sha256, name, size, tuple(keys), at, until, tuple(paths), name not in files)
        for no, sha256, name, size, keys, at, until, paths in rows
    ]
    without_entry = sorted(files.keys() - {copy.name for copy in copies})
    return Contents(copies, without_entry, sorted(drafts)), files | drafts


def expire(
    settings: Settings, feeds: Iterable[str], now: datetime, why: str, by: str, is_dry_run: bool = False
) -> Contents:
    """Destroy what has been kept for `archive_keep_days` after its last delivery, and what killed loads have left.

    Waits until no load of the `feeds` is going on, so that nothing is destroyed that is being delivered again. Files go
    before the transaction that enters their destruction ends: what is entered as destroyed is gone. With
    `is_dry_run` it only returns what it would destroy. Raises ArchiveError when the folder cannot be used.
    """
    with transaction(settings.address("steward"), "steward") as cursor:
        if not is_dry_run:
            run(cursor, "archive/wait_for_loads", feed_names=list(feeds))
        found, state = _listed(settings)
        due = [copy for copy in found.copies if copy.kept_until <= now]
        expired = Contents(
            due,
            [name for name in found.without_entry if _age(state[name].st_mtime) > WITHOUT_ENTRY_AGE],
            [name for name in found.drafts if _age(state[name].st_mtime) > DRAFT_AGE],
        )
        if not is_dry_run:
            run(
                cursor, "archive/insert_destructions",
                copies=[copy.archive_no for copy in due],
                why=f"{why} (kept for {settings.archive_keep_days} days after the last delivery)", by=by,
            )  # fmt: skip
            Store(settings.archive).remove([*(copy.name for copy in due), *expired.without_entry, *expired.drafts])
    return expired


def _age(modified: float) -> timedelta:
    return datetime.now(UTC) - datetime.fromtimestamp(modified, UTC)
