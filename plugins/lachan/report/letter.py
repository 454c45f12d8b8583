"""A letter to an agency: what it should deliver, deliver again or correct, as DOCX and XLSX."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from psycopg2.extras import RealDictCursor

from lachan import vietnamese
from lachan.contract import Feed
from lachan.report import faults, sheets
from lachan.report.document import written_date
from lachan.report.errors import ReportError
from lachan.report.filling import fill
from lachan.report.handouts import LONGEST_NAME, Handout
from lachan.report.letter_template import built_in_letter_template
from lachan.report.office import Office
from lachan.settings import TIMEZONE, Settings
from lachan.warehouse import connect, snapshot
from lachan.warehouse.statements import run

KINDS = ("docx", "xlsx")
ROWS_IN_LETTER = 60
"""Rows of a table in the DOCX; the XLSX has all of them."""


@dataclass(frozen=True)
class Section:
    """One thing to correct: what is asked for, and a table with its heads."""

    title: str
    request: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Letter:
    """What an agency (`agency`, the name in contracts) should correct, as of the day `on`; sections with rows only."""

    agency: str
    title: str
    on: date
    sections: tuple[Section, ...]


def agencies(feeds: Mapping[str, Feed]) -> dict[str, list[Feed]]:
    """The feeds of each agency, by the agency's name in the contracts."""
    found: dict[str, list[Feed]] = {}
    for feed in feeds.values():
        found.setdefault(feed.owner, []).append(feed)
    return dict(sorted(found.items()))


def current_letter(settings: Settings, feeds: Mapping[str, Feed], agency: str) -> Letter:
    """The letter of today, read in the role `steward`. Raises ReportError."""
    with closing(connect(settings.address("steward"), "steward")) as connection, snapshot(connection) as cursor:
        return read_letter(cursor, feeds, agency, datetime.now(ZoneInfo(TIMEZONE)).date())


def read_letter(cursor: RealDictCursor, feeds: Mapping[str, Feed], agency: str, on: date) -> Letter:
    """What an agency should correct, through a cursor of a steward. Raises ReportError for an unknown agency."""
    known = agencies(feeds)
    if agency not in known:
        names = ", ".join(known)
        raise ReportError(
            f"no contract names the agency {agency!r}; there are {names}",
            f"Không hợp đồng dữ liệu nào có đầu mối “{agency[:40]}”; có các đầu mối: {names}.",
        )
    own = {feed.name: feed for feed in known[agency]}
    files: list[Any] = run(cursor, "report/letter_files", feed_names=list(own)).fetchall()
    rows: list[Any] = run(cursor, "report/letter_rows", feed_names=list(own)).fetchall()
    found = (
        _missing(cursor, own, on),
        _files(own, [file for file in files if file["standing"] == "rejected"], is_held=False),
        _files(own, [file for file in files if file["standing"] == "held"], is_held=True),
        _rows(own, rows),
    )
    title = next(iter(own.values())).owner_title
    return Letter(agency, title, on, tuple(section for section in found if section.rows))


def _missing(cursor: RealDictCursor, own: Mapping[str, Feed], on: date) -> Section:
    rows = []
    for feed in own.values():
        found: list[Any] = run(cursor, "report/letter_missing", feed_name=feed.name, until=on).fetchall()
        for each in found:
            period = vietnamese.day(each["period_to"])
            if each["period_from"] != each["period_to"]:
                period = f"{vietnamese.day(each['period_from'])} - {period}"
            rows.append((feed.title, period, f"hạn {vietnamese.day(each['due_on'])}", (on - each["due_on"]).days))
    return Section(
        "Số liệu chưa nhận được",
        "Đề nghị gửi tệp của các kỳ sau; nếu trong kỳ không phát sinh, gửi tệp chỉ có dòng tiêu đề.",
        ("Nguồn", "Kỳ số liệu", "Hạn gửi", "Số ngày đã chậm"),
        tuple(rows),
    )


def _files(own: Mapping[str, Feed], files: Sequence[Any], is_held: bool) -> Section:
    rows = tuple(
        (
            own[file["feed"]].title,
            vietnamese.day(file["export_date"]),
            file["path"],
            f"khác thường so với các lần gửi trước ({file['why']})" if is_held else faults.of_file(file["why"]),
        )
        for file in files
    )
    heads = ("Nguồn", "Ngày số liệu", "Tệp", "Lý do")
    if is_held:
        request = (
            "Số liệu của các tệp sau khác thường nên chưa được dùng. Đề nghị kiểm tra; nếu sai, gửi lại tệp đã sửa."
        )
        return Section("Tệp bị giữ lại để xác minh", request, heads, rows)
    request = "Hệ thống không đọc được các tệp sau. Đề nghị sửa theo lý do đã nêu và gửi lại cả tệp."
    return Section("Tệp không đọc được", request, heads, rows)


def _rows(own: Mapping[str, Feed], rows: Sequence[Any]) -> Section:
    return Section(
        "Dòng sai trong tệp",
        "Các dòng sau chưa được tính vào số liệu. Đề nghị sửa tại nguồn và gửi lại cả tệp. Giá trị đã được che.",
        ("Tệp", "Dòng", "Lý do", "Giá trị (đã che)"),
        tuple(
            (
                row["path"],
                row["line_no"],
                faults.of_row(own[row["feed"]], row["reasons"]),
                faults.found(own[row["feed"]], row["reasons"], row["masked_row"]),
            )
            for row in rows
        ),
    )


def render(letter: Letter, kind: str, office: Office) -> bytes:
    """The letter as a file of one of KINDS. Raises ReportError, also if there is nothing to correct."""
    if not letter.sections:
        raise ReportError(
            f"{letter.agency} has nothing to correct: no export is missing, no file and no row waits",
            f"{letter.title} không có gì phải sửa: không thiếu tệp, không có tệp hay dòng nào bị giữ lại.",
        )
    if kind == "docx":
        values = _values(letter, office)
        return fill(built_in_letter_template(), lambda template: values)
    if kind == "xlsx":
        parts = [
            sheets.Sheet(each.title[:25], each.heads, each.rows, widths=(40, 18, 60, 60)) for each in letter.sections
        ]
        return sheets.to_xlsx(f"Số liệu cần sửa: {letter.title}", parts)
    raise ReportError(
        f"a letter can be a file that ends with .docx or .xlsx, not {kind!r}",
        f"Công văn chỉ có dạng .docx hoặc .xlsx, không có {kind!r}.",
    )


def handout(letter: Letter, kind: str, content: bytes, by: str) -> Handout:
    """What has to be noted of a letter."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Handout(by[:LONGEST_NAME], "letter", kind, datetime.now(UTC), sha256, agency=letter.agency)


def _values(letter: Letter, office: Office) -> dict[str, Any]:
    sections = [
        {
            "number": number,
            "title": f"{section.title} ({vietnamese.number(len(section.rows))})",
            "request": section.request,
            "heads": section.heads,
            "rows": [[_short(value) for value in row] for row in section.rows[:ROWS_IN_LETTER]],
            "left_out": _left_out(section),
        }
        for number, section in enumerate(letter.sections, start=1)
    ]
    day = vietnamese.day(letter.on)
    return {
        "office": office,
        "date": written_date(letter.on),
        "about": "đề nghị bổ sung, sửa số liệu",
        "agency": letter.title,
        "opening": f"Qua tổng hợp số liệu phong trào toàn dân bảo vệ an ninh Tổ quốc đến ngày {day}, đề nghị quý "
        "đơn vị kiểm tra và bổ sung, sửa các số liệu sau:",
        "sections": sections,
        "closing": "Tệp đã sửa xin gửi vào thư mục thường dùng, cùng tên hoặc thêm hậu tố. Trân trọng đề nghị quý "
        "đơn vị phối hợp thực hiện.",
    }


def _left_out(section: Section) -> str:
    left = len(section.rows) - ROWS_IN_LETTER
    return f"Còn {vietnamese.number(left)} mục; danh sách đầy đủ ở tệp XLSX kèm theo." if left > 0 else ""


def _short(value: Any) -> str:
    """A cell of the letter: of a path the file's name, and no more text than a line or two of a table can show."""
    text = str(value)
    if "/" in text and " " not in text:
        text = text.rpartition("/")[2]
    return text if len(text) <= 160 else f"{text[:159]}…"
