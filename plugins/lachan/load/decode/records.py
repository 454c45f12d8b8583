"""Finds the ends of records in delimited text: line breaks outside of quotes, interpreted as Arrow's parser does."""

from __future__ import annotations

import numpy as np

_QUOTE, _LF, _CR = map(ord, '"\n\r')


def ends(data: bytearray, start: int, end: int, delimiter: str, *, piece_bytes: int, final: bool) -> list[int]:
    """Find where to cut `data[start:end]` into pieces of whole records; returns the end of each piece.

    A record must begin at `start`. Each piece but the last has more than `piece_bytes` bytes. The bytes after the last
    cut are an incomplete record. With `final`, `end` is the end of the file and so ends the last record, except one
    whose quote is never closed.
    """
    quotes = start + _quotes(np.frombuffer(data, np.uint8)[start:end], delimiter)

    def quotes_before(place: int) -> int:
        return int(np.searchsorted(quotes, place))

    last = end
    if not final or quotes.size % 2:
        newline = data.rfind(b"\n", start, end)
        while newline >= 0 and (before := quotes_before(newline)) % 2:
            newline = data.rfind(b"\n", start, int(quotes[before - 1]))
        last = max(newline + 1, start)
    cuts: list[int] = []
    first = start
    while first < last:
        newline = data.find(b"\n", first + piece_bytes, last)
        while newline >= 0 and (before := quotes_before(newline)) % 2:
            newline = data.find(b"\n", int(quotes[before]), last) if before < quotes.size else -1
        first = newline + 1 if newline >= 0 else last
        cuts.append(first)
    return cuts


def first_lone_cr(data: bytearray, start: int, end: int) -> int | None:
    """The place of the first CR in `data[start:end]` that ends a record there: outside of quotes, and without a LF."""
    place = data.find(b"\r", start, end)
    while place >= 0:
        if data[place + 1 : place + 2] != b"\n" and data.count(b'"', start, place) % 2 == 0:
            return place
        place = data.find(b"\r", place + 1, end)
    return None


def _quotes(data: np.ndarray, delimiter: str) -> np.ndarray:
    """Find the quotes that open and close fields, alternating; an escaped (doubled) quote may count as both."""
    places = np.flatnonzero(data == _QUOTE)
    is_boundary = np.zeros(256, dtype=bool)
    is_boundary[[ord(delimiter), _LF, _CR]] = True
    may_adjoin = is_boundary.copy()
    may_adjoin[_QUOTE] = True
    opening, closing = places[::2], places[1::2]
    before = data[opening[opening > 0] - 1]
    after = data[closing[closing < data.size - 1] + 1]
    if may_adjoin[before].all() and may_adjoin[after].all():
        return places
    kept: list[int] = []
    doubled = -1
    for place in places.tolist():  # a quote within an unquoted field is an ordinary character
        if len(kept) % 2 and place + 1 < data.size and data[place + 1] == _QUOTE and place != doubled:
            doubled = place + 1
        elif place != doubled and (len(kept) % 2 or place == 0 or is_boundary[data[place - 1]]):
            kept.append(place)
    return np.array(kept, dtype=np.int64)
