"""Keyed pseudonyms for identities."""

from __future__ import annotations

import hmac
from functools import cache
from typing import cast

import polars as pl
import polars_hash  # noqa: F401  # registers the expression namespace `.chash`

from lachan.privacy.people import LEADING_TITLES, PART_ENDS

# These patterns run in polars' regex engine.
_NUMBER_START = "^[+(0-9]"
_SEPARATORS = r"[ .()\-\x{A0}]+"
_COUNTRY_CODE = r"^\+?84"
_SPACES = r"\s+"
_FIRST_NAME = r"^([^0-9();,/|]+? [^0-9();,/|]+?) ?(?:[0-9();,/|]| - |$)"
_NEEDS_NORMALIZING = rf"^[+(]|^84|{_NUMBER_START}.*{_SEPARATORS}|^\s|\s$|\s\s|[^\S ]|{LEADING_TITLES}|{PART_ENDS}"


def prefix(number: int) -> str:
    """How the pseudonyms of a key begin: `p2_` for key number 2; `p_` for number 1, as before keys had numbers."""
    return "p_" if number == 1 else f"p{number}_"


def pseudonyms(values: pl.Series, key: bytes, column: str, number: int = 1) -> pl.Series:
    """Keyed pseudonyms: the prefix of the key's number and 32 hexadecimal digits.

    One person has the same pseudonym throughout a column.

    A pseudonym is the first half of an HMAC-SHA256 (FIPS 198-1). Each column has its own key, derived from the secret
    key and the column's name, so pseudonyms of different columns cannot be joined. Values are normalised first:
    case and spaces of names, separators and the country code of telephone numbers; of a cell with titles or notes it
    is the first name of two words or more. Nulls stay null.
    """
    coded = values.to_arrow().dictionary_encode()
    texts = _normalized(cast(pl.Series, pl.from_arrow(coded.dictionary)))
    digest = pl.col("").chash.hmac_sha256(key=_column_key(key, column))  # type: ignore[attr-defined]  # polars_hash adds it
    digests = texts.to_frame("").select(pl.lit(prefix(number)) + digest.str.slice(0, 32)).to_series()
    return digests.gather(cast(pl.Series, pl.from_arrow(coded.indices)))


def key_fingerprint(key: bytes) -> str:
    """A value by which two keys can be compared, and from which the key cannot be computed: 64 hexadecimal digits.

    It is an HMAC of a constant that is no column's name, so it is not the key of a column either.
    """
    return hmac.digest(key, b"fingerprint of the pseudonym key", "sha256").hex()


@cache
def _column_key(key: bytes, column: str) -> str:
    return hmac.digest(key, column.encode(), "sha256").hex()


def _normalized(values: pl.Series) -> pl.Series:
    """One spelling for all spellings of the same name or telephone number."""
    lower = values.str.to_lowercase()
    places = lower.str.contains(_NEEDS_NORMALIZING).arg_true()
    if not places.len():
        return lower
    text = lower.gather(places)
    number = text.str.replace_all(_SEPARATORS, "").str.replace(_COUNTRY_CODE, "0")
    name = text.str.strip_chars().str.replace_all(r"[\r\n]+", ";").str.replace_all(_SPACES, " ")
    named = name.str.replace(LEADING_TITLES, "").str.extract(_FIRST_NAME)
    name = pl.select(pl.coalesce(named, name)).to_series()
    normalized = pl.select(pl.when(text.str.contains(_NUMBER_START)).then(number).otherwise(name)).to_series()
    return lower.scatter(places, normalized)
