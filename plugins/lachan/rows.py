"""Text of records -> typed rows, or rejected records with every reason, as the contract says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from lachan import privacy
from lachan.contract import Column, Feed
from lachan.decode import Batch, Malformed
from lachan.settings import TIMEZONE

FIRST_YEAR, LAST_YEAR = 2000, 2099

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


@dataclass
class Seen:
    """Hashes of the keys and of the contents of a file's earlier batches (16 bytes a row)."""

    keys: list[np.ndarray] = field(default_factory=list)
    contents: list[np.ndarray] = field(default_factory=list)


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
    """A column's values in their type, and the faults found on the way."""
    given = text.is_not_null()
    faults = [_Fault(column.name, "required", "a value", ~given)] if column.required else []

    def fault(rule: str, expected: str, where: pl.Series) -> None:
        faults.append(_Fault(column.name, rule, expected, where))

    if column.labels:
        values = _coded(column, text)
        fault("enum", f"one of {', '.join(map(repr, column.labels))}", given & values.is_null())
        return (values == "true" if column.type == "boolean" else values), faults
    match column.type:
        case "string":
            values = text
        case "integer":
            values = text.cast(pl.Int64, strict=False)
            fault("format", "a whole number in digits, without separators", given & values.is_null())
        case "date":
            values = _moments(text, feed.date_formats).cast(pl.Date)
            fault("format", f"a day of the calendar, {_written(feed.date_formats)}", given & values.is_null())
        case "timestamp":
            values = _moments(text, feed.timestamp_formats).dt.replace_time_zone(TIMEZONE)
            fault("format", f"a moment of the calendar, {_written(feed.timestamp_formats)}", given & values.is_null())
        case "array":
            values = text.str.split(column.separator).list.eval(pl.element().str.strip_chars().replace("", None)).list.drop_nulls()
            if column.max_items is not None:
                fault("max_items", f"at most {column.max_items} items", values.list.len() > column.max_items)
        case "boolean":
            values = text.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
            fault("format", "true or false", given & values.is_null())
    if column.pattern is not None:
        fault("pattern", f"text like {column.pattern}", ~text.str.contains(column.pattern))
    if column.max_length is not None:
        fault("max_length", f"at most {column.max_length} characters", _longer(text, column.max_length))
    if column.minimum is not None:
        fault("minimum", f"{column.minimum} or more", values < column.minimum)
    if column.maximum is not None:
        fault("maximum", f"{column.maximum} or less", values > column.maximum)
    return values, faults


def _longer(text: pl.Series, limit: int) -> pl.Series:
    longest = text.str.len_bytes().max()
    if longest is None or int(str(longest)) <= limit:
        return pl.repeat(False, text.len(), dtype=pl.Boolean, eager=True)
    return text.str.len_chars() > limit


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
    result = text.str.to_datetime(formats[0], strict=False, time_unit="us")
    for pattern in formats[1:]:
        if result.null_count() == text.null_count():
            break
        other = text.str.to_datetime(pattern, strict=False, time_unit="us")
        result = pl.select(pl.coalesce(result, other)).to_series()
    year = result.dt.year()
    return pl.select(pl.when((year >= FIRST_YEAR) & (year <= LAST_YEAR)).then(result)).to_series()


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
    known = [] if seen is None else seen.keys
    for earlier in known:
        later |= usable & np.isin(keys, earlier, kind="sort")
    fresh = usable & ~later
    repeated = np.zeros(height, dtype=bool)
    if later.any() or seen is not None:
        contents = text.with_columns(rows["file_id"]).hash_rows(seed=2).to_numpy()
        if later.any():
            told = [contents[fresh], *([] if seen is None else seen.contents)]
            repeated = later & np.isin(contents, np.concatenate(told))
        if seen is not None:
            seen.keys.append(np.sort(keys[fresh]))
            seen.contents.append(contents[fresh])
    return pl.Series(repeated), pl.Series(later & ~repeated)


# --- privacy ------------------------------------------------------------------------------------------------


def _private(feed: Feed, rows: pl.DataFrame, text: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Good rows in the raw table's layout, with nothing in them that names a person."""
    identities = [text[c.name] for c in feed.columns if c.privacy in ("pseudonym", "drop") and c.type == "string"]
    clean: list[pl.Series] = []
    for column in feed.columns:
        values = rows[column.name]
        match column.privacy:
            case "free_text":
                values = privacy.remove_identities(privacy.scrub(values), identities)
            case "drop":
                values = pl.repeat(None, rows.height, dtype=POLARS_TYPES[column.type], eager=True)
            case "pseudonym" if column.type == "array":
                flat = rows.select("file_id", "line_no", column.name).explode(column.name)[column.name]
                lengths = values.list.len()
                values = _regroup(privacy.pseudonyms(flat, key, column.name), lengths)
            case "pseudonym":
                values = privacy.pseudonyms(values, key, column.name)
        clean.append(values.alias(column.name))
    return pl.DataFrame([rows["file_id"], rows["line_no"], *clean, _extra(feed, text)], schema=raw_schema(feed))


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
