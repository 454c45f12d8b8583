"""Tell which values look like identities of people in columns that should hold none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import polars as pl

from lachan.privacy import scrub
from lachan.privacy.family_names import FAMILY_NAMES
from lachan.privacy.people import PART_ENDS, TITLES
from lachan.privacy.reading import plain

MAX_WORDS = 5
"""Words after the family name in a value that is taken for a whole name."""

_PLACES = (
    "hà nội|hà nam|hà giang|hà tĩnh|cao bằng|thái bình|thái nguyên|lâm đồng|ninh bình|ninh thuận|đồng nai|đồng tháp"
)
_COMPOUNDS = (
    "đoàn thanh niên|đoàn thể|đoàn phường|đoàn xã|đoàn trường|đoàn kết|văn phòng|văn hóa|văn hoá|văn thư|hồ sơ|"
    "cao đẳng|cao học|đồng tâm|đồng bào|lương thực|lưu động|lưu trữ|từ thiện|ninh hải|quản lý|quản trị|thái độ|"
    "dương tính|cung ứng"
)
"""Beginnings of values that begin as a name does, but are names of provinces and authorities, or other words."""


def _unaccented(text: str) -> str:
    plain_letters = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(letter for letter in plain_letters if not unicodedata.combining(letter))


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(sorted(set(names), key=len, reverse=True))


_TYPED = [_unaccented(name.lower()) for name in FAMILY_NAMES]
_TITLES = rf"(?:(?i:{TITLES})[ .:]+)*"
_END = rf" ?(?:$|{PART_ENDS})"
# The words of a name are written alike: `Đoàn Thanh niên` is no name.
_WRITTEN = {
    r"\p{Lu}[\p{L}'’-]*\.?": [*FAMILY_NAMES, *(name.upper() for name in FAMILY_NAMES)],
    r"[\p{Ll}'’-]+": [name.lower() for name in FAMILY_NAMES],
}
_WHOLE_NAME = "|".join(
    rf"^{_TITLES}(?:{_alternatives(families)})(?: {word}){{1,{MAX_WORDS}}}{_END}" for word, families in _WRITTEN.items()
)
_TYPED_NAME = rf"^{_TITLES}(?i:{_alternatives(_TYPED)})(?: [A-Za-z]+){{2,{MAX_WORDS}}}{_END}"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{1,2}(?::[0-9]{2}){0,2})?"


def look_like_identities(values: pl.Series) -> pl.Series:
    """Whether each value looks like a person's name, number, number plate, e-mail address or account; false for null.

    A value is taken for a name if free text would be scrubbed of it, and if it is a name as a whole: a frequent family
    name (without its accents if three words or more are typed in ASCII), and up to MAX_WORDS words that are all
    capitalised, all in capitals or all in small letters. A title before it and a note behind it do not hide it.
    """
    texts = values.str.replace_all(_TIME, "").str.strip_chars()
    texts, where = scrub.find(texts)
    removed = scrub.scrub_names(scrub.scrub_numbers(texts, where), where) != texts
    return (removed | _are_names(texts)).fill_null(False)


def looks_like_identity(value: str) -> bool:
    """As `look_like_identities`, for one value."""
    return bool(look_like_identities(pl.Series([value]))[0])


def _are_names(values: pl.Series) -> pl.Series:
    words = pl.Series([" ".join(plain(value).split()) if value else None for value in values], dtype=pl.String)
    is_other = words.str.to_lowercase().str.contains(rf"^(?:{_PLACES})$|^(?:{_COMPOUNDS})")
    is_ascii = words.str.len_bytes() == words.str.len_chars()
    is_name = words.str.contains(_WHOLE_NAME) | (is_ascii & words.str.contains(_TYPED_NAME))
    return is_name & ~is_other
