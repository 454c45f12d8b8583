"""What every contract must pass by being in contracts/: shapes, encodings, faults and mutations of its files.

A new feed needs no tests of its own for these. `make fuzz` runs them for as long as one likes.
"""

from __future__ import annotations

import io
import os
import unicodedata
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lachan.contract import Column, Feed, read_contracts
from lachan.load.decode import UnreadableFile, open_export
from lachan.load.rows import EarlierRecords, check
from lachan.settings import PROJECT
from standard.files import Shape, SheetShape, plainest, shapes, write
from standard.rows import Cell, headers, rows

FEEDS = read_contracts(PROJECT / "contracts")
REASONS = {
    "duplicate_header", "empty_file", "encoding", "missing_column", "missing_sheet", "no_header", "not_csv",
    "not_packed", "not_xlsx", "too_large", "unclosed_quote", "unknown_header", "wrong_delimiter", "wrong_feed",
}  # fmt: skip
WORDS = (
    "", " ", "x", '"', '""', "\n", "\r\n", "\t", "đã", "=1+1", "'", "#N/A", "0123", "1,5", "1.000", "NULL", "nhà trọ",
    "\ufeff", "e\u0301",
)  # fmt: skip
CHECKED = settings(
    max_examples=int(os.environ.get("LACHAN_FUZZ_EXAMPLES", "12")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Loaded:
    """What became of the records of a file."""

    good: pl.DataFrame
    quarantined: int
    duplicates: int
    read: int
    warnings: list[str]


def load(feed: Feed, data: bytes) -> Loaded:
    """Decode and check a file as the loader does, but for the warehouse."""
    export = open_export(io.BytesIO(data), len(data), feed, FEEDS.values())
    earlier = EarlierRecords()
    good: list[pl.DataFrame] = []
    total = Loaded(pl.DataFrame(), 0, 0, 0, export.warnings)
    for batch in export.batches:
        checked = check(feed, batch, pl.repeat(1, batch.text.height, dtype=pl.Int64, eager=True), earlier, {})
        unusable = len(batch.malformed) + len(batch.broken)
        total.read += batch.text.height + unusable
        total.quarantined += len(checked.quarantined) + unusable
        total.duplicates += sum(checked.duplicates.values())
        good.append(checked.good)
    total.good = pl.concat(good) if good else pl.DataFrame()
    return total


def table(named: list[tuple[str, str]], records: list[dict[str, Cell]], shape: Shape) -> list[list[Any]]:
    typed = isinstance(shape, SheetShape) and shape.typed
    return [
        [header for _, header in named],
        *([record[name].in_sheet if typed else record[name].text for name, _ in named] for record in records),
    ]


def as_typed(value: Any) -> Any:
    """A value of the typed rows without its time zone, as the agency wrote it."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
class TestEveryContract:
    """The standard suite."""

    @CHECKED
    @given(data=st.data())
    def test_valid_rows_are_typed_whatever_the_shape(self, feed: Feed, data: st.DataObject) -> None:
        shape, records = data.draw(shapes(feed)), data.draw(rows(feed))
        loaded = load(feed, write(feed, shape, table(data.draw(headers(feed)), records, shape)))
        assert (loaded.read, loaded.quarantined, loaded.duplicates) == (len(records), 0, 0)
        found = [{name: as_typed(value) for name, value in row.items()} for row in loaded.good.iter_rows(named=True)]
        for row, record in zip(found, records, strict=True):
            assert {name: row[name] for name in record} == {name: cell.typed for name, cell in record.items()}

    @CHECKED
    @given(data=st.data())
    def test_any_table_is_read_back(self, feed: Feed, data: st.DataObject) -> None:
        """Read back equal, but for blanks at the ends of values and for rows without any value."""
        words = st.sampled_from([feed.delimiter or ";", *WORDS])
        cell = st.lists(words, max_size=4).map("".join)
        wide = [data.draw(st.lists(cell, min_size=len(feed.columns), max_size=len(feed.columns))) for _ in range(3)]
        shape = data.draw(shapes(feed))
        header = [column.label for column in feed.columns]
        try:
            content = write(feed, shape, [header, *wide])
        except (KeyError, UnicodeEncodeError):
            assume(False)
        export = open_export(io.BytesIO(content), len(content), feed, FEEDS.values())
        found = [tuple(value or "" for value in row) for batch in export.batches for row in batch.text.iter_rows()]
        written = [tuple(_plain(value) for value in row) for row in wide]
        assert [tuple(map(_plain, row)) for row in found if any(map(_plain, row))] == [
            row for row in written if any(row)
        ]

    @CHECKED
    @given(data=st.data())
    def test_a_changed_file_loses_nothing_and_fails_only_with_a_named_reason(
        self, feed: Feed, data: st.DataObject
    ) -> None:
        shape, records = data.draw(shapes(feed)), data.draw(rows(feed))
        content = bytearray(write(feed, shape, table(data.draw(headers(feed)), records, shape)))
        whole = load(feed, bytes(content))
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, len(content) - 1))
            kind = data.draw(st.sampled_from(["flip", "delete", "insert", "double", "cut"]))
            piece = content[place : place + data.draw(st.integers(1, 40))]
            match kind:
                case "flip":
                    content[place] ^= 1 << data.draw(st.integers(0, 7))
                case "delete":
                    del content[place : place + len(piece)]
                case "insert":
                    content[place:place] = data.draw(st.binary(min_size=1, max_size=6))
                case "double":
                    content[place:place] = piece
                case "cut":
                    del content[max(place, 1) :]
            assume(content)
        loaded = self._loaded_or_refused(feed, bytes(content))
        if loaded is not None and feed.format == "xlsx":
            assert loaded.good.equals(whole.good), "a damaged workbook is refused, or read as it was"

    @CHECKED
    @given(data=st.data())
    def test_a_changed_sheet_loses_nothing_and_fails_only_with_a_named_reason(
        self, feed: Feed, data: st.DataObject
    ) -> None:
        if feed.format != "xlsx" or feed.packing:
            return
        shape, records = data.draw(shapes(feed)), data.draw(rows(feed))
        content = write(feed, shape, table(data.draw(headers(feed)), records, shape))
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
            parts = {name: bytearray(before.read(name)) for name in before.namelist()}
            changed = parts[data.draw(st.sampled_from([*parts, "xl/worksheets/sheet1.xml"]))]
            for _ in range(data.draw(st.integers(1, 3))):
                place = data.draw(st.integers(0, len(changed) - 1))
                end = place + data.draw(st.integers(0, 12))
                inserted = st.sampled_from([b"", b"<", b">", b'"', b"9", b"A", b"&", b"<v>1</v>", b"\x00", b"</c>"])
                changed[place:end] = data.draw(inserted)
                assume(changed)
            for name, part in parts.items():
                after.writestr(name, bytes(part))
        self._loaded_or_refused(feed, out.getvalue())

    def test_every_fault_of_a_whole_file_is_named(self, feed: Feed) -> None:
        shape = plainest(feed)
        header = [column.label for column in feed.columns]
        record = ["x"] * len(header)
        required = next(place for place, column in enumerate(feed.columns) if column.required)
        other = next(each for each in FEEDS.values() if each.name != feed.name and each.key != feed.key)
        faults = {
            "empty_file": b"",
            "missing_column": write(feed, shape, [header[:required] + header[required + 1 :], record[1:]]),
            "duplicate_header": write(feed, shape, [[*header, header[0]], [*record, "x"]]),
            "wrong_feed": write(feed, shape, [[column.label for column in other.columns]]),
            "unknown_header": write(feed, shape, [["a", "b", "c"], ["d", "e", "f"]]),
        }
        for reason, content in faults.items():
            with pytest.raises(UnreadableFile) as caught:
                load(feed, content)
            assert caught.value.rule == reason, (reason, str(caught.value))

    @CHECKED
    @given(data=st.data())
    def test_a_value_that_breaks_a_rule_is_quarantined_with_its_column(self, feed: Feed, data: st.DataObject) -> None:
        shape = data.draw(shapes(feed))
        [valid] = data.draw(rows(feed, most=1))
        wrong = {column.name: found for column in feed.columns if (found := _wrong_value(column)) is not None}
        records = [valid | {name: Cell(value, value, None)} for name, value in wrong.items()]
        named = [(column.name, column.label) for column in feed.columns]
        content = write(feed, shape, table(named, records, shape))
        [batch] = open_export(io.BytesIO(content), len(content), feed).batches
        checked = check(feed, batch, pl.repeat(1, batch.text.height, dtype=pl.Int64, eager=True), EarlierRecords(), {})
        blamed = {each.line: {reason.column for reason in each.reasons} for each in checked.quarantined}
        assert checked.good.height == 0 and len(blamed) == len(wrong)
        for (name, value), (_, columns) in zip(wrong.items(), sorted(blamed.items()), strict=True):
            assert name in columns, f"{name} = {value!r} was not blamed"

    @staticmethod
    def _loaded_or_refused(feed: Feed, content: bytes) -> Loaded | None:
        """Load a file of which every record is accounted for; None if it is refused with a reason that is known."""
        try:
            loaded = load(feed, content)
        except UnreadableFile as error:
            assert error.rule in REASONS, str(error)
            assert str(error).isprintable(), "a message holds no control characters"
            return None
        assert loaded.read == loaded.good.height + loaded.quarantined + loaded.duplicates
        return loaded


def _wrong_value(column: Column) -> str | None:
    """A value that the contract of a column does not allow; None if it allows every text."""
    if column.labels or column.type in ("integer", "boolean", "date", "timestamp"):
        return "99/99/2024"
    if column.pattern is not None or column.type == "array":
        return "? | ?"
    if column.max_length is not None:
        return "x" * (column.max_length + 1)
    return "" if column.required else None


def _plain(value: str) -> str:
    """A value without blanks at its ends, and without byte order marks, of which Arrow removes one."""
    return unicodedata.normalize("NFC", value.replace("\ufeff", "")).strip()
