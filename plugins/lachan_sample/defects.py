"""The defects that are planted in rows of the exports, with the rule and the column that the loader must report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from lachan_sample.layout import Cell, Layout, Row


@dataclass(frozen=True)
class Defect:
    """A defect of one row: the rule that it breaks, the column, and the cell that breaks the rule.

    `{year}` in a cell is replaced by the year of the export. A field_count defect has no column: its cell
    is added as one field too many, or None removes the last field. A duplicate has neither column nor cell.
    """

    rule: str
    column: str | None = None
    cell: Cell | None = None


@dataclass(frozen=True)
class Record:
    """One record of an export as written to the file, with the defect that was planted in it."""

    row: Row
    cells: tuple[Cell, ...]
    defect: Defect | None = None


LONG_TEXT = "Nội dung dài chép từ sổ trực. "

DEFECTS: dict[str, tuple[Defect, ...]] = {
    "tips": (
        Defect("format", "received_at", "31/02/{year} 08:15"),
        Defect("format", "occurred_at", "15/03/{year} 25h70"),
        Defect("required", "updated_at", ""),
        Defect("required", "content", ""),
        Defect("required", "channel", ""),
        Defect("enum", "channel", "Zalo"),
        Defect("enum", "verdict", "Chờ duyệt"),
        Defect("enum", "category", "Việc chưa có trong danh mục"),
        Defect("pattern", "tip_id", "TB/{year}/123"),
        Defect("pattern", "duplicate_of", "trùng tin hôm qua"),
        Defect("pattern", "hotline_line", "máy lẻ số 3 phòng trực ban hình sự"),
        Defect("max_length", "outcome", LONG_TEXT * 140),
        Defect("field_count", None, "thừa"),
        Defect("field_count"),
        Defect("duplicate"),
        Defect("duplicate_key", "note", "Bản ghi thứ hai của cùng một mã, nội dung khác."),
    ),
    "camera_extractions": (
        Defect("format", "footage_from", "31/04/{year} 10:00"),
        Defect("format", "case_clarified_on", "{year}.13.05"),
        Defect("required", "request_id", ""),
        Defect("required", "camera_id", ""),
        Defect("required", "result", ""),
        Defect("enum", "result", "Xong"),
        Defect("pattern", "extraction_id", "TX-24-1"),
        Defect("pattern", "request_id", "yêu cầu 12"),
        Defect("max_length", "purpose", LONG_TEXT * 70),
        Defect("pattern", "camera_id", "CAM-cổng chính bệnh viện, mắt số 2, hướng ra đường"),
        Defect("field_count", None, "thừa"),
        Defect("duplicate"),
        Defect("duplicate_key", "purpose", "Bản ghi thứ hai của cùng một mã, mục đích khác."),
    ),
    "patrol_rosters": (
        Defect("format", "conflicts_resolved", "1.028"),
        Defect("format", "planned_start", "31/02/{year} 20:00"),
        Defect("format", "actual_start", "25:10"),
        Defect("required", "planned_end", ""),
        Defect("required", "status", ""),
        Defect("enum", "patrol_type", "Tuần tra xe đạp"),
        Defect("pattern", "shift_id", "Ca số 7"),
        Defect("minimum", "traffic_violations", -1),
        Defect("maximum", "drug_cases", 100),
        Defect("max_length", "ward", LONG_TEXT * 3),
        Defect("max_length", "note", LONG_TEXT * 140),
        Defect("duplicate"),
        Defect("duplicate_key", "note", "Bản ghi thứ hai của cùng một ca, ghi chú khác."),
    ),
    "model_register": (
        Defect("format", "launched_on", "31/11/{year}"),
        Defect("required", "name", ""),
        Defect("enum", "rating", "Xuất sắc"),
        Defect("pattern", "model_id", "MH số 12"),
        Defect("duplicate"),
        Defect("duplicate_key", "host", "Một đơn vị khác, ghi ở dòng thứ hai"),
    ),
    "model_points": (
        Defect("format", "closed_on", "sau Tết"),
        Defect("required", "place_kind", ""),
        Defect("enum", "is_origin", "?"),
        Defect("pattern", "point_id", "điểm 7"),
        Defect("field_count", None, "thừa"),
        Defect("field_count"),
        Defect("duplicate"),
    ),
    "model_activities": (
        Defect("format", "occurred_on", "30/02/{year}"),
        Defect("required", "model_id", ""),
        Defect("enum", "kind", "Liên hoan"),
        Defect("pattern", "point_id", "điểm trường"),
        Defect("minimum", "participants", -3),
        Defect("field_count", None, "thừa"),
        Defect("duplicate"),
    ),
    "camera_register": (
        Defect("required", "ownership", ""),
        Defect("enum", "status", "Chập chờn"),
        Defect("pattern", "camera_id", "CAM-cổng chính bệnh viện, mắt số 2, hướng ra đường"),
        Defect("duplicate"),
    ),
    "fire_safety_register": (
        Defect("format", "launched_on", "31/06/{year}"),
        Defect("enum", "kind", "Bình chữa cháy"),
        Defect("minimum", "households", -1),
        Defect("duplicate_key", "households", 999),
    ),
    "mass_work_events": (
        Defect("format", "held_on", "31/06/{year}"),
        Defect("required", "held_on", ""),
        Defect("enum", "kind", "Hội nghị"),
        Defect("maximum", "participants", 100_000),
    ),
}


def with_defect(layout: Layout, row: Row, defect: Defect) -> Record:
    """The row with the defect planted in it."""
    cells = list(row.cells)
    cell = defect.cell.format(year=row.updated_at.year) if isinstance(defect.cell, str) else defect.cell
    if defect.column:
        cells[layout.position(defect.column)] = cell if cell is not None else ""
    elif defect.rule == "field_count":
        cells = [*cells, cell] if cell is not None else cells[:-1]
    return Record(row, tuple(cells), defect)


def plant_defect(layout: Layout, rng: Random, rows: Sequence[Row], defect: Defect) -> tuple[list[Record], Row]:
    """Plant the defect in a random row of the day, or append a duplicate of a random row.

    Returns the records of the day, and the row that was chosen. For duplicate_key, a newer state of the key must
    follow the chosen row, so that the newest states do not depend on which of the two rows is loaded; a row that
    has one is chosen if the day has such a row.
    """
    records = [Record(row, row.cells) for row in rows]
    needs_newer_state = defect.rule == "duplicate_key"
    followed = [number for number, row in enumerate(rows) if not (needs_newer_state and row.last)]
    number = rng.choice(followed or range(len(rows)))
    defective = with_defect(layout, rows[number], defect)
    if defect.rule in ("duplicate", "duplicate_key"):
        records.append(defective)
    else:
        records[number] = defective
    return records, rows[number]
