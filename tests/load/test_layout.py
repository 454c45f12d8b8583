"""Text files in the layouts of other programs: their line ends, marks, titles, totals and archives."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from dataclasses import replace

import pytest
from helpers.exports import workbook
from lachan.contract import Feed
from lachan.load.decode import UnreadableFile, open_export

COLUMNS = 4
Rows = dict[int, tuple[str, ...]]


@pytest.fixture(scope="module")
def narrow(feeds: dict[str, Feed]) -> Feed:
    """The feed `tips` with four columns, of which the first two are required."""
    columns = tuple(replace(c, required=place < 2) for place, c in enumerate(feeds["tips"].columns[:COLUMNS]))
    return replace(feeds["tips"], columns=columns)


@pytest.fixture(scope="module")
def sheet(narrow: Feed) -> Feed:
    return replace(narrow, format="xlsx", sheet="Dữ liệu", delimiter="", encodings=())


def header(feed: Feed) -> str:
    return ";".join(column.label for column in feed.columns)


def read(feed: Feed, data: bytes) -> tuple[Rows, list[int], list[str]]:
    """The records by line, the lines of malformed and broken ones, and the notes."""
    export = open_export(io.BytesIO(data), len(data), feed)
    records: Rows = {}
    unusable: list[int] = []
    for batch in export.batches:
        records |= {
            line: tuple(value or "" for value in row)
            for line, row in zip(batch.lines, batch.text.iter_rows(), strict=True)
        }
        unusable += [record.line for record in (*batch.malformed, *batch.broken)]
    return records, unusable, export.notes


# --- line ends and marks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_every_kind_of_line_end_is_read(narrow: Feed, end: str) -> None:
    text = end.join([header(narrow), "a;b;c;d", 'e;"f' + end + 'g";h;i', "", "j;k;l;m", ""])
    records, unusable, told = read(narrow, text.encode())
    assert list(records) == [2, 3, 6] and not unusable
    assert told == (["the lines end with CR alone"] if end == "\r" else [])


def test_lines_are_counted_as_editors_count_them(narrow: Feed) -> None:
    text = header(narrow) + '\na;"b\rb";c;d\ne;f;g;h\ri;j;k;l\r\nm;n;o;p\n'
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    starts: dict[int, str] = {}
    before = 0
    for row in reader:
        starts[before + 1] = row[0]
        before = reader.line_num
    records, _, _ = read(narrow, text.encode())
    assert {line: row[0] for line, row in records.items()} == {2: "a", 4: "e", 5: "i", 6: "m"}
    assert {line: first for line, first in starts.items() if line > 1} == {2: "a", 4: "e", 5: "i", 6: "m"}


def test_a_header_that_ends_with_cr_alone_swallows_no_record(narrow: Feed) -> None:
    records, _, _ = read(narrow, (header(narrow) + "\ra;b;c;d\ne;f;g;h\n").encode())
    assert list(records) == [2, 3]


@pytest.mark.parametrize("sign", ["\x1a", "\x1a\x1a", "\r\n\x1a"])
def test_a_sign_at_the_end_of_the_file_is_no_record(narrow: Feed, sign: str) -> None:
    assert read(narrow, (header(narrow) + "\r\na;b;c;d\r\n" + sign).encode())[:2] == ({2: tuple("abcd")}, [])


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_line_that_names_the_delimiter_is_told(narrow: Feed, line: str) -> None:
    records, unusable, told = read(narrow, f"\ufeff{line}\r\n{header(narrow)}\r\na;b;c;d\r\n".encode())
    assert (list(records), unusable, told) == ([3], [], ["line 1: `sep=` was read as the delimiter"])


def test_a_line_that_names_another_delimiter_is_refused(narrow: Feed) -> None:
    with pytest.raises(UnreadableFile, match="wrong_delimiter: line 1: names ','; the contract declares ';'"):
        read(narrow, f"sep=,\n{header(narrow)}\n".encode())
    with pytest.raises(UnreadableFile, match="wrong_delimiter: line 1: names "):
        read(narrow, b"\xef\xbb\xbfsep=\xbb\n" + header(narrow).encode())  # found by `make fuzz`


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_mark_is_read_where_the_contract_declares_it(narrow: Feed, encoding: str) -> None:
    data = (header(narrow) + "\nnhà trọ;b;c;d\n").encode(encoding)
    assert list(read(replace(narrow, encodings=(encoding[:6],)), data)[0].values()) == [("nhà trọ", "b", "c", "d")]
    with pytest.raises(UnreadableFile, match=f"the file is in {encoding.upper()} without a mark"):
        read(replace(narrow, encodings=("utf-8",)), data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_text_with_a_mark_is_read_whatever_the_contract_declares(narrow: Feed, encoding: str) -> None:
    data = (header(narrow) + "\nnhà trọ;b;c;d\n").encode(encoding)
    assert list(read(replace(narrow, encodings=("utf-8",)), data)[0].values()) == [("nhà trọ", "b", "c", "d")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"a;b\n", mtime=0), "a gzip archive"),
        (b"PK\x03\x04\x14\x00", "a workbook or a zip archive"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"<html><table>", "HTML or XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"an old \.xls workbook"),
    ],
)
def test_another_format_is_named(narrow: Feed, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=f"not_csv: the file is {message}, not text; export it as CSV in UTF-8"):
        read(narrow, content)


def test_a_tab_where_the_contract_has_another_delimiter_is_named(narrow: Feed) -> None:
    with pytest.raises(UnreadableFile, match=r"line 1: fields are separated by '\\t'; the contract declares ';'"):
        read(narrow, (header(narrow).replace(";", "\t") + "\na\tb\tc\td\n").encode())


# --- titles and totals --------------------------------------------------------------------------------------

TITLES = ["CÔNG AN TỈNH THỬ NGHIỆM", "", "BẢNG TỔNG HỢP TIN BÁO"]
FOOTER = [["Tổng cộng", "", "12", ""], ["", "", "", "Người lập biểu"], ["", "", "", "Nguyễn Thị Mẫu"]]


def test_titles_above_the_header_are_told(narrow: Feed) -> None:
    text = "\r\n".join([*TITLES, header(narrow), "a;b;c;d", ""])
    records, unusable, told = read(replace(narrow, title_rows=5), text.encode())
    assert (list(records), unusable) == ([5], [])
    assert told == ["lines 1 to 3 above the header were not read as records"]
    with pytest.raises(UnreadableFile, match="unknown_header: line 1: no column of tips among"):
        read(narrow, text.encode())


def test_titles_of_a_sheet_are_told(sheet: Feed) -> None:
    cells = [*([title] for title in TITLES), header(sheet).split(";"), list("abcd")]
    records, _, told = read(replace(sheet, title_rows=2), workbook(cells, "Dữ liệu"))
    assert (list(records), told) == ([5], ["lines 1 to 3 above the header were not read as records"])


def test_a_header_that_lacks_a_column_is_not_taken_for_a_title(narrow: Feed) -> None:
    lacking = ";".join(column.label for column in narrow.columns[1:])
    text = "\n".join([*TITLES, lacking, "a;b;c", "d;e;f", ""])
    with pytest.raises(UnreadableFile, match="missing_column: line 4: missing required columns: tip_id"):
        read(replace(narrow, title_rows=5), text.encode())


def test_what_stands_below_the_records_is_left_out_and_told(narrow: Feed, sheet: Feed) -> None:
    rows = [list("abcd"), list("efgh"), *FOOTER, list("ijkl")]
    text = "\n".join([header(narrow), *(";".join(row) for row in rows), "Ghi chú", ""])
    labels = ("Tổng cộng", "Cộng")
    records, unusable, told = read(replace(narrow, footer_labels=labels), text.encode())
    assert (list(records), unusable) == ([2, 3, 7], []), "a whole record below the totals is still a record"
    assert told == ["4 rows below the records (lines 4 to 8) were left out"]
    cells = [header(narrow).split(";"), *rows]
    records, unusable, told = read(replace(sheet, footer_labels=labels), workbook(cells, "Dữ liệu"))
    assert (list(records), unusable) == ([2, 3, 7], [])
    assert told == ["3 rows below the records (lines 4 to 6) were left out"]


def test_a_record_that_lacks_a_value_above_the_totals_stays(narrow: Feed) -> None:
    text = "\n".join([header(narrow), "a;;c;d", "Tổng cộng;;;", ""])
    assert list(read(replace(narrow, footer_labels=("tổng  CỘNG",)), text.encode())[0]) == [2]
    assert list(read(narrow, text.encode())[0]) == [2, 3], "without labels in the contract nothing is left out"


# --- archives -----------------------------------------------------------------------------------------------


def zipped(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def packed(kind: str, content: bytes) -> bytes:
    if kind == "gzip":
        return gzip.compress(content)
    return zipped(("__MACOSX/._tin.csv", b"x"), ("tin.csv", content))


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_an_archive_is_unpacked_where_the_contract_says_so(narrow: Feed, sheet: Feed, kind: str) -> None:
    text = (header(narrow) + "\n" + "a;b;c;d\n" * 100_000).encode()
    assert len(read(replace(narrow, packing=kind), packed(kind, text))[0]) == 100_000
    cells = [header(narrow).split(";"), list("abcd")]
    assert list(read(replace(sheet, packing=kind), packed(kind, workbook(cells, "Dữ liệu")))[0]) == [2]


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_an_archive_is_not_unpacked_beyond_the_bound_of_the_contract(narrow: Feed, kind: str) -> None:
    bomb = packed(kind, (header(narrow) + "\n").encode() + b" " * (50 << 20))
    assert len(bomb) < 100_000
    with pytest.raises(UnreadableFile, match="too_large: unpacked, the file is larger than 1,000,000 bytes"):
        read(replace(narrow, packing=kind, max_bytes=1_000_000), bomb)


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_a_damaged_archive_is_refused(narrow: Feed, kind: str) -> None:
    content = (header(narrow) + "\n" + "".join(f"{n};b;c;d\n" for n in range(1000))).encode()
    whole = packed(kind, content)
    feed = replace(narrow, packing=kind)
    for data in (whole[: len(whole) // 2], whole[:-12], content):
        with pytest.raises(UnreadableFile, match="not_packed"):
            read(feed, data)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0x10
    with pytest.raises(UnreadableFile, match=r"not_packed|not_csv|encoding|unclosed_quote"):
        read(feed, bytes(flipped))


def test_an_archive_with_several_files_is_refused(narrow: Feed) -> None:
    with pytest.raises(UnreadableFile, match="not_packed: the archive has 2 files; deliver each in an archive of its"):
        read(replace(narrow, packing="zip"), zipped(("a.csv", b"a"), ("b.csv", b"b")))
