"""Numbers, dates and names as committee members read them, on the board and in reports."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from lachan.settings import TIMEZONE

RATIO = "tỷ lệ"
"""Unit of an indicator that is a ratio: its value is shown in per cent."""

CHART_NUMBERS = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", "\u00a0₫"]}
"""Vietnamese numbers for charts, as d3-format describes a locale."""

GROUPS = {
    "tips": "Tin của quần chúng",
    "camera_extractions": "Trích xuất camera",
    "camera_register": "Mắt camera",
    "patrol_rosters": "Tuần tra",
    "models": "Mô hình tự quản",
    "fire_safety_register": "Phòng cháy, chữa cháy",
    "mass_work_events": "Công tác dân vận",
    "deliveries": "Phối hợp cung cấp số liệu",
}
"""Headings of the groups of indicators, in the order in which pages show them."""

KINDS = {
    "year": "Năm",
    "nine_months": "Chín tháng",
    "half_year": "Nửa năm",
    "quarter": "Quý",
    "month": "Tháng",
    "week": "Tuần",
    "day": "Ngày",
}
"""Lengths of windows, in the order in which they are offered."""

BASES = {"calendar": "theo lịch", "administrative": "hành chính (chốt ngày 14)"}

ROLES = {"analyst": "phân tích", "reporter": "văn phòng", "steward": "quản trị số liệu", "ward": "phường, xã"}

ALERTS = {
    "missing_export": "Chưa nhận được tệp",
    "batch_held": "Tệp bị giữ lại để kiểm tra",
    "file_rejected": "Tệp không đọc được nội dung",
    "file_inaccessible": "Tệp không mở được",
    "stray_file": "Tệp đặt tên không đúng quy định",
    "contract_broken": "Hợp đồng dữ liệu bị lỗi",
    "quarantine_waiting": "Dòng bị cách ly đang chờ xử lý",
    "ward_unknown": "Tên phường, xã không nhận ra",
    "rows_implausible": "Ngày tháng không hợp lý",
    "group_held": "Nhóm chỉ tiêu chưa được công bố",
    "not_published": "Lâu chưa công bố số liệu",
    "audit_failed": "Số liệu không qua kiểm tra trước công bố",
    "disk_low": "Ổ đĩa sắp đầy",
    "key_missing": "Thiếu khóa mã hóa bút danh",
    "clock_wrong": "Đồng hồ hệ thống sai",
    "archive_off": "Chưa quyết định về kho lưu bản gốc",
    "archive_file_missing": "Kho lưu bản gốc thiếu tệp",
    "backup_old": "Chưa có bản sao lưu mới",
    "city_old": "Tỉnh chưa có số liệu mới của thành phố",
    "dag_failed": "Bước xử lý tự động bị lỗi",
    "source_stale": "Nguồn đã lâu không có số liệu mới",
}
"""Kinds of alerts (operate/alerts.py)."""

SEVERITIES = {"critical": "nghiêm trọng", "warning": "cảnh báo"}

HIDDEN = "ẩn"
"""In place of a number that a reader who is not cleared does not see (docs/privacy.md)."""

CHANGES = {"new": "công bố lần đầu", "changed": "sửa", "withdrawn": "rút"}


def number(value: Decimal | float | int | None, decimals: int | None = None) -> str:
    """A number as Vietnamese texts write it: 1.028 or 37,5; a dash where there is none."""
    if value is None:
        return "–"
    if decimals is None:
        decimals = 0 if value == int(value) else 1
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,"))


def percent(value: Decimal | float | None, decimals: int = 1) -> str:
    """A ratio in per cent, without a decimal that is zero."""
    if value is None:
        return "–"
    scaled = Decimal(str(value)) * 100
    return f"{number(scaled, 0 if scaled == int(scaled) else decimals)}%"


def figure(value: Decimal | float | None, unit: str) -> str:
    """The value of a figure by its unit."""
    return percent(value) if unit == RATIO else number(value)


def change(value: Decimal | None, unit: str, in_percent: Decimal | None = None) -> str:
    """A change against the year before: +12 (+3,4%), or points of per cent for a ratio."""
    if value is None:
        return "–"
    sign = "+" if value > 0 else "−" if value < 0 else ""
    size = abs(value)
    if unit == RATIO:
        return f"{sign}{number(size * 100, 1)} điểm %"
    text = f"{sign}{number(size)}"
    return text if in_percent is None else f"{text} ({sign}{number(abs(in_percent), 1)}%)"


def day(value: date | datetime | None) -> str:
    """A day as 05/01/2025."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(TIMEZONE))
    return f"{value:%d/%m/%Y}"


def instant(value: datetime | None) -> str:
    """An instant as 05/01/2025 14:30, local time."""
    return "–" if value is None else f"{value.astimezone(ZoneInfo(TIMEZONE)):%d/%m/%Y %H:%M}"


def age(seconds: float) -> str:
    """How long ago something was, in its largest unit: 3 giờ trước."""
    for unit, length in (("ngày", 86400), ("giờ", 3600), ("phút", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} trước"
    return "vừa xong"
