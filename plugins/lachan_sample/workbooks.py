"""Writes the workbooks of the registers and rosters as offices make them: each month in another manner."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lachan_sample.layout import Cell, Layout
from lachan_sample.seeding import seeded_random

TITLES = ("CÔNG AN THÀNH PHỐ", "", "BẢNG TỔNG HỢP")
MERGED_COLUMN = "ward"
_FORMATS = {"timestamp": ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M"), "date": ("%d/%m/%Y", "%Y-%m-%d")}
_SHOWN_AS = {"timestamp": "dd/mm/yyyy hh:mm:ss", "date": "dd/mm/yyyy"}


def encode_workbook(
    layout: Layout, seed: int, day: date, order: Sequence[int], records: Sequence[Sequence[Cell]]
) -> tuple[bytes, int]:
    """The bytes of a workbook, and the row of its header, which is the first of `records`.

    `order` holds the index of the field in each column. In some months dates and times are typed cells, equal wards
    below one another are merged, or, where the contract allows it, titles stand above and a total below the records.
    """
    rng = seeded_random(seed, layout.feed, day.year, day.month, "workbook")
    typed, merged, titled = rng.random() < 0.5, rng.random() < 0.4, rng.random() < 0.5
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2024, 1, 1)})  # noqa: DTZ001 (a fixed time, for reproducible bytes)
        sheet = book.add_worksheet(layout.sheet)
        top = 0
        if titled and layout.title_rows >= len(TITLES):
            top = len(TITLES)
            sheet.write_column(0, 0, TITLES)
        kinds = [layout.fields[index].kind if typed else "string" for index in order]
        _write_cells(book, sheet, top, kinds, records)
        if merged:
            names = [layout.fields[index].name for index in order]
            if MERGED_COLUMN in names:
                _merge_equal_cells(sheet, top, names.index(MERGED_COLUMN), records)
        if titled and layout.footer_label:
            below = top + len(records)
            sheet.write_row(below, 0, (layout.footer_label, len(records) - 1))
            sheet.write_string(below + 1, min(3, len(order) - 1), "Người lập biểu")
    return buffer.getvalue(), top + 1


def _write_cells(
    book: Workbook, sheet: Worksheet, top: int, kinds: Sequence[str], records: Sequence[Sequence[Cell]]
) -> None:
    formats = {kind: book.add_format({"num_format": shown}) for kind, shown in _SHOWN_AS.items()}
    for line, cells in enumerate(records, start=top):
        for column, cell in enumerate(cells):
            kind = kinds[column] if column < len(kinds) and line > top else "string"
            moment = _moment(cell, kind)
            if moment is not None:
                sheet.write_datetime(line, column, moment, formats[kind])
            elif isinstance(cell, int):
                sheet.write_number(line, column, cell)
            elif cell:
                sheet.write_string(line, column, cell)


def _moment(cell: Cell, kind: str) -> datetime | None:
    """The date or time that a cell's text states, as a workbook holds it; None if it is not in a usual format."""
    for pattern in _FORMATS.get(kind, ()):
        try:
            return datetime.strptime(str(cell), pattern)  # noqa: DTZ007 (cells have no time zone)
        except ValueError:
            continue
    return None


def _merge_equal_cells(sheet: Worksheet, top: int, column: int, records: Sequence[Sequence[Cell]]) -> None:
    line = top + 1
    for value, run in groupby(cells[column] if column < len(cells) else "" for cells in records[1:]):
        length = len(list(run))
        if length > 1 and value:
            sheet.merge_range(line, column, line + length - 1, column, value)
        line += length
