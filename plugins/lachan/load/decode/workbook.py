"""Reads the contract's sheet of a workbook in batches of records, each with the number of its row."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from lachan.contract import Feed
from lachan.load.decode.cells import CellFault, cell_text
from lachan.load.decode.columns import text_to_nfc
from lachan.load.decode.export import Batch, Broken, Export, Malformed, UnreadableFile
from lachan.load.decode.header import best_header, is_header, name_columns, shown_name
from lachan.load.decode.package import check_package
from lachan.load.decode.spelling import comparable
from lachan.printable import cause

if TYPE_CHECKING:  # the library of workbooks is imported when the first one is read
    from openpyxl.worksheet.cell_range import CellRange

    from lachan.load.decode.sheet import Row, Sheet

BATCH_ROWS = 20_000
_SHOWN_RANGES = 5
_Texts = dict[int, str | CellFault]  # what is in a row, by the number of the column


def open_workbook(file: BinaryIO, feed: Feed, others: Iterable[Feed]) -> Export:
    """Read the contract's sheet of a workbook; raises UnreadableFile if the workbook, sheet or header is unusable.

    Merged cells of one column all have the value that is shown across them. Hidden rows and columns are read. A record
    with a cell that has an error, or a formula without a value, is broken. Reading the batches raises UnreadableFile
    too, for faults further down in the sheet.
    """
    data = file.read()
    check_package(data, feed)
    with _faults_as_unreadable():
        return _open(data, feed, list(others))


@contextmanager
def _faults_as_unreadable() -> Iterator[None]:
    """Raise whatever the library raises, for any part of the workbook, as UnreadableFile."""
    try:
        yield
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(
            "not_xlsx", f"the workbook cannot be read ({cause(error)}); open it and save it again as .xlsx"
        ) from None


def _open(data: bytes, feed: Feed, others: Sequence[Feed]) -> Export:
    from lachan.load.decode.sheet import Workbook

    sheets = Workbook(data).sheets
    sheet = _find_sheet(sheets, feed, others)
    rows = sheet.read()
    told: list[str] = []
    above: list[Row] = []
    first, headers = _header(rows, above, feed, told)
    names, export = name_columns(headers, feed, others, line=first)
    export.encoding = "xlsx"
    hidden = [each for each in sheets if each is not sheet and each.sheet_state != "visible"]
    export.warnings += [f"the sheet {title} is hidden and was not read" for title in _titles(hidden, feed, others)]
    if sheet.sheet_state != "visible":
        export.warnings.append(f"the sheet {feed.sheet!r} is hidden; it was read")
    merged = [found for found in sheet.merged if found.min_row > first]
    export.notes += told + _notes_of_merged(merged)
    records = _records(chain((row for row in above if row[0] > first), rows), merged, names, feed)
    export.batches = _batches(records, names, sheet, first, export)
    return export


def _header(rows: Iterator[Row], above: list[Row], feed: Feed, told: list[str]) -> tuple[int, list[str]]:
    """The row of the header and its cells, among the first rows with values. Raises UnreadableFile if it has none.

    Adds the rows that were read for it to `above`.
    """
    shown: list[tuple[int, list[str]]] = []
    for number, cells in rows:
        above.append((number, cells))
        texts = {cell.column: str(cell.value) for cell in cells if cell.value not in (None, "")}
        if texts:
            shown.append((number, [texts.get(column, "") for column in range(1, max(texts) + 1)]))
            if is_header(shown[-1][1], feed) or len(shown) > feed.title_rows:
                break
    if not shown:
        raise UnreadableFile("empty_file", f"the sheet {feed.sheet!r} has no values")
    return best_header(shown, feed, told)


def _find_sheet(sheets: Sequence[Sheet], feed: Feed, others: Sequence[Feed]) -> Sheet:
    """The sheet that the contract names. Raises UnreadableFile."""
    wanted = comparable(feed.sheet or "")
    found = [sheet for sheet in sheets if comparable(sheet.title) == wanted]
    if len(found) > 1:
        raise UnreadableFile("missing_sheet", f"several sheets have the name {feed.sheet!r}; keep one of them")
    if not found:
        names = ", ".join(_titles(sheets, feed, others))
        raise UnreadableFile("missing_sheet", f"no sheet {feed.sheet!r}; the workbook has {names}")
    return found[0]


def _titles(sheets: Iterable[Sheet], feed: Feed, others: Iterable[Feed]) -> list[str]:
    """The titles of sheets as they may be shown: a title may name a person."""
    return [repr(shown_name(sheet.title, feed, others)) for sheet in sheets]


def _notes_of_merged(ranges: Sequence[CellRange]) -> list[str]:
    """A note of the merged cells below the header, if there are any."""
    merged = sorted(found.coord for found in ranges)
    more = f" and {len(merged) - _SHOWN_RANGES} more" if len(merged) > _SHOWN_RANGES else ""
    return [f"merged cells: every row of {', '.join(merged[:_SHOWN_RANGES])}{more} has their value"] if merged else []


def _records(
    rows: Iterable[Row], merged: Sequence[CellRange], names: Sequence[str], feed: Feed
) -> Iterator[tuple[int, _Texts]]:
    """Yield the texts of the rows that have some.

    Every row of merged cells has their value; where they span several columns, it belongs to none of them.
    """
    from lachan.load.decode.sheet import UNCOMPUTED, RangesByRow

    declared = {column.name: column for column in feed.columns}
    columns = dict(enumerate(map(declared.get, names), 1))
    merged_here = RangesByRow(merged)
    values: dict[str, str | CellFault] = {}  # of merged cells
    for number, cells in _with_rows_of(merged, rows) if merged else rows:
        texts: _Texts = {}
        for cell in cells:
            text = cell_text(cell, columns.get(cell.column), feed)
            if cell.data_type == UNCOMPUTED:
                text = CellFault("cell_error", "a value", f"a formula without a value in {cell.coordinate}")
            if text is not None:
                texts[cell.column] = text_to_nfc(text) if isinstance(text, str) else text
        for found in merged_here.at(number):
            if number == found.min_row and found.min_col in texts:
                is_of_one_column = found.min_col == found.max_col
                values[found.coord] = texts[found.min_col] if is_of_one_column else _across_columns(found)
            if found.coord in values:
                texts[found.min_col] = values[found.coord]
        if texts:
            yield number, texts


def _across_columns(merged: CellRange) -> CellFault:
    return CellFault("merged_cells", "a cell for each column", f"the merged cells {merged.coord}")


def _with_rows_of(merged: Iterable[CellRange], rows: Iterable[Row]) -> Iterator[Row]:
    """Add a row without cells for each row of merged cells that the file leaves out."""

    def reached() -> Iterator[Row]:
        last = 0
        for found in sorted(merged, key=lambda each: each.min_row):
            yield from ((number, []) for number in range(max(found.min_row, last + 1), found.max_row + 1))
            last = max(last, found.max_row)

    number_of = itemgetter(0)
    for number, same in groupby(heapq.merge(rows, reached(), key=number_of), key=number_of):
        yield number, [cell for _, cells in same for cell in cells]


def _batches(
    records: Iterator[tuple[int, _Texts]], names: Sequence[str], sheet: Sheet, header_row: int, export: Export
) -> Generator[Batch]:
    """Yield the records in batches, at least one; then tell what a person who looks at the sheet does not see."""
    with _faults_as_unreadable():
        yield _batch(islice(records, BATCH_ROWS), names)
        for first in records:
            yield _batch(chain([first], islice(records, BATCH_ROWS - 1)), names)
    hidden = [row for row in sheet.hidden_rows if row > header_row]
    if hidden:
        export.warnings.append(f"{len(hidden)} hidden rows were read (the first is row {hidden[0]})")
    if sheet.hidden_columns:
        export.warnings.append(f"hidden columns were read: {', '.join(sheet.hidden_columns)}")


def _batch(records: Iterable[tuple[int, _Texts]], names: Sequence[str]) -> Batch:
    lines: list[int] = []
    values: list[list[str | None]] = []
    malformed: list[Malformed] = []
    broken: list[Broken] = []
    for line, texts in records:
        faults = {number: found for number, found in texts.items() if isinstance(found, CellFault)}
        fields = [None if number in faults else texts.get(number) for number in range(1, len(names) + 1)]
        if max(texts) > len(names):
            others = [str(text) for number, text in sorted(texts.items()) if number not in faults]
            malformed.append(Malformed(line, "\t".join(others), len(names), max(texts)))
        elif faults:
            reasons = [(names[number - 1], *fault) for number, fault in sorted(faults.items())]
            broken.append(Broken(line, dict(zip(names, fields, strict=True)), reasons))  # type: ignore[arg-type]  # as below
        else:
            lines.append(line)
            values.append(fields)  # type: ignore[arg-type]  # faults were taken out
    text = pl.DataFrame(values, schema=dict.fromkeys(names, pl.String), orient="row")
    return Batch(text, pl.Series("line_no", lines, pl.Int64), malformed, broken, has_nul=True)
