"""Reads a sheet of a workbook row by row, so that memory does not grow with its rows; checks addresses on the way."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Generator, Iterable
from functools import cached_property
from typing import IO, Any, NoReturn
from xml.etree.ElementTree import Element

from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import COL_TAG, MERGE_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.merge import MergeCells
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from lachan.load.decode.export import UnreadableFile
from lachan.load.decode.package import shown_part
from lachan.privacy.masking import mask

MAX_CELLS = 10_000_000
"""Cells of a sheet: reading each takes some 10 µs, so that no workbook takes longer than a few minutes."""
UNCOMPUTED = "f"
"""The data type of a cell with a formula that was saved without being computed."""
_LAST_COLUMN, _LAST_ROW = 16_384, 1_048_576
_ELEMENTS_IN_ROW = 20 * _LAST_COLUMN
_LONG_PART_BYTES = 1 << 24
"""A part of this size can hold more elements than memory should; the rows of a shorter one need not be measured."""
_ADDRESS = re.compile("[A-Z]{1,3}[0-9]{1,7}")
_ROW_NUMBER = re.compile("[0-9]{1,7}")
_STRING_TAG, _TEXT_TAG, _FORMULA_TAG = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "f"))
_TRUE = ("1", "true")
_CHUNK_BYTES = 1 << 20

warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")  # of parts that are not read

Row = tuple[int, list[ReadOnlyCell]]
"""The number of a row, and its cells that have a value, an error or a formula."""


class Workbook(ExcelReader):  # type: ignore[misc]  # untyped
    """The sheets of a workbook, without their cells, and its shared strings and number formats."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        self.sheets: list[Sheet] = []
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        self.read_worksheets()

    def read_strings(self) -> None:
        """Read the shared strings. The library would make several objects of each one, formats or not."""
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        with self.archive.open(part.PartName[1:]) as source:
            for _, element in iterparse(source):
                if element.tag == _STRING_TAG:
                    is_plain = len(element) == 1 and element[0].tag == _TEXT_TAG
                    text = element[0].text or "" if is_plain else Text.from_tree(element).content
                    self.shared_strings.append(text.replace("x005F_", ""))
                    element.clear()

    def read_worksheets(self) -> None:
        """Find the sheets that have cells, hidden ones too."""
        for sheet, relation in self.parser.find_sheets():
            if relation.target in self.valid_files and "chartsheet" not in relation.Type:
                found = Sheet(self.wb, sheet.name, relation.target, self.shared_strings)
                found.sheet_state = sheet.state
                self.sheets.append(found)


class Sheet(ReadOnlyWorksheet):  # type: ignore[misc]  # untyped
    """A sheet whose rows can be read once; what is hidden is known after the last of them."""

    def _get_size(self) -> None:
        """Ignore the size that the file claims, on which nothing depends."""

    def read(self) -> Generator[Row]:
        """Yield the rows from top to bottom, each with the cells that a person can see in it.

        Raises UnreadableFile for an address that cannot be or is there twice, and for too many cells; the library
        raises errors of its own for other damage.
        """
        merged = RangesByRow(self.merged)
        with self._get_source() as source:
            self._parser = _Parser(self, source)
            for number, cells in self._parser.parse():
                seen = [ReadOnlyCell(self, **cell) for cell in cells if _has_content(cell)]
                for found in merged.at(number):
                    seen = [cell for cell in seen if not _is_covered(cell, found)]
                yield number, seen

    @cached_property
    def merged(self) -> list[CellRange]:
        """The merged ranges. They stand below the rows in the file, so that it is read once more if it has any."""
        ranges: list[CellRange] = []
        if not self._mentions(b"mergeCell"):
            return ranges
        with self._get_source() as source:
            for _, element in iterparse(source):
                if element.tag == MERGE_TAG:
                    ranges += [CellRange(found.ref) for found in MergeCells.from_tree(element).mergeCell]
                if element.tag in (MERGE_TAG, ROW_TAG):
                    element.clear()
        return ranges

    @property
    def hidden_rows(self) -> list[int]:
        """The numbers of the hidden rows that have been read."""
        return self._parser.hidden_rows

    @property
    def hidden_columns(self) -> list[str]:
        """The letter of the first column of each hidden range."""
        dimensions = self._parser.column_dimensions
        return sorted(letter for letter, found in dimensions.items() if found.get("hidden") in _TRUE)

    def _mentions(self, word: bytes) -> bool:
        with self._get_source() as source:
            before = b""
            for chunk in iter(lambda: source.read(_CHUNK_BYTES), b""):
                if word in before + chunk:
                    return True
                before = chunk[-len(word) :]
        return False


class RangesByRow:
    """The merged ranges that rows lie in, if the rows are asked for from top to bottom."""

    def __init__(self, ranges: Iterable[CellRange]) -> None:
        self._below = sorted(ranges, key=lambda found: found.min_row, reverse=True)
        self._here: list[CellRange] = []

    def at(self, row: int) -> list[CellRange]:
        """The ranges that hold cells of this row."""
        while self._below and self._below[-1].min_row <= row:
            self._here.append(self._below.pop())
        self._here = [found for found in self._here if found.max_row >= row]
        return self._here


def _has_content(cell: dict[str, Any]) -> bool:
    return cell["value"] is not None or cell["data_type"] == UNCOMPUTED


def _is_covered(cell: ReadOnlyCell, merged: CellRange) -> bool:
    """Whether a cell lies under the first cell of a merged range, where nobody sees it."""
    is_first = (cell.row, cell.column) == (merged.min_row, merged.min_col)
    return merged.min_col <= cell.column <= merged.max_col and not is_first


class _Parser(WorkSheetParser):  # type: ignore[misc]  # untyped
    """Parses the rows of a sheet; keeps which are hidden instead of the dimensions of all."""

    def __init__(self, sheet: Sheet, source: IO[bytes]) -> None:
        book = sheet.parent
        super().__init__(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        self._part = shown_part(sheet._worksheet_path)
        self._is_long = sheet.parent._archive.getinfo(sheet._worksheet_path).file_size > _LONG_PART_BYTES
        self._cells = 0
        self.hidden_rows: list[int] = []

    def parse(self) -> Generator[tuple[int, list[dict[str, Any]]]]:
        """Yield the rows, as the library does, but leave out all else that a sheet has besides hidden columns.

        Raises UnreadableFile for a row that is longer than any, before it has used up the memory.
        """
        in_row = 0
        for event, element in iterparse(self.source, events=("start", "end") if self._is_long else ("end",)):
            if event == "start":
                in_row = 0 if element.tag == ROW_TAG else in_row + 1
                if in_row > _ELEMENTS_IN_ROW:
                    self._refuse(f"the row after row {self.row_counter} has more cells than a row can have")
            elif element.tag == ROW_TAG:
                row = self.parse_row(element)
                element.clear()
                yield row
            elif element.tag == COL_TAG:
                self.parse_column_dimensions(element)
                element.clear()

    def parse_row(self, row: Element) -> tuple[int, list[dict[str, Any]]]:
        """Parse a row. Raises UnreadableFile if its number cannot be, or does not follow the last one."""
        address = row.get("r")
        if address is not None:
            if not _ROW_NUMBER.fullmatch(address) or not 0 < int(address) <= _LAST_ROW:
                self._refuse(f"there is no row {_shown(address)}")
            if int(address) <= self.row_counter:
                order = "is there twice" if int(address) == self.row_counter else f"follows row {self.row_counter}"
                self._refuse(f"the row {_shown(address)} {order}")
        elif self.row_counter == _LAST_ROW:
            self._refuse(f"there is no row {_LAST_ROW + 1}")
        number, cells = super().parse_row(row)
        columns = [cell["column"] for cell in cells]
        if len(set(columns)) < len(columns):
            twice = next(column for column in columns if columns.count(column) > 1)
            self._refuse(f"the cell '{get_column_letter(twice)}{number}' is there twice")
        self._cells += len(cells)
        if self._cells > MAX_CELLS:
            raise UnreadableFile("too_large", f"the sheet has more than {MAX_CELLS:,} cells, as many as are read")
        if self.row_dimensions.pop(str(number), {}).get("hidden") in _TRUE:
            self.hidden_rows.append(number)
        return number, cells

    def parse_cell(self, element: Element) -> dict[str, Any]:
        """Parse a cell. Raises UnreadableFile if there is no such cell in its row."""
        address = element.get("r")
        if address is not None and not _ADDRESS.fullmatch(address):
            self._refuse(f"there is no cell {_shown(address)}")
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["row"] != self.row_counter or cell["column"] > _LAST_COLUMN:
            self._refuse(f"there is no cell {_shown(address or '')} in row {self.row_counter}")
        if cell["value"] is None and element.find(_FORMULA_TAG) is not None:
            is_empty_text = element.get("t") == "str" and element.find(VALUE_TAG) is not None
            cell["data_type"] = cell["data_type"] if is_empty_text else UNCOMPUTED
        return cell

    def _refuse(self, what: str) -> NoReturn:
        raise UnreadableFile("not_xlsx", f"{self._part}: {what}; save the workbook again")


def _shown(address: str) -> str:
    text = address[:20].encode("ascii", "backslashreplace").decode()
    return repr(text if re.fullmatch("[A-Z]{0,7}[0-9]{0,8}", text) else mask(text, secret=False))
