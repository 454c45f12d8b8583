"""Reads a sheet of a workbook as one batch of records, each with the number of its row."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator, Iterable
from typing import BinaryIO

import fastexcel
import numpy as np
import polars as pl

from lachan.contract import Feed
from lachan.load.decode.columns import to_nfc
from lachan.load.decode.export import Batch, Export, Malformed, UnreadableFile
from lachan.load.decode.header import name_columns


def open_workbook(file: BinaryIO, feed: Feed, others: Iterable[Feed]) -> Export:
    """Read the contract's sheet of a workbook; raises UnreadableFile if the workbook, sheet or header is unusable."""
    sheet = feed.sheet or ""
    data = file.read()
    _refuse_zip_bomb(data, feed)
    try:
        book = fastexcel.read_excel(data)
        if sheet not in book.sheet_names:
            raise UnreadableFile("missing_sheet", f"no sheet {sheet!r}; the workbook has {', '.join(book.sheet_names)}")
        cells = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise UnreadableFile("not_xlsx", f"the workbook cannot be read: {str(error).splitlines()[0]}") from None
    header_row = next((number for number, row in enumerate(cells.iter_rows()) if any(row)), None)
    if header_row is None:
        raise UnreadableFile("empty_file", f"the sheet {sheet!r} has no values")
    headers = [value or "" for value in cells.row(header_row)]
    while headers and not headers[-1]:
        headers.pop()
    names, export = name_columns(headers, feed, others, line=header_row + 1)
    export.encoding = "xlsx"
    export.batches = _xlsx_batches(cells, names, header_row)
    return export


def _refuse_zip_bomb(data: bytes, feed: Feed) -> None:
    try:
        unpacked = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableFile("not_xlsx", f"not a workbook, or cut off: {error}") from None
    if unpacked > 10 * feed.max_bytes:
        raise UnreadableFile(
            "too_large", f"the workbook unpacks to {unpacked:,} bytes; at most {10 * feed.max_bytes:,} are read"
        )


def _xlsx_batches(cells: pl.DataFrame, names: list[str], header_row: int) -> Generator[Batch]:
    """Yield the rows below the header as one batch; `header_row` counts from 0, the lines of records from 1."""
    body = cells.slice(header_row + 1).with_columns(pl.all().replace("", None))
    lines = pl.Series("line_no", np.arange(header_row + 2, header_row + body.height + 2, dtype=np.int64))
    used = (
        ~body.select(pl.all_horizontal(pl.all().is_null())).to_series() if body.height else pl.Series(dtype=pl.Boolean)
    )
    body, lines = body.filter(used), lines.filter(used)
    surplus = body.width - len(names)
    malformed: list[Malformed] = []
    if surplus > 0:
        too_long = body.select(pl.any_horizontal(pl.nth(range(len(names), body.width)).is_not_null())).to_series()
        for line, row in zip(lines.filter(too_long), body.filter(too_long).iter_rows(), strict=True):
            malformed.append(Malformed(line, "\t".join(value or "" for value in row), len(names), body.width))
        body, lines = body.filter(~too_long), lines.filter(~too_long)
    text = body.select(pl.nth(range(len(names))))
    text.columns = names
    text = text.with_columns(pl.all().map_batches(to_nfc, return_dtype=pl.String))
    yield Batch(text, lines, malformed, has_nul=True)
