"""Text of records -> typed rows, or rejected records with every reason, as the contract says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from lachan.contract import Feed
from lachan.load.decode import Batch, Malformed
from lachan.load.rules import TYPED, Rule, nul_rule, reread, rules_of
from lachan.privacy.identities import redact_row
from lachan.privacy.masking import mask, mask_all
from lachan.warehouse.quarantine import Quarantined, Reason


@dataclass(frozen=True)
class Checked:
    """What became of the records of a batch: every one is in `good`, in `quarantined`, or counted in `duplicates`.

    `good` holds typed rows that still name persons; `beside` is the text of the same rows that `deidentify` needs too.
    `duplicates` maps a file to how many of its records repeat another record of that file to the letter.
    """

    good: pl.DataFrame
    beside: pl.DataFrame
    quarantined: list[Quarantined]
    duplicates: dict[int, int]


class Seen:
    """Keys and contents of a file's earlier batches, as hashes: 16 bytes a row."""

    def __init__(self) -> None:
        self._keys: list[np.ndarray] = []  # sorted runs; each is more than twice as long as the next
        self._contents: list[np.ndarray] = []

    def add(self, keys: np.ndarray, contents: np.ndarray) -> None:
        """Take in the hashes of further rows; `keys` must be sorted."""
        self._contents.append(contents)
        self._keys.append(keys)
        while len(self._keys) > 1 and self._keys[-2].size <= 2 * self._keys[-1].size:
            last = self._keys.pop()
            self._keys[-1] = np.sort(np.concatenate((self._keys[-1], last)), kind="stable")

    def holds_keys(self, keys: np.ndarray) -> np.ndarray:
        """Which of the keys were seen; sorted keys are looked up many times as fast as others."""
        found = np.zeros(keys.size, dtype=bool)
        for run in self._keys:
            if run.size:
                found |= run[np.minimum(np.searchsorted(run, keys), run.size - 1)] == keys
        return found

    def holds_contents(self, contents: np.ndarray) -> np.ndarray:
        """Which of the contents were seen. Slow, and asked only of rows whose key was seen."""
        return np.isin(contents, np.concatenate((*self._contents, contents[:0])))


def check(feed: Feed, batch: Batch, file_ids: pl.Series, seen: Seen) -> Checked:
    """Type and check the records of a batch, and set aside those that repeat an earlier one of their file.

    `file_ids` names the file of each record. `seen` carries what earlier batches of the same file held, and is
    extended: batches are checked in their order. Malformed records are `quarantine_malformed`'s.
    """
    absent = [pl.lit(None, pl.String).alias(c.name) for c in feed.columns if c.name not in batch.text.columns]
    text = _trimmed(batch.text, batch.tight).with_columns(absent)
    both = _typed(feed, text)
    rows = both.select(
        file_ids.alias("file_id"),
        batch.lines.alias("line_no"),
        *(pl.col(TYPED + c.name).alias(c.name) for c in feed.columns),
    )
    sound = np.ones(rows.height, dtype=bool)
    quarantined: list[Quarantined] = []
    if broken := _broken(feed, both, [nul_rule(name) for name in text.columns] if batch.has_nul else []):
        bad = pl.select(pl.any_horizontal(*(mask for _, mask in broken))).to_series()
        quarantined = _quarantine(feed, text, rows, broken, bad)
        sound = ~bad.to_numpy()
    repeated, conflicting = np.zeros_like(sound), np.zeros_like(sound)
    keys = rows.select("file_id", *feed.key).hash_rows(seed=1).to_numpy()
    contents = text.with_columns(rows["file_id"]).hash_rows(seed=2).to_numpy()
    repeated[sound], conflicting[sound] = _repeats(keys[sound], contents[sound], seen)
    if conflicting.any():
        expected = f"one record for each {' + '.join(feed.key)} in a file"
        rule = Rule(feed.key[0], "duplicate_key", expected, pl.lit(True), pl.lit(True))
        where = pl.Series(conflicting)
        quarantined = quarantined + _quarantine(feed, text, rows, [(rule, where)], where)
    duplicates = rows.filter(pl.Series(repeated))["file_id"].value_counts().iter_rows() if repeated.any() else ()
    good, beside = rows, text.select(_beside(feed, text))
    if not (kept := sound & ~repeated & ~conflicting).all():
        good, beside = good.filter(pl.Series(kept)), beside.filter(pl.Series(kept)) if beside.width else beside
    return Checked(good, beside, quarantined, {int(file): int(count) for file, count in duplicates})


def _beside(feed: Feed, text: pl.DataFrame) -> list[str]:
    """Columns of which more than the typed values is needed: identities that are no text, and what is not declared."""
    undeclared = set(text.columns) - {column.name for column in feed.columns}
    typed = {c.name for c in feed.columns if c.is_identity and (c.labels or c.type not in ("string", "array"))}
    return [name for name in text.columns if name in undeclared | typed]


def _trimmed(text: pl.DataFrame, tight: Collection[str]) -> pl.DataFrame:
    """Text without blanks around it; what is blank altogether is missing. The columns `tight` are so already."""
    text = text.with_columns(pl.col(name).str.strip_chars() for name in text.columns if name not in tight)
    loose = pl.col([name for name in text.columns if name not in tight])
    return text.with_columns(pl.when(loose.str.len_bytes() > 0).then(loose))


def _typed(feed: Feed, text: pl.DataFrame) -> pl.DataFrame:
    """The text and, beside it, the same columns typed."""
    both = text.hstack(text.with_columns(rules_of(feed).levelled).select(rules_of(feed).typed))
    for column in feed.columns:
        values, given = both[TYPED + column.name], text[column.name]
        if values.null_count() > given.null_count() and (column.labels or column.type in ("date", "timestamp")):
            lost = (values.is_null() & given.is_not_null()).arg_true()
            both = both.with_columns(values.scatter(lost, reread(column, feed, given.gather(lost))))
    return both


def _broken(feed: Feed, both: pl.DataFrame, more: Sequence[Rule]) -> list[tuple[Rule, pl.Series]]:
    """The rules that some row breaks, each with the rows that break it. Sound batches cost only the suspicions."""
    rules = (*rules_of(feed).rules, *more)
    suspicions = both.select(rule.suspect.alias(str(number)) for number, rule in enumerate(rules)).row(0)
    suspected = [rule for rule, suspicious in zip(rules, suspicions, strict=True) if suspicious]
    if not suspected:
        return []
    masks = both.select(rule.broken.fill_null(False).alias(str(number)) for number, rule in enumerate(suspected))
    return [(rule, mask) for rule, mask in zip(suspected, masks.iter_columns(), strict=True) if mask.any()]


# --- repeats ------------------------------------------------------------------------------------------------


def _repeats(keys: np.ndarray, contents: np.ndarray, seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Which records repeat an earlier one of their file to the letter, and which only in its key."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    again = seen.holds_keys(ranked)
    again[1:] |= ranked[1:] == ranked[:-1]
    later = np.zeros(keys.size, dtype=bool)
    later[order[again]] = True
    seen.add(ranked[~again], contents[~later])
    repeated = np.zeros(keys.size, dtype=bool)
    if later.any():
        repeated[later] = seen.holds_contents(contents[later])
    return repeated, later & ~repeated


# --- quarantine ---------------------------------------------------------------------------------------------


def _quarantine(
    feed: Feed,
    text: pl.DataFrame,
    rows: pl.DataFrame,
    broken: Sequence[tuple[Rule, pl.Series]],
    bad: pl.Series,
) -> list[Quarantined]:
    secret = {column.name: column.privacy != "open" for column in feed.columns}
    opened = [name for name, hidden in secret.items() if not hidden]
    where = bad.arg_true()
    hits_of = [(rule, mask.gather(where).to_list()) for rule, mask in broken]
    result = []
    places = zip(rows["file_id"].gather(where), rows["line_no"].gather(where), strict=True)
    for index, ((file_id, line), row) in enumerate(zip(places, text[where].iter_rows(named=True), strict=True)):
        shown = dict(zip(opened, redact_row([row[name] for name in opened], _row_identities(feed, row)), strict=True))
        masked = {
            name: mask(value, secret=secret.get(name, True))
            for name, value in (row | shown).items()
            if value is not None
        }
        reasons = tuple(
            Reason(rule.column, rule.name, rule.expected, masked.get(rule.column, ""))
            for rule, hits in hits_of
            if hits[index]
        )
        result.append(Quarantined(file_id, line, reasons, masked))
    return result


def _row_identities(feed: Feed, row: dict[str, str | None]) -> Iterator[str]:
    """What the identity columns of one record hold, as text."""
    for column in feed.columns:
        if column.is_identity and (value := row[column.name]) is not None:
            yield from map(str.strip, value.split(column.separator)) if column.type == "array" else (value,)


def quarantine_malformed(file_id: int, records: Sequence[Malformed]) -> list[Quarantined]:
    """Records with the wrong number of fields, as they go into quarantine."""
    return [
        Quarantined(
            file_id,
            record.line,
            (Reason("", "field_count", f"{record.expected} fields", f"{record.found} fields"),),
            {"": mask_all(record.text)},  # nobody knows which field is which
        )
        for record in records
    ]
