"""Delimited text -> batches of records, each with the line on which it starts."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from lachan.contract import Feed
from lachan.decode import columns, utf8
from lachan.decode.export import Batch, Export, Malformed, UnreadableFile
from lachan.decode.header import name_columns


def open_delimited(file: BinaryIO, size: int, feed: Feed, others: Iterable[Feed]) -> Export:
    """Open a file of delimited text of `size` bytes; raises UnreadableFile."""
    stream = utf8.Utf8Stream(file, size, feed)
    try:
        headers = next(csv.reader([stream.header().decode().rstrip("\r")], delimiter=feed.delimiter), [])
    except (csv.Error, UnicodeDecodeError) as error:
        raise UnreadableFile("no_header", f"line 1: cannot be read as a header: {error}") from None
    if not headers:
        raise UnreadableFile("no_header", "line 1: is blank; the header row must come first")
    names, export = name_columns(headers, feed, others, line=1)
    export.encoding = stream.encoding
    export.batches = _csv_batches(stream, names, feed, export)
    return export


def _csv_batches(stream: utf8.Utf8Stream, names: list[str], feed: Feed, export: Export) -> Generator[Batch]:
    invalid: list[pc.InvalidRow] = []

    def skip(row: pc.InvalidRow) -> str:
        invalid.append(row)
        return "skip"

    try:
        numbering = _Numbering()
        for arrow in _parsed(stream, names, feed, skip):
            yield _batch(arrow, numbering, invalid, stream, last=False)
        if invalid:
            nothing = pa.RecordBatch.from_arrays([pa.nulls(0, pa.string())] * len(names), names)
            yield _batch(nothing, numbering, invalid, stream, last=True)
    except pa.ArrowInvalid as error:
        raise _unparsable(error, stream) from None
    if stream.last != b"\n":
        export.warnings.append("the last line has no line end: the file may have been cut off")


def _parsed(
    stream: utf8.Utf8Stream, names: list[str], feed: Feed, skip: Callable[[pc.InvalidRow], str]
) -> Iterator[pa.RecordBatch]:
    """The sound records of a stream, a batch for each block; raises ArrowInvalid."""
    reader = None
    try:
        reader = pc.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=utf8.BLOCK_BYTES),
            parse_options=pc.ParseOptions(
                delimiter=feed.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                check_utf8=False,  # the stream has judged it
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
            memory_pool=_pool(),
        )
        stream.opened()
        while True:
            yield reader.read_next_batch()
            stream.parsed()
    except StopIteration:
        return
    except pa.ArrowInvalid as error:
        if "Empty CSV" not in str(error):
            raise
    finally:
        stream.leave()
        with suppress(StopIteration, pa.ArrowInvalid, UnreadableFile):
            while reader is not None:
                reader.read_next_batch()
        del reader
        stream.wait_for_blocks()


def _pool() -> pa.MemoryPool:
    """jemalloc where this build of Arrow has it: it uses memory again that another thread has freed."""
    try:
        return pa.jemalloc_memory_pool()
    except NotImplementedError:
        return pa.default_memory_pool()


def _unparsable(error: pa.ArrowInvalid, stream: utf8.Utf8Stream) -> UnreadableFile:
    if "straddl" in str(error):
        return UnreadableFile(
            "unclosed_quote",
            f"before line {stream.lines_read + 1}: a record exceeds {utf8.BLOCK_BYTES:,} bytes, or a quote stays open",
        )
    return UnreadableFile("not_csv", f"near line {stream.lines_read + 1}: {error}")


class _Numbering:
    """Turns the order of records into lines of the file: records may span lines, and some are malformed."""

    def __init__(self) -> None:
        self.record = 1
        self.line = 2  # the header is line 1


def _batch(
    arrow: pa.RecordBatch, at: _Numbering, invalid: list[pc.InvalidRow], stream: utf8.Utf8Stream, *, last: bool
) -> Batch:
    """Give every record of a parsed batch its line, and take the malformed records that stand among them."""
    text, letters = cast(pl.DataFrame, pl.from_arrow(arrow)), list(map(columns.letters, arrow.columns))
    mine = 0
    if last:
        mine = len(invalid)
    else:
        while mine < len(invalid) and invalid[mine].number < at.record + text.height + mine:
            mine += 1
    taken, invalid[:mine] = invalid[:mine], []
    breaks = np.ones(text.height + mine, dtype=np.int64)
    bad = np.array([row.number - at.record for row in taken], dtype=np.int64)
    is_good = np.ones(text.height + mine, dtype=bool)
    is_good[bad] = False
    inside, swallowed = columns.line_breaks(text, letters, stream.delimiter)
    breaks[is_good] += inside
    breaks[bad] += np.array([row.text.count("\n") for row in taken], dtype=np.int64)
    starts = at.line + np.concatenate(([0], np.cumsum(breaks)))
    malformed = [
        Malformed(int(line), unicodedata.normalize("NFC", row.text), row.expected_columns, row.actual_columns)
        for line, row in zip(starts[:-1][~is_good], taken, strict=True)
    ]
    if swallowed is not None:
        line = int(starts[:-1][is_good][swallowed])
        raise UnreadableFile("unclosed_quote", f"line {line}: a quote is opened and swallows the records after it")
    _refuse_unclosed_quote(malformed, last=last)
    lines = pl.Series("line_no", starts[:-1][is_good])
    at.record += text.height + mine
    at.line = int(starts[-1])
    if arrow.num_rows and min(column.null_count for column in arrow.columns):
        blank = text.select(pl.all_horizontal(pl.all().is_null())).to_series()
        text, lines = text.filter(~blank), lines.filter(~blank)
    looks = list(zip(text.columns, arrow.columns, letters, strict=True))
    text = text.with_columns(columns.composed(text[name]) for name, _, seen in looks if columns.may_hold_marks(seen))
    tight = frozenset(name for name, column, seen in looks if columns.is_tight(column, seen))
    return Batch(text, lines, malformed, has_nul=stream.saw_nul, tight=tight)


def _refuse_unclosed_quote(malformed: list[Malformed], *, last: bool) -> None:
    for record in malformed:
        if record.text.count('"') % 2 and (last or "\n" in record.text):
            raise UnreadableFile("unclosed_quote", f"line {record.line}: a quote is opened and never closed")
