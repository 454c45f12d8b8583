"""Lines: decode says of every record on which line it starts, as Python's csv module and the sheet do."""

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
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lachan.contract import Feed
from lachan.load.decode import UnreadableFile, columns, open_export, utf8
from lachan.settings import PROJECT

COLUMNS = 4
Placed = dict[int, tuple[str, ...]]


@pytest.fixture(scope="module")
def narrow(feeds: dict[str, Feed]) -> Feed:
    """Tips with four columns that need not be filled."""
    columns = tuple(replace(column, required=False) for column in feeds["tips"].columns[:COLUMNS])
    return replace(feeds["tips"], columns=columns)


def decoded(feed: Feed, data: bytes) -> tuple[Placed, dict[int, int]]:
    """The fields of each sound record by line, and the number of fields of each malformed one by line."""
    sound: Placed = {}
    malformed: dict[int, int] = {}
    for batch in open_export(io.BytesIO(data), len(data), feed).batches:
        assert batch.text.height == batch.lines.len()
        for line, fields in zip(batch.lines, batch.text.iter_rows(), strict=True):
            assert line not in sound
            sound[line] = tuple(field or "" for field in fields)
        for record in batch.malformed:
            assert record.line not in malformed
            malformed[record.line] = record.found
    return sound, malformed


def by_the_csv_module(text: str) -> tuple[Placed, dict[int, int]]:
    """The same, read by Python; a record starts on the line behind the last one of the record before."""
    sound: Placed = {}
    malformed: dict[int, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    before = 0
    for number, fields in enumerate(reader):
        line, before = before + 1, reader.line_num
        if number == 0 or (not any(fields) and len(fields) in (0, COLUMNS)):
            continue
        if len(fields) == COLUMNS:
            sound[line] = tuple(fields)
        else:
            malformed[line] = len(fields)
    return sound, malformed


SHORT = st.lists(st.sampled_from([*"ab;\"\n à'", "\r\n"]), max_size=6).map("".join)
FIELD = SHORT | st.just("") | st.text(alphabet="xyz", min_size=50, max_size=90)
ROW = st.lists(FIELD, min_size=COLUMNS, max_size=COLUMNS)
ODD = st.lists(SHORT, min_size=2, max_size=7).filter(lambda row: len(row) != COLUMNS)
RECORDS = st.lists(st.one_of(ROW, ROW, ROW, ODD, st.just([])), max_size=25)

SPAN_THE_LAST_BLOCKS = [
    ["", "", 'aaaa""', ""],
    ["", "x" * 60, "aaaaa;", 'aaaa""'],
    ["aaaa;", "", 'aaaa"\r\n', 'aa"""\r\n'],  # of 200 bytes: one line break before the border, one behind, none at last
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
@example(SPAN_THE_LAST_BLOCKS, "\n", False, False)
def test_every_record_stands_on_the_line_that_the_csv_module_finds(
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


RAW = st.lists(st.sampled_from([*'ab;"\n', '""', ';"', '";', "\r\n", ";a;b;c\n", "x" * 20]), max_size=120).map("".join)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RAW)
@example('a;5" ống;b;c\n' + 'a;"hai\ndòng";b;c\n' * 12)
@example('a;"x" y" z;b;c\n' + 'a;"hai\ndòng";b;c\n' * 12)
def test_a_quote_within_a_field_is_a_letter_wherever_a_block_ends(
    narrow: Feed, monkeypatch: pytest.MonkeyPatch, raw: str
) -> None:
    text = f"{header(narrow)}{raw}\nz;z;z;z\n"
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 4 << 20)
    try:
        whole = decoded(narrow, text.encode())
    except UnreadableFile as error:
        assert error.rule == "unclosed_quote"
        return
    assert [*whole[0].values()][-1:] == [("z",) * COLUMNS], "no quote stays open to the end"
    assert whole == by_the_csv_module(text)
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 200)
    monkeypatch.setattr(utf8, "PIECE_BYTES", 40)
    try:
        assert decoded(narrow, text.encode()) == whole
    except UnreadableFile as error:
        assert error.rule == "unclosed_quote"
        assert max(map(len, map(";".join, csv.reader(io.StringIO(raw, newline=""), delimiter=";")))) > 100


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('a;b;c;d\na;b;c;"d', "unclosed_quote: line 3: a quote is opened and never closed"),
        ('a;b;c;d\na;b;c;"d\xc3', "encoding: near line 3: not utf-8: the file ends inside a character: truncated"),
    ],
)
def test_what_is_cut_off_within_quotes_is_told_with_its_line(narrow: Feed, raw: str, said: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        decoded(narrow, header(narrow).encode() + raw.encode("latin-1"))
    assert str(caught.value) == said


def test_a_lone_quote_within_a_field_of_the_last_record_opens_nothing(narrow: Feed) -> None:
    assert decoded(narrow, f'{header(narrow)}a;b;c;d\na;b;5" ống\n'.encode()) == ({2: tuple("abcd")}, {3: 3})


def test_a_record_longer_than_a_piece_is_read_and_one_longer_than_a_block_is_named(
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
    """Tones as marks of their own, as Windows-1258 writes them; other accents composed."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters = [unicodedata.normalize("NFD", letter) for letter in text]
    return "".join(
        unicodedata.normalize("NFC", "".join(mark for mark in letter if mark not in tones))
        + "".join(mark for mark in letter if mark in tones)
        for letter in letters
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
def test_lines_count_across_many_small_blocks(narrow: Feed, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 4096)
    rows = [[f"TB-{n}", "hai\ndòng" if n % 7 == 0 else "môt", "", f'"{n}"'] for n in range(3000)]
    rows[1000:1000] = [[], ["thua"], ["mot", "hai\nba", "bôn", "năm", "sau"], []]
    text = written(narrow, rows, "\r\n", quoted=False, ended=True)
    found = decoded(narrow, combining(text).encode(encoding) if encoding == "cp1258" else text.encode(encoding))
    assert found == by_the_csv_module(text)
    assert len(found[0]) == 3000
    assert sorted(found[1].values()) == [1, 5]


def test_a_line_of_a_windows_file_without_its_end_is_counted_once(narrow: Feed) -> None:
    header = ";".join(column.label for column in narrow.columns)
    data = f'{header}\r\na;b;c;"d\r\ne"\r\n\r\nf;g;h;i'.encode()
    assert decoded(narrow, data) == ({2: ("a", "b", "c", "d\r\ne"), 5: ("f", "g", "h", "i")}, {})


def test_few_blocks_are_read_ahead_and_none_once_nobody_reads_on(narrow: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 4096)
    text = written(narrow, [[f"TB-{n}", "một", "hai", "ba"] for n in range(40_000)], "\n", quoted=False, ended=True)
    data = text.encode()

    def far(file: io.BytesIO) -> int:
        """Where the reading has come to rest, in blocks."""
        before = -1
        while before != (before := file.tell()):
            time.sleep(0.2)
        return before // 4096

    file = io.BytesIO(data)
    batches = open_export(file, len(data), narrow).batches
    first = next(batches)
    assert far(file) <= 8
    taken = [first, *itertools.islice(batches, 20)]
    assert far(file) <= 28
    batches.close()
    assert far(file) <= 30
    assert sum(batch.text.height for batch in taken) > 2_000
    again = open_export(io.BytesIO(data), len(data), narrow).batches
    assert sum(batch.text.height for batch in again) == 40_000


BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000"
EDGED = st.text(alphabet=[*"aàọ…“\u1681\u200b😀", *BLANKS], max_size=4)


def tight(column: pa.StringArray) -> bool:
    return columns.is_tight(column, columns.letters(column))


@given(st.lists(st.one_of(st.none(), EDGED.map(lambda text: text or None)), max_size=6))
def test_a_column_that_is_said_to_be_tight_has_nothing_to_strip(values: list[str | None]) -> None:
    column = pa.array(values, pa.string())
    stripped = pl.Series(values, dtype=pl.String).str.strip_chars().to_list()
    if tight(column):
        assert stripped == values
    if all(value is None or (value.strip(BLANKS).isalpha() and value.isascii()) for value in values):
        assert tight(column) == (stripped == values)


@pytest.mark.parametrize("blank", BLANKS)
def test_no_blank_beside_a_value_is_overlooked(blank: str) -> None:
    for value in (f"{blank}a", f"a{blank}", f"{blank}ọ", f"ọ{blank}", blank):
        assert not tight(pa.array(["b", None, value, "cc"]))
    assert tight(pa.array(["b", f"a{blank}a", None, "ọ", "à"]))


LEFT_HALF_READ = """
import io
from contextlib import closing
from pathlib import Path
from lachan.contract import read_contract
from lachan.load.decode import open_export, utf8
from lachan.load.pipeline import worked_ahead
utf8.BLOCK_BYTES = 4096
feed = read_contract(Path("contracts/tips.yaml"))
header = ";".join(column.label for column in feed.columns) + "\\n"
data = header.encode() + ({record!r} + b"\\n") * 10_000
exported = open_export(io.BytesIO(data), len(data), feed).batches
with closing(exported), worked_ahead(exported, lambda batch: batch) as batches:
    for batch in batches:
        print(batch.text.height > 0)
        raise SystemExit(3)
"""


@pytest.mark.parametrize("record", [b"x;" * 29 + b"y", b"one field"])
def test_a_program_that_leaves_a_file_half_read_ends_as_it_says(record: bytes) -> None:
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", LEFT_HALF_READ.format(record=record)], cwd=PROJECT, capture_output=True, check=False
        )
        assert done.returncode == 3, done.stderr.decode()


# --- workbooks ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sheet(feeds: dict[str, Feed]) -> Feed:
    columns = tuple(replace(column, required=False) for column in feeds["patrol_rosters"].columns[:COLUMNS])
    return replace(feeds["patrol_rosters"], columns=columns)


def rows_of(sheet: Feed, cells: list[list[Any]]) -> tuple[Placed, dict[int, int]]:
    return decoded(sheet, workbook(cells, sheet.sheet or ""))


def test_a_sheet_that_starts_further_down_and_has_gaps_keeps_its_row_numbers(sheet: Feed) -> None:
    header = [column.label for column in sheet.columns]
    first, second, third = (["CA1", "", "x", "y"], ["CA2", "a", "", ""], ["CA3", "", "", "z"])
    assert rows_of(sheet, [header, first, second]) == ({2: tuple(first), 3: tuple(second)}, {})
    assert rows_of(sheet, [header, first, [], [], second, [], third]) == (
        {2: tuple(first), 5: tuple(second), 7: tuple(third)},
        {},
    )
    assert rows_of(sheet, [[], [], header, first, [], second]) == ({4: tuple(first), 6: tuple(second)}, {})


def test_a_record_longer_than_the_header_keeps_its_row_number(sheet: Feed) -> None:
    header = [column.label for column in sheet.columns]
    assert rows_of(sheet, [[], header, [], ["CA1", "", "", "", "thừa"], ["CA2", "", "", ""]]) == (
        {5: ("CA2", "", "", "")},
        {4: 5},
    )


@settings(max_examples=30)
@given(st.integers(0, 4), st.lists(st.booleans(), max_size=12))
def test_rows_of_a_sheet_are_those_that_a_person_sees(feeds: dict[str, Feed], above: int, filled: list[bool]) -> None:
    feed = feeds["patrol_rosters"]
    feed = replace(feed, columns=tuple(replace(c, required=False) for c in feed.columns[:COLUMNS]))
    body: list[list[str]] = [[f"CA{n}", "", "b", ""] if full else [] for n, full in enumerate(filled)]
    cells = [*([[]] * above), [c.label for c in feed.columns], *body]
    expected = {above + 2 + n: tuple(row) for n, row in enumerate(body) if row}
    assert rows_of(feed, cells) == (expected, {})
