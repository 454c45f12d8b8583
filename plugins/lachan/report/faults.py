"""What is wrong with files and rows, in the words of docs/exports.md, the page for agencies."""

from __future__ import annotations

from typing import Any

from lachan.contract.feed import Column, Feed

FILES = {
    "file_name": "tên tệp không đúng mẫu hoặc không có ngày: đổi tên",
    "empty_file": "tệp hoặc trang tính không có gì: kết xuất lại",
    "too_large": "tệp (hoặc phần đã giải nén) vượt giới hạn của hợp đồng: chia nhỏ",
    "encoding": "bảng mã không có trong hợp đồng, hoặc một cột đã bị chuyển mã sai; thông báo nêu bảng mã có thể và "
    "dòng: kết xuất UTF-8",
    "not_csv": "không phải văn bản (tệp Excel, PDF, HTML, tệp nén) hoặc không tách được thành ô",
    "no_header": "dòng đầu trống hoặc không đọc được: tiêu đề phải ở dòng đầu",
    "unknown_header": "không có tiêu đề nào của nguồn này, hoặc có cột không tên",
    "duplicate_header": "hai cột cùng tiêu đề",
    "missing_column": "thiếu cột bắt buộc",
    "wrong_delimiter": "dấu phân cách khác hợp đồng",
    "wrong_feed": "đây là tệp của nguồn khác: để vào đúng thư mục",
    "unclosed_quote": "dấu nháy mở mà không đóng, từ dòng được nêu",
    "not_xlsx": "không phải sổ tính .xlsx (tệp .xls cũ, có mật khẩu, hỏng): mở ra và lưu lại thành .xlsx",
    "missing_sheet": "không có trang tính mang tên trong hợp đồng, hoặc có hai trang cùng tên",
    "not_packed": "tệp nén hỏng, sai kiểu, hoặc chứa nhiều tệp",
    "reader_failed": "lỗi của bộ đọc: gửi tệp cho người vận hành",
}
"""Why a file was rejected, by the rule with which ops.export_file.reason begins."""

ROWS = {
    "identity": "có họ tên, số điện thoại, số định danh, biển số hoặc tài khoản của người ở cột không dành cho việc "
    "đó; cả tệp bị giữ lại cho đến khi có người quyết định",
    "field_count": "số ô của dòng khác số cột",
    "required": "thiếu giá trị bắt buộc",
    "format": "ngày, giờ hoặc số không đúng dạng; cả ngày giờ không có thật như 31/02/2024, 23:59:60",
    "enum": "nhãn không có trong hợp đồng",
    "pattern": "mã không đúng mẫu",
    "item": "trong danh sách có phần tử không đúng mẫu, ví dụ tách bằng dấu khác",
    "max_items": "danh sách hoặc văn bản quá dài",
    "max_length": "danh sách hoặc văn bản quá dài",
    "minimum": "số nhỏ hoặc lớn quá mức cho phép",
    "maximum": "số nhỏ hoặc lớn quá mức cho phép",
    "duplicate_key": "hai dòng khác nhau cùng mã và cùng lúc cập nhật",
    "nul": "có ký tự NUL",
    "cell_error": "ô Excel lỗi (#N/A, #REF!) hoặc công thức chưa được tính",
    "cell_precision": "số quá 15 chữ số, Excel đã làm tròn: nhập dạng văn bản",
    "cell_date": "ô ngày trong cột văn bản, hiển thị theo cách không đọc lại được",
    "merged_cells": "ô gộp qua nhiều cột",
}
"""Why a row was quarantined, by the rule of the reason."""


def of_file(reason: str | None) -> str:
    """The reason of a rejected file: what it means, and what the reader reported."""
    rule, _, detail = (reason or "").partition(": ")
    return f"{FILES[rule]} ({detail})" if rule in FILES else reason or ""


def of_row(feed: Feed, reasons: list[dict[str, Any]]) -> str:
    """The reasons of a quarantined row, with the headers of the contract; what was found is masked."""
    columns = {column.name: column for column in feed.columns}
    return "; ".join(_of_value(feed, columns.get(each["column"]), each) for each in reasons)


def found(feed: Feed, reasons: list[dict[str, Any]], masked: dict[str, str]) -> str:
    """The masked values by which an agency finds the record: its key, and what is wrong; all where it is not parted."""
    labels = {column.name: column.label for column in feed.columns}
    wanted = {*feed.key, *(each["column"] for each in reasons)}
    values = {name: value for name, value in masked.items() if name in wanted} or masked
    text = ", ".join(f"{labels[name]}: {value}" if name in labels else value for name, value in values.items())
    return text.replace(" characters)", " ký tự)")


def _of_value(feed: Feed, column: Column | None, reason: dict[str, Any]) -> str:
    meaning = ROWS.get(reason["rule"], reason["rule"])
    if column is None:
        return f"{reason['column']}: {meaning}" if reason["column"] else meaning
    needed = _needed(feed, column, reason["rule"])
    return f"{column.label}: {meaning}{f'; cần {needed}' if needed else ''}"


def _needed(feed: Feed, column: Column, rule: str) -> str:
    """What the contract demands; empty where the meaning of the rule says it."""
    match rule:
        case "enum":
            return f"một trong: {', '.join(column.labels)}"
        case "format" if column.type in ("date", "timestamp"):
            return " hoặc ".join(feed.timestamp_formats if column.type == "timestamp" else feed.date_formats)
        case "minimum":
            return f"từ {column.minimum} trở lên"
        case "maximum":
            return f"không quá {column.maximum}"
        case "max_length":
            return f"không quá {column.max_length} ký tự"
        case "max_items":
            return f"không quá {column.max_items} phần tử"
    return ""
