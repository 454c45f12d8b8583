"""A table of a page: shown in HTML, and taken away as CSV or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from lachan import vietnamese
from lachan.settings import TIMEZONE

Kind = Literal["text", "number", "figure", "ratio", "date", "instant"]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WRITERS: dict[str, Callable[[Any], str]] = {
    "number": vietnamese.number,
    "ratio": vietnamese.percent,
    "date": vietnamese.day,
    "instant": vietnamese.instant,
}
_XLSX_ROWS = 1_048_576
_XLSX_FORMATS = {
    "number": "#,##0.##",
    "count": "#,##0",
    "ratio": "0.0%",
    "date": "dd/mm/yyyy",
    "instant": "dd/mm/yyyy hh:mm",
}


@dataclass(frozen=True)
class Column:
    """A column: its key in the rows, its heading, and how its values are written (`figure`: by the row's unit).

    `link` is the key of the row under which an address stands that the value leads to.
    """

    key: str
    label: str
    kind: Kind = "text"
    link: str = ""

    @property
    def is_number(self) -> bool:
        """Whether values are aligned to the right."""
        return self.kind in ("number", "figure", "ratio")

    def shown(self, row: dict[str, Any]) -> str:
        """The value as a reader sees it."""
        value = row[self.key]
        if self.kind == "figure":
            return vietnamese.figure(value, row["unit"])
        if self.kind == "text":
            return "" if value is None else str(value)
        return _WRITERS[self.kind](value)


@dataclass(frozen=True)
class Table:
    """Rows with their columns. `shown_rows` limits what the page shows; a download has all rows.

    `total_rows` is given where `rows` are only a part, because only a part was asked for.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[dict[str, Any]]
    shown_rows: int = 1000
    total_rows: int | None = None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows) if self.total_rows is None else self.total_rows


def to_csv(table: Table) -> bytes:
    """RFC 4180 in UTF-8 with a mark, so that spreadsheets read Vietnamese; no cell begins as a formula does."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(column.label for column in table.columns)
    for row in table.rows:
        writer.writerow(_csv_cell(row[column.key]) for column in table.columns)
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(TIMEZONE)).isoformat(timespec="seconds")
    text = str(value)
    is_text = not isinstance(value, int | float | Decimal | date)
    return f"'{text}" if is_text and text.startswith(_FORMULA_STARTS) else text


def to_xlsx(table: Table) -> bytes:
    """A workbook with a frozen, filterable head; texts are written as texts, so none is a formula.

    Rows beyond the limit of a sheet go to further sheets. The same rows give the same bytes.
    """
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001  # written as it is
        formats = {name: book.add_format({"num_format": code}) for name, code in _XLSX_FORMATS.items()}
        head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        part = _XLSX_ROWS - 1
        for number, first in enumerate(range(0, max(len(table.rows), 1), part), start=1):
            sheet = book.add_worksheet("Số liệu" if number == 1 else f"Số liệu ({number})")
            for position, column in enumerate(table.columns):
                sheet.write_string(0, position, column.label, head)
                sheet.set_column(position, position, 14 if column.kind != "text" else 30)
            rows = table.rows[first : first + part]
            for line, row in enumerate(rows, start=1):
                for position, column in enumerate(table.columns):
                    _write_cell(sheet, line, position, column, row, formats)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(len(rows), 1), len(table.columns) - 1)
    return out.getvalue()


def _write_cell(
    sheet: Any, line: int, position: int, column: Column, row: dict[str, Any], formats: dict[str, Any]
) -> None:
    value = row[column.key]
    if value is None:
        sheet.write_blank(line, position, None)
    elif isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(TIMEZONE)).replace(tzinfo=None)
        sheet.write_datetime(line, position, local, formats["instant"])
    elif isinstance(value, date):
        sheet.write_datetime(line, position, datetime(value.year, value.month, value.day), formats["date"])  # noqa: DTZ001
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        is_ratio = column.kind == "ratio" or (column.kind == "figure" and row["unit"] == vietnamese.RATIO)
        name = "ratio" if is_ratio else "count" if value == int(value) else "number"
        sheet.write_number(line, position, float(value), formats[name])
    else:
        sheet.write_string(line, position, str(value)[:32767])
