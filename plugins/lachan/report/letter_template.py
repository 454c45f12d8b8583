"""The built-in template of a letter to an agency: the layout of Nghị định 30/2020/NĐ-CP, with the tags of docxtpl."""

from __future__ import annotations

import io

from docx import Document
from docx.shared import Pt

from lachan.report.layout import add_head, add_line, add_signature, add_table, add_text, set_page

_CELLS = ("{{ row[0] }}", "{{ row[1] }}", "{{ row[2] }}", "{{ row[3] }}")
_HEADS = ("{{ section.heads[0] }}", "{{ section.heads[1] }}", "{{ section.heads[2] }}", "{{ section.heads[3] }}")


def built_in_letter_template() -> bytes:
    """A DOCX for letters, in which each section has a table of four columns."""
    document = Document()
    set_page(document)
    add_head(document, "{{ office.letter_number }}", "V/v {{ about }}")
    to = add_line(document.add_paragraph(), "Kính gửi: {{ agency }}", 14)
    to.paragraph_format.space_before = to.paragraph_format.space_after = Pt(12)
    add_text(document, "{{ opening }}")
    add_text(document, "{%p for section in sections %}")
    add_text(document, "{{ section.number }}. {{ section.title }}", bold=True)
    add_text(document, "{{ section.request }}")
    add_table(document, _HEADS, "section.rows", _CELLS, (46, 30, 52, 32), size=11)
    add_text(document, "{%p if section.left_out %}")
    add_text(document, "{{ section.left_out }}", italic=True)
    add_text(document, "{%p endif %}")
    add_text(document, "{%p endfor %}")
    add_text(document, "{{ closing }}")
    add_signature(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
