"""Writes a table as an export of a feed, in every shape in which its contract lets it come."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from helpers.old_encodings import encoded
from hypothesis import strategies as st
from lachan.contract import Feed

MARKS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "utf-32": "utf-32"}


@dataclass(frozen=True)
class TextShape:
    """How a text file is written."""

    encoding: str
    line_end: str
    quote_all: bool
    ends_with_line_end: bool
    delimiters_at_line_ends: int
    names_delimiter: bool


@dataclass(frozen=True)
class SheetShape:
    """How a workbook is written: with typed cells or texts, and rows and columns left empty above and before."""

    typed: bool
    rows_above: int


Shape = TextShape | SheetShape


def shapes(feed: Feed) -> st.SearchStrategy[Shape]:
    """The shapes in which the files of a feed may come."""
    if feed.format == "xlsx":
        return st.builds(SheetShape, st.booleans(), st.integers(0, 3))
    named = [name for encoding in feed.encodings for name in (encoding, MARKS.get(encoding, encoding))]
    return st.builds(
        TextShape,
        st.sampled_from([*named, *MARKS.values()]),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.booleans(),
        st.booleans(),
        st.integers(0, 2),
        st.booleans(),
    )


def plainest(feed: Feed) -> Shape:
    """The shape that needs no tolerance."""
    if feed.format == "xlsx":
        return SheetShape(typed=False, rows_above=0)
    encoding = feed.encodings[0]
    return TextShape(MARKS.get(encoding, encoding), "\n", False, True, 0, False)


def write(feed: Feed, shape: Shape, cells: Sequence[Sequence[Any]]) -> bytes:
    """A file of the feed that holds the cells, the first row being the header."""
    return _packed(feed, _workbook(feed, shape, cells) if isinstance(shape, SheetShape) else _text(feed, shape, cells))


def _packed(feed: Feed, content: bytes) -> bytes:
    if feed.packing == "gzip":
        return gzip.compress(content)
    if feed.packing == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("export", content)
        return out.getvalue()
    return content


def _text(feed: Feed, shape: TextShape, cells: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    # with CR as its line end the writer does not quote values that have a LF
    quoting = csv.QUOTE_ALL if shape.quote_all or shape.line_end == "\r" else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=feed.delimiter, lineterminator=shape.line_end, quoting=quoting)
    writer.writerows(cells)
    text = out.getvalue()
    if shape.delimiters_at_line_ends and not any(
        "\n" in str(cell) or "\r" in str(cell) for row in cells for cell in row
    ):
        text = text.replace(shape.line_end, feed.delimiter * shape.delimiters_at_line_ends + shape.line_end)
    if not shape.ends_with_line_end:
        text = text.removesuffix(shape.line_end)
    if shape.names_delimiter:
        text = f"sep={feed.delimiter}{shape.line_end}{text}"
    return encoded(text, shape.encoding)


def _workbook(feed: Feed, shape: SheetShape, cells: Sequence[Sequence[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2024, 1, 1)})  # noqa: DTZ001 (a fixed time, for reproducible bytes)
        days, moments = (book.add_format({"num_format": shown}) for shown in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm:ss"))
        sheet = book.add_worksheet(feed.sheet)
        for row, values in enumerate(cells, start=shape.rows_above):
            for column, value in enumerate(values):
                match value:
                    case None | "":
                        pass
                    case bool():
                        sheet.write_boolean(row, column, value)
                    case int():
                        sheet.write_number(row, column, value)
                    case datetime():
                        sheet.write_datetime(row, column, value, moments)
                    case date():
                        sheet.write_datetime(row, column, value, days)
                    case _:
                        sheet.write_string(row, column, value)
    return out.getvalue()
