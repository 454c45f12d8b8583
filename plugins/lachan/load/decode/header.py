"""From the headers of a file to the columns of its contract."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lachan.contract import Feed
from lachan.load.decode.export import Export, UnreadableFile
from lachan.privacy.masking import mask


def _tidy(header: str) -> str:
    return " ".join(unicodedata.normalize("NFC", header).replace("Ð", "Đ").split()).casefold()


def _spellings(feed: Feed) -> dict[str, str]:
    return {_tidy(spelling): c.name for c in feed.columns for spelling in (c.name, *c.headers)}


def name_columns(headers: list[str], feed: Feed, others: Iterable[Feed], line: int) -> tuple[list[str], Export]:
    """Canonical column names for the headers of a file, and the export they open (batches still to come)."""
    known = _spellings(feed)
    names = [known.get(_tidy(header), unicodedata.normalize("NFC", header.strip())) for header in headers]
    hits = sum(_tidy(header) in known for header in headers)
    cells = headers if len(headers) > 1 else re.split(r"[;,\t|]", headers[0])
    own = sum(_tidy(cell) in known for cell in cells)
    for other in others:
        if other.name != feed.name and sum(_tidy(c) in _spellings(other) for c in cells) > max(own, 3):
            raise UnreadableFile(
                "wrong_feed", f"line {line}: the columns are those of {other.name}, not of {feed.name}"
            )
    if odd := [index + 1 for index, name in enumerate(names) if not name.isprintable()]:
        raise UnreadableFile("unknown_header", f"line {line}: the header of column {odd[0]} holds control characters")
    if hits == 0:
        _blame_delimiter(headers, feed, line)
        shown = ", ".join(repr(mask(header[:40], secret=False)) for header in headers[:5])  # it may be a row
        raise UnreadableFile(
            "unknown_header",
            f"line {line}: no column of {feed.name} among {shown}; the header row must come first",
        )
    if blank := [index + 1 for index, name in enumerate(names) if not name]:
        raise UnreadableFile("unknown_header", f"line {line}: column {blank[0]} has no header")
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise UnreadableFile("duplicate_header", f"line {line}: two columns are headed {_shown(twins[0], feed)!r}")
    missing = [column for column in feed.columns if column.name not in names]
    if needed := [f"{column.name} ({column.label!r})" for column in missing if column.required]:
        raise UnreadableFile("missing_column", f"line {line}: {', '.join(needed)} must be there and is not")
    declared = {column.name for column in feed.columns}
    unknown = tuple(name for name in names if name not in declared)
    export = Export("", unknown, (_ for _ in ()))
    export.warnings += [f"unknown column {name!r}: its values are kept aside, masked" for name in unknown]
    export.warnings += [f"missing column {column.name} ({column.label!r})" for column in missing]
    return names, export


def _shown(name: str, feed: Feed) -> str:
    """A header as it may be told: one that no contract knows could be a value, and is masked."""
    return name if name in {column.name for column in feed.columns} else mask(name, secret=False)


def _blame_delimiter(headers: list[str], feed: Feed, line: int) -> None:
    known = _spellings(feed)
    joined = feed.delimiter.join(headers)
    for delimiter in (";", ",", "\t", "|"):
        if delimiter != feed.delimiter and sum(_tidy(part.strip('"')) in known for part in joined.split(delimiter)) > 1:
            raise UnreadableFile(
                "wrong_delimiter",
                f"line {line}: fields are parted by {delimiter!r}; the contract says {feed.delimiter!r}",
            )
