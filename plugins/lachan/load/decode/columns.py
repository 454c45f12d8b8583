"""Checks on the bytes of whole columns, which take a small part of the time of a check on each value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa

MIN_DELIMITERS = 8
"""Fewer delimiters than this in a field with line breaks are taken for punctuation."""

_SPACE = ord(" ")
_COMBINING_MARKS = "[\u0300-\u036f]"
_has_marks = re.compile(_COMBINING_MARKS).search


def to_nfc(values: pl.Series) -> pl.Series:
    """Normalise text to NFC, in which a letter and its accents are one character."""
    marked = values.str.contains(_COMBINING_MARKS).arg_true()
    return values.clone().scatter(marked, values.gather(marked).str.normalize("NFC")) if marked.len() else values


def text_to_nfc(value: str) -> str:
    """Normalise one text as `to_nfc` does those of a column."""
    return value if value.isascii() or not _has_marks(value) else unicodedata.normalize("NFC", value)


def count_lines(data: bytes | bytearray) -> int:
    """The number of line ends: LF, CR LF, or CR alone, as Python and editors count them."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def value_bytes(column: pa.StringArray) -> bytes:
    """Return the bytes of all values of a column, concatenated: searching for a byte is fastest in `bytes`."""
    buffer = column.buffers()[2]
    return buffer.to_pybytes() if buffer else b""


def may_hold_combining_marks(data: bytes) -> bool:
    """Whether the bytes of a column may contain a combining mark, U+0300 to U+036F; false positives are possible."""
    return b"\xcc" in data or b"\xcd" in data


def may_hold_format_characters(data: bytes) -> bool:
    """Whether the bytes of a column may contain a character of Unicode category Cf; false positives are possible.

    In UTF-8 these begin with C2, D8, DB, DC, E0, or E2 and beyond, which no letter of Vietnamese does; or are E1 A0 8E.
    """
    return (
        np.frombuffer(data, np.uint8).max(initial=0) >= 0xE2
        or any(lead in data for lead in (b"\xc2", b"\xd8", b"\xdb", b"\xdc", b"\xe0"))
        or (b"\x8e" in data and b"\xe1\xa0\x8e" in data)  # E1 alone is frequent
    )


def is_trimmed(column: pa.StringArray, data: bytes) -> bool:
    """Whether no value of a column begins or ends with a blank; false negatives are possible. `data`: its bytes.

    Only the bytes at the ends of the values are checked. In UTF-8, blanks beyond ASCII begin with C2, E1 9A, E2 or E3.
    """
    if not data or not len(column):
        return True
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    all_bytes, begins, ends = np.frombuffer(data, np.uint8), offsets[:-1], offsets[1:] - 1
    first, last = all_bytes.take(begins, mode="clip"), all_bytes.take(ends, mode="clip")
    if first.min() <= _SPACE or last.min() <= _SPACE:
        return False
    if b"\xc2" not in data and b"\x9a" not in data and all_bytes.max() < 0xE2:
        return True
    places = np.concatenate((begins[first >= 0xC2], ends[last >= 0x80] - 2))
    lead, follow = all_bytes.take(places, mode="clip"), all_bytes.take(places + 1, mode="clip")
    return not ((lead == 0xC2) | (lead >= 0xE2) | (follow == 0xC2) | (lead == 0xE1) & (follow == 0x9A)).any()


def count_line_breaks(text: pl.DataFrame, data: Iterable[bytes], delimiter: str) -> tuple[np.ndarray, int | None]:
    """Count the line breaks within the fields of each record; also find the first record with an unclosed quote.

    A quote counts as unclosed if a field has line breaks, at least as many delimiters as a whole record (and at least
    MIN_DELIMITERS), and a line that begins as a record does: it then holds the records that follow. `data` holds the
    bytes of each column of `text`.
    """
    total = np.zeros(text.height, dtype=np.int64)
    enough = max(text.width - 1, MIN_DELIMITERS)
    first: int | None = None
    for values, bytes_ in zip(text.iter_columns(), data, strict=True):
        lone_cr = b"\r" in bytes_
        if lone_cr or b"\n" in bytes_:
            pattern = r"\r\n?|\n" if lone_cr else "\n"
            line_breaks = values.str.count_matches(pattern, literal=not lone_cr).fill_null(0).to_numpy()
            total += line_breaks
            rows = np.flatnonzero(line_breaks)
            has_delimiters = values[rows].str.count_matches(delimiter, literal=True).to_numpy() >= enough
            suspects = (int(row) for row in rows[has_delimiters] if first is None or row < first)
            found = next((row for row in suspects if _holds_record(values[row], text[row, 0], delimiter)), None)
            first = found if found is not None else first
    return total, first


def _holds_record(field: str, first_field: str | None, delimiter: str) -> bool:
    """Whether a line within a field begins with a delimited value that looks like the first one of its record."""
    if first_field is None or "\n" in first_field:
        return True
    shape = _shape(first_field)
    beginnings = (line.partition(delimiter) for line in field.split("\n")[1:])
    return any(found and _shape(value.strip(' "')) == shape for value, found, _ in beginnings)


def _shape(value: str) -> str:
    """The value with `x` for letters and `9` for digits, once for each run of them."""
    return re.sub(r"[^\W\d_]+", "x", re.sub(r"\d+", "9", value))
