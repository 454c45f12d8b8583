"""Workbooks as offices save them: typed cells, errors, formulas, merged and hidden cells, damaged packages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from lachan.contract import Feed
from lachan.load.decode import Batch, UnreadableFile, open_export
from openpyxl.worksheet.worksheet import Worksheet

MOMENT = datetime(2024, 3, 5, 20, 0, 12)  # noqa: DTZ001 (cells have no time zone)
NAMES = ("shift_id", "ward", "planned_start", "conflicts_resolved", "note")


@pytest.fixture(scope="module")
def feed(feeds: dict[str, Feed]) -> Feed:
    """Patrol rosters with five columns, none of them required."""
    columns = {column.name: column for column in feeds["patrol_rosters"].columns}
    return replace(feeds["patrol_rosters"], columns=tuple(replace(columns[name], required=False) for name in NAMES))


@pytest.fixture(scope="module")
def dated(feeds: dict[str, Feed]) -> Feed:
    """The register of models with two columns: a key and a date."""
    columns = {column.name: column for column in feeds["model_register"].columns}
    wanted = tuple(replace(columns[name], required=False) for name in ("model_id", "launched_on"))
    return replace(feeds["model_register"], columns=wanted)


def saved(feed: Feed, change: Callable[[Worksheet], object], title: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title or feed.sheet or ""
    sheet.append([column.label for column in feed.columns])
    change(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(feed: Feed, data: bytes) -> tuple[Batch, list[str]]:
    export = open_export(io.BytesIO(data), len(data), feed)
    [batch] = export.batches
    return batch, export.warnings + export.notes


def texts(feed: Feed, change: Callable[[Worksheet], object]) -> list[tuple[Any, ...]]:
    batch, _ = read(feed, saved(feed, change))
    assert not batch.malformed and not batch.broken
    return batch.text.rows()


def reasons(feed: Feed, data: bytes) -> list[tuple[int, str, str, str]]:
    return [
        (each.line, *(reason[i] for i in (0, 1, 3))) for each in read(feed, data)[0].broken for reason in each.reasons
    ]


def cell(address: str, value: object, number_format: str = "General") -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        sheet["A2"] = "CA1"
        sheet[address] = value
        sheet[address].number_format = number_format

    return change


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (MOMENT.replace(microsecond=340_000), "dd/mm/yyyy hh:mm:ss", "05/03/2024 20:00:12"),
        (MOMENT.replace(microsecond=900_000), "dd/mm/yyyy hh:mm", "05/03/2024 20:00:13"),
        (date(2024, 3, 5), "dd/mm/yyyy", "05/03/2024 00:00:00"),
    ],
)
def test_a_moment_is_written_as_the_contract_declares(
    feed: Feed, value: object, number_format: str, expected: str
) -> None:
    assert texts(feed, cell("C2", value, number_format))[0][2] == expected


@pytest.mark.parametrize("number_format", ["dd/mm/yyyy", "mm-dd-yy", "d-mmm-yy", "[$-42A]dd mmmm yyyy"])
def test_a_day_is_a_day_however_it_is_shown(dated: Feed, number_format: str) -> None:
    assert texts(dated, cell("B2", date(2023, 2, 1), number_format)) == [("CA1", "01/02/2023")]


def test_the_time_of_a_day_counts_only_if_it_is_shown(dated: Feed) -> None:
    assert texts(dated, cell("B2", MOMENT, "dd/mm/yyyy")) == [("CA1", "05/03/2024")]
    assert texts(dated, cell("B2", MOMENT, "dd/mm/yyyy hh:mm")) == [("CA1", "05/03/2024 20:00")]


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (123, "00000", "00123"),
        (7, '"NV"000', "NV007"),
        (123, "General", "123"),
        (123.0, "0", "123"),
        (0.1 + 0.2, "General", "0.3"),
        (True, "General", "true"),
        (date(2024, 3, 5), "dd/mm/yyyy", "05/03/2024"),
        (date(2024, 3, 5), "d/m/yy", "5/3/24"),
        (date(2024, 3, 5), "mm-dd-yy", "05/03/2024"),
        (time(8, 5), "hh:mm", "08:05"),
        ("dòng 1_x000D_\ndòng 2", "General", "dòng 1\r\ndòng 2"),
    ],
)
def test_a_text_column_has_what_is_shown(feed: Feed, value: object, number_format: str, expected: str) -> None:
    assert texts(feed, cell("E2", value, number_format))[0][4] == expected


@pytest.mark.parametrize(
    ("value", "number_format", "rule", "found"),
    [
        ("#N/A", "General", "cell_error", "#N/A in D2"),
        ("#REF!", "General", "cell_error", "#REF! in D2"),
        ("=1+1", "General", "cell_error", "a formula without a value in D2"),
        (10**15, "General", "cell_precision", "a longer number in D2"),
        (9_999_999, "dd/mm/yyyy", "cell_error", "#VALUE! in D2"),
    ],
)
def test_a_cell_without_a_usable_value_breaks_its_record(
    feed: Feed, value: object, number_format: str, rule: str, found: str
) -> None:
    assert reasons(feed, saved(feed, cell("D2", value, number_format))) == [(2, "conflicts_resolved", rule, found)]


def test_a_date_that_a_text_column_shows_in_words_breaks_its_record(feed: Feed) -> None:
    """Excel makes a date of a code such as 3-24, and shows it as Mar-24."""
    found = reasons(feed, saved(feed, cell("E2", date(2024, 3, 1), "mmm-yy")))
    assert found == [(2, "note", "cell_date", "a date shown as mmm-yy in E2")]


def test_a_formula_that_gives_an_empty_text_has_a_value(feed: Feed) -> None:
    data = saved(feed, cell("D2", "=1+1"))
    computed = replaced(data, b'<c r="D2"><f>1+1</f><v /></c>', b'<c r="D2" t="str"><f>IF(1,"")</f><v></v></c>')
    assert computed != data and reasons(feed, data) and not reasons(feed, computed)


def test_merged_cells_of_a_column_have_their_value_in_every_row(feed: Feed) -> None:
    def change(sheet: Worksheet) -> None:
        for row in range(2, 6):
            sheet.append([f"CA{row}", "Lam Sơn" if row < 5 else "Đông Vệ"])
        sheet.merge_cells("B2:B4")

    batch, warnings = read(feed, saved(feed, change))
    assert batch.text["ward"].to_list() == ["Lam Sơn", "Lam Sơn", "Lam Sơn", "Đông Vệ"]
    assert "merged cells: every row of B2:B4 has their value" in warnings


def test_rows_that_only_merged_cells_reach_are_records(feed: Feed) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.append(["CA2", "Lam Sơn"])
        sheet["A9"] = "CA9"

    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="B2:B5"/></mergeCells>'
    batch, _ = read(feed, replaced(saved(feed, change), b"</sheetData>", merged))
    assert batch.lines.to_list() == [2, 3, 4, 5, 9]
    assert batch.text["ward"].to_list() == ["Lam Sơn"] * 4 + [None]


def test_what_merged_cells_cover_is_not_read(feed: Feed) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.append(["CA2", "Lam Sơn", None, 1, "thấy"])
        sheet.append(["CA3", "bị che"])

    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'
    batch, _ = read(feed, replaced(saved(feed, change), b"</sheetData>", merged))
    assert batch.text["ward"].to_list() == ["Lam Sơn", "Lam Sơn"]


def test_a_long_sheet_is_read_in_batches(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lachan.load.decode.workbook.BATCH_ROWS", 3)

    def change(sheet: Worksheet) -> None:
        for row in range(2, 10):
            sheet.append([f"CA{row}", "Lam Sơn" if row == 3 else None])
        sheet.merge_cells("B3:B7")
        sheet.row_dimensions[9].hidden = True

    data = saved(feed, change)
    export = open_export(io.BytesIO(data), len(data), feed)
    batches = list(export.batches)
    assert [batch.lines.to_list() for batch in batches] == [[2, 3, 4], [5, 6, 7], [8, 9]]
    wards = [ward for batch in batches for ward in batch.text["ward"]]
    assert wards == [None] + ["Lam Sơn"] * 5 + [None] * 2
    assert "1 hidden rows were read (the first is row 9)" in export.warnings


def test_a_fault_far_down_refuses_the_sheet(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lachan.load.decode.workbook.BATCH_ROWS", 3)

    def change(sheet: Worksheet) -> None:
        for row in range(2, 10):
            sheet.append([f"CA{row}"])

    data = replaced(saved(feed, change), b'<row r="9"', b'<row r="8"')
    export = open_export(io.BytesIO(data), len(data), feed)
    with pytest.raises(UnreadableFile, match="the row '8' is there twice"):
        list(export.batches)


def test_a_sheet_with_too_many_cells_is_refused(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lachan.load.decode.sheet.MAX_CELLS", 6)
    assert read(feed, saved(feed, lambda sheet: sheet.append(["CA1"])))
    with pytest.raises(UnreadableFile, match="too_large: the sheet has more than 6 cells"):
        read(feed, saved(feed, lambda sheet: sheet.append(["CA1", "x"])))


def test_a_row_without_end_is_refused_before_it_is_whole(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    data = replaced(saved(feed, cell("B2", "x")), b"</sheetData>", b"<row>" + b"<c/>" * 400_000)
    with pytest.raises(UnreadableFile, match="ParseError"):  # a short sheet is read to the end
        read(feed, data)
    monkeypatch.setattr("lachan.load.decode.sheet._LONG_PART_BYTES", 1000)
    with pytest.raises(UnreadableFile, match="the row after row 2 has more cells than a row can have"):
        read(feed, data)


def test_there_are_no_more_rows_than_a_sheet_can_have(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lachan.load.decode.sheet._LAST_ROW", 3)
    with pytest.raises(UnreadableFile, match="there is no row 4"):
        read(feed, replaced(saved(feed, cell("B2", "x")), b"</sheetData>", b"<row/><row/></sheetData>"))


def test_a_row_merged_across_columns_is_no_record(feed: Feed) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.append(["CA1", "Lam Sơn"])
        sheet.append(["Tổng cộng: 1 ca"])
        sheet.merge_cells("A3:C3")

    data = saved(feed, change)
    assert read(feed, data)[0].lines.to_list() == [2]
    assert reasons(feed, data) == [(3, "shift_id", "merged_cells", "the merged cells A3:C3")]


def test_what_is_hidden_is_read_and_told(feed: Feed) -> None:
    def change(sheet: Worksheet) -> None:
        for row in (2, 3):
            sheet.append([f"CA{row}"])
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["E"].hidden = True
        assert sheet.parent is not None
        sheet.parent.create_sheet("Danh mục").sheet_state = "hidden"

    batch, warnings = read(feed, saved(feed, change))
    assert batch.lines.to_list() == [2, 3]
    assert warnings[-3:] == [
        "the sheet 'Danh mục' is hidden and was not read",
        "1 hidden rows were read (the first is row 3)",
        "hidden columns were read: E",
    ]


def test_a_stray_cell_at_the_far_end_costs_nothing(feed: Feed) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.append(["CA1"])
        sheet["XFD1048576"] = "."

    batch, _ = read(feed, saved(feed, change))
    assert batch.lines.to_list() == [2]
    assert [(record.line, record.found) for record in batch.malformed] == [(1_048_576, 16_384)]


@pytest.mark.parametrize("title", ["Lịch tuần tra ", "LỊCH TUẦN TRA", "Lịch tuần tra", "Lịch\u200b tuần tra"])
def test_a_sheet_may_be_spelled_otherwise(feed: Feed, title: str) -> None:
    assert read(feed, saved(feed, cell("B2", "x"), title))[0].text.height == 1


def test_a_missing_sheet_is_named_in_quotes(feed: Feed) -> None:
    data = saved(feed, cell("B2", "x"), "Sheet1 ")
    with pytest.raises(UnreadableFile, match="no sheet 'Lịch tuần tra'; the workbook has 'Sheet1 '"):
        read(feed, data)


# --- packages -----------------------------------------------------------------------------------------------


def replaced(data: bytes, old: bytes, new: bytes, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """The workbook with other bytes in one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            target.writestr(entry.filename, text.replace(old, new) if entry.filename == part else text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'r="B2"', b'r="ZZZZZZ99999999999"', "there is no cell 'xxxxxx99999999999'"),
        (b'r="B2"', b'r="XFE2"', "there is no cell 'XFE2'"),
        (b'r="B2"', b'r="A2"', "the cell 'A2' is there twice"),
        (b'<row r="2"', b'<row r="1"', "the row '1' is there twice"),
        (b'<row r="2"', b'<row r="7"', "there is no cell 'A2' in row 7"),
        (b"</sheetData>", b'<row r="1"><c r="A1"/></row></sheetData>', "the row '1' follows row 2"),
        (b'<row r="2"', b'<row r="99999999"', "there is no row '99999999'"),
        (b"<sheetData>", b"<sheetData><", "ParseError"),
    ],
)
def test_a_sheet_that_cannot_be_is_rejected_by_name(feed: Feed, old: bytes, new: bytes, message: str) -> None:
    data = replaced(saved(feed, cell("B2", "x")), old, new)
    with pytest.raises(UnreadableFile, match=message):
        read(feed, data)


def test_a_flipped_bit_never_changes_a_value(feed: Feed) -> None:
    """Every bit of the compressed sheet, and every tenth of the whole file."""
    data = saved(feed, cell("B2", "Lam Sơn"))
    whole = read(feed, data)[0].text.rows()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
        start = entry.header_offset + 30 + len(entry.filename)
        places = {*range(start, start + entry.compress_size), *range(0, len(data), 10)}
    for place in sorted(places):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        try:
            batch, _ = read(feed, bytes(changed))
        except UnreadableFile:
            continue
        assert batch.text.rows() == whole, place


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "an old .xls workbook"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
        (b"<html><table>", "HTML"),
        (b"\x1f\x8b\x08\0", "gzip"),
        ("Mã ca;Ngày".encode(), "text, such as CSV"),
        (b"PK\x03\x04" + b"\0" * 50, "cut off or damaged"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_another_format_is_named(feed: Feed, data: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read(feed, data)


def test_a_part_that_claims_another_size_is_rejected(feed: Feed) -> None:
    data = bytearray(saved(feed, cell("B2", "x" * 3000)))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    place = data.rfind(size.to_bytes(4, "little"))  # in the central directory
    data[place : place + 4] = (100).to_bytes(4, "little")
    with pytest.raises(UnreadableFile, match="damaged"):
        read(feed, bytes(data))


def test_a_workbook_that_unpacks_to_too_much_is_rejected(feed: Feed) -> None:
    data = saved(feed, cell("B2", "x"))
    with pytest.raises(UnreadableFile, match="too_large"):
        read(replace(feed, max_bytes=len(data)), replaced(data, b"</worksheet>", b"</worksheet>" + b" " * 200_000))


def test_a_cell_with_a_style_that_is_not_there_refuses_the_workbook(dated: Feed) -> None:
    """Found by `make fuzz`: the library looks a style up only when the cell is read."""
    content = saved(dated, lambda sheet: sheet.append(["MH-0001", date(2024, 3, 5)]))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            after.writestr(name, part.replace(b' s="1"', b' s="99"') if "sheet1" in name else part)
    with pytest.raises(UnreadableFile, match=r"not_xlsx: the workbook cannot be read .IndexError"):
        read(dated, out.getvalue())
