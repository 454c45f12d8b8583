"""Deliveries as bytes, and onto disk."""

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

import xlsxwriter
from lachan.settings import TIMEZONE

from lachan_sample.dice import dice
from lachan_sample.form import Cell, Form

BOM = {"utf-8": codecs.BOM_UTF8, "utf-16": codecs.BOM_UTF16_LE}
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le"}


@dataclass(frozen=True)
class Encoded:
    """A file's bytes, and the line on which each record starts (in a sheet: its row), the header being 1."""

    data: bytes
    lines: tuple[int, ...]


def encode(form: Form, seed: int, day: date, records: Iterable[Sequence[Cell]]) -> Encoded:
    """Write records as the feed's desk does, with the headers and the order of columns of the day's month."""
    rng = dice(seed, form.feed, day.year, day.month, "headers")
    order = list(range(len(form.fields)))
    if rng.random() < 0.25:
        place = rng.randrange(2, len(order) - 1)
        order[place], order[place + 1] = order[place + 1], order[place]
    header = [rng.choice(form.fields[place].headers) for place in order]
    lines: list[Sequence[Cell]] = [header, *(_arrange(cells, order) for cells in records)]
    return _sheet(form, lines) if form.delimiter is None else _text(form, lines)


def cut_short(data: bytes) -> bytes:
    """What is left of a file whose transfer broke off: about two thirds, and an odd number of bytes."""
    return data[: len(data) * 2 // 3 | 1]


def put(path: Path, data: bytes, delivered_at: datetime) -> None:
    """Write the file, modified when it was delivered; a file that is equal already is left alone."""
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    mark = delivered_at.replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()
    os.utime(path, (mark, mark))


def _arrange(cells: Sequence[Cell], order: Sequence[int]) -> list[Cell]:
    """Cells in the month's order; a record with too many or too few keeps its odd end."""
    return [cells[place] for place in order if place < len(cells)] + list(cells[len(order) :])


def _text(form: Form, records: Sequence[Sequence[Cell]]) -> Encoded:
    assert form.delimiter and form.encoding  # noqa: S101 (text feeds declare both)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=form.delimiter, lineterminator="\r\n")
    lines, line, start = [], 1, 0
    for cells in records:
        lines.append(line)
        writer.writerow(cells)
        buffer.seek(start)
        line += buffer.read().count("\n")
        start = buffer.tell()
    data = BOM[form.encoding] + buffer.getvalue().encode(CODEC[form.encoding])
    return Encoded(data, tuple(lines[1:]))


def _sheet(form: Form, records: Sequence[Sequence[Cell]]) -> Encoded:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2024, 1, 1)})  # noqa: DTZ001 (a fixed mark, so that bytes repeat)
        sheet = book.add_worksheet(form.sheet)
        for line, cells in enumerate(records):
            for column, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(line, column, cell)
                elif cell:
                    sheet.write_string(line, column, cell)
    return Encoded(buffer.getvalue(), tuple(range(2, len(records) + 1)))
