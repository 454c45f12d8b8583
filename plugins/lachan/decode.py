"""Bytes of an export -> UTF-8 NFC text in columns, streamed, with the line on which every record starts.

Whatever makes a whole file unreadable is an `UnreadableFile`; whatever concerns one record is handed on with it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

import fastexcel
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from lachan.contract import Feed

BLOCK_BYTES = 2 << 20
"""Bytes read and parsed at a time; a record must fit into one block."""

_NEWLINE = re.compile(rb"\n")  # searches a buffer without a copy
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class UnreadableFile(Exception):
    """A file from which no row can be taken: `rule` is the short name of the fault, the message says where."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


@dataclass(frozen=True)
class Malformed:
    """A record that does not have as many fields as the header."""

    line: int
    text: str
    expected: int
    found: int


@dataclass(frozen=True)
class Batch:
    """Some records of a file as text: a column per header, the line of each, and the malformed among them."""

    text: pl.DataFrame
    lines: pl.Series
    malformed: list[Malformed]
    has_nul: bool = False


@dataclass
class Export:
    """An opened export: batches to be read once; `warnings` is complete when they have been read."""

    encoding: str
    unknown_columns: tuple[str, ...]
    batches: Iterator[Batch]
    warnings: list[str] = field(default_factory=list)


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
    return _open_xlsx(file, feed, others) if feed.format == "xlsx" else _open_csv(file, feed, others)


# --- headers ------------------------------------------------------------------------------------------------


def _tidy(header: str) -> str:
    return " ".join(unicodedata.normalize("NFC", header).replace("Ð", "Đ").split()).casefold()


def _spellings(feed: Feed) -> dict[str, str]:
    return {_tidy(spelling): c.name for c in feed.columns for spelling in (c.name, *c.headers)}


def _name_columns(headers: list[str], feed: Feed, others: Iterable[Feed], line: int) -> tuple[list[str], Export]:
    """Canonical column names for the headers of a file, and the export they open (batches still to come)."""
    known = _spellings(feed)
    names = [known.get(_tidy(header), header.strip()) for header in headers]
    hits = sum(_tidy(header) in known for header in headers)
    cells = headers if len(headers) > 1 else re.split(r"[;,\t|]", headers[0])
    own = sum(_tidy(cell) in known for cell in cells)
    for other in others:
        if other.name != feed.name and sum(_tidy(c) in _spellings(other) for c in cells) > max(own, 3):
            raise UnreadableFile(
                "wrong_feed", f"line {line}: the columns are those of {other.name}, not of {feed.name}"
            )
    if hits == 0:
        _blame_delimiter(headers, feed, line)
        shown = ", ".join(repr(header[:40]) for header in headers[:5])
        raise UnreadableFile(
            "unknown_header",
            f"line {line}: no column of {feed.name} among {shown}; the header row must come first",
        )
    if blank := [index + 1 for index, name in enumerate(names) if not name]:
        raise UnreadableFile("unknown_header", f"line {line}: column {blank[0]} has no header")
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise UnreadableFile("duplicate_header", f"line {line}: two columns are headed {twins[0]!r}")
    missing = [column for column in feed.columns if column.name not in names]
    if needed := [f"{column.name} ({column.label!r})" for column in missing if column.required]:
        raise UnreadableFile("missing_column", f"line {line}: {', '.join(needed)} must be there and is not")
    declared = {column.name for column in feed.columns}
    unknown = tuple(name for name in names if name not in declared)
    export = Export("", unknown, iter(()))
    export.warnings += [f"unknown column {name!r}: its values are kept aside, masked" for name in unknown]
    export.warnings += [f"missing column {column.name} ({column.label!r})" for column in missing]
    return names, export


def _blame_delimiter(headers: list[str], feed: Feed, line: int) -> None:
    known = _spellings(feed)
    joined = feed.delimiter.join(headers)
    for delimiter in (";", ",", "\t", "|"):
        if delimiter != feed.delimiter and sum(_tidy(part.strip('"')) in known for part in joined.split(delimiter)) > 1:
            raise UnreadableFile(
                "wrong_delimiter",
                f"line {line}: fields are parted by {delimiter!r}; the contract says {feed.delimiter!r}",
            )


# --- text files ---------------------------------------------------------------------------------------------


class _Utf8Stream:
    """A file-like of UTF-8 NFC bytes made from a file in another encoding; counts lines for its errors."""

    def __init__(self, file: BinaryIO, feed: Feed) -> None:
        self._file = file
        self._first = file.read(BLOCK_BYTES)
        self.encoding, skip = _encoding(self._first, feed)
        self._first = self._first[skip:]
        self.lines_read = 0
        self.saw_nul = False
        self.last = b""
        self._blocks = self._whole_lines()
        self._ready = next(self._blocks, b"")

    def header(self) -> bytes:
        """Take the first line off the stream."""
        line, newline, _ = bytes(self._ready[: 1 << 16]).partition(b"\n")
        self._ready = self._ready[len(line) + len(newline) :]
        return line

    def read(self, size: int) -> pa.Buffer:
        """The next block, without a copy; its own size serves the reader better than the `size` asked for."""
        taken = self._ready or next(self._blocks, b"")
        self._ready = b""
        return pa.py_buffer(taken)

    closed = False

    def close(self) -> None:
        """Close the file below."""
        self._file.close()

    def _whole_lines(self) -> Iterator[bytes | memoryview]:
        """UTF-8 NFC, cut at line ends, so that nothing is composed or judged across a cut."""
        decoder = None if self.encoding == "utf-8" else codecs.getincrementaldecoder(self.encoding)()
        held, block = b"", self._first
        while block:
            following = self._file.read(BLOCK_BYTES)
            data = held + (block if decoder is None else self._recode(decoder, block, final=not following))
            end = data.rfind(b"\n") + 1 if following else len(data)
            held, block = data[end:], following
            if end:
                yield self._sound(data, end)

    def _sound(self, data: bytes, end: int) -> bytes | memoryview:
        """The first `end` bytes, judged and composed; raises UnreadableFile where they are not UTF-8."""
        extent = pa.py_buffer(np.array([0, end], dtype=np.int32))
        try:
            pa.Array.from_buffers(pa.string(), 1, [None, extent, pa.py_buffer(data)]).validate(full=True)
        except pa.ArrowInvalid:
            self._blame(data[:end])
        self.saw_nul = self.saw_nul or b"\0" in data
        self.lines_read += data.count(b"\n")
        self.last = data[end - 1 : end]
        return _composed(data, end)

    def _blame(self, data: bytes) -> None:
        try:
            data.decode(self.encoding)
        except UnicodeDecodeError as error:
            self._refuse(error)

    def _recode(self, decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool) -> bytes:
        try:
            return decoder.decode(block, final).encode()
        except UnicodeDecodeError as error:
            self._refuse(error)
            raise

    def _refuse(self, error: UnicodeDecodeError) -> None:
        cut_off = error.reason.startswith(("truncated", "unexpected end"))
        why = "the file ends inside a character: truncated" if cut_off else error.reason
        line = self.lines_read + error.object[: error.start].count(b"\n") + 1
        raise UnreadableFile("encoding", f"near line {line}: not {self.encoding}: {why}") from None


def _composed(data: bytes, end: int) -> bytes | memoryview:
    """The first `end` bytes of UTF-8 with every accent composed (NFC).

    Only words that hold combining marks (U+0300 to U+036F) are touched, unless many do.
    """
    leads = [lead for lead in (b"\xcc", b"\xcd") if lead in data]
    if 40 * sum(data.count(lead) for lead in leads) > end:
        return unicodedata.normalize("NFC", data[:end].decode()).encode()
    for lead in leads:
        at, done, pieces = data.find(lead, 0, end), 0, []
        while at >= 0:
            start = data.rfind(b" ", done, at) + 1 or done
            stop = data.find(b" ", at, end) % (end + 1)  # -1, no space, becomes the end
            pieces += [data[done:start], unicodedata.normalize("NFC", data[start:stop].decode()).encode()]
            at, done = data.find(lead, stop, end), stop
        if pieces:
            data = b"".join([*pieces, data[done:end]])
            end = len(data)
    return memoryview(data)[:end]


def _encoding(first: bytes, feed: Feed) -> tuple[str, int]:
    """The encoding of a text file and the length of its byte order mark; the contract's order decides."""
    for mark, encoding in _BOMS:
        if first.startswith(mark):
            return encoding, len(mark)
    for encoding in feed.encodings:
        if encoding == "utf-16":
            if first[1:64:2].count(0) > len(first[1:64:2]) // 4:
                return "utf-16-le", 0
            continue
        try:
            codecs.getincrementaldecoder(encoding)().decode(first)
        except UnicodeDecodeError:
            continue
        return ("cp1258" if encoding == "windows-1258" else encoding), 0
    from charset_normalizer import from_bytes

    guess = from_bytes(first[:65536]).best()
    hint = f"; it looks like {guess.encoding}" if guess else ""
    raise UnreadableFile("encoding", f"line 1: none of {', '.join(feed.encodings)}{hint}")


def _open_csv(file: BinaryIO, feed: Feed, others: Iterable[Feed]) -> Export:
    stream = _Utf8Stream(file, feed)
    headers = next(csv.reader([stream.header().decode().rstrip("\r")], delimiter=feed.delimiter), [])
    if not headers:
        raise UnreadableFile("no_header", "line 1: is blank; the header row must come first")
    names, export = _name_columns(headers, feed, others, line=1)
    export.encoding = stream.encoding
    export.batches = _csv_batches(stream, names, feed, export)
    return export


def _csv_batches(stream: _Utf8Stream, names: list[str], feed: Feed, export: Export) -> Iterator[Batch]:
    invalid: list[pc.InvalidRow] = []

    def skip(row: pc.InvalidRow) -> str:
        invalid.append(row)
        return "skip"

    try:
        reader = pc.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK_BYTES),
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
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" not in str(error):
            raise _unparsable(error, stream) from None
        return
    numbering = _Numbering()
    while True:
        try:
            arrow = reader.read_next_batch()
        except StopIteration:
            break
        except pa.ArrowInvalid as error:
            raise _unparsable(error, stream) from None
        yield _batch(arrow, numbering, invalid, stream, last=False)
    if invalid:
        nothing = pa.RecordBatch.from_pydict({name: pa.array([], pa.string()) for name in names})
        yield _batch(nothing, numbering, invalid, stream, last=True)
    if stream.last != b"\n":
        export.warnings.append("the last line has no line end: the file may have been cut off")


def _unparsable(error: pa.ArrowInvalid, stream: _Utf8Stream) -> UnreadableFile:
    if "straddl" in str(error):
        return UnreadableFile(
            "unclosed_quote",
            f"before line {stream.lines_read + 1}: a record exceeds {BLOCK_BYTES:,} bytes, or a quote is never closed",
        )
    return UnreadableFile("not_csv", f"near line {stream.lines_read + 1}: {error}")


class _Numbering:
    """Turns the order of records into lines of the file: records may span lines, and some are malformed."""

    def __init__(self) -> None:
        self.record = 1
        self.line = 2  # the header is line 1


def _batch(
    arrow: pa.RecordBatch, at: _Numbering, invalid: list[pc.InvalidRow], stream: _Utf8Stream, *, last: bool
) -> Batch:
    """Give every record of a parsed batch its line, and take the malformed records that stand among them."""
    text = cast(pl.DataFrame, pl.from_arrow(arrow))
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
    breaks[is_good] += _line_breaks(arrow, text)
    breaks[bad] += np.array([row.text.count("\n") for row in taken], dtype=np.int64)
    starts = at.line + np.concatenate(([0], np.cumsum(breaks)))
    malformed = [
        Malformed(int(line), row.text, row.expected_columns, row.actual_columns)
        for line, row in zip(starts[:-1][~is_good], taken, strict=True)
    ]
    _refuse_unclosed_quote(malformed, last=last)
    lines = pl.Series("line_no", starts[:-1][is_good])
    at.record += text.height + mine
    at.line = int(starts[-1])
    if arrow.num_rows and min(column.null_count for column in arrow.columns):
        blank = text.select(pl.all_horizontal(pl.all().is_null())).to_series()
        text, lines = text.filter(~blank), lines.filter(~blank)
    return Batch(text, lines, malformed, has_nul=stream.saw_nul)


def _refuse_unclosed_quote(malformed: list[Malformed], *, last: bool) -> None:
    for record in malformed:
        if record.text.count('"') % 2 and (last or "\n" in record.text):
            raise UnreadableFile("unclosed_quote", f"line {record.line}: a quote is opened and never closed")


def _line_breaks(batch: pa.RecordBatch, text: pl.DataFrame) -> np.ndarray:
    """How many line breaks stand inside the fields of each record; columns without any cost a scan of their bytes."""
    total = np.zeros(text.height, dtype=np.int64)
    for column, values in zip(batch.columns, text.iter_columns(), strict=True):
        data = column.buffers()[2]
        if data is not None and _NEWLINE.search(data):
            total += values.str.count_matches("\n", literal=True).fill_null(0).to_numpy()
    return total


# --- workbooks ----------------------------------------------------------------------------------------------


def _open_xlsx(file: BinaryIO, feed: Feed, others: Iterable[Feed]) -> Export:
    sheet = feed.sheet or ""
    data = file.read()
    _refuse_zip_bomb(data, feed)
    try:
        book = fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise UnreadableFile("not_xlsx", f"the workbook cannot be opened: {str(error).splitlines()[0]}") from None
    if sheet not in book.sheet_names:
        raise UnreadableFile("missing_sheet", f"no sheet {sheet!r}; the workbook has {', '.join(book.sheet_names)}")
    page = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
    cells = page.to_polars()
    top = next((number for number, row in enumerate(cells.iter_rows()) if any(row)), None)
    if top is None:
        raise UnreadableFile("empty_file", f"the sheet {sheet!r} has no cells")
    headers = [value or "" for value in cells.row(top)]
    while headers and not headers[-1]:
        headers.pop()
    names, export = _name_columns(headers, feed, others, line=top + 1)
    export.encoding = "xlsx"
    export.batches = _xlsx_batches(cells, names, top)
    return export


def _refuse_zip_bomb(data: bytes, feed: Feed) -> None:
    try:
        unpacked = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableFile("not_xlsx", f"not a workbook, or cut off: {error}") from None
    if unpacked > 10 * feed.max_bytes:
        raise UnreadableFile("too_large", f"the workbook unpacks to {unpacked:,} bytes")


def _xlsx_batches(cells: pl.DataFrame, names: list[str], top: int) -> Iterator[Batch]:
    """The rows below the header, which stands in the row numbered `top` from 0."""
    body = cells.slice(top + 1).with_columns(pl.all().replace("", None))
    lines = pl.Series("line_no", np.arange(top + 2, top + body.height + 2, dtype=np.int64))
    used = (
        ~body.select(pl.all_horizontal(pl.all().is_null())).to_series() if body.height else pl.Series(dtype=pl.Boolean)
    )
    body, lines = body.filter(used), lines.filter(used)
    surplus = body.width - len(names)
    malformed: list[Malformed] = []
    if surplus > 0:
        long = body.select(pl.any_horizontal(pl.nth(range(len(names), body.width)).is_not_null())).to_series()
        for line, row in zip(lines.filter(long), body.filter(long).iter_rows(), strict=True):
            malformed.append(Malformed(line, "\t".join(value or "" for value in row), len(names), body.width))
        body, lines = body.filter(~long), lines.filter(~long)
    text = body.select(pl.nth(range(len(names))))
    text.columns = names
    text = text.with_columns(pl.all().map_batches(_nfc, return_dtype=pl.String))
    yield Batch(text, lines, malformed, has_nul=True)


def _nfc(values: pl.Series) -> pl.Series:
    return values.str.normalize("NFC") if values.str.contains("[\u0300-\u036f]").any() else values
