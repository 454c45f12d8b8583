"""Maps the headers of a file to the columns of its contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from lachan.contract import Feed
from lachan.load.decode.export import Export, UnreadableFile
from lachan.load.decode.spelling import comparable, normal_form
from lachan.printable import with_known_words
from lachan.privacy.masking import mask
from lachan.privacy.recognition import looks_like_identity

MAX_DIGITS = 4
"""Digits that are shown of a name that no contract has: `Sheet1`, `Quý 3/2024`."""
_OF_COLUMNS = ("cột", "thêm", "mới", "khác", "column", "unnamed", "zalo", "viber", "fax", "email", "facebook", "stt")
_OF_SHEETS = ("sheet", "trang", "tính", "bảng", "danh", "mục", "sách", "phụ", "lục", "tổng", "hợp", "báo", "cáo")
_USUAL_WORDS = frozenset((*_OF_COLUMNS, *_OF_SHEETS))


@cache
def _spellings(feed: Feed) -> dict[str, str]:
    """Map every accepted spelling of a header, normalised, to the name of its column."""
    return {comparable(spelling): c.name for c in feed.columns for spelling in (c.name, *c.headers)}


def is_header(cells: Sequence[str], feed: Feed) -> bool:
    """Whether the cells of a row name all required columns of a feed."""
    named = _named(cells, feed)
    return bool(named) and all(column.name in named for column in feed.columns if column.required)


def best_header(rows: Sequence[tuple[int, list[str]]], feed: Feed, told: list[str]) -> tuple[int, list[str]]:
    """The row, of the first ones of a file, that names most columns of a feed; adds to `told` if it is not the first.

    `rows` holds the line and the cells of each. Raises UnreadableFile if there are none.
    """
    if not rows:
        raise UnreadableFile("no_header", "the file has no header row")
    line, cells = max(rows, key=lambda row: len(_named(row[1], feed)))
    if line > rows[0][0]:
        told.append(f"lines {rows[0][0]} to {line - 1} above the header were not read as records")
    return line, cells


def _named(cells: Sequence[str], feed: Feed) -> set[str]:
    known = _spellings(feed)
    return {known[spelling] for cell in cells if (spelling := comparable(cell)) in known}


def name_columns(headers: list[str], feed: Feed, others: Iterable[Feed], line: int) -> tuple[list[str], Export]:
    """Return the contract's column names for the headers of a file, and an Export that has no batches yet.

    Columns that the contract does not declare are named by their place and their header, masked. Raises UnreadableFile
    if the headers are
    those of a feed in `others`, or unknown, blank, duplicate, or if a required column is missing.
    """
    known = _spellings(feed)
    others = list(others)
    names = [
        known.get(comparable(header)) or f"{shown_name(header, feed, others)} (column {number})"
        for number, header in enumerate(headers, 1)
    ]
    known_count = sum(comparable(header) in known for header in headers)
    cells = set(map(comparable, headers if len(headers) > 1 else re.split(r"[;,\t|]", headers[0])))
    own = len(cells & known.keys())
    for other in others:
        if other.name != feed.name and len(cells & _spellings(other).keys()) > max(own, 3):
            raise UnreadableFile(
                "wrong_feed", f"line {line}: the columns are those of {other.name}, not of {feed.name}"
            )
    if known_count == 0:
        _raise_if_other_delimiter(headers, feed, line)
    named = list(zip(headers, names, strict=True))
    if unprintable := [
        number
        for number, (header, _) in enumerate(named, 1)
        if comparable(header) not in known and not header.strip().isprintable()
    ]:
        raise UnreadableFile(
            "unknown_header", f"line {line}: the header of column {unprintable[0]} contains control characters"
        )
    if known_count == 0:
        # masked, because the first line may be a record
        shown = ", ".join(repr(mask(header[:40], secret=False)) for header in headers[:5])
        raise UnreadableFile(
            "unknown_header",
            f"line {line}: no column of {feed.name} among {shown}; the header row must come first",
        )
    if blank := [number for number, (header, _) in enumerate(named, 1) if not comparable(header)]:
        raise UnreadableFile("unknown_header", f"line {line}: column {blank[0]} has no header")
    same = [known.get(comparable(header)) or comparable(header) for header in headers]
    if duplicates := [name for name, column in zip(names, same, strict=True) if same.count(column) > 1]:
        raise UnreadableFile("duplicate_header", f"line {line}: two columns have the header {duplicates[0]!r}")
    missing = [column for column in feed.columns if column.name not in names]
    if needed := [f"{column.name} ({column.label!r})" for column in missing if column.required]:
        raise UnreadableFile("missing_column", f"line {line}: missing required columns: {', '.join(needed)}")
    declared = {column.name for column in feed.columns}
    unknown = tuple(name for name in names if name not in declared)
    export = Export("", unknown, (_ for _ in ()))
    export.warnings += [f"unknown column {name!r}: its values are kept aside, masked" for name in unknown]
    export.warnings += [f"missing column {column.name} ({column.label!r})" for column in missing]
    export.missing_identities = [column.name for column in missing if column.is_identity]
    return names, export


def shown_name(name: str, feed: Feed, others: Iterable[Feed]) -> str:
    """A header or the name of a sheet that no contract has, as it may be shown: it may name a person.

    Words that are not in the headers and sheets of a contract are masked; the whole name, if it looks like an identity
    or its words are all capitalised.
    """
    return _shown(name, frozenset().union(*(_words(each) for each in (feed, *others))))


@lru_cache(maxsize=1 << 10)
def _shown(name: str, words: frozenset[str]) -> str:
    text = name[:100]
    found = re.findall(r"[^\W\d_]+", text)
    are_capitalised = len(found) > 1 and all(word[0].isupper() for word in found) and not text.isupper()
    may_name_a_person = are_capitalised or looks_like_identity(normal_form(text))
    return with_known_words(text, () if may_name_a_person else words | _USUAL_WORDS, MAX_DIGITS)


@cache
def _words(feed: Feed) -> frozenset[str]:
    """The words of a feed's headers and sheet, in small letters."""
    names = [header for column in feed.columns for header in column.headers]
    return frozenset(re.findall(r"[^\W\d_]+", " ".join([*names, feed.sheet or ""]).lower()))


def _raise_if_other_delimiter(headers: list[str], feed: Feed, line: int) -> None:
    """Raise UnreadableFile if another delimiter splits the header row into known headers."""
    known = _spellings(feed)
    joined = feed.delimiter.join(headers)
    for delimiter in (";", ",", "\t", "|"):
        if (
            delimiter != feed.delimiter
            and sum(comparable(part.strip('"')) in known for part in joined.split(delimiter)) > 1
        ):
            raise UnreadableFile(
                "wrong_delimiter",
                f"line {line}: fields are separated by {delimiter!r}; the contract declares {feed.delimiter!r}",
            )
