"""Where a record of delimited text ends: at a line break outside of quotes, as Arrow's parser takes them."""

from __future__ import annotations

import numpy as np

_QUOTE, _LF, _CR = map(ord, '"\n\r')


def ends(data: bytearray, start: int, end: int, delimiter: str, *, apart: int, final: bool) -> list[int]:
    """Where to cut data that begin with a record, so that each piece holds whole records, from `apart` bytes on.

    What follows the last cut is no whole record yet. With `final`, nothing follows but a record whose quote is never
    closed: the end of the data ends the last record.
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
        newline = data.find(b"\n", first + apart, last)
        while newline >= 0 and (before := quotes_before(newline)) % 2:
            newline = data.find(b"\n", int(quotes[before]), last) if before < quotes.size else -1
        first = newline + 1 if newline >= 0 else last
        cuts.append(first)
    return cuts


def _quotes(data: np.ndarray, delimiter: str) -> np.ndarray:
    """The places of the quotes that open and close fields, by turns; a doubled quote closes and opens again."""
    places = np.flatnonzero(data == _QUOTE)
    bounds = np.zeros(256, dtype=bool)
    bounds[[ord(delimiter), _LF, _CR]] = True
    beside = bounds.copy()
    beside[_QUOTE] = True
    opening, closing = places[::2], places[1::2]
    before = data[opening[opening > 0] - 1]
    behind = data[closing[closing < data.size - 1] + 1]
    if beside[before].all() and beside[behind].all():
        return places
    kept: list[int] = []
    doubled = -1
    for place in places.tolist():  # a quote within an unquoted field is a letter like others
        if len(kept) % 2 and place + 1 < data.size and data[place + 1] == _QUOTE and place != doubled:
            doubled = place + 1
        elif place != doubled and (len(kept) % 2 or place == 0 or bounds[data[place - 1]]):
            kept.append(place)
    return np.array(kept, dtype=np.int64)
