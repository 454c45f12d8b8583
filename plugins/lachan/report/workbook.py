"""A report as XLSX and as CSV: every figure, long and wide, with definitions."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from lachan.report.content import Report
from lachan.vietnamese import RATIO

LONG = {
    "ward_name": "Phường, xã",
    "ward_key": "Khóa đơn vị",
    "indicator_key": "Mã chỉ tiêu",
    "label_vi": "Chỉ tiêu",
    "breakdown_label_vi": "Phân tổ",
    "unit": "Đơn vị",
    "value": "Giá trị",
    "numerator": "Tử số",
    "denominator": "Mẫu số",
    "year_before_value": "Cùng kỳ năm trước",
    "year_change": "Thay đổi",
    "days_missing": "Ngày thiếu",
    "revision_no": "Lần sửa",
    "publication_id": "Lần công bố",
    "figure_id": "Mã số liệu",
}
_DEFINITIONS = {
    "indicator_key": "Mã chỉ tiêu",
    "label_vi": "Chỉ tiêu",
    "unit": "Đơn vị",
    "definition": "Định nghĩa",
    "numerator": "Tử số",
    "denominator": "Mẫu số",
    "source": "Nguồn",
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(report: Report) -> bytes:
    """The figures, one a line: RFC 4180 in UTF-8 with a mark; no cell begins as a formula does."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(LONG.values())
    for figure in report.figures:
        writer.writerow(_csv_cell(figure[key]) for key in LONG)
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text


def to_xlsx(report: Report) -> bytes:
    """Sheets with the figures long, the totals wide by ward, and the definitions; texts are never formulas.

    The same report gives the same bytes.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": f"Báo cáo {report.label}", "created": datetime(2000, 1, 1)})  # noqa: DTZ001
        sheets = _Sheets(book)
        sheets.add("Số liệu", list(LONG.values()), [[f[key] for key in LONG] for f in report.figures], _units(report))
        sheets.add("Theo phường, xã", *_wide(report))
        rows = [[definition[key] for key in _DEFINITIONS] for definition in report.definitions]
        sheets.add("Định nghĩa", list(_DEFINITIONS.values()), rows, [[None] * len(_DEFINITIONS) for _ in rows])
    return out.getvalue()


def _units(report: Report) -> list[list[str | None]]:
    """The unit of each cell of the long sheet; None where the cell is no value of a figure."""
    values = ("value", "year_before_value", "year_change")
    return [[figure["unit"] if key in values else None for key in LONG] for figure in report.figures]


def _wide(report: Report) -> tuple[list[str], list[list[Any]], list[list[str | None]]]:
    totals = [figure for figure in report.figures if figure["breakdown_value"] == "total"]
    indicators = {figure["indicator_key"]: (figure["label_vi"], figure["unit"]) for figure in totals}
    wards: dict[str, tuple[str, dict[str, Any]]] = {}
    for figure in totals:
        wards.setdefault(figure["ward_key"], (figure["ward_name"], {}))[1][figure["indicator_key"]] = figure["value"]
    heads = ["Phường, xã", "Khóa đơn vị", *(label for label, _ in indicators.values())]
    rows = [[name, key, *(values.get(each) for each in indicators)] for key, (name, values) in wards.items()]
    units: list[list[str | None]] = [[None, None, *(unit for _, unit in indicators.values())] for _ in rows]
    return heads, rows, units


class _Sheets:
    def __init__(self, book: Any) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {"count": "#,##0", "number": "#,##0.##", "ratio": "0.0%"}
        self._formats = {name: book.add_format({"num_format": code}) for name, code in formats.items()}

    def add(
        self, name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], units: Sequence[Sequence[str | None]]
    ) -> None:
        sheet = self._book.add_worksheet(name)
        for position, head in enumerate(heads):
            sheet.write_string(0, position, head, self._head)
        sheet.set_column(0, len(heads) - 1, 18)
        for line, (row, row_units) in enumerate(zip(rows, units, strict=True), start=1):
            for position, (value, unit) in enumerate(zip(row, row_units, strict=True)):
                self._write(sheet, line, position, value, unit)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(rows), 1), len(heads) - 1)

    def _write(self, sheet: Any, line: int, position: int, value: Any, unit: str | None) -> None:
        if value is None:
            return
        if isinstance(value, int | Decimal):
            name = "ratio" if unit == RATIO else "count" if value == int(value) else "number"
            sheet.write_number(line, position, float(value), self._formats[name])
        else:
            sheet.write_string(line, position, str(value))
