"""Công văn: what each agency should correct, and the letters about it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from lachan.board import handouts
from lachan.board.errors import NotThere
from lachan.board.feeds import known_feeds
from lachan.board.pages.operations import links
from lachan.board.request import Asked, File, Page
from lachan.board.tables import Column, Table
from lachan.report import letter as letters
from lachan.report.errors import ReportError
from lachan.settings import TIMEZONE


def listing(asked: Asked) -> Page:
    """The agencies with what waits for them, and the letters that were handed out."""
    feeds = known_feeds(asked.settings)
    rows = []
    for agency in letters.agencies(feeds):
        letter = _letter(asked, agency)
        counts = {section.title: len(section.rows) for section in letter.sections}
        rows.append(
            {
                "agency": agency,
                "title": letter.title,
                "page": asked.link(f"/van-hanh/cong-van/{agency}"),
                "missing": counts.get("Số liệu chưa nhận được", 0),
                "rejected": counts.get("Tệp không đọc được", 0),
                "held": counts.get("Tệp bị giữ lại để xác minh", 0),
                "rows": counts.get("Dòng sai trong tệp", 0),
            }
        )
    tables = [
        Table("dau-moi", "Đầu mối gửi số liệu", _AGENCY_COLUMNS, rows),
        handouts.letters(asked),
    ]
    return Page("operations_part.html", "Công văn gửi đầu mối", {"links": links(asked)}, tables)


def view(asked: Asked) -> Page:
    """What one agency should correct; the letter as DOCX and XLSX. Raises NotThere."""
    letter = _letter(asked, asked.parts["agency"])
    tables = [
        Table(
            f"muc-{number}",
            section.title,
            [Column(str(position), head) for position, head in enumerate(section.heads)],
            [{str(position): value for position, value in enumerate(row)} for row in section.rows],
            shown_rows=300,
        )
        for number, section in enumerate(letter.sections, start=1)
    ]
    files = {f"cong-van.{kind}": partial(_file, asked, letter, kind) for kind in letters.KINDS}
    values = {"links": links(asked), "letter": letter}
    return Page("letter.html", f"Công văn gửi {letter.title}", values, tables, files)


def _letter(asked: Asked, agency: str) -> letters.Letter:
    today = datetime.now(ZoneInfo(TIMEZONE)).date()
    try:
        return letters.read_letter(asked.queries.cursor, known_feeds(asked.settings), agency, today)
    except ReportError as error:
        raise NotThere(error.in_vietnamese) from None


def _file(asked: Asked, letter: letters.Letter, kind: str) -> File:
    from lachan.report.office import read_office

    try:
        content = letters.render(letter, kind, read_office(asked.settings.office, asked.settings.city_names))
    except ReportError as error:
        raise NotThere(f"Không lập được công văn. {error.in_vietnamese}") from None
    return File(content, letters.handout(letter, kind, content, asked.reader.name))


_AGENCY_COLUMNS = (
    Column("title", "Đầu mối", link="page"),
    Column("agency", "Mã"),
    Column("missing", "Kỳ chưa nhận", "number"),
    Column("rejected", "Tệp không đọc được", "number"),
    Column("held", "Tệp bị giữ lại", "number"),
    Column("rows", "Dòng sai", "number"),
)
