"""Reads the synthetic exports with csv and fastexcel, independently of the platform's own reader."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import fastexcel
import yaml

PROJECT = Path(__file__).resolve().parents[2]
CHANGES = ("tips", "camera_extractions", "patrol_rosters", "model_activities", "mass_work_events")
SNAPSHOTS = ("model_register", "model_points", "camera_register", "fire_safety_register")
FEEDS = tuple(sorted(CHANGES + SNAPSHOTS))  # feeds of the sample; there may be contracts of other feeds
CODECS = {"utf-8": "utf-8-sig", "utf-16": "utf-16"}


@dataclass
class Record:
    """One record of a file: labels are replaced by their codes, all other cells are as written."""

    path: str
    line: int
    cells: list[str]
    values: dict[str, str]

    @property
    def updated_at(self) -> datetime:
        return moment(self.values["updated_at"])


@dataclass
class Landing:
    """A landing folder with its manifest."""

    folder: Path
    manifest: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.manifest = json.loads((self.folder / "manifest.json").read_text())

    def files(self, feed: str) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in (self.folder / feed).rglob("*.*"))

    def records(self, feed: str) -> Iterator[Record]:
        """Every record of every readable file, without the files that repeat another file."""
        skip = {entry["path"] for entry in self.manifest["duplicates"]}
        skip |= {entry["path"] for entry in self.manifest["unreadable"] if entry["expected_status"] == "rejected"}
        for path in self.files(feed):
            if path not in skip:
                yield from read(self.folder, feed, path)

    def latest(self, feed: str) -> list[dict[str, str]]:
        """The newest state of every key, from records without a planted defect."""
        defective = {(entry["path"], entry["line"]) for entry in self.manifest["defects"]}
        key = contract(feed)["schema"][0]["properties"][0]["name"]
        newest: dict[str, Record] = {}
        for record in self.records(feed):
            if (record.path, record.line) in defective:
                continue
            previous = newest.get(record.values[key])
            if previous is None or record.updated_at >= previous.updated_at:
                newest[record.values[key]] = record
        return [record.values for record in newest.values()]

    def registers(self, feed: str) -> dict[str, dict[str, dict[str, str]]]:
        """The entries of each snapshot of a register by date and key, from records without a planted defect.

        A later delivery for the same day replaces the earlier one.
        """
        defective = {(entry["path"], entry["line"]) for entry in self.manifest["defects"]}
        key = contract(feed)["schema"][0]["properties"][0]["name"]
        snapshots: dict[str, dict[str, dict[str, str]]] = {}
        paths = dict.fromkeys(record.path for record in self.records(feed))
        for path in sorted(paths):
            day = export_date(path)
            snapshots[day] = {
                record.values[key]: record.values
                for record in read(self.folder, feed, path)
                if (path, record.line) not in defective
            }
        return snapshots


def export_date(path: str) -> str:
    """The day of an export, as 20240107, from its name."""
    return re.findall(r"_(\d{8})", path)[0]


@cache
def contract(feed: str) -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "contracts" / f"{feed}.yaml").read_text())


def moment(text: str) -> datetime:
    for pattern in (
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%Y %H:%M",
        "%d/%m/%Y %Hh%M",
        "%d/%m/%Y",
        "%Y-%m-%d",
        "%Y-%m-%d %H:%M:%S",
    ):
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 (local time)
        except ValueError:
            continue
    raise ValueError(text)


def read(folder: Path, feed: str, path: str) -> Iterator[Record]:
    headers: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}
    for column in contract(feed)["schema"][0]["properties"]:
        spellings = [column["businessName"], *(entry["synonym"] for entry in column.get("synonyms", []))]
        headers |= dict.fromkeys(spellings, column["name"])
        labels[column["name"]] = {entry["label"]: str(entry["value"]) for entry in column.get("enum", [])}
    layout = {entry["property"]: entry["value"] for entry in contract(feed)["servers"][0]["customProperties"]}
    lines = _sheet(folder / path, layout["sheet"]) if "sheet" in layout else _text(folder / path, layout)
    _, first = next(lines)
    names = [headers[header] for header in first]
    assert sorted(names) == sorted(labels)
    for line, cells in lines:
        pairs = zip(names, cells, strict=False)
        yield Record(path, line, cells, {name: labels[name].get(cell, cell) for name, cell in pairs})


def _text(path: Path, layout: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=CODECS[layout["encodings"][0]], newline="") as file:
        reader = csv.reader(file, delimiter=layout["delimiter"], strict=True)
        before = 0
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num


def _sheet(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows from the header to the last record; merged cells all have their value."""
    sheet = fastexcel.read_excel(path).load_sheet(name, header_row=None, dtypes="string")
    rows = [["" if cell is None else cell for cell in cells] for cells in sheet.to_polars().iter_rows()]
    with ZipFile(path) as book:
        merged = re.findall(r'<mergeCell ref="([A-Z])(\d+):\1(\d+)"', book.read("xl/worksheets/sheet1.xml").decode())
    for column, first, last in merged:
        for row in range(int(first), int(last)):
            rows[row][ord(column) - ord("A")] = rows[int(first) - 1][ord(column) - ord("A")]
    header = next(number for number, cells in enumerate(rows) if all(cells))
    for number, cells in enumerate(rows[header:], start=header + 1):
        if cells[0] == "Tổng cộng":
            return
        yield number, [_without_time(cell) for cell in cells]


def _without_time(cell: str) -> str:
    """A cell with a date and no time, which fastexcel shows as midnight."""
    return cell.removesuffix(" 00:00:00") if re.fullmatch(r"\d{4}-\d\d-\d\d 00:00:00", cell) else cell
