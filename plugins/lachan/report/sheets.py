"""Tables as XLSX and CSV: no text is a formula, the same rows give the same bytes, long tables get several sheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lachan import vietnamese
from lachan.settings import TIMEZONE

ROWS_OF_A_SHEET = 1_048_576
"""Rows that a sheet can hold, the head included (specifications of Excel)."""
_ROWS_IN_MEMORY = 50_000
_LONGEST_TEXT = 32_767
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FORMATS = {
    "number": "#,##0.##",
    "count": "#,##0",
    "ratio": "0.0%",
    "date": "dd/mm/yyyy",
    "instant": "dd/mm/yyyy hh:mm",
}


@dataclass(frozen=True)
class Sheet:
    """A table: its name (at most 25 characters), heads, and rows; `ratios` says for each cell whether it is a ratio.

    Without `ratios` none is. `widths` are those of the columns in characters. The first `frozen` columns stay in view.
    """

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    ratios: Sequence[Sequence[bool]] | None = None
    widths: Sequence[int] = ()
    frozen: int = 0


def to_xlsx(title: str, sheets: Sequence[Sheet], rows_of_a_sheet: int = ROWS_OF_A_SHEET) -> bytes:
    """A workbook of tables with frozen, filterable heads.

    A table that is longer than `rows_of_a_sheet`, its head included, is split; a last sheet says so.
    """
    import xlsxwriter

    is_long = any(len(sheet.rows) > _ROWS_IN_MEMORY for sheet in sheets)
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    options |= {"constant_memory": True} if is_long else {"in_memory": True}
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": title, "created": datetime(2000, 1, 1)})  # noqa: DTZ001  # written as it is
        writer = _Writer(book)
        said = [text for sheet in sheets for text in writer.add(sheet, rows_of_a_sheet - 1)]
        if said:
            writer.add(Sheet("Chia trang", ["Bảng nào được chia"], [[text] for text in said], widths=[110]), 1000)
    return out.getvalue()


class _Writer:
    def __init__(self, book: Any) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self._formats = {name: book.add_format({"num_format": code}) for name, code in _FORMATS.items()}

    def add(self, sheet: Sheet, most: int) -> list[str]:
        """Write a table in parts of at most `most` rows; returns a sentence about it if these are several."""
        parts = [(first, sheet.rows[first : first + most]) for first in range(0, max(len(sheet.rows), 1), most)]
        for number, (first, rows) in enumerate(parts, start=1):
            ratios = sheet.ratios[first : first + most] if sheet.ratios else None
            self._part(sheet, sheet.name if len(parts) == 1 else f"{sheet.name} ({number})", rows, ratios)
        if len(parts) == 1:
            return []
        count, limit = vietnamese.number(len(sheet.rows)), vietnamese.number(most)
        return [
            f"Bảng “{sheet.name}” có {count} dòng; một trang tính chứa nhiều nhất {limit} dòng dưới tiêu đề, nên bảng "
            f"được chia thành {len(parts)} trang, từ “{sheet.name} (1)” đến “{sheet.name} ({len(parts)})”."
        ]

    def _part(self, sheet: Sheet, name: str, rows: Sequence[Sequence[Any]], ratios: Any) -> None:
        page = self._book.add_worksheet(name)
        for position, head in enumerate(sheet.heads):
            width = sheet.widths[position] if position < len(sheet.widths) else 18
            page.set_column(position, position, width)
            page.write_string(0, position, head, self._head)
        for line, row in enumerate(rows, start=1):
            for position, value in enumerate(row):
                self._write(page, line, position, value, bool(ratios and ratios[line - 1][position]))
        page.freeze_panes(1, sheet.frozen)
        page.autofilter(0, 0, max(len(rows), 1), len(sheet.heads) - 1)

    def _write(self, page: Any, line: int, position: int, value: Any, is_ratio: bool) -> None:
        if value is None:
            return
        if isinstance(value, datetime):
            local = value.astimezone(ZoneInfo(TIMEZONE)).replace(tzinfo=None)
            page.write_datetime(line, position, local, self._formats["instant"])
        elif isinstance(value, date):
            midnight = datetime(value.year, value.month, value.day)  # noqa: DTZ001  # a cell has no time zone
            page.write_datetime(line, position, midnight, self._formats["date"])
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            name = "ratio" if is_ratio else "count" if value == int(value) else "number"
            page.write_number(line, position, float(value), self._formats[name])
        else:
            page.write_string(line, position, str(value)[:_LONGEST_TEXT])


def to_csv(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """RFC 4180 in UTF-8 with a mark, so that spreadsheets read Vietnamese; no cell begins as a formula does."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(heads)
    for row in rows:
        writer.writerow(_csv_cell(value) for value in row)
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(TIMEZONE)).isoformat(timespec="seconds")
    text = str(value)
    is_text = not isinstance(value, int | float | Decimal | date)
    return f"'{text}" if is_text and text.startswith(_FORMULA_STARTS) else text
