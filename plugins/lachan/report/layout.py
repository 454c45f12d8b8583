"""Parts of the built-in templates: the layout of Nghị định 30/2020/NĐ-CP, Phụ lục I, with the tags of docxtpl."""

from __future__ import annotations

from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH as Align
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt

FONT = "Times New Roman"


def set_page(document: Any) -> None:
    """A4 with the margins, letters and page numbers of the decree."""
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


def add_head(document: Any, number: str, about: str = "") -> None:
    """Issuer and motto, number, place and date; below the number, what a letter is about."""
    table = document.add_table(rows=2, cols=2)
    set_widths(table, 65, 95)
    left, right = table.rows[0].cells
    add_line(left.paragraphs[0], "{{ office.parent }}", 12)
    add_line(left.add_paragraph(), "{{ office.issuer }}", 12, bold=True)
    add_rule(left, 20)
    add_line(right.paragraphs[0], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True)
    add_line(right.add_paragraph(), "Độc lập - Tự do - Hạnh phúc", 13, bold=True)
    add_rule(right, 17)
    left, right = table.rows[1].cells
    add_line(left.paragraphs[0], f"Số: {number}", 13)
    if about:
        add_line(left.add_paragraph(), about, 12)
    add_line(right.paragraphs[0], "{{ office.place }}, {{ date }}", 13, italic=True)


def add_signature(document: Any) -> None:
    """Recipients at the left, the signer at the right."""
    document.add_paragraph()
    table = document.add_table(rows=1, cols=2)
    set_widths(table, 80, 80)
    left, right = table.rows[0].cells
    add_line(left.paragraphs[0], "Nơi nhận:", 12, bold=True, italic=True, align=Align.LEFT)
    for text in (
        "{%p for recipient in office.recipients %}",
        "- {{ recipient }}{{ '.' if loop.last else ';' }}",
        "{%p endfor %}",
    ):
        add_line(left.add_paragraph(), text, 11, align=Align.LEFT)
    add_line(right.paragraphs[0], "{{ office.authority }}", 14, bold=True)
    add_line(right.add_paragraph(), "{{ office.post }}", 14, bold=True)
    for _ in range(4):
        right.add_paragraph()
    add_line(right.add_paragraph(), "{{ office.signer }}", 14, bold=True)


def add_table(
    document: Any, heads: tuple[str, ...], rows: str, cells: tuple[str, ...], widths: tuple[int, ...], size: int = 12
) -> None:
    """A table that repeats its head on every page, and a row for each of `rows`; widths in millimetres."""
    table = document.add_table(rows=4, cols=len(heads))
    table.style = "Table Grid"
    set_widths(table, *widths)
    for position, head in enumerate(heads):
        add_line(table.rows[0].cells[position].paragraphs[0], head, size, bold=True)
        align = Align.LEFT if position == 0 else Align.CENTER
        add_line(table.rows[2].cells[position].paragraphs[0], cells[position], size, align=align)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    table.rows[1].cells[0].text = f"{{%tr for row in {rows} %}}"
    table.rows[3].cells[0].text = "{%tr endfor %}"


def set_widths(table: Any, *millimetres: int) -> None:
    """Fixed widths of the columns of a table."""
    table.autofit = False
    for column, width in zip(table.columns, millimetres, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, millimetres, strict=True):
            cell.width = Mm(width)


def add_line(
    paragraph: Any, text: str, size: int, bold: bool = False, italic: bool = False, align: Any = Align.CENTER
) -> Any:
    """Text in an empty paragraph; returns the paragraph."""
    paragraph.alignment = align
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    return paragraph


def add_text(document: Any, text: str, bold: bool = False, italic: bool = False) -> None:
    """A paragraph of the body: justified, first line indented, 6 pt apart."""
    paragraph = add_line(document.add_paragraph(), text, 14, bold, italic, Align.JUSTIFY)
    paragraph.paragraph_format.first_line_indent = Cm(1.27)
    paragraph.paragraph_format.space_before = Pt(6)
    paragraph.paragraph_format.line_spacing = 1.15


def add_rule(place: Any, indent_millimetres: int) -> None:
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
