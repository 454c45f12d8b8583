"""The words of a row's identity columns, found and taken out wherever else they stand in that row.

A cheap test over whole columns leaves few rows that may hold one of their identities; these are read letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import polars as pl
import pyarrow as pa

MARK = "[tên]"
FEWEST_BYTES = 4
"""Anything shorter is a syllable of other words too; there only the cue words of the scrub help."""
FEWEST_DIGITS = 6
"""A shorter number is found as it is written only: with other separators it might be half a date."""

Row = Sequence[str | None]

_END = "\x1e"  # parts the texts of rows where they stand in one buffer
_BONES = b"bcfghjklmnpqrstvwxz0123456789" + _END.encode()
_TO_BONES = bytes(byte if byte in _BONES else 0 for byte in bytes(range(256)).lower())
_NO_SIGNS = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_STYLED = "[\u2070-\u2fff\u3200-\u33ff\ua700-\ua7ff\ufb00-\U0010ffff]"  # NFKC makes plain letters of many of these


def remove_identities(
    texts: pl.DataFrame, identities: Sequence[pl.Series], opened: Collection[str] = ()
) -> dict[str, pl.Series]:
    """Texts without what the same row's identity columns hold; a mark stands in its place.

    `texts` are text columns of some rows, `identities` the same rows' identity columns in clear: strings, or lists
    of strings. An identity of FEWEST_BYTES or more is found

    - as it is written, in any case and with any spaces, even inside a longer word;
    - as whole words without its accents or with some placed otherwise, if it has several words;
    - with any separators or none, if it holds a digit: telephone numbers (with or without +84), codes, addresses.

    In the columns `opened`, a lone word without a digit counts only where it is all that stands there: an officer
    `Sơn` is also half of the ward `Lam Sơn`.
    """
    result = {name: texts[name] for name in texts.columns}
    if not (suspects := _suspects(texts, identities)):
        return result
    alone = [name in opened for name in texts.columns]
    changed: dict[int, Row] = {}
    for row, values in zip(suspects, texts[list(suspects)].iter_rows(), strict=True):
        if (cleaned := without(values, suspects[row], alone)) != values:
            changed[row] = cleaned
    for name, values in zip(texts.columns, zip(*changed.values(), strict=True), strict=False):
        result[name] = result[name].scatter(list(changed), pl.Series(values, dtype=pl.String))
    return result


def without(values: Row, identities: Iterable[str], alone: Sequence[bool] | None = None) -> Row:
    """The values of one row without identities of that row; `alone` tells which of them are as in `opened`."""
    whole = "\n".join(filter(None, values))
    signs = _signs(whole)
    likely = [
        each for each in identities if len(each.encode()) >= FEWEST_BYTES and _signs(each).lstrip(b"084") in signs
    ]
    needles = [needle for each in likely for needle in _needles(each)]
    needles = [(reading, needle) for reading, needle in needles if needle in _READINGS[reading].of(whole)]
    needles.sort(key=lambda each: (-len(each[1].strip()), each[0]))
    if not needles:
        return values
    return tuple(
        value and _cut(value, needles, alone=alone_here)
        for value, alone_here in zip(values, alone or [False] * len(values), strict=True)
    )


# --- which rows may hold one ----------------------------------------------------------------------------------


def _suspects(texts: pl.DataFrame, identities: Sequence[pl.Series]) -> dict[int, list[str]]:
    """The rows that may hold one of their identities, each with those identities. Misses none."""
    if not texts.width or not identities:
        return {}
    owners, flat = zip(*(_flattened(identity) for identity in identities), strict=True)
    words, owner = pl.concat(flat), np.concatenate(owners)
    worth = (words.str.len_bytes() >= FEWEST_BYTES).fill_null(False)
    words, owner = words.filter(worth), owner[worth.to_numpy()]
    if not words.len():
        return {}
    whole = texts.select(pl.concat_str(pl.all(), pl.lit(_END), separator="\n", ignore_nulls=True)).to_series()
    needles = _bones(words + _END).str.strip_chars_start("084")  # +84 or 0 before a number
    pairs = pl.DataFrame({"whole": _bones(whole).gather(owner), "needle": needles})
    found = pairs.select(pl.col("whole").str.contains(pl.col("needle"), literal=True)).to_series().arg_true()
    suspects = defaultdict(list)
    for row, word in zip(owner[found.to_numpy()].tolist(), words.gather(found).to_list(), strict=True):
        suspects[row].append(word)
    return suspects


def _flattened(identity: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """Every identity of a column and the row it belongs to."""
    rows = np.arange(identity.len())
    if identity.dtype == pl.String:
        return rows, identity.alias("")
    items = identity.explode(empty_as_null=False, keep_nulls=False)
    return np.repeat(rows, identity.list.len().fill_null(0).to_numpy()), items.cast(pl.String).alias("")


def _bones(texts: pl.Series) -> pl.Series:
    """What neither case, accents, spaces nor separators change in texts that end with `_END`, which goes.

    Consonants but d and đ, and digits.
    """
    blob = texts.to_arrow().buffers()[2].to_pybytes()
    if np.frombuffer(blob, np.uint8).max(initial=0) >= 0xE2:  # beyond the letters of Vietnamese
        styled = texts.str.contains(_STYLED)
        if styled.any():
            where = styled.arg_true()
            return _bones(texts.scatter(where, texts[where].str.normalize("NFKC").str.replace_all(_STYLED, "")))
    read = pl.Series(np.frombuffer(blob.translate(_TO_BONES), np.uint8))
    kept = read.filter(read != 0)  # several times as fast as `translate` where it deletes
    is_end = kept == ord(_END)
    ends = is_end.arg_true().to_numpy()
    if ends.size > texts.len():
        return _bones(texts.str.replace_all(_END, " ", literal=True) + _END)
    extents = np.concatenate(([0], ends - np.arange(ends.size))).astype(np.int64)
    bones = pa.py_buffer(kept.filter(~is_end).to_numpy())
    return pl.from_arrow(  # type: ignore[return-value]  # an array makes a series
        pa.LargeStringArray.from_buffers(texts.len(), pa.py_buffer(extents), bones)
    )


# --- letter by letter -----------------------------------------------------------------------------------------


def _signs(text: str) -> bytes:
    """A text's letters without accents and its digits, in one run: a quick look before the exact ones."""
    plain = unicodedata.normalize("NFKD", text.lower()).replace("đ", "d").replace("ð", "d")
    return plain.encode("ascii", "ignore").translate(None, _NO_SIGNS)


class _Reading(dict[str, str]):
    """What each character is read as; filled as characters come."""

    def of(self, text: str) -> str:
        """A text so read, with single spaces, and one before and behind."""
        return f" {' '.join(''.join(map(self.__getitem__, text)).split())} "

    def places(self, text: str) -> tuple[str, list[int]]:
        """The same, and for each of its characters the place in the text that it comes from."""
        letters, places = [" "], [0]
        for place, char in enumerate(text):
            for letter in self[char]:
                if not letter == letters[-1] == " ":
                    letters.append(letter)
                    places.append(place)
        if letters[-1] != " ":
            letters.append(" ")
            places.append(len(text))
        return "".join(letters), places


class _AsWritten(_Reading):
    def __missing__(self, char: str) -> str:
        plain = unicodedata.normalize("NFKC", char) if re.match(_STYLED, char) else char
        unseen = unicodedata.category(char) == "Cf"
        self[char] = "" if unseen else " " if char.isspace() else plain.lower()
        return self[char]


class _Words(_Reading):
    def __missing__(self, char: str) -> str:
        plain = _READINGS["as written"][char].replace("đ", "d").replace("ð", "d")
        bases = unicodedata.normalize("NFD", plain)
        plain = bases[:1] if bases[:1] in tuple("aeiouy") else plain
        self[char] = plain if plain.isalnum() or not plain else "" if unicodedata.combining(char) else " "
        return self[char]


class _Signs(_Reading):
    def __missing__(self, char: str) -> str:
        self[char] = _READINGS["words"][char].strip()
        return self[char]


_READINGS = {"as written": _AsWritten(), "signs": _Signs(), "words": _Words()}


def _needles(identity: str) -> Iterator[tuple[str, str]]:
    """What to look for, each in which reading of the texts."""
    read = {name: reading.of(identity) for name, reading in _READINGS.items()}
    signs = read["signs"].strip()
    if written := read["as written"].strip():
        yield "as written", written
    if signs.isdecimal():
        if len(signs) >= FEWEST_DIGITS:
            yield "signs", signs
            yield "signs", re.sub("^(?:84(?=[0-9]{9})|0)", "", signs)
    elif any(map(str.isdecimal, signs)):
        yield "signs", signs
    elif " " in read["words"].strip():
        yield "words", read["words"]  # with the spaces around them: whole words


def _cut(text: str, needles: Iterable[tuple[str, str]], *, alone: bool) -> str:
    for name, needle in needles:
        letters, places = _READINGS[name].places(text)
        if alone and needle.isalpha() and needle != letters.strip():
            continue
        margin = needle.startswith(" ")
        done, pieces, at = 0, [], letters.find(needle)
        while at >= 0:
            first, last = at + margin, at + len(needle) - 1 - margin
            pieces += [text[done : places[first]], MARK]
            done = places[last] + 1
            at = letters.find(needle, last + 1)
        text = "".join([*pieces, text[done:]])
    return text
