"""Tổng quan: every indicator of the committee in one window."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from lachan.board import windows
from lachan.board.areas import Area, own_area
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table, hides
from lachan.vietnamese import GROUPS

SPARKLINE_WINDOWS = 12


def view(asked: Asked) -> Page:
    """The indicators of the chosen window (`ky`) for the city, or for a ward's own reader for that ward."""
    found = windows.choose(asked)
    area = own_area(asked)
    rows = indicator_rows(asked, found, area)
    tables = [_table(rows, f"{found.chosen.label}, {area.name}")]
    if asked.role != "ward" and found.chosen.kind == "year":
        tables.append(_published(asked, found.chosen.ends_on.year))
    gaps = max((row["days_missing"] for row in rows), default=0)
    values = {
        "windows": found,
        "area": area,
        "groups": grouped(rows),
        "gaps": gaps,
        "hides": hides(rows),
        "history": None,
        "downloads": [],
    }
    return Page("overview.html", "Tổng quan", values, [table for table in tables if table.rows])


def grouped(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows of indicators under the headings of their groups."""
    return [(GROUPS.get(key, key), list(of_group)) for key, of_group in groupby(rows, key=lambda row: row["group"])]


def indicator_rows(asked: Asked, found: windows.Windows, area: Area) -> list[dict[str, Any]]:
    """The indicators of an area in the chosen window, with the windows before it, in the order of their groups."""
    series = [each.key for each in found.series[-SPARKLINE_WINDOWS:]]
    by_indicator: dict[str, dict[str, dict[str, Any]]] = {}
    for figure in asked.queries.rows("area_figures", windows=series, ward=area.key):
        by_indicator.setdefault(figure["indicator_key"], {})[figure["window_key"]] = figure
    rows = []
    for indicator in asked.queries.rows("indicators"):
        of_indicator = by_indicator.get(indicator["indicator_key"], {})
        if found.chosen.key not in of_indicator:
            continue
        figure = of_indicator[found.chosen.key]
        rows.append(
            figure
            | {
                "label": indicator["label_vi"],
                "group": indicator["indicator_group"],
                "page": asked.link(
                    f"/chi-tieu/{indicator['indicator_key']}", ky=found.chosen.key, phuong=area.parameter
                ),
                "trace": area.trace_link(asked, figure["figure_id"]),
                "sparkline": [of_indicator[key]["value"] if key in of_indicator else None for key in series],
            }
        )
    order = list(GROUPS)
    rows.sort(key=lambda row: order.index(row["group"]) if row["group"] in order else len(order))
    return rows


def _table(rows: list[dict[str, Any]], title: str) -> Table:
    columns = (
        Column("indicator_key", "Mã"),
        Column("label", "Chỉ tiêu"),
        Column("unit", "Đơn vị"),
        Column("value", "Giá trị", "figure"),
        Column("numerator", "Tử số", "number"),
        Column("denominator", "Mẫu số", "number"),
        Column("year_before_value", "Cùng kỳ năm trước", "figure"),
        Column("year_change", "Thay đổi", "figure"),
        Column("days_missing", "Ngày thiếu", "number"),
        Column("figure_id", "Mã số liệu"),
    )
    return Table("chi-tieu", title, columns, rows)


def _published(asked: Asked, year: int) -> Table:
    rows = asked.queries.rows("publish/compare_with_published_year", year=year)
    for row in rows:
        row["equal"] = "khớp" if row["published"] == row["computed"] else "khác"
        for trace, figure in (("trace", "computed_id"), ("trace_administrative", "administrative_id")):
            row[trace] = asked.link(f"/so-lieu/{row[figure]}") if row[figure] else ""
    columns = (
        Column("label_vi", "Số liệu đã công bố"),
        Column("unit", "Đơn vị"),
        Column("paragraph", "Đoạn", "number"),
        Column("published", "Đã công bố", "figure"),
        Column("computed", "Năm theo lịch", "figure", "trace"),
        Column("equal", "So sánh"),
        Column("administrative", "Năm hành chính", "figure", "trace_administrative"),
        Column("reading", "Cách hiểu"),
    )
    return Table("da-cong-bo", f"Số liệu thành phố đã công bố năm {year} và số liệu tính lại", columns, rows)
