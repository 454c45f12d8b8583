"""What goes wrong in exports: the defects that are planted in rows, and what the loader must say of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from lachan_sample.form import Cell, Form, Row


@dataclass(frozen=True)
class Flaw:
    """A defect of one row: the rule that it breaks, in which column, and the cell that breaks it.

    `{year}` in a text stands for the year of the export. A field_count flaw has no column: its cell
    is one field too many, or None for one too few. Duplicates have neither.
    """

    rule: str
    column: str | None = None
    cell: Cell | None = None


@dataclass(frozen=True)
class Record:
    """One record of an export as it will be written, with the flaw that was planted in it."""

    row: Row
    cells: tuple[Cell, ...]
    flaw: Flaw | None = None


LONG = "Nội dung dài chép từ sổ trực. "

FLAWS: dict[str, tuple[Flaw, ...]] = {
    "tips": (
        Flaw("format", "received_at", "31/02/{year} 08:15"),
        Flaw("format", "occurred_at", "15/03/{year} 25h70"),
        Flaw("required", "updated_at", ""),
        Flaw("required", "content", ""),
        Flaw("required", "channel", ""),
        Flaw("enum", "channel", "Zalo"),
        Flaw("enum", "verdict", "Chờ duyệt"),
        Flaw("enum", "category", "Việc chưa có trong danh mục"),
        Flaw("pattern", "tip_id", "TB/{year}/123"),
        Flaw("pattern", "duplicate_of", "trùng tin hôm qua"),
        Flaw("max_length", "hotline_line", "máy lẻ số 3 phòng trực ban hình sự"),
        Flaw("max_length", "outcome", LONG * 140),
        Flaw("field_count", None, "thừa"),
        Flaw("field_count"),
        Flaw("duplicate"),
        Flaw("duplicate_key", "note", "Bản ghi thứ hai của cùng một mã, nội dung khác."),
    ),
    "camera_extractions": (
        Flaw("format", "footage_from", "31/04/{year} 10:00"),
        Flaw("format", "case_clarified_on", "{year}.13.05"),
        Flaw("required", "request_id", ""),
        Flaw("required", "camera_id", ""),
        Flaw("required", "result", ""),
        Flaw("enum", "result", "Xong"),
        Flaw("pattern", "extraction_id", "TX-24-1"),
        Flaw("pattern", "request_id", "yêu cầu 12"),
        Flaw("max_length", "purpose", LONG * 70),
        Flaw("max_length", "camera_id", "CAM-cổng chính bệnh viện, mắt số 2, hướng ra đường"),
        Flaw("field_count", None, "thừa"),
        Flaw("duplicate"),
        Flaw("duplicate_key", "purpose", "Bản ghi thứ hai của cùng một mã, mục đích khác."),
    ),
    "patrol_rosters": (
        Flaw("format", "conflicts_resolved", "1.028"),
        Flaw("format", "planned_start", "31/02/{year} 20:00"),
        Flaw("format", "actual_start", "25:10"),
        Flaw("required", "planned_end", ""),
        Flaw("required", "status", ""),
        Flaw("enum", "patrol_type", "Tuần tra xe đạp"),
        Flaw("pattern", "shift_id", "Ca số 7"),
        Flaw("minimum", "traffic_violations", -1),
        Flaw("maximum", "drug_cases", 100),
        Flaw("max_length", "ward", LONG * 3),
        Flaw("max_length", "note", LONG * 140),
        Flaw("duplicate"),
        Flaw("duplicate_key", "note", "Bản ghi thứ hai của cùng một ca, ghi chú khác."),
    ),
    "model_register": (
        Flaw("format", "launched_on", "31/11/{year}"),
        Flaw("required", "name", ""),
        Flaw("enum", "rating", "Xuất sắc"),
        Flaw("pattern", "model_id", "MH số 12"),
        Flaw("duplicate"),
        Flaw("duplicate_key", "host", "Một đơn vị khác, ghi ở dòng thứ hai"),
    ),
    "model_points": (
        Flaw("format", "closed_on", "sau Tết"),
        Flaw("required", "place_kind", ""),
        Flaw("enum", "is_origin", "?"),
        Flaw("pattern", "point_id", "điểm 7"),
        Flaw("field_count", None, "thừa"),
        Flaw("field_count"),
        Flaw("duplicate"),
    ),
    "model_activities": (
        Flaw("format", "occurred_on", "30/02/{year}"),
        Flaw("required", "model_id", ""),
        Flaw("enum", "kind", "Liên hoan"),
        Flaw("pattern", "point_id", "điểm trường"),
        Flaw("minimum", "participants", -3),
        Flaw("field_count", None, "thừa"),
        Flaw("duplicate"),
    ),
    "camera_register": (
        Flaw("required", "ownership", ""),
        Flaw("enum", "status", "Chập chờn"),
        Flaw("max_length", "camera_id", "CAM-cổng chính bệnh viện, mắt số 2, hướng ra đường"),
        Flaw("duplicate"),
    ),
    "fire_safety_register": (
        Flaw("format", "launched_on", "31/06/{year}"),
        Flaw("enum", "kind", "Bình chữa cháy"),
        Flaw("minimum", "households", -1),
        Flaw("duplicate_key", "households", 999),
    ),
    "mass_work_events": (
        Flaw("format", "held_on", "31/06/{year}"),
        Flaw("required", "held_on", ""),
        Flaw("enum", "kind", "Hội nghị"),
        Flaw("maximum", "participants", 100_000),
    ),
}


def spoil(form: Form, row: Row, flaw: Flaw) -> Record:
    """The row with the flaw planted in it."""
    cells = list(row.cells)
    cell = flaw.cell.format(year=row.updated_at.year) if isinstance(flaw.cell, str) else flaw.cell
    if flaw.column:
        cells[form.position(flaw.column)] = cell if cell is not None else ""
    elif flaw.rule == "field_count":
        cells = [*cells, cell] if cell is not None else cells[:-1]
    return Record(row, tuple(cells), flaw)


def plant(form: Form, rng: Random, rows: Sequence[Row], flaw: Flaw) -> tuple[list[Record], Row]:
    """Spoil one of the day's rows, or add a duplicate of one at the end; the row that was hit comes back too.

    The second row of a key is planted on a state that a newer one follows, so that nothing hangs on
    which of the two a loader keeps.
    """
    records = [Record(row, row.cells) for row in rows]
    second = flaw.rule == "duplicate_key"
    number = rng.choice([number for number, row in enumerate(rows) if not (second and row.last)])
    spoiled = spoil(form, rows[number], flaw)
    if flaw.rule in ("duplicate", "duplicate_key"):
        records.append(spoiled)
    else:
        records[number] = spoiled
    return records, rows[number]
