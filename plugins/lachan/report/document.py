"""A report as DOCX, by the built-in template or the office's own."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined, TemplateError

from lachan import vietnamese
from lachan.report.content import Report, ReportError
from lachan.report.office import Office
from lachan.report.template import built_in_template
from lachan.settings import TIMEZONE

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
_ZIP_TIME = (2000, 1, 1, 0, 0, 0)


def to_docx(report: Report, office: Office) -> bytes:
    """The report as DOCX; the same report and office give the same bytes. Raises ReportError for a wrong template."""
    template = DocxTemplate(io.BytesIO(_template(office)))
    try:
        template.render(_values(report, office), Environment(undefined=StrictUndefined, autoescape=True))
    except TemplateError as error:
        raise ReportError(f"the template {office.template or 'of the platform'} cannot be filled in: {error}") from None
    out = io.BytesIO()
    template.save(out)
    return _with_fixed_times(out.getvalue())


def _template(office: Office) -> bytes:
    if office.template is None:
        return built_in_template()
    try:
        content = office.template.read_bytes()
    except OSError as error:
        raise ReportError(f"the template {office.template} cannot be read: {error.strerror}") from None
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ReportError(f"the template {office.template} is no DOCX; save it as .docx in Word")
    return content


def _values(report: Report, office: Office) -> dict[str, Any]:
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
    }


def _row(figure: dict[str, Any]) -> dict[str, Any]:
    is_part = figure["breakdown_value"] != "total"
    unit = figure["unit"]
    return {
        "label": f"- {figure['breakdown_label_vi']}" if is_part else figure["label_vi"],
        "unit": unit,
        "value": vietnamese.figure(figure["value"], unit),
        "before": vietnamese.figure(figure["year_before_value"], unit),
        "change": vietnamese.change(figure["year_change"], unit, figure["year_change_percent"]),
        "figure_id": figure["figure_id"],
        "revision": figure["revision_no"],
        "publication": figure["publication_id"] or "",
    }


def written_date(day: date) -> str:
    """A date as reports write it: a zero before days below 10, and before the months 1 and 2 only."""
    month = f"{day.month:02}" if day.month <= 2 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def _with_fixed_times(content: bytes) -> bytes:
    """The same archive with one time for all its parts, so that equal parts give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, given.read(name))
    return out.getvalue()
