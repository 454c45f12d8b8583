"""Reads a sheet of a workbook as one batch of records, each with the number of its row."""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, BinaryIO
from xml.etree import ElementTree
from zipfile import ZipFile

import polars as pl

from lachan.contract import Feed
from lachan.load.decode.cells import CellFault, cell_text
from lachan.load.decode.columns import to_nfc
from lachan.load.decode.export import Batch, Broken, Export, Malformed, UnreadableFile
from lachan.load.decode.header import best_header, is_header, name_columns, shown_name
from lachan.load.decode.package import check_package
from lachan.load.decode.spelling import comparable
from lachan.printable import cause

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_SHOWN_RANGES = 5
_Row = dict[int, str | CellFault]  # what is in a row, by the number of the column


def open_workbook(file: BinaryIO, feed: Feed, others: Iterable[Feed]) -> Export:
    """Read the contract's sheet of a workbook; raises UnreadableFile if the workbook, sheet or header is unusable.

    Merged cells of one column all have the value that is shown across them. Hidden rows and columns are read. A record
    with a cell that has an error, or a formula without a value, is broken.
    """
    data = file.read()
    check_package(data, feed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that are not read, such as pictures
            return _read(data, feed, others)
    except UnreadableFile:
        raise
    except Exception as error:  # whatever the library raises, for any part of the workbook, also when a cell is read
        raise UnreadableFile(
            "not_xlsx", f"the workbook cannot be read ({cause(error)}); open it and save it again as .xlsx"
        ) from None


def _read(data: bytes, feed: Feed, others: Iterable[Feed]) -> Export:
    others = list(others)
    sheet, part = _find_sheet(data, feed, others)
    uncomputed = _formulas_without_value(data, part)
    told: list[str] = []
    first, headers = _header(sheet, feed, told)
    names, export = name_columns(headers, feed, others, line=first)
    export.encoding = "xlsx"
    export.warnings += _hidden(sheet, first, feed, others)
    export.notes += told + _merged(sheet, first)
    columns = {column.name: column for column in feed.columns}
    rows: dict[int, _Row] = defaultdict(dict)
    for (row, number), cell in _cells(sheet).items():
        if row > first:
            column = columns.get(names[number - 1]) if number <= len(names) else None
            text = cell_text(cell, column, feed)
            if text is None and cell.coordinate in uncomputed:
                text = CellFault("cell_error", "a value", f"a formula without a value in {cell.coordinate}")
            if text is not None:
                rows[row][number] = text
    _fill_merged(sheet, first, rows)
    export.batches = _batches(rows, names)
    return export


def _cells(sheet: Worksheet) -> dict[tuple[int, int], Cell]:
    """The cells that the file has. The public iterators make a cell for every place up to the furthest one."""
    return sheet._cells  # type: ignore[no-any-return]  # private, untyped


def _header(sheet: Worksheet, feed: Feed, told: list[str]) -> tuple[int, list[str]]:
    """The row of the header and its cells, among the first rows with values. Raises UnreadableFile if it has none."""
    shown: dict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), cell in _cells(sheet).items():
        if cell.value not in (None, ""):
            shown[row][column] = str(cell.value)
    if not shown:
        raise UnreadableFile("empty_file", f"the sheet {feed.sheet!r} has no values")
    rows: list[tuple[int, list[str]]] = []
    for row in sorted(shown)[: feed.title_rows + 1]:
        rows.append((row, [shown[row].get(number, "") for number in range(1, max(shown[row]) + 1)]))
        if is_header(rows[-1][1], feed):
            break
    return best_header(rows, feed, told)


def _find_sheet(data: bytes, feed: Feed, others: Iterable[Feed]) -> tuple[Worksheet, str]:
    """The sheet that the contract names, and its part of the package. Raises UnreadableFile."""
    from openpyxl.reader.excel import ExcelReader

    reader = ExcelReader(io.BytesIO(data), data_only=True, keep_links=False)
    reader.read()
    parts = {found.name: relation.target for found, relation in reader.parser.find_sheets()}
    wanted = comparable(feed.sheet or "")
    found = [sheet for sheet in reader.wb.worksheets if comparable(sheet.title) == wanted]
    if len(found) > 1:
        raise UnreadableFile("missing_sheet", f"several sheets have the name {feed.sheet!r}; keep one of them")
    if not found:
        names = ", ".join(_titles(reader.wb.worksheets, feed, others))
        raise UnreadableFile("missing_sheet", f"no sheet {feed.sheet!r}; the workbook has {names}")
    return found[0], parts[found[0].title].lstrip("/")


def _titles(sheets: Iterable[Worksheet], feed: Feed, others: Iterable[Feed]) -> list[str]:
    """The titles of sheets as they may be shown: a title may name a person."""
    return [repr(shown_name(sheet.title, feed, others)) for sheet in sheets]


def _formulas_without_value(data: bytes, part: str) -> set[str]:
    """The addresses of formulas that were saved without being computed; openpyxl reads them as empty cells."""
    with ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read(part)
    found: set[str] = set()
    if b"<f" not in sheet and b":f" not in sheet:
        return found
    for _, element in ElementTree.iterparse(io.BytesIO(sheet)):  # noqa: S314  # openpyxl has parsed it already
        if element.tag.endswith("}c"):
            children = {child.tag.rpartition("}")[2]: child.text for child in element}
            is_empty_text = element.get("t") == "str" and "v" in children
            if "f" in children and not children.get("v") and not is_empty_text:
                found.add(element.get("r", ""))
            element.clear()
    return found


def _hidden(sheet: Worksheet, header_row: int, feed: Feed, others: Iterable[Feed]) -> list[str]:
    """Warnings of what a person who looks at the workbook does not see."""
    book = sheet.parent
    unread = [other for other in book.worksheets if other is not sheet and other.sheet_state != "visible"]
    told = [f"the sheet {title} is hidden and was not read" for title in _titles(unread, feed, others)]
    if sheet.sheet_state != "visible":
        told.append(f"the sheet {feed.sheet!r} is hidden; it was read")
    hidden = sorted(row for row, found in sheet.row_dimensions.items() if found.hidden and row > header_row)
    if hidden:
        told.append(f"{len(hidden)} hidden rows were read (the first is row {hidden[0]})")
    letters = sorted(letter for letter, found in sheet.column_dimensions.items() if found.hidden)
    if letters:
        told.append(f"hidden columns were read: {', '.join(letters)}")
    return told


def _merged(sheet: Worksheet, header_row: int) -> list[str]:
    """A note of the merged cells below the header, if there are any."""
    merged = sorted(found.coord for found in sheet.merged_cells.ranges if found.min_row > header_row)
    more = f" and {len(merged) - _SHOWN_RANGES} more" if len(merged) > _SHOWN_RANGES else ""
    return [f"merged cells: every row of {', '.join(merged[:_SHOWN_RANGES])}{more} has their value"] if merged else []


def _fill_merged(sheet: Worksheet, header_row: int, rows: dict[int, _Row]) -> None:
    """Give every row of merged cells the value; where they span several columns, it belongs to none of them."""
    for merged in sheet.merged_cells.ranges:
        value = rows.get(merged.min_row, {}).get(merged.min_col)
        if merged.min_row <= header_row or value is None:
            continue
        if merged.min_col != merged.max_col:
            value = CellFault("merged_cells", "a cell for each column", f"the merged cells {merged.coord}")
        for row in range(merged.min_row, merged.max_row + 1):
            rows[row][merged.min_col] = value


def _batches(rows: Mapping[int, _Row], names: list[str]) -> Generator[Batch]:
    """Yield the rows below the header as one batch."""
    lines: list[int] = []
    values: list[list[str | None]] = []
    malformed: list[Malformed] = []
    broken: list[Broken] = []
    for line in sorted(rows):
        row = rows[line]
        faults = {number: found for number, found in row.items() if isinstance(found, CellFault)}
        fields = [None if number in faults else row.get(number) for number in range(1, len(names) + 1)]
        if max(row) > len(names):
            texts = [str(text) for number, text in sorted(row.items()) if number not in faults]
            malformed.append(Malformed(line, "\t".join(texts), len(names), max(row)))
        elif faults:
            reasons = [(names[number - 1], *fault) for number, fault in sorted(faults.items())]
            broken.append(Broken(line, dict(zip(names, fields, strict=True)), reasons))  # type: ignore[arg-type]  # as below
        else:
            lines.append(line)
            values.append(fields)  # type: ignore[arg-type]  # faults were taken out
    text = pl.DataFrame(values, schema=dict.fromkeys(names, pl.String), orient="row")
    text = text.with_columns(pl.all().map_batches(to_nfc, return_dtype=pl.String))
    yield Batch(text, pl.Series("line_no", lines, pl.Int64), malformed, broken, has_nul=True)
