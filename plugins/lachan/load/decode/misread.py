"""Refuses a file of which a column was converted to Unicode from the wrong encoding before it was exported."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from lachan.contract import Feed
from lachan.load.decode.export import Batch, Export, UnreadableFile
from lachan.load.decode.vietnamese import may_be_misread, misread_as

FIRST_SAMPLE, SAMPLE = 200, 40
"""Rows of the first batch, and of each batch after it, whose text is judged, evenly spread: such a fault is in most
rows of a column."""


def refuse_misread_text(export: Export, feed: Feed) -> None:
    """Raise UnreadableFile, while the batches are read, for a text column that reads as an encoding misread."""
    export.batches = _judged(export.batches, feed)


def _judged(batches: Generator[Batch], feed: Feed) -> Generator[Batch]:
    names = [column.name for column in feed.columns if column.type == "string" and not column.labels]
    with closing(batches):
        for number, batch in enumerate(batches):
            step = max(batch.text.height // (SAMPLE if number else FIRST_SAMPLE), 1)
            sample = batch.text[::step] if step > 1 else batch.text
            texts = {
                name: "\n".join({value for value in sample[name].to_list() if value})
                for name in names
                if name in sample.columns
            }
            if not may_be_misread("\n".join(texts.values())):  # of all columns at once, which is faster
                yield batch
                continue
            for name, text in texts.items():
                found = misread_as(text)
                if found is not None:
                    column = next(column for column in feed.columns if column.name == name)
                    raise UnreadableFile(
                        "encoding",
                        f"from line {batch.lines[0]} on, the column {column.name} ({column.label!r}) is {found} that "
                        "was taken for another encoding; convert it to Unicode before the export",
                    )
            yield batch
