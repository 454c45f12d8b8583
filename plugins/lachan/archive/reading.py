"""Read originals out of the archive. Each reading is entered in ops.archive_reading before anything is decrypted."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from lachan.archive.keys import read_identities
from lachan.archive.store import ArchiveError, Store
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

log = logging.getLogger(__name__)


def require_identity(settings: Settings) -> Path:
    """The file of private keys that opens the archive. Raises ArchiveError when none is given."""
    if settings.archive_identity is None:
        raise ArchiveError("no private key is given; set LACHAN_ARCHIVE_IDENTITY or name its file with --identity")
    return settings.archive_identity


@dataclass(frozen=True)
class Copy:
    """A copy of a content that the archive has."""

    archive_no: int
    name: str
    size: int


class Reader:
    """Reads contents of the archive for one purpose.

    `note` enters a reading in the warehouse and commits; it is called with what the statement
    archive/insert_reading needs. Raises IdentityFileError when the file of private keys of the settings cannot be used.
    """

    def __init__(
        self, settings: Settings, copies: dict[str, Copy], why: str, by: str, note: Callable[..., None]
    ) -> None:
        self._store = Store(settings.archive)
        self._identities = [] if settings.archive_identity is None else read_identities(settings.archive_identity)
        self._copies = copies
        self._note = note
        self._why, self._by = why, by

    def read(self, sha256: str) -> bytes | None:
        """The content, or None where the archive has no copy or no private key is given.

        Raises ArchiveError when the copy cannot be decrypted.
        """
        copy = self._copies.get(sha256)
        if copy is None or not self._identities:
            return None
        self._note(archive_no=copy.archive_no, why=self._why, by=self._by)
        return self._store.read(copy.name, sha256, self._identities)


def copies_of(rows: Iterable[tuple[Any, ...]]) -> dict[str, Copy]:
    """The rows of archive/find_copies by hash."""
    return {sha256: Copy(*copy) for sha256, *copy in rows}


def steward_reader(settings: Settings, hashes: Iterable[str], why: str, by: str) -> Reader:
    """A reader for a person who works as a steward. Raises IdentityFileError."""

    def note(**values: Any) -> None:
        with transaction(settings.address("steward"), "steward") as cursor:
            run(cursor, "archive/insert_reading", **values)

    with transaction(settings.address("steward"), "steward") as cursor:
        copies = copies_of(run(cursor, "archive/find_copies", hashes=list(set(hashes))).fetchall())
    return Reader(settings, copies, why, by, note)


def read_to(settings: Settings, file_id: int, target: Path, why: str, by: str) -> int:
    """Write the original of a file of the ledger to a new file that only its owner can read; returns its size.

    Raises ArchiveError when the ledger or the archive has no such file, no private key is given, or the copy cannot be
    decrypted; IdentityFileError when the file of private keys cannot be used.
    """
    identities = read_identities(require_identity(settings))
    if target.exists():
        raise ArchiveError(f"{target} exists; choose another name")
    with transaction(settings.address("steward"), "steward") as cursor:
        sha256, copy = _find(cursor, file_id)
        run(cursor, "archive/insert_reading", archive_no=copy.archive_no, why=why, by=by)
    try:
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-") as draft:  # mode 0600
            Store(settings.archive).decrypt(copy.name, sha256, identities, draft)
            draft.flush()
            os.link(draft.name, target)
    except FileExistsError:
        raise ArchiveError(f"{target} exists; choose another name") from None
    except OSError as error:
        raise ArchiveError(f"{target} cannot be written: {error.strerror}") from None
    return copy.size


def _find(cursor: Cursor, file_id: int) -> tuple[str, Copy]:
    cursor.execute("select sha256, path from ops.export_file where file_id = %s", (file_id,))
    found = cursor.fetchone()
    if found is None:
        raise ArchiveError(f"the ledger has no file {file_id}; the view ops.delivery lists all")
    sha256, path = found
    copies = copies_of(run(cursor, "archive/find_copies", hashes=[sha256]).fetchall())
    if sha256 not in copies:
        raise ArchiveError(
            f"the archive has no copy of file {file_id} ({path}): it was loaded without archive, or its copy was "
            "destroyed (ops.archive_destruction)"
        )
    return sha256, copies[sha256]
