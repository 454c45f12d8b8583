"""Text of records -> typed rows, or rejected records with every reason, as the contract says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from lachan import privacy
from lachan.contract import Column, Feed
from lachan.decode import Batch, Malformed
from lachan.settings import TIMEZONE

EARLIEST, LATEST = datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59)  # noqa: DTZ001  # local, as written
UTC_OFFSET_US = 7 * 3600 * 1_000_000

POLARS_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", TIMEZONE),
    "array": pl.List(pl.String()),
}


@dataclass(frozen=True)
class Reason:
    """Why a record was not loaded: the column, the rule that it broke, what the rule wants, what was found (masked)."""

    column: str
    rule: str
    expected: str
    found: str


@dataclass(frozen=True)
class Quarantined:
    """A record that was not loaded: where it stands, every reason, and its fields, masked."""

    file_id: int
    line: int
    reasons: tuple[Reason, ...]
    masked: dict[str, str]


@dataclass(frozen=True)
class Checked:
    """What became of the records of a batch: every one is in `good`, in `quarantined`, or counted in `duplicates`.

    `duplicates` maps a file to how many of its records repeat another record of that file to the letter.
    """

    good: pl.DataFrame
    quarantined: list[Quarantined]
    duplicates: dict[int, int]


class Seen:
    """Keys and contents of a file's earlier batches, as hashes (16 bytes a row) in sorted runs that double in length."""

    def __init__(self) -> None:
        self.keys: list[np.ndarray] = []
        self.contents: list[np.ndarray] = []

    def add(self, keys: np.ndarray, contents: np.ndarray) -> None:
        """Take in the hashes of further rows."""
        for runs, new in ((self.keys, keys), (self.contents, contents)):
            runs.append(np.sort(new))
            while len(runs) > 1 and runs[-2].size <= 2 * runs[-1].size:
                last = runs.pop()
                runs[-1] = np.sort(np.concatenate((runs[-1], last)), kind="stable")


def _in_any(values: np.ndarray, runs: Sequence[np.ndarray]) -> np.ndarray:
    """Which of the values stand in one of the sorted runs."""
    found = np.zeros(values.size, dtype=bool)
    for run in runs:
        if run.size:
            found |= run[np.minimum(np.searchsorted(run, values), run.size - 1)] == values
    return found


@dataclass(frozen=True)
class _Fault:
    column: str
    rule: str
    expected: str
    where: pl.Series


def raw_schema(feed: Feed) -> dict[str, pl.DataType]:
    """Columns and types of a feed's raw table, in its order."""
    columns = {column.name: POLARS_TYPES[column.type] for column in feed.columns}
    return {"file_id": pl.Int64(), "line_no": pl.Int64(), **columns, "extra": pl.String()}


def check(feed: Feed, batch: Batch, file_ids: pl.Series, key: bytes, seen: Seen | None = None) -> Checked:
    """Type, check and pseudonymise a batch of records.

    `file_ids` names the file of each record; `key` is the pseudonym key (bytes); `seen` carries what earlier
    batches of the same file held, and is extended. Malformed records are `quarantine_malformed`'s.
    """
    text = batch.text.with_columns(pl.all().str.strip_chars()).with_columns(
        pl.when(pl.all().str.len_bytes() > 0).then(pl.all())
    )
    absent = [pl.lit(None, pl.String).alias(c.name) for c in feed.columns if c.name not in text.columns]
    text = text.with_columns(absent)
    typed: dict[str, pl.Series] = {}
    faults: list[_Fault] = []
    for column in feed.columns:
        typed[column.name], found = _typed(column, text[column.name], feed)
        faults += found
    if batch.has_nul:
        faults += [
            _Fault(name, "nul", "text without NUL characters", text[name].str.contains("\0", literal=True))
            for name in text.columns
        ]
    faults = [fault for fault in faults if fault.where.any()]
    rows = pl.DataFrame({"file_id": file_ids, "line_no": batch.lines, **typed})
    bad = _any([fault.where for fault in faults], text.height)
    repeated, conflicting = _repeats(feed, rows, text, ~bad, seen)
    if conflicting.any():
        expected = f"one record for each {' + '.join(feed.key)} in a file"
        faults.append(_Fault(feed.key[0], "duplicate_key", expected, conflicting))
        bad = bad | conflicting
    good = ~(bad | repeated)
    return Checked(
        good=_private(feed, rows.filter(good), text.filter(good), key),
        quarantined=_quarantine(feed, text, rows, faults, bad),
        duplicates={int(file): int(count) for file, count in rows.filter(repeated)["file_id"].value_counts().iter_rows()},
    )


def _any(masks: Sequence[pl.Series], height: int) -> pl.Series:
    result = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    for mask in masks:
        result = result | mask.fill_null(False)
    return result


# --- types and rules ----------------------------------------------------------------------------------------


def _typed(column: Column, text: pl.Series, feed: Feed) -> tuple[pl.Series, list[_Fault]]:
    """A column's values in their type, and the faults found on the way; a sound column costs one pass."""
    faults: list[_Fault] = []

    def fault(rule: str, expected: str, where: pl.Series) -> None:
        faults.append(_Fault(column.name, rule, expected, where))

    def lost(rule: str, expected: str) -> None:
        if values.null_count() > text.null_count():
            fault(rule, expected, text.is_not_null() & values.is_null())

    if column.required and text.null_count():
        fault("required", "a value", text.is_null())

    if column.labels:
        values = _coded(column, text)
        lost("enum", f"one of {', '.join(map(repr, column.labels))}")
        return (values == "true" if column.type == "boolean" else values), faults
    match column.type:
        case "string":
            values = text
        case "integer":
            values = text.cast(pl.Int64, strict=False)
            lost("format", "a whole number in digits, without separators")
        case "date":
            values = _moments(text, feed.date_formats).cast(pl.Date)
            lost("format", f"a day of the calendar, {_written(feed.date_formats)}")
        case "timestamp":
            values = _local(_moments(text, feed.timestamp_formats))
            lost("format", f"a moment of the calendar, {_written(feed.timestamp_formats)}")
        case "array":
            values = text.str.split(column.separator).list.eval(pl.element().str.strip_chars().replace("", None)).list.drop_nulls()
            if column.max_items is not None:
                fault("max_items", f"at most {column.max_items} items", values.list.len() > column.max_items)
        case "boolean":
            values = text.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
            lost("format", "true or false")
    if column.pattern is not None:
        fits = text.str.contains(column.pattern)
        if not fits.all():
            fault("pattern", f"text like {column.pattern}", ~fits)
    if column.max_length is not None and _longest(text) > column.max_length:
        fault("max_length", f"at most {column.max_length} characters", text.str.len_chars() > column.max_length)
    if column.minimum is not None:
        fault("minimum", f"{column.minimum} or more", values < column.minimum)
    if column.maximum is not None:
        fault("maximum", f"{column.maximum} or less", values > column.maximum)
    return values, faults


def _longest(text: pl.Series) -> int:
    """Bytes of the longest value: an upper bound of its characters."""
    longest = text.str.len_bytes().max()
    return 0 if longest is None else int(str(longest))


def _coded(column: Column, text: pl.Series) -> pl.Series:
    """Codes for labels, whatever their case, spaces, and Đ or Ð."""
    known = {_level(label): code for label, code in column.labels.items()}
    known |= {_level(code): code for code in column.codes}
    found = text.drop_nulls().unique()
    codes = pl.Series([known.get(_level(label)) for label in found], dtype=pl.String)
    return text.replace_strict(found, codes, default=None, return_dtype=pl.String)


def _level(label: str) -> str:
    return " ".join(label.replace("Ð", "Đ").casefold().split())


def _moments(text: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Naive moments in the first of the formats that fits each value; null where none does or the year is absurd."""
    result = text.str.to_datetime(formats[0], strict=False, time_unit="us", cache=False)
    for pattern in formats[1:]:
        left = (text.is_not_null() & result.is_null()).arg_true()
        if not left.len():
            break
        found = text.gather(left).str.to_datetime(pattern, strict=False, time_unit="us", cache=False)
        result = result.scatter(left, found)
    if result.null_count() < result.len() and not (EARLIEST <= result.min() and result.max() <= LATEST):  # type: ignore[operator]
        result = pl.select(pl.when(result.is_between(EARLIEST, LATEST)).then(result)).to_series()
    return result


def _local(naive: pl.Series) -> pl.Series:
    """Naive local moments as moments. Việt Nam has kept UTC+7 since 1975: plain arithmetic, not a look-up for each."""
    return (naive.to_physical() - UTC_OFFSET_US).cast(pl.Datetime("us", TIMEZONE))


def _written(formats: Sequence[str]) -> str:
    names = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%H": "HH", "%M": "MM", "%S": "SS"}
    for code, name in names.items():
        formats = [pattern.replace(code, name) for pattern in formats]
    return "written " + " or ".join(formats)


# --- repeats ------------------------------------------------------------------------------------------------


def _repeats(feed: Feed, rows: pl.DataFrame, text: pl.DataFrame, sound: pl.Series, seen: Seen | None) -> tuple[pl.Series, pl.Series]:
    """Which sound records repeat an earlier one of their file to the letter, and which only in its key."""
    height = rows.height
    keys = rows.select("file_id", *feed.key).hash_rows(seed=1).to_numpy()
    usable = sound.to_numpy()
    first = np.zeros(height, dtype=bool)
    where = np.flatnonzero(usable)
    first[where[np.unique(keys[where], return_index=True)[1]]] = True
    later = usable & ~first
    if seen is not None:
        later |= usable & _in_any(keys, seen.keys)
    fresh = usable & ~later
    repeated = np.zeros(height, dtype=bool)
    if later.any() or seen is not None:
        contents = text.with_columns(rows["file_id"]).hash_rows(seed=2).to_numpy()
        earlier = [np.sort(contents[fresh]), *(seen.contents if seen else ())]
        repeated[later] = _in_any(contents[later], earlier)
        if seen is not None:
            seen.add(keys[fresh], contents[fresh])
    return pl.Series(repeated), pl.Series(later & ~repeated)


# --- privacy ------------------------------------------------------------------------------------------------


def _private(feed: Feed, rows: pl.DataFrame, text: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Good rows in the raw table's layout, with nothing in them that names a person."""
    identities = [text[c.name] for c in feed.columns if c.privacy in ("pseudonym", "drop") and c.type == "string"]
    free_texts = {c.name: privacy.scrub(rows[c.name]) for c in feed.columns if c.privacy == "free_text"}
    clean = privacy.remove_identities(free_texts, identities) if free_texts else {}
    for column in feed.columns:
        values = rows[column.name]
        if column.privacy == "drop":
            clean[column.name] = pl.repeat(None, rows.height, dtype=POLARS_TYPES[column.type], eager=True)
        elif column.privacy == "pseudonym" and column.type == "array":
            flat = values.explode()
            clean[column.name] = _regroup(privacy.pseudonyms(flat, key, column.name), values.list.len())
        elif column.privacy == "pseudonym":
            clean[column.name] = privacy.pseudonyms(values, key, column.name)
    columns = [clean.get(c.name, rows[c.name]).alias(c.name) for c in feed.columns]
    return pl.DataFrame([rows["file_id"], rows["line_no"], *columns, _extra(feed, text)], schema=raw_schema(feed))


def _regroup(flat: pl.Series, lengths: pl.Series) -> pl.Series:
    """The inverse of explode: lists of the given lengths; a missing or empty list stood as one null."""
    owner = pl.Series(np.repeat(np.arange(lengths.len()), lengths.fill_null(0).clip(lower_bound=1).to_numpy()), dtype=pl.Int64)
    lists = pl.DataFrame({"owner": owner, "item": flat}).group_by("owner", maintain_order=True).agg(pl.col("item").drop_nulls())
    values = lists["item"].cast(pl.List(pl.String))
    return pl.select(pl.when(lengths.is_not_null()).then(values)).to_series()


def _extra(feed: Feed, text: pl.DataFrame) -> pl.Series:
    """Columns that no contract declares, masked, as JSON; null where there are none."""
    declared = {column.name for column in feed.columns}
    names = [name for name in text.columns if name not in declared]
    if not names:
        return pl.repeat(None, text.height, dtype=pl.String, eager=True)
    masked = text.select(privacy.mask_column(text[name]) for name in names)
    return masked.select(
        pl.when(pl.any_horizontal(pl.all().is_not_null())).then(pl.struct(pl.all()).struct.json_encode())
    ).to_series()


# --- quarantine ---------------------------------------------------------------------------------------------


def _quarantine(feed: Feed, text: pl.DataFrame, rows: pl.DataFrame, faults: list[_Fault], bad: pl.Series) -> list[Quarantined]:
    if not bad.any():
        return []
    secret = {column.name: column.privacy != "open" for column in feed.columns}
    where = bad.arg_true()
    broken = [(fault, fault.where.gather(where).to_list()) for fault in faults]
    result = []
    places = zip(rows["file_id"].gather(where), rows["line_no"].gather(where), strict=True)
    for index, ((file_id, line), row) in enumerate(zip(places, text[where].iter_rows(named=True), strict=True)):
        masked = {
            name: privacy.mask(value, secret=secret.get(name, True)) for name, value in row.items() if value is not None
        }
        reasons = tuple(
            Reason(fault.column, fault.rule, fault.expected, masked.get(fault.column, ""))
            for fault, hits in broken
            if hits[index]
        )
        result.append(Quarantined(file_id, line, reasons, masked))
    return result


def quarantine_malformed(file_id: int, records: Sequence[Malformed]) -> list[Quarantined]:
    """Records with the wrong number of fields, as they go into quarantine."""
    return [
        Quarantined(
            file_id,
            record.line,
            (Reason("", "field_count", f"{record.expected} fields", f"{record.found} fields"),),
            {"": privacy.mask(record.text, secret=False)},
        )
        for record in records
    ]
