"""Find the identities of a row (values of its identity columns) in the other columns of that row and remove them.

A cheap test over whole columns selects the few rows that may contain one of their identities; only these rows are
then searched exactly, character by character.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from lachan.privacy.people import MANY_PARTED, parts_of

MARK = "[tên]"
MIN_BYTES = 4
"""Shorter identities are not searched for, because they are also syllables of other words; `scrub` removes them where
they follow a cue word."""
MIN_DIGITS = 6
"""Shorter numbers are found only exactly as written: with other separators they could be part of a date."""

Row = Sequence[str | None]

_END = "\x1e"  # ends the text of each row where the texts of all rows share one buffer
_CONSONANTS_AND_DIGITS = b"bcfghjklmnpqrstvwxz0123456789" + _END.encode()
_TO_CONSONANT_SKELETON = bytes(byte if byte in _CONSONANTS_AND_DIGITS else 0 for byte in bytes(range(256)).lower())
_NOT_ALPHANUMERIC = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_STYLED = "[\u2070-\u2fff\u3200-\u33ff\ua700-\ua7ff\ufb00-\U0010ffff]"  # NFKC turns many of these into plain letters


def remove_identities(
    texts: pl.DataFrame, identities: Sequence[pl.Series], open_columns: Collection[str] = ()
) -> dict[str, pl.Series]:
    """The text columns with each identity of the same row replaced by MARK, by column name.

    `texts` are text columns of some rows, `identities` the identity columns of the same rows in clear: strings, or
    lists of strings. An identity of MIN_BYTES or more is found

    - as it is written, in any case and with any spaces, even inside a longer word;
    - as whole words without its accents or with some of them placed differently, if it has several words;
    - with any separators or none, if it contains a digit: telephone numbers (with or without +84), codes, addresses.

    Names of two words or more that are a part of an identity, such as `Bà Thị Mẫu (vợ ông Trần Thử)`, are searched too.

    In `open_columns`, a single word without a digit is removed only where it is the whole value, because the name of
    an officer, `Sơn`, is also half of the ward `Lam Sơn`.
    """
    result = {name: texts[name] for name in texts.columns}
    if not (candidates := _candidate_rows(texts, identities)):
        return result
    is_open = [name in open_columns for name in texts.columns]
    changed: dict[int, Row] = {}
    for row, values in zip(candidates, texts[list(candidates)].iter_rows(), strict=True):
        if (cleaned := redact_row(values, candidates[row], is_open)) != values:
            changed[row] = cleaned
    for name, values in zip(texts.columns, zip(*changed.values(), strict=True), strict=False):
        result[name] = result[name].scatter(list(changed), pl.Series(values, dtype=pl.String))
    return result


def redact_row(values: Row, identities: Iterable[str], is_open: Sequence[bool] | None = None) -> Row:
    """The values of one row with that row's identities replaced by MARK.

    `is_open` states for each value whether it is from one of the `open_columns` of `remove_identities`; by default
    none is.
    """
    whole = "\n".join(filter(None, values))
    alphanumerics = _alphanumerics(whole)
    wanted = [(False, each) for each in identities]
    wanted += [(True, part) for _, each in wanted for part in parts_of(each)]
    terms = [
        (is_part, form, term)
        for is_part, each in wanted
        if len(each.encode()) >= MIN_BYTES and _alphanumerics(each).lstrip(b"084") in alphanumerics
        for form, term in _search_terms(each)
    ]
    terms = [each for each in terms if each[2] in _FORMS[each[1]].normalize(whole)]
    terms.sort(key=lambda each: (each[0], -len(each[2].strip()), each[1]))
    if not terms:
        return values
    return tuple(
        value and _redact(value, [each[1:] for each in terms], is_open=value_is_open)
        for value, value_is_open in zip(values, is_open or [False] * len(values), strict=True)
    )


# --- rows that may contain one of their identities ------------------------------------------------------------


def _candidate_rows(texts: pl.DataFrame, identities: Sequence[pl.Series]) -> dict[int, list[str]]:
    """The rows that may contain one of their identities, each with those identities.

    No row that contains one is missing; a row that contains none may be included.
    """
    if not texts.width or not identities:
        return {}
    owners, flat = zip(*(_flattened(identity) for identity in identities), strict=True)
    names, owner = pl.concat(flat), np.concatenate(owners)
    long_enough = (names.str.len_bytes() >= MIN_BYTES).fill_null(False)
    names, owner = names.filter(long_enough), owner[long_enough.to_numpy()]
    if not names.len():
        return {}
    names, owner, cells = _with_parts(names, owner)
    whole = texts.select(pl.concat_str(pl.all(), pl.lit(_END), separator="\n", ignore_nulls=True)).to_series()
    terms = _consonant_skeleton(names + _END).str.strip_chars_start("084")  # +84 or 0 before a number
    pairs = pl.DataFrame({"whole": _consonant_skeleton(whole).gather(owner), "term": terms})
    found = pairs.select(pl.col("whole").str.contains(pl.col("term"), literal=True)).to_series().arg_true()
    candidates: dict[int, list[str]] = defaultdict(list)
    for row, cell in zip(owner[found.to_numpy()].tolist(), cells.gather(found).to_list(), strict=True):
        if cell not in candidates[row]:
            candidates[row].append(cell)
    return candidates


def _with_parts(names: pl.Series, owner: np.ndarray) -> tuple[pl.Series, np.ndarray, pl.Series]:
    """The identities and the names that are parts of one, with the row and the whole identity of each."""
    parted = names.str.contains(MANY_PARTED).arg_true()
    whole = zip(owner[parted.to_numpy()].tolist(), names.gather(parted).to_list(), strict=True)
    found = [(row, part, cell) for row, cell in whole for part in parts_of(cell)]
    if not found:
        return names, owner, names
    rows, parts, cells = zip(*found, strict=True)
    return (
        pl.concat([names, pl.Series(parts, dtype=pl.String)]),
        np.concatenate([owner, np.array(rows)]),
        pl.concat([names, pl.Series(cells, dtype=pl.String)]),
    )


def _flattened(identity: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """The row index of every identity of a column, and the identities."""
    rows = np.arange(identity.len())
    if identity.dtype == pl.String:
        return rows, identity.alias("")
    items = identity.explode(empty_as_null=False, keep_nulls=False)
    return np.repeat(rows, identity.list.len().fill_null(0).to_numpy()), items.cast(pl.String).alias("")


def _consonant_skeleton(texts: pl.Series) -> pl.Series:
    """The consonants, except d and đ, and the digits of each text, in lower case.

    These do not depend on case, accents, spaces or separators. Each text must end with `_END`, which is removed.
    """
    blob = texts.to_arrow().buffers()[2].to_pybytes()
    if np.frombuffer(blob, np.uint8).max(initial=0) >= 0xE2:  # characters beyond the Vietnamese letters
        styled = texts.str.contains(_STYLED)
        if styled.any():
            where = styled.arg_true()
            plain = texts[where].str.normalize("NFKC").str.replace_all(_STYLED, "")
            return _consonant_skeleton(texts.scatter(where, plain))
    translated = pl.Series(np.frombuffer(blob.translate(_TO_CONSONANT_SKELETON), np.uint8))
    kept = translated.filter(translated != 0)  # several times as fast as letting `translate` delete bytes
    is_end = kept == ord(_END)
    ends = is_end.arg_true().to_numpy()
    if ends.size > texts.len():
        return _consonant_skeleton(texts.str.replace_all(_END, " ", literal=True) + _END)
    extents = np.concatenate(([0], ends - np.arange(ends.size))).astype(np.int64)
    skeletons = pa.py_buffer(kept.filter(~is_end).to_numpy())
    return pl.from_arrow(  # type: ignore[return-value]  # from an array it returns a series
        pa.LargeStringArray.from_buffers(texts.len(), pa.py_buffer(extents), skeletons)
    )


# --- exact search, character by character ---------------------------------------------------------------------


def _alphanumerics(text: str) -> bytes:
    """The letters of a text without accents and its digits, in one run: for a quick test before the exact search."""
    plain = unicodedata.normalize("NFKD", text.lower()).replace("đ", "d").replace("ð", "d")
    return plain.encode("ascii", "ignore").translate(None, _NOT_ALPHANUMERIC)


class _NormalForm(dict[str, str]):
    """The normal form of each character in one way of comparing texts; computed on first use of the character."""

    def normalize(self, text: str) -> str:
        """The normal form of a text, with single spaces, and one space before and after it."""
        return f" {' '.join(''.join(map(self.__getitem__, text)).split())} "

    def normalize_with_positions(self, text: str) -> tuple[str, list[int]]:
        """The same, and for each of its characters the position in `text` that it comes from."""
        letters, positions = [" "], [0]
        for position, char in enumerate(text):
            for letter in self[char]:
                if not letter == letters[-1] == " ":
                    letters.append(letter)
                    positions.append(position)
        if letters[-1] != " ":
            letters.append(" ")
            positions.append(len(text))
        return "".join(letters), positions


class _AsWritten(_NormalForm):
    """Lower case, without invisible characters, every kind of space as a space."""

    def __missing__(self, char: str) -> str:
        plain = unicodedata.normalize("NFKC", char) if re.match(_STYLED, char) else char
        invisible = unicodedata.category(char) == "Cf"
        self[char] = "" if invisible else " " if char.isspace() else plain.lower()
        return self[char]


class _WholeWords(_NormalForm):
    """Like `_AsWritten`, but vowels without accents, đ as d, and only letters, digits and spaces."""

    def __missing__(self, char: str) -> str:
        plain = _FORMS["as written"][char].replace("đ", "d").replace("ð", "d")
        bases = unicodedata.normalize("NFD", plain)
        plain = bases[:1] if bases[:1] in tuple("aeiouy") else plain
        self[char] = plain if plain.isalnum() or not plain else "" if unicodedata.combining(char) else " "
        return self[char]


class _LettersAndDigits(_NormalForm):
    """Like `_WholeWords`, but without any spaces."""

    def __missing__(self, char: str) -> str:
        self[char] = _FORMS["whole words"][char].strip()
        return self[char]


_FORMS = {"as written": _AsWritten(), "letters and digits": _LettersAndDigits(), "whole words": _WholeWords()}


def _search_terms(identity: str) -> Iterator[tuple[str, str]]:
    """The terms that find an identity, each with the name of the normal form in which texts are searched for it."""
    normalized = {name: form.normalize(identity) for name, form in _FORMS.items()}
    compact = normalized["letters and digits"].strip()
    if written := normalized["as written"].strip():
        yield "as written", written
    if compact.isdecimal():
        if len(compact) >= MIN_DIGITS:
            yield "letters and digits", compact
            yield "letters and digits", re.sub("^(?:84(?=[0-9]{9})|0)", "", compact)
    elif any(map(str.isdecimal, compact)):
        yield "letters and digits", compact
    elif " " in normalized["whole words"].strip():
        yield "whole words", normalized["whole words"]  # the spaces around it make it match whole words only


def _redact(text: str, terms: Iterable[tuple[str, str]], *, is_open: bool) -> str:
    """The text with every match of the terms replaced by MARK."""
    for form, term in terms:
        letters, positions = _FORMS[form].normalize_with_positions(text)
        if is_open and term.isalpha() and term != letters.strip():
            continue
        margin = term.startswith(" ")
        done, pieces, at = 0, [], letters.find(term)
        while at >= 0:
            first, last = at + margin, at + len(term) - 1 - margin
            pieces += [text[done : positions[first]], MARK]
            done = positions[last] + 1
            at = letters.find(term, last + 1)
        text = "".join([*pieces, text[done:]])
    return text
