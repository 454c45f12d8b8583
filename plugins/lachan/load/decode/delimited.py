"""Delimited text -> batches of records, each with the line on which it starts."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Generator, Iterable
from typing import BinaryIO, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from lachan.contract import Feed
from lachan.load.decode import columns, utf8
from lachan.load.decode.export import Batch, Export, Malformed, UnreadableFile
from lachan.load.decode.header import name_columns


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
    parser = _Parser(names, feed.delimiter)
    for block in stream.blocks():
        try:
            sound, misfits = parser.parse(block)
        except pa.ArrowInvalid as error:
            raise UnreadableFile("not_csv", f"near line {stream.line}: {error}") from None
        yield _batch(sound, misfits, stream)
    if stream.last_byte != b"\n":
        export.warnings.append("the last line has no line end: the file may have been cut off")


Misfit = tuple[int, pc.InvalidRow]  # a record with too few or too many fields, and its place among all


class _Parser:
    """Parses blocks of whole records."""

    def __init__(self, names: list[str], delimiter: str) -> None:
        self._malformed: list[pc.InvalidRow] = []
        self._schema = pa.schema(dict.fromkeys(names, pa.string()))
        self._parsing = pc.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=self._set_aside,
        )
        self._conversion = pc.ConvertOptions(
            column_types=self._schema,
            check_utf8=False,  # the stream has judged it
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        )

    def parse(self, block: list[pa.Buffer]) -> tuple[pa.RecordBatch, list[Misfit]]:
        """The sound records of a block, and the others; raises ArrowInvalid."""
        batches: list[pa.RecordBatch] = []
        misfits: list[Misfit] = []
        for piece in block:  # in one go each: Arrow drops a line feed that the border of two of its blocks cuts off
            before = sum(batch.num_rows for batch in batches) + len(misfits)
            self._malformed = []
            reading = pc.ReadOptions(column_names=self._schema.names, use_threads=False, block_size=piece.size)
            batches += pc.read_csv(pa.BufferReader(piece), reading, self._parsing, self._conversion).to_batches()
            misfits += ((before + row.number - 1, row) for row in self._malformed)
        sound = pa.concat_batches(batches) if batches else pa.RecordBatch.from_pylist([], self._schema)
        return sound, misfits

    def _set_aside(self, row: pc.InvalidRow) -> str:
        self._malformed.append(row)
        return "skip"


def _batch(sound: pa.RecordBatch, misfits: list[Misfit], stream: utf8.Utf8Stream) -> Batch:
    """The records of a block, each with its line; the stream's line moves behind them."""
    text, letters = cast(pl.DataFrame, pl.from_arrow(sound)), list(map(columns.letters, sound.columns))
    is_sound = np.ones(text.height + len(misfits), dtype=bool)
    is_sound[[place for place, _ in misfits]] = False
    inside, swallowed = columns.line_breaks(text, letters, stream.delimiter)
    height = np.ones(is_sound.size, dtype=np.int64)
    height[is_sound] += inside
    height[~is_sound] += np.array([row.text.count("\n") for _, row in misfits], dtype=np.int64)
    ends = stream.line + np.cumsum(height)
    starts = ends - height
    stream.line += int(height.sum())
    if swallowed is not None:
        at = starts[is_sound][swallowed]
        raise UnreadableFile("unclosed_quote", f"line {at}: a quote is opened and swallows the records after it")
    lines = pl.Series("line_no", starts[is_sound])
    malformed = [
        Malformed(int(at), unicodedata.normalize("NFC", row.text), row.expected_columns, row.actual_columns)
        for at, (_, row) in zip(starts[~is_sound], misfits, strict=True)
    ]
    for record in malformed:
        if "\n" in record.text and record.text.count('"') % 2:
            raise UnreadableFile("unclosed_quote", f"line {record.line}: a lone quote may swallow what follows")
    if sound.num_rows and min(column.null_count for column in sound.columns):
        blank = text.select(pl.all_horizontal(pl.all().is_null())).to_series()
        text, lines = text.filter(~blank), lines.filter(~blank)
    looks = list(zip(text.columns, sound.columns, letters, strict=True))
    text = text.with_columns(columns.composed(text[name]) for name, _, seen in looks if columns.may_hold_marks(seen))
    tight = frozenset(name for name, column, seen in looks if columns.is_tight(column, seen))
    return Batch(text, lines, malformed, has_nul=stream.saw_nul, tight=tight)
