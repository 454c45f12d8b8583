"""Reads delimited text as batches of records, each with the line on which it starts."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Generator, Iterable
from functools import lru_cache
from typing import BinaryIO, NamedTuple, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from lachan.contract import Feed
from lachan.load.decode import columns, utf8
from lachan.load.decode.export import Batch, Export, Malformed, UnreadableFile
from lachan.load.decode.header import best_header, is_header, name_columns
from lachan.printable import cause

_NAMELESS = "\x1fnameless:"
"""Prefix of the columns at the end that have no header: delimiters at the ends of the lines. No header begins so."""
_SEP_LINE = re.compile(rb'(?i)"?sep=(.)"?')  # for Excel, which does not show it


def open_delimited(file: BinaryIO, size: int, feed: Feed, others: Iterable[Feed]) -> Export:
    """Open a file of delimited text of `size` bytes; raises UnreadableFile if its encoding or header cannot be used."""
    stream = utf8.Utf8Stream(file, size, feed)
    line, headers, told = _header(stream, feed)
    ended = len(headers)
    while ended > 1 and not headers[ended - 1].strip():
        ended -= 1
    names, export = name_columns(headers[:ended], feed, others, line)
    export.notes += told
    nameless = [f"{_NAMELESS}{number}" for number in range(ended + 1, len(headers) + 1)]
    export.encoding = stream.encoding
    export.batches = _csv_batches(stream, names + nameless, feed, export)
    return export


def _header(stream: utf8.Utf8Stream, feed: Feed) -> tuple[int, list[str], list[str]]:
    """Read up to the header; return its line, its fields, and what should be told of the lines above it.

    Raises UnreadableFile if what should be the header is blank or no CSV, or if a `sep=` line names another delimiter.
    """
    told: list[str] = []
    found: list[tuple[int, list[str]]] = []
    while len(found) <= feed.title_rows:
        line, record = stream.line, stream.next_record()
        if record is None:
            break
        separator = _SEP_LINE.fullmatch(record)
        if separator and not found:
            named = separator[1].decode(errors="backslashreplace")
            if separator[1] != feed.delimiter.encode():
                raise UnreadableFile(
                    "wrong_delimiter",
                    f"line {line}: names {named!r}; the contract declares {feed.delimiter!r}",
                )
            told.append(f"line {line}: `sep=` was read as the delimiter")
            continue
        try:
            fields = next(csv.reader(io.StringIO(record.decode(), newline=""), delimiter=feed.delimiter), [])
        except (csv.Error, UnicodeDecodeError) as error:
            if not feed.title_rows:
                raise UnreadableFile("no_header", f"line {line}: cannot be read as a header: {cause(error)}") from None
            fields = []
        found.append((line, fields))
        if is_header(fields, feed):
            break
    line, fields = best_header(found, feed, told)
    if not fields:
        raise UnreadableFile("no_header", f"line {line}: the line is blank; the header row must come first")
    return line, fields, told


def _csv_batches(stream: utf8.Utf8Stream, names: list[str], feed: Feed, export: Export) -> Generator[Batch]:
    parser = _Parser(names, feed.delimiter)
    for block in stream.blocks():
        try:
            parsed = parser.parse(block)
        except pa.ArrowInvalid as error:
            raise UnreadableFile("not_csv", f"near line {stream.line}: {cause(error)}") from None
        yield _batch(parsed, stream)
    export.warnings += stream.warnings
    export.notes += stream.notes


_Misfit = tuple[int, pc.InvalidRow]  # a record with too few or too many fields, and its index among all of the block


class _Parsed(NamedTuple):
    """The records of a block that have all fields, the other ones, and the blank lines, by their index among all."""

    valid: pa.RecordBatch
    misfits: list[_Misfit]
    blanks: np.ndarray


@lru_cache(maxsize=64)
def _conversion(names: tuple[str, ...]) -> tuple[pa.Schema, pc.ConvertOptions]:
    """How the columns of a file are converted; cached, because most files of a feed have the same columns."""
    schema = pa.schema(dict.fromkeys(names, pa.string()))
    return schema, pc.ConvertOptions(
        column_types=schema,
        check_utf8=False,  # Utf8Stream has checked it
        strings_can_be_null=True,
        null_values=[""],
        quoted_strings_can_be_null=True,
    )


class _Parser:
    """Parses blocks of whole records."""

    def __init__(self, names: list[str], delimiter: str) -> None:
        self._invalid_rows: list[pc.InvalidRow] = []
        self._schema, self._conversion = _conversion(tuple(names))
        self._parsing = pc.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=self._collect,
        )

    def parse(self, block: list[pa.Buffer]) -> _Parsed:
        """Return the records of a block; raises ArrowInvalid."""
        batches: list[pa.RecordBatch] = []
        misfits: list[_Misfit] = []
        blanks: list[np.ndarray] = []
        before = 0
        for piece in block:  # each as one Arrow block: Arrow loses a line feed that is cut off between two blocks
            self._invalid_rows = []
            reading = pc.ReadOptions(column_names=self._schema.names, use_threads=False, block_size=piece.size)
            read = pc.read_csv(pa.BufferReader(piece), reading, self._parsing, self._conversion)
            numbers = [row.number - 1 for row in self._invalid_rows]
            misfits += zip((before + number for number in numbers), self._invalid_rows, strict=True)
            if (is_blank := _is_blank(read)) is not None:  # now, because millions of blank lines take gigabytes
                blanks.append(before + np.delete(np.arange(read.num_rows + len(numbers)), numbers)[is_blank])
                before += int(is_blank.sum())
                read = read.filter(pa.array(~is_blank))
            before += read.num_rows + len(numbers)
            batches += read.to_batches()
        valid = pa.concat_batches(batches) if batches else pa.RecordBatch.from_pylist([], self._schema)
        return _Parsed(valid, misfits, np.concatenate([*blanks, np.zeros(0, dtype=np.int64)]).astype(np.int64))

    def _collect(self, row: pc.InvalidRow) -> str:
        self._invalid_rows.append(row)
        return "skip"


def _is_blank(read: pa.Table) -> np.ndarray | None:
    """A mask of the rows without any value; None if there are none."""
    if min(column.null_count for column in read.itercolumns()) == 0:
        return None
    is_blank = np.ones(read.num_rows, dtype=bool)
    for column in read.itercolumns():
        is_blank &= column.is_null().to_numpy()
    return is_blank if is_blank.any() else None


def _batch(parsed: _Parsed, stream: utf8.Utf8Stream) -> Batch:
    """Make the batch of a block's records, each with its line; moves `stream.line` to the line after them."""
    valid, misfits, blanks = parsed
    text, data = cast(pl.DataFrame, pl.from_arrow(valid)), list(map(columns.value_bytes, valid.columns))
    height = np.ones(text.height + len(misfits) + blanks.size, dtype=np.int64)
    is_valid, is_misfit = np.ones(height.size, dtype=bool), np.zeros(height.size, dtype=bool)
    is_misfit[[index for index, _ in misfits]] = True
    is_valid[is_misfit] = is_valid[blanks] = False
    line_breaks, unclosed = columns.count_line_breaks(text, data, stream.delimiter)
    height[is_valid] += line_breaks
    height[is_misfit] += np.array([columns.count_lines(row.text.encode()) for _, row in misfits], dtype=np.int64)
    ends = stream.line + np.cumsum(height)
    starts = ends - height
    stream.line += int(height.sum())
    if unclosed is not None:
        line = starts[is_valid][unclosed]
        raise UnreadableFile(
            "unclosed_quote", f"line {line}: an unclosed quote: its field includes the records after it"
        )
    lines = pl.Series("line_no", starts[is_valid])
    text, lines, malformed = _without_nameless(text, lines, stream.delimiter)
    reread: list[tuple[int, list[str | None]]] = []
    for line, (_, row) in zip(starts[is_misfit], misfits, strict=True):
        fields = _fields_but_empty_ones(row.text, text.width, stream.delimiter)
        if fields is not None and any(fields):
            reread.append((int(line), fields))
        elif fields is None:
            shown = unicodedata.normalize("NFC", row.text)
            malformed.append(Malformed(int(line), shown, text.width, row.actual_columns))
    for record in malformed:
        if "\n" in record.text and record.text.count('"') % 2:
            raise UnreadableFile(
                "unclosed_quote", f"line {record.line}: an unpaired quote: its field may include the records after it"
            )
    if reread:
        added = pl.DataFrame([fields for _, fields in reread], schema=text.schema, orient="row")
        all_lines = pl.concat([lines, pl.Series("line_no", [line for line, _ in reread], lines.dtype)])
        order = all_lines.arg_sort()
        text, lines = pl.concat([text, added])[order], all_lines[order]
    named = list(zip(text.columns, valid.columns, data, strict=False))  # without the nameless columns
    marked = [name for name, _, raw in named if reread or columns.may_hold_combining_marks(raw)]
    if marked:
        text = text.with_columns(columns.to_nfc(text[name]) for name in marked)
    judged = [] if reread else named  # records that were added are not in the bytes
    return Batch(
        text,
        lines,
        malformed,
        has_nul=stream.saw_nul,
        trimmed=frozenset(name for name, column, raw in judged if columns.is_trimmed(column, raw)),
        ascii=frozenset(name for name, _, raw in judged if raw.isascii()),
        visible=frozenset(name for name, _, raw in judged if not columns.may_hold_format_characters(raw)),
    )


def _without_nameless(
    text: pl.DataFrame, lines: pl.Series, delimiter: str
) -> tuple[pl.DataFrame, pl.Series, list[Malformed]]:
    """Drop the columns without a header; a record that has a value in one of them is malformed."""
    nameless = [name for name in text.columns if name.startswith(_NAMELESS)]
    if not nameless:
        return text, lines, []
    surplus = text.select(pl.any_horizontal(pl.col(nameless).is_not_null())).to_series()
    width = text.width - len(nameless)
    malformed = [
        Malformed(int(line), delimiter.join(value or "" for value in row), width, text.width)
        for line, row in zip(lines.filter(surplus), text.filter(surplus).iter_rows(), strict=True)
    ]
    return text.filter(~surplus).drop(nameless), lines.filter(~surplus), malformed


def _fields_but_empty_ones(record: str, width: int, delimiter: str) -> list[str | None] | None:
    """The fields of a record that has more of them than the header only because of delimiters at its end; else None.

    Also those of a record without such delimiters in a file whose header ends with some.
    """
    fields = next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [])
    if len(fields) < width or any(fields[width:]):
        return None
    return [field or None for field in fields[:width]]
