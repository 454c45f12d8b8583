"""Leaves out what stands below the records of a file, totals or signatures, where the contract has labels for it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace

import polars as pl

from lachan.contract import Feed
from lachan.load.decode.export import Batch, Broken, Export, Malformed
from lachan.load.decode.spelling import comparable


def leave_out_footer(export: Export, feed: Feed) -> None:
    """Leave out the footer of an export: from a row on that begins with one of the contract's footer labels, those that
    lack a required value. Rows below it that have all required values are records; what is left out is told.
    """
    export.batches = _without_footer(export.batches, feed, export.notes)


def _without_footer(batches: Generator[Batch], feed: Feed, told: list[str]) -> Generator[Batch]:
    labels = tuple(map(comparable, feed.footer_labels))
    required = [column.name for column in feed.columns if column.required]
    begins: int | None = None
    left_out: list[int] = []
    with closing(batches):
        for batch in batches:
            wanting = batch.text.select(pl.any_horizontal(pl.col(required).is_null())).to_series().arg_true()
            text_of: dict[int, Sequence[str | None]] = dict(
                zip(batch.lines[wanting].to_list(), batch.text[wanting].rows(), strict=True)
            )
            unusable: Sequence[Malformed | Broken] = (*batch.malformed, *batch.broken)
            for record in unusable:
                if _is_wanting(record, required):
                    text_of[record.line] = _fields(record, feed)
            if begins is None:
                begins = min((line for line, row in text_of.items() if _begins_with(row, labels)), default=None)
            if begins is None:
                yield batch
                continue
            below = {line for line in text_of if line >= begins}
            left_out += sorted(below)
            kept = ~batch.lines.is_in(list(below))
            yield replace(
                batch,
                text=batch.text.filter(kept),
                lines=batch.lines.filter(kept),
                malformed=[record for record in batch.malformed if record.line not in below],
                broken=[record for record in batch.broken if record.line not in below],
            )
    if left_out:
        told.append(f"{len(left_out)} rows below the records (lines {left_out[0]} to {left_out[-1]}) were left out")


def _fields(record: Malformed | Broken, feed: Feed) -> Sequence[str | None]:
    if isinstance(record, Broken):
        return list(record.values.values())
    return [field.strip(' "') for field in record.text.split(feed.delimiter or "\t")]


def _is_wanting(record: Malformed | Broken, required: Sequence[str]) -> bool:
    if isinstance(record, Broken):
        return any(record.values.get(name) is None for name in required)
    return record.found < len(required)


def _begins_with(row: Sequence[str | None], labels: tuple[str, ...]) -> bool:
    first = next((value for value in row if value), "")
    return comparable(first).startswith(labels)
