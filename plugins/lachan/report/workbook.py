"""A report as XLSX and as CSV: every figure, long and wide, with definitions."""

from __future__ import annotations

from typing import Any

from lachan.report import sheets
from lachan.report.content import Report
from lachan.report.sheets import ROWS_OF_A_SHEET, Sheet
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
_IN_UNIT = ("value", "year_before_value", "year_change")


def to_csv(report: Report) -> bytes:
    """The figures, one a line; no cell begins as a formula does."""
    return sheets.to_csv(LONG.values(), ([figure[key] for key in LONG] for figure in report.figures))


def to_xlsx(report: Report, rows_of_a_sheet: int = ROWS_OF_A_SHEET) -> bytes:
    """Sheets with the figures long, the totals wide by ward, and the definitions; texts are never formulas.

    The same report gives the same bytes. A table of more than `rows_of_a_sheet` is split, and a sheet says so.
    """
    long = Sheet(
        "Số liệu",
        list(LONG.values()),
        [[figure[key] for key in LONG] for figure in report.figures],
        [[figure["unit"] == RATIO and key in _IN_UNIT for key in LONG] for figure in report.figures],
        frozen=2,
    )
    rows = [[definition[key] for key in _DEFINITIONS] for definition in report.definitions]
    definitions = Sheet("Định nghĩa", list(_DEFINITIONS.values()), rows, frozen=2)
    return sheets.to_xlsx(f"Báo cáo {report.label}", [long, _wide(report), definitions], rows_of_a_sheet)


def _wide(report: Report) -> Sheet:
    totals = [figure for figure in report.figures if figure["breakdown_value"] == "total"]
    indicators = {figure["indicator_key"]: (figure["label_vi"], figure["unit"]) for figure in totals}
    wards: dict[str, tuple[str, dict[str, Any]]] = {}
    for figure in totals:
        wards.setdefault(figure["ward_key"], (figure["ward_name"], {}))[1][figure["indicator_key"]] = figure["value"]
    heads = ["Phường, xã", "Khóa đơn vị", *(label for label, _ in indicators.values())]
    rows = [[name, key, *(values.get(each) for each in indicators)] for key, (name, values) in wards.items()]
    ratios = [[False, False, *(unit == RATIO for _, unit in indicators.values())] for _ in rows]
    return Sheet("Theo phường, xã", heads, rows, ratios, frozen=2)
