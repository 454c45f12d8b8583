"""Records of export files as they were delivered, out of the archive."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable

import polars as pl

from lachan.archive.reading import require_identity, steward_reader
from lachan.contract import Feed
from lachan.load.decode import UnreadableFile, open_export
from lachan.settings import Settings
from lachan.warehouse import transaction

Place = tuple[str, int]
"""The SHA-256 of a content, and the line in it on which a record starts."""


def contents_of(settings: Settings, file_ids: Iterable[int]) -> dict[int, str]:
    """The SHA-256 of the contents of files of the ledger, which only stewards and the stages can read."""
    with transaction(settings.address("steward"), "steward") as cursor:
        cursor.execute("select file_id, sha256 from ops.export_file where file_id = any(%s)", (list(file_ids),))
        return dict(cursor.fetchall())


def original_records(
    settings: Settings, feed: Feed, places: Iterable[Place], why: str, by: str
) -> dict[Place, dict[str, str]]:
    """The records of a feed at some places, as text by column; those that the archive cannot give are left out.

    Each content that is read is entered in ops.archive_reading, with the person (`by`) and the reason. Raises
    ArchiveError when no private key is given or none opens a copy, and IdentityFileError.
    """
    require_identity(settings)
    lines: dict[str, set[int]] = defaultdict(set)
    for sha256, line in places:
        lines[sha256].add(line)
    reader = steward_reader(settings, lines, why, by)
    found: dict[Place, dict[str, str]] = {}
    for sha256, wanted in lines.items():
        data = reader.read(sha256)
        if data is not None:
            found |= {(sha256, line): record for line, record in _records(feed, data, wanted)}
    return found


def _records(feed: Feed, data: bytes, wanted: set[int]) -> list[tuple[int, dict[str, str]]]:
    found: list[tuple[int, dict[str, str]]] = []
    try:
        for batch in open_export(io.BytesIO(data), len(data), feed).batches:
            rows = batch.text.with_columns(batch.lines.alias("line of the file")).filter(
                pl.col("line of the file").is_in(wanted)
            )
            for row in rows.iter_rows(named=True):
                line = row.pop("line of the file")
                found.append((line, {name: value for name, value in row.items() if value}))
    except UnreadableFile:
        return found  # the contract has changed since it was loaded
    return found
