"""The text of the cells of a workbook, as a person sees it there and as the contract's column is written."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from lachan.contract import Column, Feed

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

_PADDED = re.compile(r'(?:"([^"]*)")?(0{2,})(?:;.*)?')
_DATE_TOKENS = {
    "dd": "{0.day:02}",
    "d": "{0.day}",
    "mm": "{0.month:02}",
    "m": "{0.month}",
    "yyyy": "{0.year:04}",
    "yy": "{0:%y}",
}
_SHORT_DATE = "mm-dd-yy"  # the name of number format 14, which Excel shows as the short date of the computer's region
_LARGEST_EXACT = 10**15  # Excel keeps 15 digits of a number


class CellFault(NamedTuple):
    """Why the value of a cell cannot be used: the rule that it breaks, what was expected, and what was found."""

    rule: str
    expected: str
    found: str


def cell_text(cell: Cell, column: Column | None, feed: Feed) -> str | CellFault | None:
    """The text of a cell for a column of the contract (None if the contract does not declare it).

    Dates and times are written in the first fitting format of the contract, numbers with the zeros that they are shown
    with. A fault is a cell in error, a number that has lost digits, and a date in a text column that is shown in a way
    that cannot be imitated.
    """
    value = cell.value
    if value is None or value == "":
        return None
    if cell.data_type == "e":
        return CellFault("cell_error", "a value that the sheet could compute", f"{value} in {cell.coordinate}")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date, time, timedelta)):
        return _moment_text(value, cell, column, feed)
    if isinstance(value, (int, float)):
        return _number_text(value, cell)
    text = str(value)
    if "_x" not in text:  # no escaped control character
        return text
    from openpyxl.utils.escape import unescape

    return str(unescape(text))


def _number_text(value: float, cell: Cell) -> str | CellFault:
    if abs(value) >= _LARGEST_EXACT:
        return CellFault(
            "cell_precision", "text, or a number of up to 15 digits", f"a longer number in {cell.coordinate}"
        )
    if value != int(value):
        return f"{value:.15g}"
    padded = _PADDED.fullmatch(cell.number_format)
    return f"{padded[1] or ''}{int(value):0{len(padded[2])}}" if padded else str(int(value))


def _moment_text(
    value: datetime | date | time | timedelta, cell: Cell, column: Column | None, feed: Feed
) -> str | CellFault:
    if isinstance(value, timedelta):
        hours, seconds = divmod(round(value.total_seconds()), 3600)
        return f"{hours:02}:{seconds // 60:02}"
    if isinstance(value, time):
        return f"{value:%H:%M:%S}".removesuffix(":00")
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)  # to full seconds: Excel keeps fractions
    kind = column.type if column is not None else "string"
    if kind == "date" and (moment.time() == time() or not re.search("[hs]", cell.number_format, re.IGNORECASE)):
        return moment.strftime(feed.date_formats[0])
    if kind in ("date", "timestamp"):
        with_seconds = [pattern for pattern in feed.timestamp_formats if "%S" in pattern]
        return moment.strftime([*with_seconds, *feed.timestamp_formats, "%d/%m/%Y %H:%M:%S"][0])
    shown = _shown_date(moment, cell.number_format)
    if shown is None:
        return CellFault("cell_date", "text", f"a date shown as {cell.number_format} in {cell.coordinate}")
    return shown


def _shown_date(moment: datetime, number_format: str) -> str | None:
    """A date as its number format shows it, if the format has only days, months and years in digits."""
    if number_format == _SHORT_DATE:
        return f"{moment:%d/%m/%Y}"
    shown = ""
    for token in re.findall(r"d+|m+|y+|\\.|\[[^\]]*\]|.", number_format.partition(";")[0].lower()):
        if token in _DATE_TOKENS:
            shown += _DATE_TOKENS[token].format(moment)
        elif token.startswith("\\"):
            shown += token[1:]
        elif token in tuple("/-. "):
            shown += token
        elif not token.startswith("["):  # a locale, such as [$-42A]
            return None
    return shown
