"""Từ số đến dòng: a figure, its revisions, and the lines of the export files that it was computed from."""

from __future__ import annotations

import re
from typing import Any

from lachan.board.errors import NotThere
from lachan.board.request import Asked, Page
from lachan.board.tables import Column, Table
from lachan.vietnamese import CHANGES

LINES_ON_A_PAGE = 200
_FIGURE_ID = re.compile("[0-9a-f]{32}")


def view(asked: Asked) -> Page:
    """The figure that the address names, with a part (`trang`) of its lines. Raises NotThere."""
    figure_id = asked.parts["figure"]
    figure = asked.queries.row("figure", figure_id=figure_id) if _FIGURE_ID.fullmatch(figure_id) else None
    if figure is None:
        raise NotThere(f"Không có số liệu “{figure_id[:40]}” nào đang được công bố.")
    page = asked.page_number()
    lines, count, totals = _lines(asked, figure, page)
    is_hidden = bool(lines) and lines[0]["item"] is None  # deliveries only (create_trace_function.sql)
    lines, count = ([], 0) if is_hidden else (lines, count)
    files = asked.queries.rows("trace_files", figure_id=figure_id)
    has_denominator = figure["denominator"] is not None
    values = {
        "figure": figure,
        "indicator_page": asked.link(f"/chi-tieu/{figure['indicator_key']}", ky=figure["window_key"]),
        "is_complete": totals == (figure["numerator"], figure["denominator"] if has_denominator else 0),
        "is_hidden": is_hidden,
        "page": page,
        "pages": page_links(asked, -(-count // LINES_ON_A_PAGE)),
    }
    tables = [_line_table(lines, count, has_denominator), _file_table(files), _revision_table(asked, figure_id)]
    return Page("trace.html", f"Từ số đến dòng: {figure['label_vi']}", values, tables)


def page_links(asked: Asked, pages: int) -> list[tuple[int, str]]:
    """Number and address of each part of a long table."""
    return [(number, asked.here(trang=number)) for number in range(1, pages + 1)] if pages > 1 else []


def _lines(asked: Asked, figure: dict[str, Any], page: int) -> tuple[list[dict[str, Any]], int, tuple[int, int]]:
    """The lines that are asked for, how many there are, and what all of them add up to."""
    part: dict[str, int | None] = {"skip": (page - 1) * LINES_ON_A_PAGE, "limit": LINES_ON_A_PAGE}
    if asked.download:
        part = {"skip": 0, "limit": None}
    lines = asked.queries.rows("trace_lines", figure_id=figure["figure_id"], indicator=figure["indicator_key"], **part)
    if not lines and page > 1:
        raise NotThere(f"Bảng các dòng không có trang {page}.")
    for line in lines:
        first = f"{line['counts_from']:%d/%m/%Y}"
        line["days"] = first if str(line["counts_from"]) == line["counts_to"] else f"từ {first}"
    if not lines:
        return [], 0, (0, 0)
    totals = int(lines[0]["total_numerator"] or 0), int(lines[0]["total_denominator"] or 0)
    return lines, lines[0]["total_lines"], totals


def _line_table(lines: list[dict[str, Any]], count: int, has_denominator: bool) -> Table:
    columns = [
        Column("numerator", "Tính", "number"),
        *([Column("denominator", "Mẫu số", "number")] if has_denominator else []),
        Column("item", "Đối tượng"),
        Column("days", "Ngày"),
        Column("ward", "Phường, xã"),
        Column("part", "Phân tổ"),
        Column("path", "Tệp"),
        Column("line_no", "Dòng"),
    ]
    return Table("dong", "Các dòng", columns, lines, shown_rows=LINES_ON_A_PAGE, total_rows=count)


def _file_table(files: list[dict[str, Any]]) -> Table:
    columns = (
        Column("path", "Tệp"),
        Column("file_id", "Số trong sổ nhận"),
        Column("lines", "Số dòng", "number"),
        Column("numerator", "Tính", "number"),
        Column("loaded_at", "Đã nạp", "instant"),
    )
    return Table("tep", "Các tệp số liệu", columns, files, shown_rows=50)


def _revision_table(asked: Asked, figure_id: str) -> Table:
    rows = asked.queries.rows("figure_revisions", figure_id=figure_id)
    for row in rows:
        row["what"] = CHANGES[row["change"]]
    columns = (
        Column("revision_no", "Lần", "number"),
        Column("what", "Việc"),
        Column("old_value", "Trước", "figure"),
        Column("new_value", "Sau", "figure"),
        Column("changed_at", "Lúc", "instant"),
        Column("why", "Lý do"),
        Column("run_id", "Lượt chạy"),
        Column("login", "Tài khoản"),
    )
    return Table("lan-sua", "Các lần công bố số này", columns, rows)
