"""A contract's rules as polars expressions: text to types, and what a value must not be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from lachan.contract import Column, Feed
from lachan.settings import TIMEZONE

FIRST_YEAR, LAST_YEAR = 2000, 2099
_SECONDS, _MINUTES, _HOURS = "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %Hh%M"
UTC_OFFSET_US = 7 * 3600 * 1_000_000
TYPED = "typed:"
"""Prefix of the typed columns where they stand beside their text."""


@dataclass(frozen=True)
class Rule:
    """A rule of one column; its expressions see text and types.

    `suspect` is one cheap answer for a whole batch, and true at least where some row is `broken`.
    """

    column: str
    name: str
    expected: str
    suspect: pl.Expr
    broken: pl.Expr


@dataclass(frozen=True)
class Rules:
    """What a feed's contract asks of its rows: the typed columns, and the rules over text and types.

    `typed` is worked out of the text that `levelled` gives: an expression is computed wherever it stands, so what
    two of them need is a step of its own.
    """

    levelled: tuple[pl.Expr, ...]
    typed: tuple[pl.Expr, ...]
    rules: tuple[Rule, ...]


@cache
def rules_of(feed: Feed) -> Rules:
    """The rules of a feed; made once."""
    return Rules(
        levelled=tuple(expression for column in feed.columns for expression in _levelled(column, feed)),
        typed=tuple(_typed(column, feed).alias(TYPED + column.name) for column in feed.columns),
        rules=tuple(rule for column in feed.columns for rule in _rules(column, feed)),
    )


def nul_rule(column: str) -> Rule:
    """The rule that PostgreSQL sets for every text: no NUL characters."""
    has_nul = pl.col(column).str.contains("\0", literal=True)
    return Rule(column, "nul", "text without NUL characters", has_nul.any(), has_nul)


def level(label: str) -> str:
    """A label without what exports spell differently: case, spaces, Đ or Ð."""
    return " ".join(label.replace("Ð", "Đ").casefold().split())


def reread(column: Column, feed: Feed, text: pl.Series) -> pl.Series:
    """A column's values again, for those that the quick reading lost: slower, in every allowed spelling."""
    if column.labels:
        known = {level(label): code for label, code in column.labels.items()} | {level(c): c for c in column.codes}
        found = text.drop_nulls().unique()
        codes = pl.Series([known.get(level(label)) for label in found], dtype=pl.String)
        values = text.replace_strict(found, codes, default=None, return_dtype=pl.String)
        return values == "true" if column.type == "boolean" else values
    formats = feed.timestamp_formats if column.type == "timestamp" else feed.date_formats
    readings = pl.coalesce(_parsed(pl.col(text.name).str.strip_chars(), form) for form in formats)
    return text.to_frame().select(_in_type(column, readings)).to_series()


# --- types --------------------------------------------------------------------------------------------------


def _typed(column: Column, feed: Feed) -> pl.Expr:
    text = pl.col(column.name)
    if column.labels:
        known = column.labels | {code: code for code in column.codes}
        codes = pl.Series([code == "true" if column.type == "boolean" else code for code in known.values()])
        place = text.cast(pl.Enum(list(known)), strict=False).to_physical()  # twice as fast as `replace_strict`
        return pl.lit(codes).gather(place)
    match column.type:
        case "integer":
            return text.cast(pl.Int64, strict=False)
        case "boolean":
            return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        case "date":
            return _in_type(column, _parsed(text, feed.date_formats[0]))
        case "timestamp":
            return _in_type(column, _usual(text, feed.timestamp_formats))
        case "array":
            items = text.str.split(column.separator).list.eval(pl.element().str.strip_chars().replace("", None))
            return items.list.drop_nulls().list.unique(maintain_order=True)
        case "string":
            return text


def _parsed(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_datetime(form, strict=False, time_unit="us", cache=False)


def _levelled(column: Column, feed: Feed) -> Iterator[pl.Expr]:
    """`8h30` as `8:30`, where the contract allows it and the usual format has a colon."""
    if column.type == "timestamp" and _HOURS in feed.timestamp_formats and feed.timestamp_formats[0] == _SECONDS:
        yield pl.col(column.name).str.replace("h", ":", literal=True)


def _usual(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """The quick reading of moments: times without seconds are brought to the first format, then read once."""
    if formats[0] == _SECONDS and _MINUTES in formats:
        short = text.str.len_bytes() <= len("dd/mm/yyyy HH:MM")
        text = text + pl.when(short).then(pl.lit(":00")).otherwise(pl.lit(""))
    return _parsed(text, formats[0])


def _in_type(column: Column, moments: pl.Expr) -> pl.Expr:
    """Naive local moments as the column's type.

    Việt Nam has kept UTC+7 since 1975: plain arithmetic, not a look-up for each value.
    """
    if column.type == "date":
        return moments.cast(pl.Date)
    return (moments.to_physical() - UTC_OFFSET_US).cast(pl.Datetime("us", TIMEZONE))


# --- rules --------------------------------------------------------------------------------------------------


def _rules(column: Column, feed: Feed) -> Iterator[Rule]:
    text, typed = pl.col(column.name), pl.col(TYPED + column.name)

    def rule(name: str, expected: str, suspect: pl.Expr, broken: pl.Expr) -> Rule:
        return Rule(column.name, name, expected, suspect, broken)

    if column.required:
        yield rule("required", "a value", text.null_count() > 0, text.is_null())
    some_lost, lost = typed.null_count() > text.null_count(), text.is_not_null() & typed.is_null()
    if column.labels:
        yield rule("enum", f"one of {', '.join(map(repr, column.labels))}", some_lost, lost)
    elif column.type in ("date", "timestamp"):
        suspect = some_lost | (typed.min().dt.year() < FIRST_YEAR) | (typed.max().dt.year() > LAST_YEAR)
        broken = lost | (typed.dt.year() < FIRST_YEAR) | (typed.dt.year() > LAST_YEAR)
        yield rule("format", _form(column, feed), suspect, broken)
    elif column.type not in ("string", "array"):
        yield rule("format", _form(column, feed), some_lost, lost)
    if column.pattern is not None:
        unlike = ~text.str.contains(column.pattern)
        yield rule("pattern", f"text like {column.pattern}", unlike.any(), unlike)
    if column.max_length is not None:
        suspect = text.str.len_bytes().max() > column.max_length
        longer = text.str.len_chars() > column.max_length
        yield rule("max_length", f"at most {column.max_length} characters", suspect, longer)
    if column.max_items is not None:
        more = typed.list.len() > column.max_items
        yield rule("max_items", f"at most {column.max_items} items", more.any(), more)
    if column.minimum is not None:
        suspect, broken = typed.min() < column.minimum, typed < column.minimum
        yield rule("minimum", f"{column.minimum} or more", suspect, broken)
    if column.maximum is not None:
        suspect, broken = typed.max() > column.maximum, typed > column.maximum
        yield rule("maximum", f"{column.maximum} or less", suspect, broken)


def _form(column: Column, feed: Feed) -> str:
    match column.type:
        case "integer":
            return "a whole number in digits, without separators"
        case "date":
            return f"a day of the calendar, {_written(feed.date_formats)}"
        case "timestamp":
            return f"a moment of the calendar, {_written(feed.timestamp_formats)}"
        case _:
            return "true or false"


def _written(formats: Sequence[str]) -> str:
    names = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%H": "HH", "%M": "MM", "%S": "SS"}
    for code, name in names.items():
        formats = [form.replace(code, name) for form in formats]
    return "written " + " or ".join(formats)
