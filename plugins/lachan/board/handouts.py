"""Reports as downloads of pages, and what was handed out of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from lachan.board.errors import NotThere
from lachan.board.request import Asked, File
from lachan.board.tables import Column, Table
from lachan.report.content import read_report
from lachan.report.errors import ReportError

KINDS = ("docx", "xlsx")


def of_report(
    asked: Asked, window: str, ward: str = "city", at: datetime | None = None
) -> dict[str, Callable[[], File]]:
    """The report on a window as downloads, of what this reader may see in the same snapshot as the page."""
    return {f"bao-cao.{kind}": partial(_report, asked, window, ward, at, kind) for kind in KINDS}


def _report(asked: Asked, window: str, ward: str, at: datetime | None, kind: str) -> File:
    from lachan.report import handouts  # with docxtpl, which only downloads need
    from lachan.report.files import render
    from lachan.report.office import read_office

    try:
        office = read_office(asked.settings.office, asked.settings.city_names)
        is_ward = asked.role == "ward"
        report = read_report(asked.queries.cursor, window, ward, at, office.charts, is_ward)
        content = render(report, kind, office)
    except ReportError as error:
        raise NotThere(f"Không lập được báo cáo. {error.in_vietnamese}") from None
    return File(content, handouts.of_report(report, kind, content, asked.reader.name))


def of_window(asked: Asked, window: str) -> Table:
    """The reports of a window that were handed out, each with the address at which it is made again."""
    rows = asked.queries.rows("handouts", window=window, is_cleared=asked.role != "reporter")
    for row in rows:
        row["again"] = ""
        if row["file_kind"] in KINDS:
            path = "/bao-cao" if row["ward_key"] == "city" else f"/phuong-xa/{row['ward_key']}"
            asked_for = {"ky": row["window_key"], "luc": row["as_of"].isoformat(), "tai": f"bao-cao.{row['file_kind']}"}
            row["again"] = asked.link(path, **asked_for)
    return Table("da-phat-hanh", "Đã phát hành", _COLUMNS, rows)


def letters(asked: Asked) -> Table:
    """The letters that were handed out."""
    rows = asked.queries.rows("handouts", window=None, is_cleared=True)
    return Table("da-phat-hanh", "Đã phát hành", _LETTER_COLUMNS, rows)


_LETTER_COLUMNS = (
    Column("handed_out_at", "Lúc", "instant"),
    Column("handed_out_by", "Người nhận"),
    Column("agency", "Đầu mối"),
    Column("file_kind", "Dạng"),
    Column("sha256", "SHA-256"),
)
_COLUMNS = (
    Column("handed_out_at", "Lúc", "instant"),
    Column("handed_out_by", "Người nhận"),
    Column("area", "Báo cáo của"),
    Column("file_kind", "Dạng", link="again"),
    Column("as_of", "Số liệu lúc", "instant"),
    Column("publication_id", "Lần công bố", "number"),
    Column("sha256", "SHA-256"),
)
