"""Encodes the records of a delivery as CSV or XLSX, and writes them into the landing folder."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from lachan.settings import TIMEZONE

from lachan_sample.layout import Cell, Layout
from lachan_sample.seeding import seeded_random
from lachan_sample.workbooks import encode_workbook

BOM = {"utf-8": codecs.BOM_UTF8, "utf-16": codecs.BOM_UTF16_LE}
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le"}


@dataclass(frozen=True)
class Encoded:
    """A file's bytes, and the line (in XLSX: the row) on which each record starts."""

    data: bytes
    lines: tuple[int, ...]


def encode(layout: Layout, seed: int, day: date, records: Iterable[Sequence[Cell]]) -> Encoded:
    """Encode records in the feed's format; the headers and the order of columns can change from month to month."""
    rng = seeded_random(seed, layout.feed, day.year, day.month, "headers")
    order = list(range(len(layout.fields)))
    if rng.random() < 0.25:
        index = rng.randrange(2, len(order) - 1)
        order[index], order[index + 1] = order[index + 1], order[index]
    header = [rng.choice(layout.fields[index].headers) for index in order]
    lines: list[Sequence[Cell]] = [header, *(_reorder(cells, order) for cells in records)]
    if layout.delimiter is not None:
        return _encode_csv(layout, lines)
    data, first = encode_workbook(layout, seed, day, order, lines)
    return Encoded(data, tuple(range(first + 1, first + len(lines))))


def truncate(data: bytes) -> bytes:
    """The file as after an interrupted transfer: about two thirds of it, with an odd number of bytes."""
    return data[: len(data) * 2 // 3 | 1]


def write_if_changed(path: Path, data: bytes, delivered_at: datetime) -> None:
    """Write the file with `delivered_at` as its time of modification, unless it has this content already."""
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    timestamp = delivered_at.replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()
    os.utime(path, (timestamp, timestamp))


def _reorder(cells: Sequence[Cell], order: Sequence[int]) -> list[Cell]:
    """Cells in the month's order of columns; an excess field stays last, a missing one is skipped."""
    return [cells[index] for index in order if index < len(cells)] + list(cells[len(order) :])


def _encode_csv(layout: Layout, records: Sequence[Sequence[Cell]]) -> Encoded:
    assert layout.delimiter and layout.encoding  # noqa: S101 (CSV feeds declare both)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=layout.delimiter, lineterminator="\r\n")
    lines, line, start = [], 1, 0
    for cells in records:
        lines.append(line)
        writer.writerow(cells)
        buffer.seek(start)
        line += buffer.read().count("\n")
        start = buffer.tell()
    data = BOM[layout.encoding] + buffer.getvalue().encode(CODEC[layout.encoding])
    return Encoded(data, tuple(lines[1:]))
