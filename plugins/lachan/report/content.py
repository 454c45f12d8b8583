"""What a report says: the sentences and figures of one window as they are published."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from psycopg2.extras import RealDictCursor

from lachan.settings import Settings
from lachan.warehouse import connect
from lachan.warehouse.statements import run

_KEY = re.compile(r"[A-Za-z0-9_@.\-]{1,80}")


class ReportError(ValueError):
    """A report cannot be made; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Report:
    """The content of a report on one window, for the city or one ward (`ward_key`).

    `topics` are headings with their sentences, for the city only. `figures` are rows of reporting.figure, those of the
    area first; the city's report has those of the wards as well.
    """

    window_key: str
    label: str
    starts_on: date
    ends_on: date
    ward_key: str
    ward_name: str
    topics: tuple[tuple[str, tuple[str, ...]], ...]
    figures: tuple[dict[str, Any], ...]
    definitions: tuple[dict[str, Any], ...]

    @property
    def own_figures(self) -> list[dict[str, Any]]:
        """The figures of the report's own area."""
        return [figure for figure in self.figures if figure["ward_key"] == self.ward_key]

    @property
    def published_at(self) -> datetime:
        """When the newest state among its own figures was published."""
        newest: datetime = max(figure["published_at"] for figure in self.own_figures)
        return newest

    @property
    def is_complete(self) -> bool:
        """Whether the window has ended and no day is missing for any of its own figures."""
        return all(figure["is_complete"] for figure in self.own_figures)


def published_report(settings: Settings, window: str, ward: str = "city") -> Report:
    """The report on a window, read in the role `reporter`. Raises ReportError."""
    with (
        closing(connect(settings.address("reporter"), "reporter")) as connection,
        connection.cursor(cursor_factory=RealDictCursor) as cursor,
    ):
        cursor.execute("set transaction isolation level repeatable read read only")
        return read_report(cursor, window, ward)


def read_report(cursor: RealDictCursor, window: str, ward: str = "city") -> Report:
    """The report on a window, read through a cursor of a reader. Raises ReportError."""
    if not _KEY.fullmatch(window) or not _KEY.fullmatch(ward):
        raise ReportError("a window is written as calendar_month@2024-10-01, a ward as 14782@2021-02-01 or city")
    found: Any = run(cursor, "report/report_window", window=window).fetchone()  # a dictionary, by the cursor's factory
    figures = [dict(row) for row in run(cursor, "report/report_figures", window=window, ward=ward).fetchall()]
    own = [figure for figure in figures if figure["ward_key"] == ward]
    if found is None or not own:
        raise ReportError(
            f"no figures of {ward} are published for the window {window!r}; reporting.figure lists those that are"
        )
    sentences: list[Any] = []
    if ward == "city":
        sentences = run(cursor, "report/report_sentences", window=window).fetchall()
    topics = tuple(
        (topic, tuple(row["sentence_vi"] for row in rows))
        for topic, rows in groupby(sentences, key=lambda row: row["topic_vi"])
    )
    definitions = tuple(dict(row) for row in run(cursor, "report/report_definitions").fetchall())
    window_facts = found["label"], found["starts_on"], found["ends_on"]
    return Report(window, *window_facts, ward, own[0]["ward_name"], topics, tuple(figures), definitions)
