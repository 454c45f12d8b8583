"""Reports as files: what they say, how they look, and that nothing in them is taken for something else."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document
from docx.shared import Pt
from lachan import cli
from lachan.cities import read_city
from lachan.report.content import Report
from lachan.report.document import to_docx, written_date
from lachan.report.errors import ReportError
from lachan.report.office import Office, read_office
from lachan.report.template import built_in_template
from lachan.report.workbook import to_csv, to_xlsx
from lachan.settings import PROJECT, Settings

CITY = read_city(PROJECT / "dbt_project" / "cities" / "380")
OFFICE = Office("THÀNH PHỐ THANH HÓA", "Thanh Hóa", charts=())
HOSTILE = ["& < > \" '", "{{ 7 * 7 }}", "{% raise %}", "=1+1", "+1", "-1", "@A1"]


def figure(ward: str = "city", part: str = "total", **changed: Any) -> dict[str, Any]:
    return {
        "figure_id": f"{ward}{part}".encode().hex().ljust(32, "0")[:32],
        "indicator_key": "tips_received",
        "label_vi": "Số tin tiếp nhận",
        "unit": "tin",
        "ward_key": ward,
        "ward_name": "Toàn thành phố" if ward == "city" else "Đông Vệ",
        "breakdown_value": part,
        "breakdown_label_vi": "Tổng số" if part == "total" else "Đường dây nóng",
        "numerator": 1692,
        "denominator": None,
        "value": Decimal(1692),
        "year_before_value": Decimal(1600),
        "year_change": Decimal(92),
        "year_change_percent": Decimal("5.8"),
        "days_missing": 0,
        "is_complete": True,
        "revision_no": 2,
        "published_at": datetime(2025, 1, 5, 3, tzinfo=UTC),
        "publication_id": 7,
    } | changed


def report(**changed: Any) -> Report:
    values: dict[str, Any] = {
        "window_key": "calendar_year@2024-01-01",
        "label": "Năm 2024",
        "starts_on": date(2024, 1, 1),
        "ends_on": date(2024, 12, 31),
        "ward_key": "city",
        "ward_name": "Toàn thành phố",
        "topics": (("Tin của quần chúng", ("Tiếp nhận 1.692 tin.", "Có 265 tin có giá trị.")),),
        "figures": (figure(), figure(part="hotline"), figure(ward="14782@2021-02-01")),
        "definitions": ({key: key for key in (
            "indicator_key", "label_vi", "unit", "definition", "numerator", "denominator", "source"
        )},),
        "as_of": datetime(2025, 1, 5, 3, tzinfo=UTC),
        "publication_id": 7,
    }  # fmt: skip
    return Report(**values | changed)


def opened(content: bytes) -> Any:
    return Document(io.BytesIO(content))


def texts(document: Any) -> list[str]:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


def test_the_layout_is_that_of_the_decree() -> None:
    document = opened(to_docx(report(), OFFICE))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = section.top_margin, section.bottom_margin, section.left_margin, section.right_margin
    bounds = (20, 25), (20, 25), (30, 35), (15, 20)  # millimetres
    for margin, (least, most) in zip(margins, bounds, strict=True):
        assert least <= round(margin.mm, 1) <= most
    assert section.different_first_page_header_footer and "PAGE" in section.header._element.xml
    normal = document.styles["Normal"]
    assert (normal.font.name, normal.font.size) == ("Times New Roman", Pt(14))
    left, right = document.tables[0].rows[0].cells
    assert [p.text for p in left.paragraphs][:2] == ["THÀNH PHỐ THANH HÓA", "BAN CHỈ ĐẠO 138"]
    assert [p.text for p in right.paragraphs][:2] == [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
    ]
    runs = [p.runs[0] for p in (*left.paragraphs[:2], *right.paragraphs[:2])]
    assert [bool(run.bold) for run in runs] == [False, True, True, True]
    assert all(Pt(12) <= run.font.size <= Pt(14) for run in runs)
    assert document.tables[0].rows[1].cells[1].text == "Thanh Hóa, ngày 05 tháng 01 năm 2025"
    body = next(p for p in document.paragraphs if p.text == "Tiếp nhận 1.692 tin.")
    assert body.paragraph_format.first_line_indent.cm == pytest.approx(1.27, abs=0.01)
    assert body.paragraph_format.space_before >= Pt(6) and body.runs[0].font.size == Pt(14)


def test_a_report_says_its_sentences_figures_and_sources() -> None:
    office = Office(
        "THÀNH PHỐ THANH HÓA", "Thanh Hóa", charts=(), signer="Nguyễn Văn Ví Dụ", recipients=("Thường trực", "Lưu: VT")
    )
    document = opened(to_docx(report(), office))
    found = texts(document)
    assert "I. TIN CỦA QUẦN CHÚNG" in found and "Có 265 tin có giá trị." in found and "II. SỐ LIỆU" in found
    figures, sources = document.tables[1], document.tables[3]
    assert [cell.text for cell in figures.rows[1].cells] == ["Số tin tiếp nhận", "tin", "1.692", "1.600", "+92 (+5,8%)"]
    assert figures.rows[2].cells[0].text == "- Đường dây nóng"
    assert len(figures.rows) == 3, "the wards' figures are in the workbook"
    assert [cell.text for cell in sources.rows[1].cells][2:] == [figure()["figure_id"], "2", "7"]
    assert "Nguyễn Văn Ví Dụ" in found[-40:] or any("Nguyễn Văn Ví Dụ" in text for text in found)
    assert not any("{{" in text or "{%" in text for text in found)


def test_the_report_of_an_incomplete_window_says_so() -> None:
    complete = texts(opened(to_docx(report(), OFFICE)))
    incomplete = texts(opened(to_docx(report(figures=(figure(is_complete=False),)), OFFICE)))
    assert not any("chưa trọn" in text for text in complete) and any("chưa trọn" in text for text in incomplete)


def test_the_same_state_gives_the_same_bytes() -> None:
    for make in (lambda each: to_docx(each, OFFICE), to_xlsx, to_csv):
        first = make(report())
        assert make(report()) == first
        assert make(report(figures=(figure(value=Decimal(1)),))) != first


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_is_markup_a_tag_or_a_formula(value: str) -> None:
    hostile = report(topics=((value, (value,)),), figures=(figure(label_vi=value, ward_name=value),))
    found = texts(opened(to_docx(hostile, Office("THÀNH PHỐ THANH HÓA", "Thanh Hóa", charts=(), signer=value))))
    assert value in found and f"I. {value.upper()}" in found
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(hostile)))["Số liệu"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == (value, "s")
    [_, row] = csv.reader(io.StringIO(to_csv(hostile).decode("utf-8-sig")))
    assert not row[0].startswith(("=", "+", "-", "@"))


def test_the_workbook_has_figures_long_and_wide_with_definitions() -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(report())))
    assert book.sheetnames == ["Số liệu", "Theo phường, xã", "Định nghĩa"]
    assert [row[6].value for row in book["Số liệu"].iter_rows(min_row=2)] == [1692, 1692, 1692]
    assert [[cell.value for cell in row] for row in book["Theo phường, xã"].iter_rows(min_row=2)] == [
        ["Toàn thành phố", "city", 1692],
        ["Đông Vệ", "14782@2021-02-01", 1692],
    ]
    assert all(sheet.freeze_panes == "C2" for sheet in book)


def test_charts_are_pictures_with_vietnamese_numbers_and_fixed_bytes() -> None:
    wards = [figure(f"1478{n}@2021-02-01", ward_name=f"Phường {n}", value=Decimal(12000 * n)) for n in (1, 2)]
    windows = [
        {
            "window_key": f"calendar_year@{year}-01-01",
            "label": f"Năm {year}",
            "value": Decimal(year),
            "is_complete": True,
        }
        for year in (2023, 2024)
    ]
    drawn = report(figures=(figure(), *wards), trends={"indicator_key": tuple(windows)})
    for each in drawn.figures:
        each["indicator_key"] = "indicator_key"
    content = to_docx(drawn, Office("THÀNH PHỐ THANH HÓA", "Thanh Hóa", charts=("indicator_key",)))
    assert to_docx(drawn, Office("THÀNH PHỐ THANH HÓA", "Thanh Hóa", charts=("indicator_key",))) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        pictures = [archive.read(name) for name in archive.namelist() if name.startswith("word/media/")]
    assert len(pictures) == 2 and all(picture.startswith(b"\x89PNG") for picture in pictures)
    found = texts(opened(content))
    assert "III. BIỂU ĐỒ" in found
    assert [text for text in found if text.startswith("Hình ")] == [
        "Hình 1. label_vi (unit): Toàn thành phố, các kỳ gần đây",
        "Hình 2. label_vi (unit) theo phường, xã, Năm 2024",
    ]
    assert not any("BIỂU ĐỒ" in text for text in texts(opened(to_docx(drawn, OFFICE))))


def test_a_table_longer_than_a_sheet_is_split_and_said() -> None:
    rows = tuple(figure(f"{n}@2021-02-01", ward_name=f"Phường {n}", value=Decimal(n)) for n in range(7))
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(report(figures=(figure(), *rows)), rows_of_a_sheet=4)))
    names = [*(f"Số liệu ({n})" for n in (1, 2, 3)), *(f"Theo phường, xã ({n})" for n in (1, 2, 3))]
    assert book.sheetnames == [*names, "Định nghĩa", "Chia trang"]
    parts = [[row[6].value for row in book[f"Số liệu ({n})"].iter_rows(min_row=2)] for n in (1, 2, 3)]
    assert parts == [[1692, 0, 1], [2, 3, 4], [5, 6]]
    assert [book[f"Số liệu ({n})"]["A1"].value for n in (1, 2, 3)] == ["Phường, xã"] * 3
    assert "“Số liệu” có 8 dòng" in book["Chia trang"]["A2"].value and "3 trang" in book["Chia trang"]["A2"].value


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2025, 1, 5), "ngày 05 tháng 01 năm 2025"),
        (date(2025, 2, 15), "ngày 15 tháng 02 năm 2025"),
        (date(2025, 3, 9), "ngày 09 tháng 3 năm 2025"),
    ],
)
def test_a_date_has_zeros_as_the_decree_says(day: date, written: str) -> None:
    assert written_date(day) == written


def test_the_office_gives_its_own_template_and_data(tmp_path: Path) -> None:
    document = opened(built_in_template())
    document.add_paragraph("Mẫu riêng của {{ office.issuer }}")
    document.save(tmp_path / "mau.docx")
    data = "issuer: BAN RIÊNG\ntemplate: mau.docx\nlegal_bases: [Căn cứ A]\ncharts: []\n"
    (tmp_path / "office.yaml").write_text(data)
    found = texts(opened(to_docx(report(), read_office(tmp_path / "office.yaml", CITY))))
    assert "Mẫu riêng của BAN RIÊNG" in found and "Căn cứ A." in found


@pytest.mark.parametrize(
    ("data", "template", "message"),
    [
        ("issuer: [", None, "cannot be read"),
        ("isuer: x", None, "isuer; the keys are"),
        ("recipients: x", None, "must be a list"),
        ("template: mau.docx", None, "cannot be read"),
        ("template: mau.docx", "no zip", "no DOCX"),
        ("template: mau.docx", "Kính gửi {{ unknown_name }}", "at “Kính gửi {{ unknown_name }}”"),
        ("template: mau.docx", "Kính gửi {% for %}", "at “Kính gửi {% for %}”"),
        ("template: mau.docx", "{{ 1 / 0 }}", "at “{{ 1 / 0 }}”: ZeroDivisionError"),
        ("template: mau.docx", "{{ office.__class__.__mro__ }}", "access to attribute '__class__'"),
        ("template: mau.docx", "no document", "damaged DOCX"),
        ("charts: [no_indicator]", None, "no indicator 'no_indicator'"),
    ],
)
def test_a_wrong_template_or_wrong_data_are_named(
    tmp_path: Path, data: str, template: str | None, message: str
) -> None:
    (tmp_path / "office.yaml").write_text(f"{data}\ncharts: []" if template else data)
    if template == "no zip":
        (tmp_path / "mau.docx").write_text(template)
    elif template == "no document":
        with zipfile.ZipFile(tmp_path / "mau.docx", "w") as archive:
            archive.writestr("word/document.xml", "<w:document>")
    elif template is not None:
        document = Document()
        document.add_paragraph(template)
        document.save(str(tmp_path / "mau.docx"))
    with pytest.raises(ReportError) as raised:
        to_docx(report(), read_office(tmp_path / "office.yaml", CITY))
    assert message in str(raised.value)
    assert re.search("[ạảãáàđêơưộ]", raised.value.in_vietnamese), "readers of the board are told in Vietnamese"


def test_nothing_is_written_for_a_window_without_figures(
    warehouse: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.docx"
    for window in ("calendar_year@2024-01-01", "'; drop table reporting.figure_state; --"):
        assert cli.main(["report", window, "--to", str(file)]) == 2
    assert cli.main(["report", "--to", str(file)]) == 2
    assert "no figures of city are published" in capsys.readouterr().err
    assert not file.exists() and not [each for each in tmp_path.iterdir() if each.name.startswith(".tmp")]


def test_every_part_of_a_docx_has_the_same_time() -> None:
    with zipfile.ZipFile(io.BytesIO(to_docx(report(), OFFICE))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
