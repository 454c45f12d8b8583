"""Decoded records have the line numbers that Python's csv module finds; in workbooks, the row numbers of the sheet."""

from __future__ import annotations

import csv
import io
import itertools
import subprocess
import sys
import time
import unicodedata
from dataclasses import replace
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from helpers.exports import workbook
from helpers.old_encodings import encoded
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lachan.contract import Feed
from lachan.load.decode import UnreadableFile, columns, open_export, utf8
from lachan.settings import PROJECT

COLUMNS = 4
ByLine = dict[int, tuple[str, ...]]


@pytest.fixture(scope="module")
def narrow(feeds: dict[str, Feed]) -> Feed:
    """The feed `tips` with four columns, none of them required."""
    columns = tuple(replace(column, required=False) for column in feeds["tips"].columns[:COLUMNS])
    return replace(feeds["tips"], columns=columns)


def decoded(feed: Feed, data: bytes) -> tuple[ByLine, dict[int, int]]:
    """The fields of each well-formed record by line, and the number of fields of each malformed record by line."""
    well_formed: ByLine = {}
    malformed: dict[int, int] = {}
    for batch in open_export(io.BytesIO(data), len(data), feed).batches:
        assert batch.text.height == batch.lines.len()
        for line, fields in zip(batch.lines, batch.text.iter_rows(), strict=True):
            assert line not in well_formed
            well_formed[line] = tuple(field or "" for field in fields)
        for record in batch.malformed:
            assert record.line not in malformed
            malformed[record.line] = record.found
    return well_formed, malformed


def by_the_csv_module(text: str) -> tuple[ByLine, dict[int, int]]:
    """The same, read by Python's csv module; a record starts on the line after the last line of the record before."""
    well_formed: ByLine = {}
    malformed: dict[int, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    before = 0
    for number, fields in enumerate(reader):
        line, before = before + 1, reader.line_num
        if not any(fields[COLUMNS:]):
            fields = fields[:COLUMNS]  # delimiters at the end of a record are no fields
        if number == 0 or (not any(fields) and len(fields) in (0, COLUMNS)):
            continue
        if len(fields) == COLUMNS:
            well_formed[line] = tuple(fields)
        else:
            malformed[line] = len(fields)
    return well_formed, malformed


SHORT = st.lists(st.sampled_from([*"ab;\"\n à'", "\r\n", "\r"]), max_size=6).map("".join)
FIELD = SHORT | st.just("") | st.text(alphabet="xyz", min_size=50, max_size=90)
ROW = st.lists(FIELD, min_size=COLUMNS, max_size=COLUMNS)
ODD = st.lists(SHORT, min_size=2, max_size=7).filter(lambda row: len(row) != COLUMNS)
RECORDS = st.lists(st.one_of(ROW, ROW, ROW, ODD, st.just([])), max_size=25)

RECORD_ACROSS_THE_LAST_BLOCKS = [
    ["", "", 'aaaa""', ""],
    ["", "x" * 60, "aaaaa;", 'aaaa""'],
    # with blocks of 200 bytes: a line break on each side of a block's end, and no line end at the end of the file
    ["aaaa;", "", 'aaaa"\r\n', 'aa"""\r\n'],
]


def written(feed: Feed, records: list[list[str]], end: str, *, quoted: bool, ended: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerow([column.label for column in feed.columns])
    writer.writerows(records)
    text = out.getvalue()
    return text if ended or not records or not records[-1] else text.removesuffix(end)


def header(feed: Feed) -> str:
    return written(feed, [], "\n", quoted=False, ended=True)


@pytest.mark.parametrize("block_bytes", [200, 1000, 4 << 20])
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
@example(RECORD_ACROSS_THE_LAST_BLOCKS, "\n", False, False)
def test_records_and_their_lines_are_those_of_the_csv_module(
    narrow: Feed,
    monkeypatch: pytest.MonkeyPatch,
    block_bytes: int,
    records: list[list[str]],
    end: str,
    quoted: bool,
    ended: bool,
) -> None:
    text = written(narrow, records, end, quoted=quoted, ended=ended)
    monkeypatch.setattr(utf8, "BLOCK_BYTES", block_bytes)
    data = text.encode()
    if max(map(len, text.encode().split(end.encode())), default=0) > block_bytes:
        return
    try:
        found = decoded(narrow, data)
    except UnreadableFile as error:
        assert block_bytes < 4 << 20 and error.rule == "unclosed_quote", error
        assert max(sum(len(field.encode()) + 3 for field in row) for row in records if row) > block_bytes / 2
        return
    assert found == by_the_csv_module(text)


RAW = st.lists(st.sampled_from([*'ab;"\n', '""', ';"', '";', "\r\n", "\r", ";a;b;c\n", "x" * 20]), max_size=120).map(
    "".join
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RAW)
@example('a;5" ống;b;c\n' + 'a;"hai\ndòng";b;c\n' * 12)
@example('a;"x" y" z;b;c\n' + 'a;"hai\ndòng";b;c\n' * 12)
def test_quote_within_a_field_is_an_ordinary_character_wherever_a_block_ends(
    narrow: Feed, monkeypatch: pytest.MonkeyPatch, raw: str
) -> None:
    text = f"{header(narrow)}{raw}\nz;z;z;z\n"
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 4 << 20)
    try:
        whole = decoded(narrow, text.encode())
    except UnreadableFile as error:
        assert error.rule == "unclosed_quote"
        return
    assert [*whole[0].values()][-1:] == [("z",) * COLUMNS], "a quote is open until the end of the file"
    assert whole == by_the_csv_module(text)
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 200)
    monkeypatch.setattr(utf8, "PIECE_BYTES", 40)
    try:
        assert decoded(narrow, text.encode()) == whole
    except UnreadableFile as error:
        assert error.rule == "unclosed_quote"
        assert max(map(len, map(";".join, csv.reader(io.StringIO(raw, newline=""), delimiter=";")))) > 100


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ('a;b;c;d\na;b;c;"d', "unclosed_quote: line 3: a quote is opened and never closed"),
        ('a;b;c;d\na;b;c;"d\xc3', "encoding: near line 3: not utf-8: the file ends inside a character: truncated"),
    ],
)
def test_file_cut_off_within_quotes_is_rejected_with_the_line(narrow: Feed, raw: str, message: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        decoded(narrow, header(narrow).encode() + raw.encode("latin-1"))
    assert str(caught.value) == message


def test_unpaired_quote_within_a_field_of_the_last_record_opens_no_quoted_field(narrow: Feed) -> None:
    assert decoded(narrow, f'{header(narrow)}a;b;c;d\na;b;5" ống\n'.encode()) == ({2: tuple("abcd")}, {3: 3})


def test_record_longer_than_a_piece_is_read_and_one_longer_than_a_block_is_rejected(
    narrow: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["a", "b", "c", "d"], ["e", 'f "f"\nf' * 500, "g", "h"], ["i", "j", "k", "l"]]
    data = written(narrow, rows, "\n", quoted=False, ended=True).encode()
    monkeypatch.setattr(utf8, "PIECE_BYTES", 100)
    assert list(decoded(narrow, data)[0].values()) == [tuple(row) for row in rows]
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 2000)
    with pytest.raises(UnreadableFile, match="line 3: a record exceeds 2,000 bytes"):
        decoded(narrow, data)


def combining(text: str) -> str:
    """Write tones as combining marks, as Windows-1258 does, and other accents composed with their letters."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters = [unicodedata.normalize("NFD", letter) for letter in text]
    return "".join(
        unicodedata.normalize("NFC", "".join(mark for mark in letter if mark not in tones))
        + "".join(mark for mark in letter if mark in tones)
        for letter in letters
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
def test_line_numbers_are_right_across_many_small_blocks(
    narrow: Feed, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 4096)
    rows = [[f"TB-{n}", "hai\ndòng" if n % 7 == 0 else "môt", "", f'"{n}"'] for n in range(3000)]
    rows[1000:1000] = [[], ["thua"], ["mot", "hai\nba", "bôn", "năm", "sau"], []]
    text = written(narrow, rows, "\r\n", quoted=False, ended=True)
    found = decoded(narrow, combining(text).encode(encoding) if encoding == "cp1258" else text.encode(encoding))
    assert found == by_the_csv_module(text)
    assert len(found[0]) == 3000
    assert sorted(found[1].values()) == [1, 5]


def test_last_line_of_a_windows_file_without_line_end_is_counted_once(narrow: Feed) -> None:
    header = ";".join(column.label for column in narrow.columns)
    data = f'{header}\r\na;b;c;"d\r\ne"\r\n\r\nf;g;h;i'.encode()
    assert decoded(narrow, data) == ({2: ("a", "b", "c", "d\r\ne"), 5: ("f", "g", "h", "i")}, {})


def test_few_blocks_are_read_ahead_and_none_after_close(narrow: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 4096)
    text = written(narrow, [[f"TB-{n}", "một", "hai", "ba"] for n in range(40_000)], "\n", quoted=False, ended=True)
    data = text.encode()

    def blocks_read(file: io.BytesIO) -> int:
        """The number of blocks read when reading has stopped."""
        before = -1
        while before != (before := file.tell()):
            time.sleep(0.2)
        return before // 4096

    file = io.BytesIO(data)
    batches = open_export(file, len(data), narrow).batches
    first = next(batches)
    assert blocks_read(file) <= 8
    taken = [first, *itertools.islice(batches, 20)]
    assert blocks_read(file) <= 28
    batches.close()
    assert blocks_read(file) <= 30
    assert sum(batch.text.height for batch in taken) > 2_000
    again = open_export(io.BytesIO(data), len(data), narrow).batches
    assert sum(batch.text.height for batch in again) == 40_000


BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000"
MAYBE_UNTRIMMED = st.text(alphabet=[*"aàọ…“\u1681\u200b😀", *BLANKS], max_size=4)


def is_trimmed(column: pa.StringArray) -> bool:
    return columns.is_trimmed(column, columns.value_bytes(column))


@given(st.lists(st.one_of(st.none(), MAYBE_UNTRIMMED.map(lambda text: text or None)), max_size=6))
def test_column_found_trimmed_has_no_blanks_to_strip(values: list[str | None]) -> None:
    column = pa.array(values, pa.string())
    stripped = pl.Series(values, dtype=pl.String).str.strip_chars().to_list()
    if is_trimmed(column):
        assert stripped == values
    if all(value is None or (value.strip(BLANKS).isalpha() and value.isascii()) for value in values):
        assert is_trimmed(column) == (stripped == values)


@pytest.mark.parametrize("blank", BLANKS)
def test_every_blank_at_an_end_of_a_value_is_found(blank: str) -> None:
    for value in (f"{blank}a", f"a{blank}", f"{blank}ọ", f"ọ{blank}", blank):
        assert not is_trimmed(pa.array(["b", None, value, "cc"]))
    assert is_trimmed(pa.array(["b", f"a{blank}a", None, "ọ", "à"]))


EXIT_WHILE_READING = """
import io
from contextlib import closing
from pathlib import Path
from lachan.contract import read_contract
from lachan.load.decode import open_export, utf8
from lachan.load.pipeline import map_ahead
utf8.BLOCK_BYTES = 4096
feed = read_contract(Path("contracts/tips.yaml"))
header = ";".join(column.label for column in feed.columns) + "\\n"
data = header.encode() + ({record!r} + b"\\n") * 10_000
exported = open_export(io.BytesIO(data), len(data), feed).batches
with closing(exported), map_ahead(exported, lambda batch: batch) as batches:
    for batch in batches:
        print(batch.text.height > 0)
        raise SystemExit(3)
"""


@pytest.mark.parametrize("record", [b"x;" * 29 + b"y", b"one field"])
def test_program_that_exits_while_reading_a_file_ends_with_its_exit_status(record: bytes) -> None:
    program = EXIT_WHILE_READING.format(record=record)
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, check=False)
        assert done.returncode == 3, done.stderr.decode()


# --- delimited text as offices save it ----------------------------------------------------------------------


def test_a_wrapped_header_is_one_header(narrow: Feed) -> None:
    first, *others = (column.label for column in narrow.columns)
    wrapped = first.replace(" ", "\n", 1)
    assert "\n" in wrapped
    text = ";".join([f'"{wrapped}"', *others]) + "\r\na;b;c;d\r\n"
    assert decoded(narrow, text.encode()) == ({3: ("a", "b", "c", "d")}, {})


@pytest.mark.parametrize("of_header", ["", ";", ";;"])
@pytest.mark.parametrize("of_records", ["", ";", ";;"])
def test_delimiters_at_the_ends_of_lines_are_no_columns(narrow: Feed, of_header: str, of_records: str) -> None:
    lines = [header(narrow).rstrip() + of_header, "a;b;c;d", "e;;;", "f;g;h;i;;j"]
    text = "\n".join([lines[0], *(line + of_records for line in lines[1:3]), "", lines[3], "k;l"])
    found, malformed = decoded(narrow, text.encode())
    assert found == {2: ("a", "b", "c", "d"), 3: ("e", "", "", "")}
    assert malformed.keys() == {5, 6}


def test_a_mark_that_is_written_twice_is_no_part_of_the_header(narrow: Feed) -> None:
    assert decoded(narrow, b"\xef\xbb\xbf" * 2 + (header(narrow) + "a;b;c;d\n").encode())[0] == {
        2: ("a", "b", "c", "d")
    }


def test_half_a_character_is_replaced_and_told(feeds: dict[str, Feed]) -> None:
    feed = feeds["camera_extractions"]
    feed = replace(feed, columns=tuple(replace(column, required=False) for column in feed.columns[:COLUMNS]))
    lines = [feed.delimiter.join(c.label for c in feed.columns), feed.delimiter.join("abcd")]
    lines.append(feed.delimiter.join(["a\ud83d", "b", "c", "d"]))
    data = "\r\n".join([*lines, ""]).encode("utf-16-le", "surrogatepass")
    export = open_export(io.BytesIO(b"\xff\xfe" + data), len(data) + 2, feed)
    [batch] = export.batches
    assert batch.text.row(1) == ("a\ufffd", "b", "c", "d")
    assert export.warnings[-1].startswith("1 halves of characters were replaced")


@pytest.mark.parametrize(("listed", "is_read"), [("một; hai; ba", True), ("TB-2024-000002;b;c", False)])
def test_a_quoted_list_is_no_unclosed_quote(narrow: Feed, listed: str, is_read: bool) -> None:
    """A field that holds other records has lines that begin as a record does."""
    field = "\n".join([listed] * 6)
    data = (header(narrow) + f'TB-2024-000001;b;c;"{field}"\nTB-2024-000009;b;c;d\n').encode()
    if is_read:
        assert set(decoded(narrow, data)[0]) == {2, 8}
    else:
        with pytest.raises(UnreadableFile, match="unclosed quote"):
            decoded(narrow, data)


# --- encodings ----------------------------------------------------------------------------------------------

SPOKEN = "đường đông vệ, cán bộ bị mất xe, ông đã gọi điện thoại cho tổ dân phố (nhà trọ)"


def tips_of(narrow: Feed, content: bytes, rows: int = 20) -> bytes:
    """A file with technical headers, so that only the texts show its encoding."""
    names = ";".join(column.name for column in narrow.columns).encode()
    return names + b"\n" + b"".join(b"%d;b;c;%s\n" % (n, content) for n in range(rows))


def test_windows_1258_is_read_if_it_reads_as_vietnamese(narrow: Feed) -> None:
    found, _ = decoded(narrow, tips_of(narrow, encoded(SPOKEN, "cp1258")))
    assert found[2][3] == SPOKEN


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (encoded(SPOKEN, "tcvn3"), "line 2: not in an encoding of the contract .* it looks like TCVN3"),
        (encoded(SPOKEN, "vni"), "line 2: not in an encoding of the contract .* it looks like VNI"),
    ],
)
def test_a_font_encoding_is_not_read_as_windows_1258(narrow: Feed, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        decoded(narrow, tips_of(narrow, content))


def test_a_text_that_is_no_longer_vietnamese_further_down_is_rejected(
    narrow: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 2000)
    data = tips_of(narrow, "nhà trọ".encode("cp1258", "ignore"), 500) + b"1;b;c;" + encoded(SPOKEN, "tcvn3") * 5 + b"\n"
    with pytest.raises(
        UnreadableFile, match="line 502: from there on, the text does not read as cp1258; it looks like TCVN3"
    ):
        decoded(narrow, data)


def test_a_wrong_byte_is_named_with_its_line(narrow: Feed) -> None:
    data = tips_of(narrow, SPOKEN.encode()).replace(b"\n17;b", b"\n17;b\xff")
    with pytest.raises(UnreadableFile, match="line 19: the byte 0xff is not UTF-8, as the rest of the file is"):
        decoded(narrow, data)


# --- workbooks ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sheet(feeds: dict[str, Feed]) -> Feed:
    columns = tuple(replace(column, required=False) for column in feeds["patrol_rosters"].columns[:COLUMNS])
    return replace(feeds["patrol_rosters"], columns=columns)


def rows_of(sheet: Feed, cells: list[list[Any]]) -> tuple[ByLine, dict[int, int]]:
    return decoded(sheet, workbook(cells, sheet.sheet or ""))


def test_sheet_with_empty_rows_above_and_between_keeps_its_row_numbers(sheet: Feed) -> None:
    header = [column.label for column in sheet.columns]
    first, second, third = (["CA1", "", "x", "y"], ["CA2", "a", "", ""], ["CA3", "", "", "z"])
    assert rows_of(sheet, [header, first, second]) == ({2: tuple(first), 3: tuple(second)}, {})
    assert rows_of(sheet, [header, first, [], [], second, [], third]) == (
        {2: tuple(first), 5: tuple(second), 7: tuple(third)},
        {},
    )
    assert rows_of(sheet, [[], [], header, first, [], second]) == ({4: tuple(first), 6: tuple(second)}, {})


def test_record_with_more_fields_than_the_header_keeps_its_row_number(sheet: Feed) -> None:
    header = [column.label for column in sheet.columns]
    assert rows_of(sheet, [[], header, [], ["CA1", "", "", "", "thừa"], ["CA2", "", "", ""]]) == (
        {5: ("CA2", "", "", "")},
        {4: 5},
    )


@settings(max_examples=30)
@given(st.integers(0, 4), st.lists(st.booleans(), max_size=12))
def test_line_numbers_are_the_row_numbers_shown_in_the_sheet(
    feeds: dict[str, Feed], above: int, filled: list[bool]
) -> None:
    feed = feeds["patrol_rosters"]
    feed = replace(feed, columns=tuple(replace(c, required=False) for c in feed.columns[:COLUMNS]))
    body: list[list[str]] = [[f"CA{n}", "", "b", ""] if full else [] for n, full in enumerate(filled)]
    cells = [*([[]] * above), [c.label for c in feed.columns], *body]
    expected = {above + 2 + n: tuple(row) for n, row in enumerate(body) if row}
    assert rows_of(feed, cells) == (expected, {})
