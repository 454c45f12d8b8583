"""The manifest of a backup: what it holds, with sizes and hashes. It is written last, so what has none is not whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lachan.backup.errors import BackupError

FORMAT = 1
FILE = "manifest.json"


@dataclass(frozen=True)
class Part:
    """One encrypted file of a backup; size in bytes and SHA-256 are those of the file as it is stored."""

    file: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, and what a restore has to know before it opens anything.

    `server_owner` is the login that owned the database, and `roles_needed` are roles that the dump names and the backup
    does not make, because they are superusers. `pseudonym_keys` are the numbers and fingerprints of the keys, which are
    not in the backup. `contents` are counts and hashes of the warehouse (sql/contents.sql), `originals` the number of
    files of the archive and `originals_size` their bytes. `added_size` are the bytes by which the backup has made its
    folder larger.
    """

    name: str
    run_id: str
    started_at: datetime
    snapshot_at: datetime
    finished_at: datetime
    recipients: list[str]
    migration: int
    postgres: str
    airflow: str
    database: str
    server_owner: str
    roles_needed: list[str]
    pseudonym_keys: dict[int, str]
    parts: list[Part]
    originals: int
    originals_size: int
    added_size: int
    contents: dict[str, str]
    format: int = field(default=FORMAT)

    @property
    def size(self) -> int:
        """Bytes of all its files, with the originals, which it shares with other backups."""
        return sum(part.size for part in self.parts) + self.originals_size

    def part(self, file: str) -> Part | None:
        """The part with this name, None where the backup has none."""
        return next((part for part in self.parts if part.file == file), None)

    def to_json(self) -> str:
        """The manifest as text."""
        return json.dumps(asdict(self), indent=1, default=datetime.isoformat) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in `folder`. Raises BackupError when it is missing, damaged, or of a newer release."""
    file = folder / FILE
    try:
        given: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if given["format"] != FORMAT:
            raise BackupError(f"{file} has the format {given['format']}; this release reads {FORMAT}: use a newer one")
        times = {name: datetime.fromisoformat(given[name]) for name in ("started_at", "snapshot_at", "finished_at")}
        parts = [Part(**part) for part in given["parts"]]
        keys = {int(number): fingerprint for number, fingerprint in given["pseudonym_keys"].items()}
        return Manifest(**given | times | {"parts": parts, "pseudonym_keys": keys})
    except FileNotFoundError:
        raise BackupError(f"{folder} is no backup, or one that was not completed: it has no {FILE}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{file} cannot be read: {error}; take another backup") from None
