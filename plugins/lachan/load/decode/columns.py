"""Looks at the bytes of whole columns, which cost a small part of what a look at each value does."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa

FEWEST_DELIMITERS = 8
"""Fewer than these in a text with line breaks are taken for punctuation."""

_SPACE = ord(" ")


def composed(values: pl.Series) -> pl.Series:
    """Text in which every accent is one character with its letter (NFC)."""
    marked = values.str.contains("[\u0300-\u036f]").arg_true()
    return values.clone().scatter(marked, values.gather(marked).str.normalize("NFC")) if marked.len() else values


def letters(column: pa.StringArray) -> bytes:
    """The bytes of all values of a column, one after the other: in `bytes`, a byte is found fastest."""
    buffer = column.buffers()[2]
    return buffer.to_pybytes() if buffer else b""


def may_hold_marks(letters: bytes) -> bool:
    """Whether a value of a column may hold a combining mark, U+0300 to U+036F; rather yes than no."""
    return b"\xcc" in letters or b"\xcd" in letters


def is_tight(column: pa.StringArray, letters: bytes) -> bool:
    """Whether no value of a column begins or ends with a blank; rather no than yes.

    Only the bytes at the ends of the values are looked at. In UTF-8, blanks beyond ASCII begin with C2, E1 9A, E2 or
    E3.
    """
    if not letters or not len(column):
        return True
    places = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    signs, begins, ends = np.frombuffer(letters, np.uint8), places[:-1], places[1:] - 1
    first, last = signs.take(begins, mode="clip"), signs.take(ends, mode="clip")
    if first.min() <= _SPACE or last.min() <= _SPACE:
        return False
    if b"\xc2" not in letters and b"\x9a" not in letters and signs.max() < 0xE2:
        return True
    whole = np.concatenate((begins[first >= 0xC2], ends[last >= 0x80] - 2))
    lead, follow = signs.take(whole, mode="clip"), signs.take(whole + 1, mode="clip")
    return not ((lead == 0xC2) | (lead >= 0xE2) | (follow == 0xC2) | (lead == 0xE1) & (follow == 0x9A)).any()


def line_breaks(text: pl.DataFrame, letters: Iterable[bytes], delimiter: str) -> tuple[np.ndarray, int | None]:
    """How many line breaks stand inside the fields of each record, and the first record that swallowed another.

    A field with a line break and as many delimiters as a whole record has (and FEWEST_DELIMITERS) is no text: a
    quote was left open in it. `letters` are those of the text's columns.
    """
    total = np.zeros(text.height, dtype=np.int64)
    enough = max(text.width - 1, FEWEST_DELIMITERS)
    first: int | None = None
    for values, bytes_ in zip(text.iter_columns(), letters, strict=True):
        if b"\n" in bytes_:
            inside = values.str.count_matches("\n", literal=True).fill_null(0).to_numpy()
            total += inside
            rows = np.flatnonzero(inside)
            crowded = values[rows].str.count_matches(delimiter, literal=True).to_numpy() >= enough
            if crowded.any():
                found = int(rows[crowded][0])
                first = found if first is None else min(first, found)
    return total, first
