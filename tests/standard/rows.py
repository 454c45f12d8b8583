"""Valid rows of any contract, and the typed values that they must become."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st
from lachan.contract import Column, Feed

PHRASES = (
    "Phường Đông Vệ", "tổ dân phố 5", "Nguyễn Thị Mẫu", "có người lạ; hỏi \"ông Thử\"", "số nhà 12, ngõ 3",
    "nhà trọ, đối diện chợ", "quốc lộ 47", "đã bàn giao", "20 giờ 30", "1/2 tháng",
)  # fmt: skip
OPEN_PHRASES = tuple(phrase for phrase in PHRASES if "Mẫu" not in phrase and "ông" not in phrase)
"""Those of columns that should hold no person, whose rows would otherwise go to quarantine."""
WARDS = ("Phường Đông Vệ", "Đông Vệ", "P. Đông Vệ")
DATES = st.dates(date(2017, 1, 1), date(2026, 12, 31))
MOMENTS = st.datetimes(datetime(2017, 1, 1), datetime(2026, 12, 31))  # noqa: DTZ001 (local time, as in all exports)


@dataclass(frozen=True)
class Cell:
    """A value as an agency writes it, as a workbook may hold it, and as it must be typed."""

    text: str
    in_sheet: Any
    typed: Any


EMPTY = Cell("", None, None)


def cells(column: Column, feed: Feed) -> st.SearchStrategy[Cell]:
    """Valid cells of a column."""
    filled = _filled(column, feed)
    return filled if column.required else filled | st.just(EMPTY)


def _filled(column: Column, feed: Feed) -> st.SearchStrategy[Cell]:
    if column.labels:
        return st.sampled_from(sorted(column.labels.items())).map(
            lambda pair: Cell(pair[0], pair[0], pair[1] == "true" if column.type == "boolean" else pair[1])
        )
    if column.pattern is not None:
        return _like(column.pattern).map(lambda text: Cell(text, text, text))
    match column.type:
        case "integer":
            least, most = column.minimum or 0, column.maximum or 10**6
            return st.integers(least, most).map(lambda number: Cell(str(number), number, number))
        case "boolean":
            return st.booleans().map(lambda value: Cell(str(value).lower(), value, value))
        case "date":
            return st.tuples(DATES, st.sampled_from(feed.date_formats)).map(
                lambda drawn: Cell(drawn[0].strftime(drawn[1]), drawn[0], drawn[0])
            )
        case "timestamp":
            return st.tuples(MOMENTS, st.sampled_from(feed.timestamp_formats)).map(_moment)
        case "array":
            item = _like(column.item_pattern) if "A-Z" in column.item_pattern else st.just("NV001")
            lists = st.lists(item, min_size=1, max_size=min(column.max_items or 5, 5), unique=True)
            return lists.map(lambda items: Cell(*[(column.separator + " ").join(items)] * 2, items))
        case _:
            longest = column.max_length or 200
            words = WARDS if column.register else OPEN_PHRASES if column.privacy == "open" else PHRASES
            phrases = st.lists(st.sampled_from(words), min_size=1, max_size=1 if column.register else 3).map(", ".join)
            return phrases.map(lambda text: text[:longest].strip()).map(lambda text: Cell(text, text, text))


def _moment(drawn: tuple[datetime, str]) -> Cell:
    moment, pattern = drawn
    moment = moment.replace(microsecond=0, second=moment.second if "%S" in pattern else 0)
    return Cell(moment.strftime(pattern), moment, moment)


def _like(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(pattern.removesuffix("$"), re.ASCII), fullmatch=True)


def rows(feed: Feed, most: int = 6) -> st.SearchStrategy[list[dict[str, Cell]]]:
    """Valid rows of a feed, each with a key of its own."""
    row = st.fixed_dictionaries({column.name: cells(column, feed) for column in feed.columns})
    return st.lists(
        row, min_size=1, max_size=most, unique_by=lambda drawn: tuple(drawn[name].typed for name in feed.key)
    )


def headers(feed: Feed) -> st.SearchStrategy[list[tuple[str, str]]]:
    """The columns of a feed in any order, each with one of the spellings of its header, also in other cases."""
    spelled = [
        st.tuples(st.just(column.name), st.sampled_from((column.name, *column.headers)).flatmap(_respelled))
        for column in feed.columns
    ]
    return st.tuples(*spelled).flatmap(lambda drawn: st.permutations(list(drawn)))


def _respelled(header: str) -> st.SearchStrategy[str]:
    return st.sampled_from([header, header.upper(), header.lower(), f" {header} ", header.replace(" ", "  ")])
