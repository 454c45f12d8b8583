"""A report as DOCX, by the built-in template or the office's own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage

from lachan import charts, vietnamese
from lachan.report.content import Report
from lachan.report.errors import ReportError
from lachan.report.filling import fill
from lachan.report.office import Office
from lachan.report.template import built_in_template
from lachan.settings import TIMEZONE

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI")
_TREND_WIDTH, _BARS_WIDTH = Mm(155), Mm(120)


def to_docx(report: Report, office: Office) -> bytes:
    """The report as DOCX; the same report and office give the same bytes.

    Raises ReportError for a wrong template, and for a chart of an indicator that does not exist.
    """
    name = str(office.template or "")
    return fill(_template(office), lambda template: _values(report, office, template), name)


def _template(office: Office) -> bytes:
    if office.template is None:
        return built_in_template()
    try:
        return office.template.read_bytes()
    except OSError as error:
        raise ReportError(
            f"the template {office.template} cannot be read: {error.strerror}",
            f"Không đọc được mẫu {office.template}: {error.strerror}.",
        ) from None


def _values(report: Report, office: Office, template: DocxTemplate) -> dict[str, Any]:
    topics = [
        {"number": number, "title": title.upper(), "sentences": sentences}
        for number, (title, sentences) in zip(_ROMAN, report.topics, strict=False)
    ]
    of_area = "" if report.ward_key == "city" else f" của {report.ward_name}"
    published = report.published_at.astimezone(ZoneInfo(TIMEZONE)).date()
    missing = "" if report.is_complete else "Kỳ báo cáo chưa trọn hoặc còn ngày thiếu số liệu; số liệu có thể thay đổi."
    return {
        "office": office,
        "date": office.date or written_date(published),
        "subject": f"Số liệu phong trào toàn dân bảo vệ an ninh Tổ quốc{of_area}, {report.label}",
        "topics": topics,
        "table_number": _ROMAN[len(topics)],
        "rows": [_row(figure) for figure in report.own_figures],
        "note": missing,
        "chart_number": _ROMAN[len(topics) + 1],
        "charts": [
            {
                "picture": InlineImage(template, io.BytesIO(charts.png(description)), width=width),
                "caption": f"Hình {number}. {caption}",
            }
            for number, (caption, description, width) in enumerate(_charts(report, office), start=1)
        ],
    }


def _charts(report: Report, office: Office) -> Iterator[tuple[str, str, Any]]:
    """Caption, description and width of each chart: of an indicator its trend and, for the city, its wards."""
    known = {each["indicator_key"]: each for each in report.definitions}
    for key in office.charts:
        if key not in known:
            raise ReportError(
                f"no indicator {key!r} for a chart; the office's data list the charts",
                f"Không có chỉ tiêu “{key}” để vẽ biểu đồ; hãy sửa danh sách biểu đồ trong dữ liệu của văn phòng.",
            )
        label, unit = known[key]["label_vi"], known[key]["unit"]
        trend = report.trends.get(key, ())
        if sum(window["value"] is not None for window in trend) > 1:
            windows = [window | {"label": window["label"].partition(" (")[0]} for window in trend]
            description = charts.trend(windows, unit, report.window_key)
            yield f"{label} ({unit}): {report.ward_name}, các kỳ gần đây", description, _TREND_WIDTH
        wards = [
            figure | {"shown": vietnamese.figure(figure["value"], unit)}
            for figure in report.figures
            if figure["indicator_key"] == key
            and figure["breakdown_value"] == "total"
            and figure["ward_key"] != "city"
            and figure["value"] is not None  # hidden from this reader, or without a value
        ]
        if report.ward_key == "city" and len(wards) > 1:
            description = charts.ranked_bars(wards, unit, "ward_name")
            yield f"{label} ({unit}) theo phường, xã, {report.label}", description, _BARS_WIDTH


def _row(figure: dict[str, Any]) -> dict[str, Any]:
    is_part = figure["breakdown_value"] != "total"
    unit = figure["unit"]
    is_hidden = figure.get("suppressed") == "hidden"
    return {
        "label": f"- {figure['breakdown_label_vi']}" if is_part else figure["label_vi"],
        "unit": unit,
        "value": vietnamese.HIDDEN if is_hidden else vietnamese.figure(figure["value"], unit),
        "before": vietnamese.figure(figure["year_before_value"], unit),
        "change": vietnamese.change(figure["year_change"], unit, figure["year_change_percent"]),
        "figure_id": figure["figure_id"],
        "revision": figure["revision_no"] or "",
        "publication": figure["publication_id"] or "",
    }


def written_date(day: date) -> str:
    """A date as reports write it: a zero before days below 10, and before the months 1 and 2 only."""
    month = f"{day.month:02}" if day.month <= 2 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"
