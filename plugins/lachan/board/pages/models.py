"""Mô hình: the models in force with their states, those without recorded activity first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lachan.board.errors import NotThere
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table
from lachan.settings import TIMEZONE

STATES = ("silent", "irregular", "unknown", "active")
"""The states of a model, in the order in which a reader should look at them."""

COLUMNS = (
    Column("model_name", "Mô hình"),
    Column("state_vi", "Tình trạng"),
    Column("reasons_vi", "Lý do cần rà soát"),
    Column("last_activity_on", "Hoạt động gần nhất", "date"),
    Column("activities_90_days", "Hoạt động 90 ngày", "number"),
    Column("share_of_norm", "So với định mức", "ratio"),
    Column("points_in_force", "Điểm", "number"),
    Column("points_without_activity", "Điểm im lặng", "number"),
    Column("rating_vi", "Xếp loại"),
    Column("kind_vi", "Loại"),
    Column("host", "Đơn vị chủ trì"),
    Column("ward_name", "Phường, xã", link="ward_page"),
    Column("launched_on", "Ra mắt", "date"),
    Column("model_id", "Mã"),
)


def view(asked: Asked) -> Page:
    """The models on the last cut-off day up to `ngay` (default: today), in the state `tinh-trang` or in any."""
    day = asked.day("ngay") or datetime.now(ZoneInfo(TIMEZONE)).date()
    state = asked.choice("tinh-trang", ("", *STATES), "")
    rows = states(asked, day)
    if not rows:
        raise NotThere(f"Chưa có đánh giá nào về các mô hình đến ngày {day:%d/%m/%Y}.")
    counts = [(each, _name(rows, each), sum(row["state"] == each for row in rows)) for each in STATES]
    shown = [row for row in rows if state in ("", row["state"])]
    values = {
        "as_of": rows[0]["as_of"],
        "day": asked.day("ngay"),
        "state": state,
        "count": len(rows),
        "counts": [(name, count, asked.here(**{"tinh-trang": key})) for key, name, count in counts if count],
        "all_page": asked.here(**{"tinh-trang": None}),
        "advice": next((row["advice_vi"] for row in rows if row["advice_vi"]), ""),
    }
    tables = [
        Table("mo-hinh", "Các mô hình", COLUMNS, shown),
        _summary("phuong-xa", "Theo phường, xã", "Phường, xã", "ward_name", rows),
        _summary("don-vi", "Theo đơn vị chủ trì", "Đơn vị chủ trì", "host", rows),
    ]
    return Page("models.html", "Mô hình", values, tables)


def states(asked: Asked, day: date) -> list[dict[str, Any]]:
    """The models on the last cut-off day up to a day, those to look at first first."""
    rows = asked.queries.rows("model_states", day=day)
    rows.sort(key=lambda row: (STATES.index(row["state"]), -(row["days_since_last_activity"] or 0), row["model_name"]))
    for row in rows:
        row["ward_page"] = asked.link(f"/phuong-xa/{row['ward_key']}") if "@" in row["ward_key"] else ""
    return rows


def _name(rows: Iterable[dict[str, Any]], state: str) -> str:
    return next((row["state_vi"] for row in rows if row["state"] == state), state)


def _summary(key: str, title: str, label: str, by: str, rows: list[dict[str, Any]]) -> Table:
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row[by] or "Không rõ"
        group = groups.setdefault(name, {"name": name, "models": 0} | dict.fromkeys(STATES, 0))
        group["models"] += 1
        group[row["state"]] += 1
    counts = sorted(groups.values(), key=lambda group: (-group["silent"], -group["models"], group["name"]))
    columns = (
        Column("name", label),
        Column("models", "Mô hình", "number"),
        *(
            Column(state, _name(rows, state), "number")
            for state in STATES
            if any(row["state"] == state for row in rows)
        ),
    )
    return Table(key, title, columns, counts)
