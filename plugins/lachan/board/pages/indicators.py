"""Chỉ tiêu: the catalogue, and one indicator with its definition, trend, wards and parts, as of any day."""

from __future__ import annotations

from typing import Any

from lachan import vietnamese
from lachan.board import charts, geography, windows
from lachan.board.areas import Area, chosen_area
from lachan.board.errors import NotAllowed, NotThere
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table, hides
from lachan.report.instants import end_of_day
from lachan.vietnamese import GROUPS


def catalogue(asked: Asked) -> Page:
    """All indicators with their definitions."""
    rows = asked.queries.rows("indicators")
    order = list(GROUPS)
    rows.sort(key=lambda row: order.index(row["indicator_group"]) if row["indicator_group"] in order else len(order))
    for row in rows:
        row["group"] = GROUPS.get(row["indicator_group"], row["indicator_group"])
        row["page"] = asked.link(f"/chi-tieu/{row['indicator_key']}")
    columns = (
        Column("label_vi", "Chỉ tiêu", link="page"),
        Column("unit", "Đơn vị"),
        Column("definition", "Định nghĩa"),
        Column("group", "Nhóm"),
        Column("source", "Nguồn định nghĩa"),
        Column("indicator_key", "Mã"),
    )
    return Page("tables.html", "Chỉ tiêu", {}, [Table("danh-muc", "Danh mục chỉ tiêu", columns, rows)])


def view(asked: Asked) -> Page:
    """One indicator in the window `ky`, for the area `phuong`, as it was published at the end of the day `ngay`."""
    indicator = _indicator(asked)
    found = windows.choose(asked)
    area = chosen_area(asked)
    day = asked.day("ngay")
    if day is not None and asked.role == "ward":
        raise NotAllowed("Tài khoản của phường, xã chỉ xem số liệu hiện hành, không xem các lần công bố trước.")
    figures = asked.queries.rows(
        "indicator_figures",
        indicator=indicator["indicator_key"],
        window=found.chosen.key,
        windows=[each.key for each in found.series],
        ward=area.key,
        at=end_of_day(day) if day else None,
    )
    for figure in figures:
        is_hidden = figure["suppressed"] == "hidden"
        figure["shown"] = vietnamese.HIDDEN if is_hidden else vietnamese.figure(figure["value"], figure["unit"])
        figure["trace"] = area.trace_link(asked, figure["figure_id"])
    in_window = [figure for figure in figures if figure["window_key"] == found.chosen.key]
    of_area = [figure for figure in in_window if figure["ward_key"] == area.key]
    totals = [figure for figure in of_area if figure["breakdown_value"] == "total"]
    parts = [figure for figure in of_area if figure["breakdown_value"] != "total"]
    wards = [figure for figure in in_window if figure["ward_key"] != "city" and figure["breakdown_value"] == "total"]
    wards.sort(key=lambda row: (-(row["value"] if row["value"] is not None else -1), row["ward_name"]))
    trend = _trend(figures, found, area)
    for figure in wards:
        figure["page"] = asked.here(phuong=figure["ward_key"]) if figure["ward_code"] else ""
    unit = indicator["unit"]
    placed, unplaced = geography.on_grid([figure for figure in wards if figure["ward_code"]])
    drawn, map_error = geography.on_map(asked.settings.ward_geometry, wards)
    values = {
        "indicator": indicator | {"group": GROUPS.get(indicator["indicator_group"], indicator["indicator_group"])},
        "windows": found,
        "area": area,
        "day": day,
        "figure": totals[0] if totals else None,
        "wards": [figure for figure in wards if figure["ward_code"]],
        "trend_chart": charts.trend(trend, unit, found.chosen.key) if len(trend) > 1 else "",
        "ward_chart": charts.ranked_bars(wards, unit, "ward_name") if len(wards) > 1 else "",
        "tiles": charts.tiles(placed, "ward_name") if len(placed) > 1 else "",
        "unplaced": [figure["ward_name"] for figure in unplaced] if len(placed) > 1 else [],
        "map": charts.areas(drawn),
        "map_error": map_error,
        "hides": hides(figures),
        "part_chart": charts.ranked_bars(parts, unit, "breakdown_label_vi") if len(parts) > 1 else "",
    }
    tables = [_ward_table(wards, found), _part_table(parts, area), _trend_table(trend, area)]
    return Page("indicator.html", indicator["label_vi"], values, [table for table in tables if len(table.rows) > 1])


def _indicator(asked: Asked) -> dict[str, Any]:
    for row in asked.queries.rows("indicators"):
        if row["indicator_key"] == asked.parts["indicator"]:
            return row
    raise NotThere(f"Không có chỉ tiêu “{asked.parts['indicator']}”. Trang Chỉ tiêu liệt kê mọi chỉ tiêu.")


def _trend(figures: list[dict[str, Any]], found: windows.Windows, area: Area) -> list[dict[str, Any]]:
    of_area = {
        figure["window_key"]: figure
        for figure in figures
        if figure["ward_key"] == area.key and figure["breakdown_value"] == "total"
    }
    return [of_area[each.key] for each in found.series if each.key in of_area]


_FIGURE_COLUMNS = (
    Column("value", "Giá trị", "figure", "trace"),
    Column("numerator", "Tử số", "number"),
    Column("denominator", "Mẫu số", "number"),
    Column("year_before_value", "Cùng kỳ năm trước", "figure"),
    Column("days_missing", "Ngày thiếu", "number"),
    Column("revision_no", "Lần sửa", "number"),
    Column("published_at", "Công bố", "instant"),
)


def _ward_table(rows: list[dict[str, Any]], found: windows.Windows) -> Table:
    columns = (Column("ward_name", "Phường, xã", link="page"), Column("ward_code", "Mã đơn vị"), *_FIGURE_COLUMNS)
    return Table("phuong-xa", f"Theo phường, xã: {found.chosen.label}", columns, rows)


def _part_table(rows: list[dict[str, Any]], area: Area) -> Table:
    columns = (Column("breakdown_label_vi", "Phân tổ"), *_FIGURE_COLUMNS)
    return Table("phan-to", f"Theo phân tổ: {area.name}", columns, rows)


def _trend_table(rows: list[dict[str, Any]], area: Area) -> Table:
    columns = (Column("label", "Kỳ"), *_FIGURE_COLUMNS)
    return Table("dien-bien", f"Diễn biến: {area.name}", columns, rows)
