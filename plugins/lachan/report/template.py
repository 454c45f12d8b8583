"""The built-in template of a report: the layout of Nghị định 30/2020/NĐ-CP, Phụ lục I, with the tags of docxtpl."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH as Align
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt

FONT = "Times New Roman"


def built_in_template() -> bytes:
    """A DOCX that the office can edit in Word; `lachan report --template-to` writes it."""
    document = Document()
    _set_page(document)
    _head(document)
    _title(document)
    _body(document)
    _signature(document)
    _appendix(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(20)
    section.different_first_page_header_footer = True  # no number on page 1
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    number = section.header.paragraphs[0]
    number.alignment = Align.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    number._p.append(field)


def _head(document: Any) -> None:
    table = document.add_table(rows=2, cols=2)
    _widths(table, 65, 95)
    left, right = table.rows[0].cells
    _line(left.paragraphs[0], "{{ office.parent }}", 12)
    _rule(_line(left.add_paragraph(), "{{ office.issuer }}", 12, bold=True), left, 20)
    _line(right.paragraphs[0], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True)
    _rule(_line(right.add_paragraph(), "Độc lập - Tự do - Hạnh phúc", 13, bold=True), right, 17)
    left, right = table.rows[1].cells
    _line(left.paragraphs[0], "Số: {{ office.number }}", 13)
    _line(right.paragraphs[0], "{{ office.place }}, {{ date }}", 13, italic=True)


def _title(document: Any) -> None:
    document.add_paragraph()
    _line(document.add_paragraph(), "BÁO CÁO", 14, bold=True)
    _line(document.add_paragraph(), "{{ subject }}", 14, bold=True)
    _rule(None, document, 55)
    _text(document, "{%p for basis in office.legal_bases %}")
    _text(document, "{{ basis }}{{ '.' if loop.last else ';' }}", italic=True)
    _text(document, "{%p endfor %}")


def _body(document: Any) -> None:
    _text(document, "{%p for topic in topics %}")
    _text(document, "{{ topic.number }}. {{ topic.title }}", bold=True)
    _text(document, "{%p for sentence in topic.sentences %}")
    _text(document, "{{ sentence }}")
    _text(document, "{%p endfor %}")
    _text(document, "{%p endfor %}")
    _text(document, "{{ table_number }}. SỐ LIỆU", bold=True)
    heads = ("Chỉ tiêu", "Đơn vị", "Trong kỳ", "Cùng kỳ năm trước", "Thay đổi")
    cells = ("{{ row.label }}", "{{ row.unit }}", "{{ row.value }}", "{{ row.before }}", "{{ row.change }}")
    _table(document, heads, "rows", cells, (62, 22, 22, 26, 28))
    _text(document, "{%p if note %}")
    _text(document, "{{ note }}", italic=True)
    _text(document, "{%p endif %}")
    _text(document, "{%p if charts %}")
    _text(document, "{{ chart_number }}. BIỂU ĐỒ", bold=True)
    _text(document, "{%p for chart in charts %}")
    picture = _line(document.add_paragraph(), "{{ chart.picture }}", 14)
    picture.paragraph_format.keep_with_next = True
    picture.paragraph_format.space_before = Pt(6)
    _line(document.add_paragraph(), "{{ chart.caption }}", 13, italic=True)
    _text(document, "{%p endfor %}")
    _text(document, "{%p endif %}")


def _signature(document: Any) -> None:
    document.add_paragraph()
    table = document.add_table(rows=1, cols=2)
    _widths(table, 80, 80)
    left, right = table.rows[0].cells
    _line(left.paragraphs[0], "Nơi nhận:", 12, bold=True, italic=True, align=Align.LEFT)
    for text in (
        "{%p for recipient in office.recipients %}",
        "- {{ recipient }}{{ '.' if loop.last else ';' }}",
        "{%p endfor %}",
    ):
        _line(left.add_paragraph(), text, 11, align=Align.LEFT)
    _line(right.paragraphs[0], "{{ office.authority }}", 14, bold=True)
    _line(right.add_paragraph(), "{{ office.post }}", 14, bold=True)
    for _ in range(4):
        right.add_paragraph()
    _line(right.add_paragraph(), "{{ office.signer }}", 14, bold=True)


def _appendix(document: Any) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.append(numbering)
    _line(document.add_paragraph(), "Phụ lục", 14, bold=True)
    _line(document.add_paragraph(), "NGUỒN CỦA TỪNG SỐ LIỆU", 14, bold=True)
    _line(document.add_paragraph(), "(Kèm theo Báo cáo số {{ office.number }}, {{ date }})", 14, italic=True)
    heads = ("Chỉ tiêu", "Giá trị", "Mã số liệu", "Lần sửa", "Lần công bố")
    cells = ("{{ row.label }}", "{{ row.value }}", "{{ row.figure_id }}", "{{ row.revision }}", "{{ row.publication }}")
    _table(document, heads, "rows", cells, (56, 22, 50, 16, 16), size=10)


def _table(
    document: Any, heads: tuple[str, ...], rows: str, cells: tuple[str, ...], widths: tuple[int, ...], size: int = 12
) -> None:
    table = document.add_table(rows=4, cols=len(heads))
    table.style = "Table Grid"
    _widths(table, *widths)
    for position, head in enumerate(heads):
        _line(table.rows[0].cells[position].paragraphs[0], head, size, bold=True)
        align = Align.LEFT if position == 0 else Align.CENTER
        _line(table.rows[2].cells[position].paragraphs[0], cells[position], size, align=align)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    table.rows[1].cells[0].text = f"{{%tr for row in {rows} %}}"
    table.rows[3].cells[0].text = "{%tr endfor %}"


def _widths(table: Any, *millimetres: int) -> None:
    table.autofit = False
    for column, width in zip(table.columns, millimetres, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, millimetres, strict=True):
            cell.width = Mm(width)


def _line(
    paragraph: Any, text: str, size: int, bold: bool = False, italic: bool = False, align: Any = Align.CENTER
) -> Any:
    paragraph.alignment = align
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    return paragraph


def _text(document: Any, text: str, bold: bool = False, italic: bool = False) -> None:
    """A paragraph of the body: justified, first line indented, 6 pt apart."""
    paragraph = _line(document.add_paragraph(), text, 14, bold, italic, Align.JUSTIFY)
    paragraph.paragraph_format.first_line_indent = Cm(1.27)
    paragraph.paragraph_format.space_before = Pt(6)
    paragraph.paragraph_format.line_spacing = 1.15


def _rule(after: Any, place: Any, indent_millimetres: int) -> None:
    """A rule in the middle of the line below a paragraph."""
    paragraph = place.add_paragraph()
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(indent_millimetres)
    paragraph.paragraph_format.line_spacing = Pt(3)
    border = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    border.append(top)
    paragraph._p.get_or_add_pPr().append(border)
