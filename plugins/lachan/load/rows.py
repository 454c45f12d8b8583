"""Checks the text of records against the contract: valid records become typed rows, others go to quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
import polars as pl

from lachan.contract import Column, Feed
from lachan.load.decode import Batch, Broken, Malformed
from lachan.load.decode.spelling import normal_form
from lachan.load.open_columns import EXPECTED, RULE, Registers, find_identities
from lachan.load.rules import TYPED, Rule, nul_rule, reread, rules_of, split_items
from lachan.privacy.identities import redact_row
from lachan.privacy.masking import mask, mask_all
from lachan.privacy.recognition import look_like_identities
from lachan.warehouse.quarantine import Quarantined, Reason


@dataclass(frozen=True)
class Checked:
    """A checked batch: each of its records is in `good`, in `quarantined`, or counted in `duplicates`.

    `good` holds typed rows, not yet de-identified. `source_text` holds, for the same rows, the text of the columns
    whose typed values do not suffice for de-identification. `duplicates` maps a file_id to the number of records that
    are identical to an earlier record of the file. `identities` counts the values that look like identities of people
    in columns that should hold none, by file_id and column.
    """

    good: pl.DataFrame
    source_text: pl.DataFrame
    quarantined: list[Quarantined]
    duplicates: dict[int, int]
    identities: Counter[tuple[int, str]]


class EarlierRecords:
    """Hashes of the keys and of the contents of a file's earlier records, 16 bytes per record."""

    def __init__(self) -> None:
        self._keys: list[np.ndarray] = []  # sorted arrays; each is more than twice as long as the next
        self._contents: list[np.ndarray] = []

    def add(self, keys: np.ndarray, contents: np.ndarray) -> None:
        """Add the hashes of further records; `keys` must be sorted."""
        self._contents.append(contents)
        self._keys.append(keys)
        while len(self._keys) > 1 and self._keys[-2].size <= 2 * self._keys[-1].size:
            last = self._keys.pop()
            self._keys[-1] = np.sort(np.concatenate((self._keys[-1], last)), kind="stable")

    def contains_keys(self, keys: np.ndarray) -> np.ndarray:
        """Return a mask of the keys that were added before; sorted keys are looked up many times faster."""
        found = np.zeros(keys.size, dtype=bool)
        for run in self._keys:
            if run.size:
                found |= run[np.minimum(np.searchsorted(run, keys), run.size - 1)] == keys
        return found

    def contains_contents(self, contents: np.ndarray) -> np.ndarray:
        """Return a mask of the contents that were added before. Slow: call it only for records whose key was."""
        return np.isin(contents, np.concatenate((*self._contents, contents[:0])))


def check(feed: Feed, batch: Batch, file_ids: pl.Series, earlier: EarlierRecords, registers: Registers) -> Checked:
    """Type and check the records of a batch; count those that repeat an earlier record of their file.

    `file_ids` holds the file_id of each record. `earlier` holds the records of the file's earlier batches, and gets
    those of this batch added; so the batches of a file must be checked in their order. `registers` are what
    `read_registers` returns. The malformed records of the batch are not included: see `quarantine_unusable`.
    """
    absent = [pl.lit(None, pl.String).alias(c.name) for c in feed.columns if c.name not in batch.text.columns]
    text = _tidied(feed, _trimmed(batch.text, batch.trimmed), batch).with_columns(absent)
    both = _typed(feed, text)
    rows = both.select(
        file_ids.alias("file_id"),
        batch.lines.alias("line_no"),
        *(pl.col(TYPED + c.name).alias(c.name) for c in feed.columns),
    )
    valid = np.ones(rows.height, dtype=bool)
    quarantined: list[Quarantined] = []
    broken = _broken(feed, both, [nul_rule(name) for name in text.columns] if batch.has_nul else [])
    found = _identities(feed, text, rows["file_id"], broken, registers)
    identities = Counter(
        (file_id, name) for name, where in found.items() for file_id in rows["file_id"].filter(where).to_list()
    )
    declared = {column.name for column in feed.columns}
    broken += [(_identity_rule(name), where) for name, where in found.items() if name in declared]
    if broken:
        invalid = pl.select(pl.any_horizontal(*(mask for _, mask in broken))).to_series()
        quarantined = _quarantine(feed, text, rows, broken, invalid)
        valid = ~invalid.to_numpy()
    repeated, conflicting = np.zeros_like(valid), np.zeros_like(valid)
    keys = rows.select("file_id", *feed.key).hash_rows(seed=1).to_numpy()
    contents = text.with_columns(rows["file_id"]).hash_rows(seed=2).to_numpy()
    repeated[valid], conflicting[valid] = _repeats(keys[valid], contents[valid], earlier)
    if conflicting.any():
        expected = f"one record for each {' + '.join(feed.key)} in a file"
        rule = Rule(feed.key[0], "duplicate_key", expected, pl.lit(True), pl.lit(True))
        where = pl.Series(conflicting)
        quarantined = quarantined + _quarantine(feed, text, rows, [(rule, where)], where)
    duplicates = rows.filter(pl.Series(repeated))["file_id"].value_counts().iter_rows() if repeated.any() else ()
    good, source_text = rows, text.select(_source_columns(feed, text))
    if not (kept := valid & ~repeated & ~conflicting).all():
        good = good.filter(pl.Series(kept))
        source_text = source_text.filter(pl.Series(kept)) if source_text.width else source_text
    return Checked(good, source_text, quarantined, {int(file): int(count) for file, count in duplicates}, identities)


def identity_values(feed: Feed, column: Column, texts: Sequence[str]) -> pl.Series:
    """The values of an identity column that is written so in an export, as a load gives them their pseudonyms."""
    none = dict.fromkeys((each.name for each in feed.columns), pl.Series([None] * len(texts), dtype=pl.String))
    text = pl.DataFrame(none | {column.name: pl.Series([normalize("NFC", each) for each in texts], dtype=pl.String)})
    batch = Batch(text, pl.Series(range(len(texts))), [])
    values = _typed(feed, _tidied(feed, _trimmed(text, ()), batch))[TYPED + column.name]
    return (values.explode() if column.type == "array" else values).drop_nulls()


def _identities(
    feed: Feed, text: pl.DataFrame, file_ids: pl.Series, broken: Sequence[tuple[Rule, pl.Series]], registers: Registers
) -> dict[str, pl.Series]:
    """Masks of the rows in which open columns, and those without a contract, hold what looks like an identity.

    Values of restricted columns are looked at where they break a rule.
    """
    found = dict(find_identities(feed, text, file_ids, registers))
    open_columns = {column.name for column in feed.columns if column.privacy == "open"}
    for rule, breaks in broken:
        if rule.column in open_columns:
            places = breaks.arg_true()
            looks_so = look_like_identities(text[rule.column].gather(places))
            earlier = found.get(rule.column, pl.repeat(False, text.height, eager=True))
            found[rule.column] = earlier.scatter(places.filter(looks_so), True)
    return {name: rows for name, rows in found.items() if rows.any()}


def _identity_rule(column: str) -> Rule:
    return Rule(column, RULE, EXPECTED, pl.lit(True), pl.lit(True))


def _source_columns(feed: Feed, text: pl.DataFrame) -> list[str]:
    """List the columns whose text de-identification needs: undeclared ones, and identities typed as other than text."""
    undeclared = set(text.columns) - {column.name for column in feed.columns}
    typed = {c.name for c in feed.columns if c.is_identity and (c.labels or c.type not in ("string", "array"))}
    return [name for name in text.columns if name in undeclared | typed]


def _trimmed(text: pl.DataFrame, trimmed: Collection[str]) -> pl.DataFrame:
    """Strip blanks around values and turn empty values into nulls, in all columns but the already `trimmed` ones."""
    text = text.with_columns(pl.col(name).str.strip_chars() for name in text.columns if name not in trimmed)
    stripped = pl.col([name for name in text.columns if name not in trimmed])
    return text.with_columns(pl.when(stripped.str.len_bytes() > 0).then(stripped))


def _tidied(feed: Feed, text: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    """Give identifiers their normal form, and remove what cannot be seen from all columns but free text.

    Identifiers are keys, columns with a pattern, and those that refer to a key, whose names end with `_id`.
    """
    for column in feed.columns:
        is_identifier = column.name in feed.key or column.pattern is not None or column.name.endswith("_id")
        is_tidy = column.name in (batch.ascii if is_identifier else batch.visible)
        if column.name not in text.columns or column.privacy == "free_text" or is_tidy:
            continue
        values = text[column.name]
        places = values.str.contains(r"[^\x00-\x7f]" if is_identifier else r"\p{Cf}").arg_true()
        if not places.len():
            continue
        changed = values.gather(places)
        if is_identifier:
            changed = changed.map_elements(normal_form, return_dtype=pl.String)
        else:
            changed = changed.str.replace_all(r"\p{Cf}", "").str.strip_chars()
        tidied = values.scatter(places, changed).to_frame()
        text = text.with_columns(tidied.select(pl.when(pl.first().str.len_bytes() > 0).then(pl.first())).to_series())
    return text


def _typed(feed: Feed, text: pl.DataFrame) -> pl.DataFrame:
    """Add to the text columns the same columns with typed values, under names that start with TYPED."""
    both = text.hstack(text.with_columns(rules_of(feed).normalized).select(rules_of(feed).typed))
    for column in feed.columns:
        values, given = both[TYPED + column.name], text[column.name]
        if values.null_count() > given.null_count() and (column.labels or column.type in ("date", "timestamp")):
            lost = (values.is_null() & given.is_not_null()).arg_true()
            both = both.with_columns(values.scatter(lost, reread(column, feed, given.gather(lost))))
    return both


def _broken(feed: Feed, both: pl.DataFrame, more: Sequence[Rule]) -> list[tuple[Rule, pl.Series]]:
    """List the rules that some row breaks, each with a mask of the rows that break it.

    Evaluates `Rule.suspect` of all rules, and `Rule.broken` only of those that it selects: few for most batches.
    """
    rules = (*rules_of(feed).rules, *more)
    may_be_broken = both.select(rule.suspect.alias(str(number)) for number, rule in enumerate(rules)).row(0)
    suspected = [rule for rule, suspicious in zip(rules, may_be_broken, strict=True) if suspicious]
    if not suspected:
        return []
    masks = both.select(rule.broken.fill_null(False).alias(str(number)) for number, rule in enumerate(suspected))
    return [(rule, mask) for rule, mask in zip(suspected, masks.iter_columns(), strict=True) if mask.any()]


# --- repeats in a file --------------------------------------------------------------------------------------


def _repeats(keys: np.ndarray, contents: np.ndarray, earlier: EarlierRecords) -> tuple[np.ndarray, np.ndarray]:
    """Return two masks: records identical to an earlier one of the file, and those that only have the key of one.

    Adds the first record of every new key to `earlier`.
    """
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    is_known = earlier.contains_keys(sorted_keys)
    is_known[1:] |= sorted_keys[1:] == sorted_keys[:-1]
    has_known_key = np.zeros(keys.size, dtype=bool)
    has_known_key[order[is_known]] = True
    earlier.add(sorted_keys[~is_known], contents[~has_known_key])
    repeated = np.zeros(keys.size, dtype=bool)
    if has_known_key.any():
        repeated[has_known_key] = earlier.contains_contents(contents[has_known_key])
    return repeated, has_known_key & ~repeated


# --- quarantine ---------------------------------------------------------------------------------------------


def _quarantine(
    feed: Feed,
    text: pl.DataFrame,
    rows: pl.DataFrame,
    broken: Sequence[tuple[Rule, pl.Series]],
    invalid: pl.Series,
) -> list[Quarantined]:
    """Make the quarantine records of the rows in `invalid`: masked values, and a reason for each rule broken."""
    masked_row = _masking(feed)
    positions = invalid.arg_true()
    breaks_of = [(rule, mask.gather(positions).to_list()) for rule, mask in broken]
    result = []
    places = zip(rows["file_id"].gather(positions), rows["line_no"].gather(positions), strict=True)
    for index, ((file_id, line), row) in enumerate(zip(places, text[positions].iter_rows(named=True), strict=True)):
        masked = masked_row(row)
        reasons = tuple(
            Reason(rule.column, rule.name, rule.expected, masked.get(rule.column, ""))
            for rule, breaks in breaks_of
            if breaks[index]
        )
        result.append(Quarantined(file_id, line, reasons, masked))
    return result


def _masking(feed: Feed) -> Callable[[dict[str, str | None]], dict[str, str]]:
    """A function that returns what may be shown of a record's values; it needs every column of the contract."""
    is_secret = {column.name: column.privacy != "open" for column in feed.columns}
    open_columns = [name for name, secret in is_secret.items() if not secret]

    def masked(row: dict[str, str | None]) -> dict[str, str]:
        cleaned = redact_row([row[name] for name in open_columns], _row_identities(feed, row))
        return {
            name: mask(value, secret=is_secret.get(name, True))
            for name, value in (row | dict(zip(open_columns, cleaned, strict=True))).items()
            if value is not None
        }

    return masked


def _row_identities(feed: Feed, row: dict[str, str | None]) -> Iterator[str]:
    """Yield the values of a record's identity columns, as text; those of an array one by one."""
    for column in feed.columns:
        if column.is_identity and (value := row[column.name]) is not None:
            yield from split_items(value, column) if column.type == "array" else (value,)


def quarantine_unusable(feed: Feed, file_id: int, batch: Batch) -> list[Quarantined]:
    """Make the quarantine records of a batch's malformed and broken records."""
    return _quarantine_malformed(file_id, batch.malformed) + _quarantine_broken(feed, file_id, batch.broken)


def _quarantine_broken(feed: Feed, file_id: int, records: Sequence[Broken]) -> list[Quarantined]:
    absent: dict[str, str | None] = {column.name: None for column in feed.columns}
    masked_row = _masking(feed)
    return [
        Quarantined(
            file_id,
            record.line,
            tuple(Reason(*reason) for reason in record.reasons),
            masked_row(absent | record.values),
        )
        for record in records
    ]


def _quarantine_malformed(file_id: int, records: Sequence[Malformed]) -> list[Quarantined]:
    """Make the quarantine records of records with a wrong number of fields."""
    return [
        Quarantined(
            file_id,
            record.line,
            (Reason("", "field_count", f"{record.expected} fields", f"{record.found} fields"),),
            {"": mask_all(record.text)},  # which field belongs to which column is unknown
        )
        for record in records
    ]
