"""Địa danh: spellings of wards that mean no ward, and the decisions about them."""

from __future__ import annotations

from lachan.board.decisions import NO_WARD
from lachan.board.pages.operations import links
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table


def view(asked: Asked) -> Page:
    """The spellings that wait, those that were decided about, and a form for the one that `cach_viet` names."""
    rows = asked.queries.rows("ward_spellings")
    for row in rows:
        row["choose"] = asked.link("/van-hanh/dia-danh", cach_viet=row["ward_spelling"])
    waiting = [row for row in rows if not row["is_settled"]]
    decisions = asked.queries.rows("ward_alias_decisions")
    chosen = asked.text("cach_viet")
    values = {
        "links": links(asked),
        "spellings": list(
            dict.fromkeys([row["ward_spelling"] for row in rows] + [row["alias_name"] for row in decisions])
        ),
        "chosen": next((row for row in rows if row["ward_spelling"] == chosen), None),
        "wards": asked.queries.rows("known_wards"),
        "no_ward": NO_WARD,
        "may_decide": asked.reader.may_decide,
    }
    tables = [
        Table("cho-quyet-dinh", "Cách viết chưa rõ là đơn vị nào", _SPELLING_COLUMNS, waiting),
        Table("quyet-dinh", "Quyết định về địa danh", _DECISION_COLUMNS, decisions),
    ]
    return Page("spellings.html", "Địa danh", values, tables)


_SPELLING_COLUMNS = (
    Column("ward_spelling", "Cách viết", link="choose"),
    Column("row_count", "Dòng", "number"),
    Column("by_feed", "Theo nguồn"),
    Column("first_day", "Từ ngày", "date"),
    Column("last_day", "Đến ngày", "date"),
    Column("candidates_vi", "Đơn vị gợi ý"),
    Column("to_do_vi", "Việc cần làm"),
)
_DECISION_COLUMNS = (
    Column("decided_at", "Lúc", "instant"),
    Column("alias_name", "Cách viết"),
    Column("unit", "Đơn vị"),
    Column("decided_by", "Người"),
    Column("why", "Lý do"),
)
