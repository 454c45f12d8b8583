"""The built-in template of a report: the layout of Nghị định 30/2020/NĐ-CP, Phụ lục I, with the tags of docxtpl."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from lachan.report.layout import add_head, add_line, add_rule, add_signature, add_table, add_text, set_page


def built_in_template() -> bytes:
    """A DOCX that the office can edit in Word; `lachan report --template-to` writes it."""
    document = Document()
    set_page(document)
    add_head(document, "{{ office.number }}")
    _title(document)
    _body(document)
    add_signature(document)
    _appendix(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _title(document: Any) -> None:
    document.add_paragraph()
    add_line(document.add_paragraph(), "BÁO CÁO", 14, bold=True)
    add_line(document.add_paragraph(), "{{ subject }}", 14, bold=True)
    add_rule(document, 55)
    add_text(document, "{%p for basis in office.legal_bases %}")
    add_text(document, "{{ basis }}{{ '.' if loop.last else ';' }}", italic=True)
    add_text(document, "{%p endfor %}")


def _body(document: Any) -> None:
    add_text(document, "{%p for topic in topics %}")
    add_text(document, "{{ topic.number }}. {{ topic.title }}", bold=True)
    add_text(document, "{%p for sentence in topic.sentences %}")
    add_text(document, "{{ sentence }}")
    add_text(document, "{%p endfor %}")
    add_text(document, "{%p endfor %}")
    add_text(document, "{{ table_number }}. SỐ LIỆU", bold=True)
    heads = ("Chỉ tiêu", "Đơn vị", "Trong kỳ", "Cùng kỳ năm trước", "Thay đổi")
    cells = ("{{ row.label }}", "{{ row.unit }}", "{{ row.value }}", "{{ row.before }}", "{{ row.change }}")
    add_table(document, heads, "rows", cells, (62, 22, 22, 26, 28))
    add_text(document, "{%p if note %}")
    add_text(document, "{{ note }}", italic=True)
    add_text(document, "{%p endif %}")
    add_text(document, "{%p if charts %}")
    add_text(document, "{{ chart_number }}. BIỂU ĐỒ", bold=True)
    add_text(document, "{%p for chart in charts %}")
    picture = add_line(document.add_paragraph(), "{{ chart.picture }}", 14)
    picture.paragraph_format.keep_with_next = True
    picture.paragraph_format.space_before = Pt(6)
    add_line(document.add_paragraph(), "{{ chart.caption }}", 13, italic=True)
    add_text(document, "{%p endfor %}")
    add_text(document, "{%p endif %}")


def _appendix(document: Any) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.append(numbering)
    add_line(document.add_paragraph(), "Phụ lục", 14, bold=True)
    add_line(document.add_paragraph(), "NGUỒN CỦA TỪNG SỐ LIỆU", 14, bold=True)
    add_line(document.add_paragraph(), "(Kèm theo Báo cáo số {{ office.number }}, {{ date }})", 14, italic=True)
    heads = ("Chỉ tiêu", "Giá trị", "Mã số liệu", "Lần sửa", "Lần công bố")
    cells = ("{{ row.label }}", "{{ row.value }}", "{{ row.figure_id }}", "{{ row.revision }}", "{{ row.publication }}")
    add_table(document, heads, "rows", cells, (56, 22, 50, 16, 16), size=10)
