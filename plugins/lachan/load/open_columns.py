"""Finds identities of people in columns that should hold none: open text, columns without a contract, wrong columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

import polars as pl

from lachan.contract import Column, Feed
from lachan.load.decode.spelling import comparable
from lachan.privacy.recognition import look_like_identities

RULE = "identity"
"""Name of the rule that a record breaks by an identity in an open column."""
EXPECTED = "no name, number, plate or address of a person"
MIN_IN_REGISTER, MIN_VALUES = 0.5, 5
"""A column with MIN_VALUES or more values in a file is misplaced if a smaller share of them is in its register."""
MAX_JUDGED = 100_000
"""Values that are kept in memory with the judgement about them."""
_KIND_OF_UNIT = re.compile(r"^(?:(?:phường|xã|thị trấn) ?|(?:p|x)\.? |(?:p|x)\.|tt )")

Registers = Mapping[str, Collection[str]]


@cache
def read_registers(city: Path) -> Registers:
    """The spellings of each register that contracts may name (`register`), as `_spelling` has them, by its name.

    `city` is the folder of the city.
    """
    known = {
        _spelling(row[name])
        for file, names in (("ward", ("name", "full_name", "code")), ("ward_alias", ("alias_name", "alias_code")))
        for row in csv.DictReader((city / f"{file}.csv").read_text(encoding="utf-8").splitlines())
        for name in names
        if row[name]
    }
    return {"ward": frozenset(known)}


@lru_cache(maxsize=1 << 14)
def _spelling(value: str) -> str:
    return _KIND_OF_UNIT.sub("", comparable(value)).strip()


def find_identities(
    feed: Feed, text: pl.DataFrame, file_ids: pl.Series, registers: Registers
) -> Iterator[tuple[str, pl.Series]]:
    """Yield the columns with values that look like identities of people, each with a mask of the rows.

    These are columns of open text that no list of values and no pattern restricts, and those that the contract does not
    declare. Of a file in which most values of a column look so, or are not in the column's register, the whole column
    counts: its header was exchanged with another one, so that it also holds identities that cannot be recognised.
    """
    columns = {column.name: column for column in feed.columns}
    codes = [column.item_pattern for column in feed.columns if column.is_identity and column.declares_items]
    for name in text.columns:
        column = columns.get(name)
        if column is not None and not is_open_text(column):
            continue
        values = text[name]
        distinct = values.unique().drop_nulls()
        if not distinct.len():
            continue
        given = distinct.to_list()
        found = _identities_among(given) | _codes_among(given, codes)
        known = registers.get((column and column.register) or "", ())
        unknown = [value for value in given if _spelling(value) not in known] if known else []
        if found or 2 * len(unknown) > len(given):
            mask = values.is_in(list(found)) | _misplaced(values, file_ids, found, unknown if known else None)
            if (mask := mask.fill_null(False)).any():
                yield name, mask


def is_open_text(column: Column) -> bool:
    """Whether a column is open text that neither a list of values nor a pattern restricts."""
    return column.privacy == "open" and column.type == "string" and not column.labels and column.pattern is None


_judged: dict[str, bool] = {}


def _identities_among(values: Sequence[str]) -> set[str]:
    """The values that look like identities; each is judged once: every batch has the same wards and units."""
    if len(_judged) > MAX_JUDGED:
        _judged.clear()
    if new := [value for value in values if value not in _judged]:
        _judged.update(zip(new, look_like_identities(pl.Series(new)), strict=True))
    return {value for value in values if _judged[value]}


def _codes_among(values: Sequence[str], patterns: Collection[str]) -> set[str]:
    """The values that are a code, or several, as the contract declares them for the feed's identities."""
    if not patterns:
        return set()
    items = pl.Series(values).str.split(",").list.eval(pl.element().str.strip_chars())
    fitting = (items.list.eval(pl.element().str.contains(pattern)).list.all() for pattern in patterns)
    return {value for each in fitting for value, fits in zip(values, each, strict=True) if fits}


def _misplaced(
    values: pl.Series, file_ids: pl.Series, found: Collection[str], unknown: Collection[str] | None
) -> pl.Series:
    """The rows of files in which most values of the column are in `found`, or too few are in its register.

    Values of the register are left out; `unknown` are the values that are not in it, None without a register.
    """
    rows = pl.DataFrame({"file": file_ids, "value": values}).with_columns(
        is_found=pl.col("value").is_in(list(found)).fill_null(False),
        is_given=pl.col("value").is_not_null(),
        is_unknown=pl.lit(True) if unknown is None else pl.col("value").is_in(list(unknown)).fill_null(False),
    )
    count = pl.col("is_given").sum().over("file")
    mostly_found = pl.col("is_found").sum().over("file") * 2 > count
    out_of_register = (count >= MIN_VALUES) & (
        (pl.col("is_given") & ~pl.col("is_unknown")).sum().over("file") < MIN_IN_REGISTER * count
    )
    misplaced = mostly_found if unknown is None else mostly_found | out_of_register
    return rows.select(misplaced & pl.col("is_given") & pl.col("is_unknown")).to_series()
