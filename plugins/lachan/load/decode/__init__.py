"""Decodes export files, as a stream, into columns of NFC-normalised text, with the line on which each record starts.

A fault that makes a whole file unreadable raises UnreadableFile; a record with a wrong number of fields is returned
as Malformed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from lachan.contract import Feed
from lachan.load.decode.delimited import open_delimited
from lachan.load.decode.export import Batch, Broken, Export, Malformed, UnreadableFile
from lachan.load.decode.footer import leave_out_footer
from lachan.load.decode.misread import refuse_misread_text
from lachan.load.decode.packing import unpacked
from lachan.load.decode.workbook import open_workbook

__all__ = ["Batch", "Broken", "Export", "Malformed", "UnreadableFile", "open_export"]


def open_export(file: BinaryIO, size: int, feed: Feed, others: Iterable[Feed] = ()) -> Export:
    """Open one export file of a feed. Of a text file, only the first block is read yet; a workbook is read whole.

    `size` is in bytes. Raises UnreadableFile for a file that is empty, too large, in no declared encoding, lacks
    required columns, or has the headers of one of the feeds in `others`. Reading the batches raises it too, for
    faults further down in the file.
    """
    if size == 0:
        raise UnreadableFile("empty_file", "the file has no bytes; request the export again")
    if size > feed.max_bytes:
        raise UnreadableFile("too_large", f"{size:,} bytes; the contract of {feed.name} allows {feed.max_bytes:,}")
    if feed.packing is not None:
        file, size = unpacked(file, feed), feed.max_bytes
    export = open_workbook(file, feed, others) if feed.format == "xlsx" else open_delimited(file, size, feed, others)
    refuse_misread_text(export, feed)
    if feed.footer_labels:
        leave_out_footer(export, feed)
    return export
