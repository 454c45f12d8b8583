"""Small export files for tests, in the formats of the source systems; a test changes only the values it is about."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import xlsxwriter
from lachan.contract import Feed
from lachan.settings import Settings

TIP = {
    "tip_id": "TB-2024-000001",
    "updated_at": "05/03/2024 09:00:00",
    "received_at": "05/03/2024 08:30",
    "channel": "Đường dây nóng",
    "reporter_group": "Người dân",
    "informant_name": "Nguyễn Thị Mẫu",
    "informant_phone": "0912 345 678",
    "informant_address": "12 ngõ Thử Nghiệm",
    "ward": "P. Đông Vệ",
    "category": "Trộm cắp tài sản",
    "content": "Có người lạ quanh khu nhà trọ",
    "verdict": "Chưa thẩm định",
}
EXTRACTION = {
    "extraction_id": "TX-2024-000001",
    "updated_at": "05/03/2024 09:00:00",
    "request_id": "YC-2024-000001",
    "requested_at": "05/03/2024 08:00",
    "camera_id": "CAM-001",
    "ward": "Phường Lam Sơn",
    "footage_from": "04/03/2024 20:00",
    "footage_to": "04/03/2024 21:00",
    "completed_at": "05/03/2024 8h45",
    "result": "Đã bàn giao",
    "officer": "CB-07",
}
SHIFT = {
    "shift_id": "CA-2024-000001",
    "updated_at": "05/03/2024 23:00:00",
    "patrol_type": "Tuần tra nhân dân",
    "ward": "Đông Hải",
    "planned_start": "05/03/2024 20:00",
    "planned_end": "05/03/2024 22:00",
    "actual_start": "05/03/2024 20h05",
    "actual_end": "05/03/2024 22h10",
    "status": "Đã thực hiện",
    "members": "NV001, NV002",
    "conflicts_resolved": "1",
}
CAMERA = {
    "camera_id": "CAM-000001",
    "ward": "Phường Đông Vệ",
    "ownership": "Hộ dân",
    "in_model": "Có",
    "status": "Hoạt động",
}
MODELS: dict[str, dict[str, str]] = {
    "tips": TIP,
    "camera_extractions": EXTRACTION,
    "patrol_rosters": SHIFT,
    "camera_register": CAMERA,
}


def row(feed: str, number: int = 1, **changes: str) -> dict[str, str]:
    """A valid row of a feed with an identifier of its own."""
    model = dict(MODELS[feed])
    key = next(iter(model))
    return {**model, key: f"{model[key][:-6]}{number:06}", **changes}


def table(feed: Feed, rows: Sequence[dict[str, str]]) -> list[list[str]]:
    """Header and rows in the order of the contract, with its Vietnamese headers; unknown keys are added as columns."""
    declared = {column.name: column.label for column in feed.columns}
    extra = [name for name in dict.fromkeys(name for each in rows for name in each) if name not in declared]
    names = [*declared, *extra]
    return [
        [declared.get(name, name) for name in names],
        *([each.get(name, "") for name in names] for each in rows),
    ]


def text(cells: Sequence[Sequence[str]], delimiter: str) -> str:
    """Cells as delimited text with Windows line ends."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(cells)
    return out.getvalue()


def encode(feed: Feed, rows: Sequence[dict[str, str]]) -> bytes:
    """An export of a feed, in the format of its source system."""
    cells = table(feed, rows)
    if feed.format == "xlsx":
        return workbook(cells, feed.sheet or "")
    return text(cells, feed.delimiter).encode("utf-16" if feed.encodings[0] == "utf-16" else "utf-8-sig")


def workbook(cells: Sequence[Sequence[Any]], sheet: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet(sheet)
        for index, line in enumerate(cells):
            page.write_row(index, 0, line)
    return out.getvalue()


NAMES = {
    "tips": "tin_bao_{}.csv",
    "camera_extractions": "trich_xuat_{}.txt",
    "patrol_rosters": "tuan_tra_{}.xlsx",
    "camera_register": "danh_muc_camera_{}.txt",
}


def with_labels(feed: Feed, column: str, labels: dict[str, str]) -> Feed:
    """The feed with further labels of a column, as after a correction of its contract."""
    columns = (replace(c, labels=c.labels | labels) if c.name == column else c for c in feed.columns)
    return replace(feed, columns=tuple(columns))


def deliver(settings: Settings, feed: Feed, content: bytes | Sequence[dict[str, str]], name: str = "20240305") -> Path:
    """Put a file into the landing zone; `name` is the date in its file name, optionally with a suffix."""
    path = settings.home / "landing" / feed.name / "2024" / "03" / NAMES[feed.name].format(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else encode(feed, content))
    return path
