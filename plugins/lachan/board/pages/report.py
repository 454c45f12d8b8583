"""Báo cáo: the sentences of a window, and what a publication changed."""

from __future__ import annotations

from itertools import groupby

from lachan.board import handouts, windows
from lachan.board.errors import BadAddress, NotThere
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table


def view(asked: Asked) -> Page:
    """The report of the window `ky`, as published now or at the instant or day `luc`, with what was handed out of it.

    Each sentence of now leads to the lines behind its figures.
    """
    found = windows.choose(asked)
    at = asked.instant("luc")
    rows = asked.queries.rows("report/report_sentences", window=found.chosen.key, at=at)
    for row in rows:
        row["traces"] = [asked.link(f"/so-lieu/{figure_id}") for figure_id in dict.fromkeys(row["figure_ids"])]
        row["figures"] = ", ".join(dict.fromkeys(row["figure_ids"]))
    topics = [(topic, list(of_topic)) for topic, of_topic in groupby(rows, key=lambda row: row["topic_vi"])]
    figures = asked.queries.rows("window_figures", window=found.chosen.key, at=at)
    for figure in figures:
        figure["trace"] = asked.link(f"/so-lieu/{figure['figure_id']}") if at is None else ""
    tables = [
        Table("cau", "Các câu của báo cáo", _SENTENCE_COLUMNS, rows),
        Table("so-lieu", f"Số liệu của báo cáo: {found.chosen.label}", _FIGURE_COLUMNS, figures),
        handouts.of_window(asked, found.chosen.key),
    ]
    values = {"windows": found, "topics": topics, "at": at}
    return Page("report.html", "Báo cáo", values, tables, handouts.of_report(asked, found.chosen.key, at=at))


def publications(asked: Asked) -> Page:
    """All publications; with `tu` and `den`, the city's figures of the window `ky` that differ between the two."""
    rows = asked.queries.rows("publications")
    if not rows:
        raise NotThere("Chưa có lần công bố nào.")
    known = [row["publication_id"] for row in rows]
    first, last = _publication(asked, "tu", known), _publication(asked, "den", known)
    if first is not None and last is not None and first > last:
        raise BadAddress("Lần công bố “tu” phải trước lần công bố “den”.")
    found = windows.choose(asked)
    for row in rows:
        row["groups"] = ", ".join(row["groups_published"])
        row["held"] = ", ".join(row["groups_held"])
        earlier = [each for each in known if each < row["publication_id"]]
        before = max(earlier) if earlier else 0
        row["page"] = asked.link("/bao-cao/cong-bo", tu=before, den=row["publication_id"], ky=found.chosen.key)
    tables = [Table("cong-bo", "Các lần công bố", _PUBLICATION_COLUMNS, rows)]
    if first is not None and last is not None:
        changes = asked.queries.rows("changes_between", first=first, last=last, window=found.chosen.key)
        for row in changes:
            row["trace"] = asked.link(f"/so-lieu/{row['figure_id']}")
        tables.insert(
            0, Table("thay-doi", f"Số liệu khác nhau giữa lần {first} và lần {last}", _CHANGE_COLUMNS, changes)
        )
    return Page("publications.html", "Các lần công bố", {"windows": found, "first": first, "last": last}, tables)


def _publication(asked: Asked, name: str, known: list[int]) -> int | None:
    value = asked.key(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and (int(value) in known or (name == "tu" and int(value) == 0))):
        raise NotThere(f"Không có lần công bố “{value}”.")
    return int(value)


_SENTENCE_COLUMNS = (
    Column("position", "Thứ tự", "number"),
    Column("topic_vi", "Mục"),
    Column("sentence_vi", "Câu"),
    Column("figures", "Mã các số liệu"),
)
_FIGURE_COLUMNS = (
    Column("label_vi", "Chỉ tiêu"),
    Column("breakdown_label_vi", "Phân tổ"),
    Column("unit", "Đơn vị"),
    Column("value", "Giá trị", "figure", "trace"),
    Column("numerator", "Tử số", "number"),
    Column("denominator", "Mẫu số", "number"),
    Column("year_before_value", "Cùng kỳ năm trước", "figure"),
    Column("year_change", "Thay đổi", "figure"),
    Column("days_missing", "Ngày thiếu", "number"),
    Column("revision_no", "Lần sửa", "number"),
    Column("figure_id", "Mã số liệu"),
)
_PUBLICATION_COLUMNS = (
    Column("publication_id", "Lần", "number", "page"),
    Column("published_at", "Lúc", "instant"),
    Column("why", "Lý do"),
    Column("figures", "Số liệu mới hoặc đổi", "number"),
    Column("groups", "Nhóm đã công bố"),
    Column("held", "Nhóm bị giữ lại"),
    Column("login", "Tài khoản"),
    Column("run_id", "Lượt chạy"),
)
_CHANGE_COLUMNS = (
    Column("label_vi", "Chỉ tiêu"),
    Column("ward_name", "Phường, xã"),
    Column("breakdown_label_vi", "Phân tổ"),
    Column("unit", "Đơn vị"),
    Column("old_value", "Trước", "figure"),
    Column("new_value", "Sau", "figure", "trace"),
    Column("changed_at", "Lúc", "instant"),
    Column("why", "Lý do"),
)
