"""Phường, xã: the list of wards, and one ward with its figures, its place among the others, and its models."""

from __future__ import annotations

from typing import Any

from lachan.board import handouts, windows
from lachan.board.areas import Area
from lachan.board.errors import NotAllowed, NotThere
from lachan.board.pages import models, overview
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table, hides


def listing(asked: Asked) -> Page:
    """All wards with figures."""
    rows = asked.queries.rows("wards")
    for row in rows:
        row["page"] = asked.link(f"/phuong-xa/{row['ward_key']}")
    columns = (
        Column("ward_name", "Phường, xã", link="page"),
        Column("ward_code", "Mã đơn vị"),
        Column("ward_key", "Khóa"),
    )
    return Page("tables.html", "Phường, xã", {}, [Table("phuong-xa", "Phường, xã", columns, rows)])


def view(asked: Asked) -> Page:
    """One ward in the window `ky`, with its report (as of `luc`) as DOCX and XLSX.

    Raises NotThere for a ward without figures, or one that the reader may not see.
    """
    key = asked.parts["ward"]
    ward = next((row for row in asked.queries.rows("wards") if row["ward_key"] == key), None)
    if ward is None:
        raise NotThere(f"Không có phường, xã “{key[:40]}”, hoặc bạn không được xem số liệu của đơn vị này.")
    area = Area(key, ward["ward_name"], may_trace=asked.role != "ward")
    found = windows.choose(asked)
    rows = overview.indicator_rows(asked, found, area)
    tables = [_table(asked, rows, found, area)]
    if asked.role != "ward":
        of_ward = [row for row in models.states(asked, found.chosen.ends_on) if row["ward_key"] == key]
        columns = [column for column in models.COLUMNS if column.key != "ward_name"]
        tables.append(Table("mo-hinh", "Mô hình trên địa bàn", columns, of_ward))
    values = {
        "windows": found,
        "area": area,
        "groups": overview.grouped(rows),
        "gaps": 0,
        "hides": hides(rows),
        "history": asked.queries.row("ward_history", ward=key),
        "downloads": list(handouts.KINDS),
    }
    at = asked.instant("luc")
    if at is not None and asked.role == "ward":
        raise NotAllowed("Tài khoản của phường, xã chỉ xem số liệu hiện hành, không xem các lần công bố trước.")
    files = handouts.of_report(asked, found.chosen.key, key, at)
    return Page("overview.html", area.name, values, [table for table in tables if table.rows], files)


def _table(asked: Asked, rows: list[dict[str, Any]], found: windows.Windows, area: Area) -> Table:
    """The figures of the ward beside those of the city, and its rank among the wards; a ward's reader has neither."""
    places = {}
    if asked.role != "ward":
        places = {
            row["indicator_key"]: row
            for row in asked.queries.rows("ward_places", window=found.chosen.key, ward=area.key)
        }
    for row in rows:
        place = places.get(row["indicator_key"], {})
        row["city_value"] = place.get("city_value")
        row["place"] = f"{place['place']}/{place['wards']}" if place.get("place") else None
    columns = (
        Column("label", "Chỉ tiêu", link="page"),
        Column("unit", "Đơn vị"),
        Column("value", area.name, "figure", "trace"),
        *(() if asked.role == "ward" else _CITY_COLUMNS),
        Column("year_before_value", "Cùng kỳ năm trước", "figure"),
        Column("days_missing", "Ngày thiếu", "number"),
    )
    return Table("chi-tieu", f"{area.name}: {found.chosen.label}", columns, rows)


_CITY_COLUMNS = (Column("city_value", "Toàn thành phố", "figure"), Column("place", "Thứ bậc"))
