"""Looks at the bytes of whole columns, which cost a small part of what a look at each value does."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

FEWEST_DELIMITERS = 8
"""Fewer than these in a text with line breaks are taken for punctuation."""

_NEWLINE, _SPACE = b"\n "
_MARK_LEAD = 0xCC  # and CD: they begin the UTF-8 of U+0300 to U+036F, the combining marks


def composed(values: pl.Series) -> pl.Series:
    """Text in which every accent is one character with its letter (NFC)."""
    marked = values.str.contains("[\u0300-\u036f]").arg_true()
    return values.clone().scatter(marked, values.gather(marked).str.normalize("NFC")) if marked.len() else values


def may_hold_marks(column: pa.StringArray) -> bool:
    """Whether a value of a column may hold a combining mark; rather yes than no."""
    return bool(((_letters(column) & 0xFE) == _MARK_LEAD).any())


def is_tight(column: pa.StringArray) -> bool:
    """Whether no value of a column begins or ends with a blank; rather no than yes.

    Only the bytes at the ends of the values are looked at. In UTF-8, blanks beyond ASCII begin with C2, E1 9A, E2 or
    E3.
    """
    letters = _letters(column)
    if not letters.size:
        return True
    places = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    begins, ends = np.minimum(places[:-1], letters.size - 1), places[1:] - 1
    first, last = letters.take(begins), letters.take(ends)
    if first.min() <= _SPACE or last.min() <= _SPACE:
        return False
    whole = np.concatenate((begins[first >= 0xC2], np.maximum(ends[last >= 0x80] - 2, 0)))
    lead, follow = letters.take(whole), letters.take(whole + 1)
    return not ((lead == 0xC2) | (lead >= 0xE2) | (follow == 0xC2) | (lead == 0xE1) & (follow == 0x9A)).any()


def line_breaks(batch: pa.RecordBatch, text: pl.DataFrame, delimiter: str) -> tuple[np.ndarray, int | None]:
    """How many line breaks stand inside the fields of each record, and the first record that swallowed another.

    A field with a line break and as many delimiters as a whole record has (and FEWEST_DELIMITERS) is no text: a
    quote was left open in it. `text` is the same as `batch`.
    """
    total = np.zeros(text.height, dtype=np.int64)
    enough = max(text.width - 1, FEWEST_DELIMITERS)
    first: int | None = None
    for column, values in zip(batch.columns, text.iter_columns(), strict=True):
        if (_letters(column) == _NEWLINE).any():
            inside = values.str.count_matches("\n", literal=True).fill_null(0).to_numpy()
            total += inside
            rows = np.flatnonzero(inside)
            crowded = values[rows].str.count_matches(delimiter, literal=True).to_numpy() >= enough
            if crowded.any():
                found = int(rows[crowded][0])
                first = found if first is None else min(first, found)
    return total, first


def _letters(column: pa.StringArray) -> np.ndarray:
    """The bytes of all values of a column, one after the other."""
    return np.frombuffer(column.buffers()[2] or b"", np.uint8)
