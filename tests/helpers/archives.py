"""An archive with two people who may open it, and what is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyrage
from helpers.raw_rows import query
from lachan.archive.keys import read_identities, write_identity
from lachan.settings import Settings


def with_archive(settings: Settings) -> Settings:
    """Settings with an archive that a steward and an escrow can open; `archive_identity` is the steward's file."""
    keys = [settings.home / name for name in ("steward.key", "escrow.key")]
    public = tuple(write_identity(key) for key in keys)
    return replace(settings, archive_recipients=public, archive_identity=keys[0])


def opened(settings: Settings, identity: Path | None = None) -> dict[str, bytes]:
    """The contents that have an entry and a file, decrypted, by the SHA-256 of the entry."""
    identities = read_identities(identity or settings.home / "steward.key")
    rows = query(
        settings,
        "select sha256, name from ops.archived_file as a where not exists"
        " (select from ops.archive_destruction as d where d.archive_no = a.archive_no)",
    )
    return {
        sha256: pyrage.decrypt((settings.archive / name).read_bytes(), identities)
        for sha256, name in rows
        if (settings.archive / name).exists()
    }
