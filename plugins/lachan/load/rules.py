"""A contract's types and rules as polars expressions: conversions of text to types, and tests of the values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from lachan.contract import Column, Feed
from lachan.load.decode.spelling import comparable
from lachan.settings import TIMEZONE

FIRST_YEAR, LAST_YEAR = 2000, 2099
_SECONDS, _MINUTES, _HOURS = "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %Hh%M"
_LINE_BREAKS = r"[\r\n]+"
_MIDNIGHT = r"([ T])24([:h]00)"
UTC_OFFSET_US = 7 * 3600 * 1_000_000
TYPED = "\x1ftyped:"
"""Prefix of the names of typed columns in frames that also hold the text columns; no header has such a character."""


@dataclass(frozen=True)
class Rule:
    """A rule of one column; its expressions may use both the text columns and the typed columns.

    `broken` is true for each row that breaks the rule. `suspect` is a cheap aggregate over a batch: true if any row is
    broken, and possibly even if none is.
    """

    column: str
    name: str
    expected: str
    suspect: pl.Expr
    broken: pl.Expr


@dataclass(frozen=True)
class Rules:
    """Expressions that type and check the rows of a feed.

    `typed` is to be evaluated on the text as changed by `normalized`. Normalization is a separate step because several
    expressions use its result, and polars would compute it again in each of them.
    """

    normalized: tuple[pl.Expr, ...]
    typed: tuple[pl.Expr, ...]
    rules: tuple[Rule, ...]


@cache
def rules_of(feed: Feed) -> Rules:
    """Build the rules of a feed; they are cached."""
    return Rules(
        normalized=tuple(expression for column in feed.columns for expression in _normalizations(column, feed)),
        typed=tuple(_typed(column, feed).alias(TYPED + column.name) for column in feed.columns),
        rules=tuple(rule for column in feed.columns for rule in _rules(column, feed)),
    )


def nul_rule(column: str) -> Rule:
    """Build the rule against NUL characters, which PostgreSQL does not accept in text."""
    has_nul = pl.col(column).str.contains("\0", literal=True)
    return Rule(column, "nul", "text without NUL characters", has_nul.any(), has_nul)


def split_items(value: str, column: Column) -> list[str]:
    """The items of an array column's text: line breaks part them too, whatever the separator of the contract."""
    parted = re.sub(_LINE_BREAKS, column.separator, value)
    return [item.strip() for item in parted.split(column.separator)]


def reread(column: Column, feed: Feed, text: pl.Series) -> pl.Series:
    """Convert text that the fast conversion turned into nulls; slower, but accepts every allowed spelling."""
    if column.labels:
        known = {comparable(label): code for label, code in column.labels.items()}
        known |= {comparable(code): code for code in column.codes}
        found = text.drop_nulls().unique()
        codes = pl.Series([known.get(comparable(label)) for label in found], dtype=pl.String)
        values = text.replace_strict(found, codes, default=None, return_dtype=pl.String)
        return values == "true" if column.type == "boolean" else values
    formats = feed.timestamp_formats if column.type == "timestamp" else feed.date_formats
    stripped = pl.col(text.name).str.strip_chars()
    parsed = pl.coalesce(_parsed(stripped, pattern) for pattern in formats)
    if column.type == "timestamp":  # 24:00 is the end of the day (ISO 8601:2019, 5.3.1.2)
        midnight = stripped.str.replace(_MIDNIGHT + "((?::00)?)$", "${1}00${2}${3}")
        next_day = pl.coalesce(_parsed(midnight, pattern) for pattern in formats) + pl.duration(days=1)
        parsed = pl.when(stripped.str.contains(_MIDNIGHT)).then(next_day).otherwise(parsed)
    return text.to_frame().select(_in_type(column, parsed)).to_series()


# --- types --------------------------------------------------------------------------------------------------


def _typed(column: Column, feed: Feed) -> pl.Expr:
    """The fast conversion of a column's text to its type; null for text in an unusual spelling."""
    text = pl.col(column.name)
    if column.labels:
        known = column.labels | {code: code for code in column.codes}
        codes = pl.Series([code == "true" if column.type == "boolean" else code for code in known.values()])
        index = text.cast(pl.Enum(list(known)), strict=False).to_physical()  # twice as fast as `replace_strict`
        return pl.lit(codes).gather(index)
    match column.type:
        case "integer":
            return text.cast(pl.Int64, strict=False)
        case "boolean":
            return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        case "date":
            return _in_type(column, _parsed(text, feed.date_formats[0]))
        case "timestamp":
            return _in_type(column, _parsed_in_first_format(text, feed.timestamp_formats))
        case "array":
            parted = text.str.replace_all(_LINE_BREAKS, column.separator)
            items = parted.str.split(column.separator).list.eval(pl.element().str.strip_chars().replace("", None))
            return items.list.drop_nulls().list.unique(maintain_order=True)
        case "string":
            return text


def _parsed(text: pl.Expr, pattern: str) -> pl.Expr:
    parsed = text.str.to_datetime(pattern, strict=False, time_unit="us", cache=False)
    if not pattern.endswith("%S"):
        return parsed
    return pl.when(~text.str.ends_with(":60")).then(parsed)  # polars reads second 60 as the next minute


def _normalizations(column: Column, feed: Feed) -> Iterator[pl.Expr]:
    """Rewrite `8h30` as `8:30` where the contract allows both and its first format has colons."""
    if column.type == "timestamp" and _HOURS in feed.timestamp_formats and feed.timestamp_formats[0] == _SECONDS:
        yield pl.col(column.name).str.replace("h", ":", literal=True)


def _parsed_in_first_format(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """Parse timestamps in one pass: where the first format has seconds, they are added to times without them."""
    if formats[0] == _SECONDS and _MINUTES in formats:
        short = text.str.len_bytes() <= len("dd/mm/yyyy HH:MM")
        text = text + pl.when(short).then(pl.lit(":00")).otherwise(pl.lit(""))
    return _parsed(text, formats[0])


def _in_type(column: Column, local: pl.Expr) -> pl.Expr:
    """Convert naive local timestamps to the column's type.

    Việt Nam has been at UTC+7 since 1975, so subtracting a constant replaces a time zone look-up for each value.
    """
    if column.type == "date":
        return local.cast(pl.Date)
    return (local.to_physical() - UTC_OFFSET_US).cast(pl.Datetime("us", TIMEZONE))


# --- rules --------------------------------------------------------------------------------------------------


def _rules(column: Column, feed: Feed) -> Iterator[Rule]:
    """Build the rules of a column; text that its type cannot represent is null in the typed column."""
    text, typed = pl.col(column.name), pl.col(TYPED + column.name)

    def rule(name: str, expected: str, suspect: pl.Expr, broken: pl.Expr) -> Rule:
        return Rule(column.name, name, expected, suspect, broken)

    if column.required:
        yield rule("required", "a value", text.null_count() > 0, text.is_null())
    any_lost, lost = typed.null_count() > text.null_count(), text.is_not_null() & typed.is_null()
    if column.labels:
        yield rule("enum", f"one of {', '.join(map(repr, column.labels))}", any_lost, lost)
    elif column.type in ("date", "timestamp"):
        suspect = any_lost | (typed.min().dt.year() < FIRST_YEAR) | (typed.max().dt.year() > LAST_YEAR)
        broken = lost | (typed.dt.year() < FIRST_YEAR) | (typed.dt.year() > LAST_YEAR)
        yield rule("format", _expected_format(column, feed), suspect, broken)
    elif column.type not in ("string", "array"):
        yield rule("format", _expected_format(column, feed), any_lost, lost)
    if column.pattern is not None:
        unmatched = ~text.str.contains(column.pattern)
        yield rule("pattern", f"text like {column.pattern}", unmatched.any(), unmatched)
    if column.max_length is not None:
        suspect = text.str.len_bytes().max() > column.max_length
        longer = text.str.len_chars() > column.max_length
        yield rule("max_length", f"at most {column.max_length} characters", suspect, longer)
    if column.max_items is not None:
        more = typed.list.len() > column.max_items
        yield rule("max_items", f"at most {column.max_items} items", more.any(), more)
    if column.type == "array":
        fitting = pl.element().str.contains(column.item_pattern)
        wrong = ~typed.list.eval(fitting).list.all()
        yield rule("item", f"items like {column.item_pattern}, parted by {column.separator!r}", wrong.any(), wrong)
    if column.minimum is not None:
        suspect, broken = typed.min() < column.minimum, typed < column.minimum
        yield rule("minimum", f"{column.minimum} or more", suspect, broken)
    if column.maximum is not None:
        suspect, broken = typed.max() > column.maximum, typed > column.maximum
        yield rule("maximum", f"{column.maximum} or less", suspect, broken)


def _expected_format(column: Column, feed: Feed) -> str:
    match column.type:
        case "integer":
            return "a whole number in digits, without separators"
        case "date":
            return f"a valid date, {_written(feed.date_formats)}"
        case "timestamp":
            return f"a valid date and time, {_written(feed.timestamp_formats)}"
        case _:
            return "true or false"


def _written(formats: Sequence[str]) -> str:
    names = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%H": "HH", "%M": "MM", "%S": "SS"}
    for code, name in names.items():
        formats = [pattern.replace(code, name) for pattern in formats]
    return "written " + " or ".join(formats)
