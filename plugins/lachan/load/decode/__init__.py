"""Bytes of an export -> UTF-8 NFC text in columns, streamed, with the line on which every record starts.

Whatever makes a whole file unreadable is an `UnreadableFile`; whatever concerns one record is handed on with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from lachan.contract import Feed
from lachan.load.decode.delimited import open_delimited
from lachan.load.decode.export import Batch, Export, Malformed, UnreadableFile
from lachan.load.decode.workbook import open_workbook

__all__ = ["Batch", "Export", "Malformed", "UnreadableFile", "open_export"]


def open_export(file: BinaryIO, size: int, feed: Feed, others: Iterable[Feed] = ()) -> Export:
    """Open one export file of a feed for reading; nothing beyond its first block is read yet.

    `size` in bytes. Raises UnreadableFile for a file that is empty, too large, in no declared encoding, without
    the columns that the contract needs, or that looks like an export of one of `others`. Reading the batches
    may raise it too, for what only shows further down.
    """
    if size == 0:
        raise UnreadableFile("empty_file", "the file has no bytes; ask for the export again")
    if size > feed.max_bytes:
        raise UnreadableFile("too_large", f"{size:,} bytes; the contract of {feed.name} allows {feed.max_bytes:,}")
    if feed.format == "xlsx":
        return open_workbook(file, feed, others)
    return open_delimited(file, size, feed, others)
