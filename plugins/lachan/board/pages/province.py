"""Toàn tỉnh: the cities of a province side by side in one window, with the sums, and the age of each city's figures."""

from __future__ import annotations

from typing import Any

from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table
from lachan.board.windows import choose
from lachan.province.side_by_side import Line, side_by_side


def view(asked: Asked) -> Page:
    """All indicators of the window `ky` (default: the last complete calendar month)."""
    windows = choose(asked, asked.queries.rows("province/windows"))
    cities = asked.queries.rows("province/states")
    lines = side_by_side(asked.queries.rows, windows.chosen.key)
    shown = {code for line in lines for code in line.by_city}
    columns = [
        Column("label", "Chỉ tiêu"),
        Column("unit", "Đơn vị tính"),
        *(Column(city["city_code"], city["name_vi"], "figure") for city in cities if city["city_code"] in shown),
        Column("total", "Toàn tỉnh", "figure"),
        Column("note", "Ghi chú"),
    ]
    for city in cities:
        city["board"] = asked.link(f"/{city['city_code']}/")
        city["state"] = "không đọc được ở lần thu thập gần nhất" if city["is_away"] else ""
    tables = [
        Table("toan-tinh", windows.chosen.label, columns, [_row(line, shown) for line in lines]),
        Table("thanh-pho", "Các thành phố", _CITIES, cities),
    ]
    hides = any(
        each["value"] is None and each["shown_as"] == "hidden" for line in lines for each in line.by_city.values()
    )
    return Page("province.html", "Toàn tỉnh", {"windows": windows, "hides": hides}, tables)


_CITIES = (
    Column("name_vi", "Thành phố", link="board"),
    Column("published_at", "Công bố lần cuối", "instant"),
    Column("collected_at", "Thu thập lần cuối", "instant"),
    Column("state", "Tình trạng"),
)


def _row(line: Line, cities: set[str]) -> dict[str, Any]:
    row = {"label": line.label_vi, "unit": line.unit, "total": line.total, "note": line.no_total_vi}
    for code in cities:
        figure = line.by_city.get(code, {})
        row |= {code: figure.get("value"), f"{code} shown as": figure.get("shown_as")}
    return row
