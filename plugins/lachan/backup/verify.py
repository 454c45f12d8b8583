"""Whether a backup is as it was written: by hashes without a key, and to its last byte with one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from pyrage import x25519

from lachan.backup.errors import BackupError
from lachan.backup.folder import ORIGINALS, ORIGINALS_LIST, read_originals
from lachan.backup.manifest import Manifest, read_manifest
from lachan.backup.streams import decrypt, is_dump


def verify(backup: Path, identities: Sequence[x25519.Identity] = ()) -> Manifest:
    """The manifest of a backup of which every file has its size and hash.

    With private keys, every part is also decrypted to its end, and the dumps are read by pg_restore; nothing of it is
    stored. Raises BackupError, which names every file that is missing or damaged.
    """
    manifest = read_manifest(backup)
    if faults := [*_faults_of_parts(backup, manifest), *_faults_of_originals(backup, manifest)]:
        raise BackupError(
            f"the backup {backup} is damaged: " + "; ".join(faults) + ". Take another one, or a copy of this one"
        )
    for part in manifest.parts if identities else ():
        if part.file.endswith(".dump.age"):
            if not is_dump(backup / part.file, identities):
                raise BackupError(f"{backup / part.file} is no dump that pg_restore can read; take another backup")
        elif part.file.endswith(".age"):
            with Path("/dev/null").open("wb") as nowhere:
                decrypt(backup / part.file, nowhere, identities)
    return manifest


def _faults_of_parts(backup: Path, manifest: Manifest) -> Iterator[str]:
    for part in manifest.parts:
        yield from _faults(backup / part.file, part.size, part.sha256)


def _faults_of_originals(backup: Path, manifest: Manifest) -> Iterator[str]:
    if manifest.part(ORIGINALS_LIST) is None or next(_faults_of_parts(backup, manifest), None):
        return
    for original in read_originals(backup):
        yield from _faults(backup.parent / ORIGINALS / original.sha256, original.size, original.sha256)


def _faults(file: Path, size: int, sha256: str) -> Iterator[str]:
    try:
        with file.open("rb") as opened:
            found = file.stat().st_size
            if found != size:
                yield f"{file.name} has {found:,} bytes instead of {size:,}"
            elif _sha256(opened) != sha256:
                yield f"{file.name} was changed after it was written"
    except OSError as error:
        yield f"{file.name} cannot be read ({error.strerror})"


def _sha256(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()
