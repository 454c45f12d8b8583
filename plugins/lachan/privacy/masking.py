"""Mask a value that could not be loaded, or that no contract declares, so that it can be shown."""

from __future__ import annotations

import re

import polars as pl

from lachan.printable import CONTROL_PICTURES, printable
from lachan.privacy.reading import plain
from lachan.privacy.scrub import ANY_NUMBER

_NUMBER = re.compile(ANY_NUMBER)


def mask(value: str, *, secret: bool) -> str:
    """What may be shown of a value that could not be loaded.

    Of a secret value only its length is shown. In any other value letters become `x`; digits become `9` if the value
    holds a telephone or identity number, a number plate, an address or an account, else they stay, so that a wrong date
    or number can be recognised. At most 200 characters are shown.
    """
    if secret:
        return f"({len(value)} characters)"
    shown = re.sub(r"[^\W\d_]", "x", printable(value))
    if _NUMBER.search(value if value.isascii() else plain(value)):
        shown = re.sub(r"\d", "9", shown)
    shown = shown[:200]
    return shown if len(value) <= 200 else f"{shown}… ({len(value):,} characters)"


def mask_all(value: str) -> str:
    """What may be shown of a record whose fields cannot be identified: letters become `x`, all digits become `9`.

    At most 2,000 characters are shown.
    """
    shown = re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", printable(value[:2000])))
    return shown if len(value) <= 2000 else f"{shown}… ({len(value):,} characters)"


def mask_column(values: pl.Series) -> pl.Series:
    """What may be shown of a column that no contract declares: letters become `x`, all digits become `9`.

    At most 200 characters of each value are shown.
    """
    shown = values.str.slice(0, 200).str.replace_all(r"\p{L}", "x").str.replace_all(r"\p{Nd}", "9")
    return shown.str.replace_many(list(CONTROL_PICTURES), list(CONTROL_PICTURES.values()))
