"""Plants identities of invented people in every place of the exports of all feeds, and looks for them elsewhere."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from helpers.exports import encode, table, text, workbook
from helpers.identities import (
    ADDRESSES,
    NAMES,
    NUMBERS,
    ONSETS,
    PLATES,
    RHYMES,
    Planted,
    Writer,
    digits,
    full_name,
    unaccented,
)
from lachan.contract import Column, Feed
from lachan.load.decode import UnreadableFile, open_export

Rows = list[dict[str, str]]
ROWS_OF_A_FILE = 25
LONGEST_NUMBER = 15
"""Digits of the longest number of a person: 12 of an identity card, some more where it is written with a prefix."""
_GAP = r"[ .()\-_*/,–—‑·\u2009\u202f\u200b]{0,3}"
_NAMES = "|".join(f"(?:{'|'.join(o.lower() for o in ONSETS)})(?:{'|'.join(form)})" for form in (
    RHYMES, sorted({unaccented(rhyme) for rhyme in RHYMES})
))  # fmt: skip
_FORMS = {
    "a name": re.compile(_NAMES),
    "a number": re.compile(rf"(?:0|84){_GAP}9{_GAP}[58](?:{_GAP}[0-9]){{7,9}}"),
    "a plate": re.compile(
        r"(?<![0-9a-z-])(?:42|44|87|91)[ \-–]?[a-hk][0-9]?[ \-.–]{1,3}([0-9]{3}\.?[0-9]{1,2})(?![0-9a-z-])"
    ),
}


class Planter:
    """Writes identities into rows of exports: `count` of them, with these `numbers` (of plates four digits)."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.numbers: set[str] = set()
        self.count = 0

    def _keep(self, planted: Planted) -> str:
        self.count += 1
        if planted.secret.isdecimal():
            self.numbers.add(planted.secret if len(planted.secret) > 5 else planted.secret[:4])
        return planted.text

    def in_text(self) -> str:
        """A free text with an identity in a spelling that is promised to be found."""
        writers = [*NAMES.values(), *NUMBERS.values(), *PLATES.values(), *ADDRESSES.values()]
        return self._keep(self.rng.choice(writers)(self.rng))

    def alone(self) -> str:
        """An identity that is a whole value."""
        return self._keep(self.rng.choice(_ALONE)(self.rng))

    def of(self, column: Column) -> str:
        """A value of an identity column."""
        if column.type == "array":
            return ", ".join(self._keep(_code(self.rng)) for _ in range(2))
        return self.alone()

    def people(self, feed: Feed, rows: Rows) -> Rows:
        """The rows with other people in their identity columns, and identities in their free texts: also their own."""
        return [self._person(feed, row) for row in rows]

    def _person(self, feed: Feed, row: dict[str, str]) -> dict[str, str]:
        own = {column.name: self.of(column) for column in feed.columns if column.is_identity}
        named = [value for name, value in own.items() if feed_type(feed, name) != "array"]
        texts = {
            column.name: f"{self.in_text()} {named[0].lower() if named else ''} {self.in_text()}"[: column.max_length]
            for column in feed.columns
            if column.privacy == "free_text"
        }
        return row | own | texts

    def misplaced(self, feed: Feed, rows: Rows) -> Rows:
        """The rows, each with an identity in a column that should hold none."""
        columns = [column.name for column in feed.columns if column.privacy == "open"]
        return [row | {columns[number % len(columns)]: self.alone()} for number, row in enumerate(rows)]


def feed_type(feed: Feed, name: str) -> str:
    return next(column.type for column in feed.columns if column.name == name)


def _name(rng: Random) -> Planted:
    name, given = full_name(rng)
    written = rng.choice((name, name.upper(), name.lower(), unaccented(name), f"Bà {name}", f"{name} (tổ trưởng)"))
    return Planted(written, given)


def _code(rng: Random) -> Planted:
    number = digits(rng, "095", 10)
    return Planted(f"NV{number}", number)


def _number(form: Writer) -> Writer:
    return lambda rng: Planted(
        re.sub(r"^\D*?(?=\+?[\d０-９])|[^\d０-９]+$", "", (found := form(rng)).text), found.secret
    )


_ALONE: tuple[Writer, ...] = (
    _name,
    _name,
    *map(_number, NUMBERS.values()),
    lambda rng: Planted(f"87A-{(n := digits(rng, '', 5))}", n),
    lambda rng: Planted(f"{(n := unaccented(full_name(rng)[1]).lower())}@example.vn", n),
)


# --- files --------------------------------------------------------------------------------------------------


def read_rows(file: Path, feed: Feed) -> Rows:
    """The first records of an export of the synthetic city, as text by column; none of a file that is broken."""
    data = file.read_bytes()
    try:
        batches = list(open_export(io.BytesIO(data), len(data), feed).batches)
    except UnreadableFile:
        return []
    rows = [row for batch in batches for row in batch.text.iter_rows(named=True)]
    declared = {column.name for column in feed.columns}
    return [{name: value or "" for name, value in row.items() if name in declared} for row in rows[:ROWS_OF_A_FILE]]


def variants(planter: Planter, feed: Feed, rows: Rows) -> Iterator[tuple[str, bytes]]:
    """Files with identities in different places: the suffix of the name of each, and its content."""
    people = planter.people(feed, rows)
    yield "", encode(feed, people)
    yield "_b", encode(feed, planter.misplaced(feed, people))
    yield (
        f"_{planter.alone().replace('/', '-')}",
        encode(feed, [row | {planter.in_text(): planter.alone()} for row in people]),
    )
    cells = table(feed, people)
    yield "_c", _written(feed, _exchanged(feed, cells))
    header, *records = cells
    lost = next((column.label for column in feed.columns if column.is_identity), header[-1])
    renamed = [planter.alone() if label == lost else label for label in header]
    yield "_d", _written(feed, [renamed, *records, [planter.alone() for _ in range(len(header) + 2)]])
    yield "_e", _written(feed, [[planter.alone() for _ in header], *records])
    yield "_f", _written(feed, [[planter.alone(), *header[1:]], *records])
    yield "_g", b"\x00\xff\xfe" + encode(feed, people)[40:]
    if feed.format == "csv":
        yield "_h", text([*cells, ['"' + planter.in_text()]], feed.delimiter).encode() + planter.in_text().encode() * 3
        yield "_i", text([[cell[:1] + planter.in_text() for cell in line] for line in cells], "|").encode("utf-8")
    else:
        yield "_h", workbook(cells, re.sub(r"[\[\]:*?/\\]", " ", planter.alone())[:31])


def _exchanged(feed: Feed, cells: list[list[str]]) -> list[list[str]]:
    """The table with the headers of an identity column, or a free text, and an open column exchanged."""
    secret = [column.label for column in feed.columns if column.is_identity]
    secret += [column.label for column in feed.columns if column.privacy == "free_text"]
    others = [column.label for column in feed.columns if column.privacy == "open" and column.type == "string"]
    if not secret:
        return cells
    swap = {secret[0]: others[-1], others[-1]: secret[0]}
    return [[swap.get(label, label) for label in cells[0]], *cells[1:]]


def _written(feed: Feed, cells: list[list[str]]) -> bytes:
    if feed.format == "xlsx":
        return workbook(cells, feed.sheet or "")
    return text(cells, feed.delimiter).encode("utf-16" if feed.encodings[0] == "utf-16" else "utf-8-sig")


# --- search -------------------------------------------------------------------------------------------------


def find(content: str, numbers: set[str]) -> Iterator[str]:
    """Yield the identities in a text: what they are, and the text around them."""
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), content.lower())
    for kind, form in _FORMS.items():
        for found in form.finditer(plain):
            if kind == "a number" and (_is_in_a_key(found) or not _is_planted(found[0], numbers)):
                continue
            if kind == "a plate" and found[1].replace(".", "")[:4] not in numbers:
                continue
            yield f"{kind}: {plain[max(0, found.start() - 60) : found.end() + 30]!r}"


def _is_in_a_key(found: re.Match[str]) -> bool:
    """Whether digits stand in a number of the database that is longer than any identity, such as a key from a hash.

    There are so many of these that some hold a planted number by chance.
    """
    before = re.search(r"[0-9]*$", found.string[max(0, found.start() - LONGEST_NUMBER) : found.start()])
    after = re.match(r"[0-9]*", found.string[found.end() : found.end() + LONGEST_NUMBER])
    assert before is not None and after is not None
    return found[0].isdecimal() and len(before[0]) + len(found[0]) + len(after[0]) > LONGEST_NUMBER


def _is_planted(written: str, numbers: set[str]) -> bool:
    number = re.sub(r"\D|^84", "", written)
    number = number if number.startswith("0") else f"0{number}"
    return number[:10] in numbers or number[:12] in numbers


def texts_of(content: bytes) -> Iterable[str]:
    """The texts in a file: of archives (also reports and workbooks) those of each part."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()]
    if content.startswith(b"\x1f\x8b"):
        return [zlib.decompress(content, 31).decode("utf-8", "ignore")]
    return [content.decode("utf-8", "ignore")]
