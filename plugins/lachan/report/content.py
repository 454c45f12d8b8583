"""What a report says: the sentences and figures of one window as they are published, or as they were at an instant."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from psycopg2.extras import RealDictCursor

from lachan import vietnamese
from lachan.report.errors import ReportError
from lachan.settings import Settings
from lachan.warehouse import connect, snapshot
from lachan.warehouse.statements import run

_KEY = re.compile(r"[A-Za-z0-9_@.\-]{1,80}")
TREND_WINDOWS = 13
"""Windows of one kind that a trend shows, the reported one included: a month and that of the year before."""


@dataclass(frozen=True)
class Report:
    """The content of a report on one window, for the city or one ward (`ward_key`).

    `topics` are headings with their sentences, for the city only. `figures` are rows of reporting.figure, those of the
    area first; the city's report has those of the wards as well. `trends` holds by indicator the totals of the area in
    the windows up to this one, the oldest first. `as_of` is an instant at which exactly this state was published;
    `publication_id` is the last publication up to it (None for a reader who sees no publications).
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
    as_of: datetime
    publication_id: int | None = None
    trends: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)

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


def published_report(
    settings: Settings,
    window: str,
    ward: str = "city",
    at: datetime | None = None,
    trends: tuple[str, ...] = (),
    role: str = "reporter",
) -> Report:
    """The report on a window as a role may read it (`reporter`, or `analyst` with all numbers); see `read_report`.

    Raises ReportError.
    """
    with closing(connect(settings.address(role), role)) as connection, snapshot(connection) as cursor:
        return read_report(cursor, window, ward, at, trends)


def read_report(
    cursor: RealDictCursor,
    window: str,
    ward: str = "city",
    at: datetime | None = None,
    trends: tuple[str, ...] = (),
    is_ward: bool = False,
) -> Report:
    """The report on a window, read through a cursor of a reader, as published at the instant `at` or now.

    `trends` are the indicators of which the windows before are read too. `is_ward` is whether the reader is a ward,
    which reads its own figures only. Raises ReportError.
    """
    if not _KEY.fullmatch(window) or not _KEY.fullmatch(ward):
        raise ReportError(
            "a window is written as calendar_month@2024-10-01, a ward as 14782@2021-02-01 or city",
            "Kỳ báo cáo hoặc phường, xã không đọc được; ví dụ đúng: calendar_month@2024-10-01, 14782@2021-02-01.",
        )
    if at is not None and at > datetime.now(UTC):
        raise ReportError(
            f"{at.isoformat()} is in the future; a report can be made as of an instant that has passed",
            f"Thời điểm {vietnamese.instant(at)} chưa đến; hãy chọn một thời điểm đã qua.",
        )
    if at is not None and not is_ward:
        state: Any = run(cursor, "report/may_read_state", at=at).fetchone()
        if not state["may_read"]:
            raise ReportError(
                "a report as of an earlier publication has all numbers, because beside the present state an earlier "
                "one tells small counts anyway (docs/privacy.md): add --all-numbers",
                "Báo cáo theo thời điểm trước lần công bố mới nhất chỉ người phân tích lập được, vì so với số hiện "
                "nay nó làm lộ những số nhỏ.",
            )
    values: dict[str, Any] = {"ward": ward, "at": at, "is_ward": is_ward}
    figures = [dict(row) for row in run(cursor, "report/report_figures", window=window, **values).fetchall()]
    own = [figure for figure in figures if figure["ward_key"] == ward]
    if not own:
        then = "" if at is None else f" at {at.isoformat()}"
        raise ReportError(
            f"no figures of {ward} are published for the window {window!r}{then}; reporting.figure lists what there is",
            f"Không có số liệu nào của kỳ “{window}” được công bố"
            + ("." if at is None else f" vào lúc {vietnamese.instant(at)}."),
        )
    newest = max(own, key=lambda figure: (figure["published_at"], figure["figure_id"]))
    publication: Any = None if is_ward else run(cursor, "report/last_publication", at=at).fetchone()
    return Report(
        window_key=window,
        label=newest["window_label_vi"],
        starts_on=newest["window_starts_on"],
        ends_on=newest["window_ends_on"],
        ward_key=ward,
        ward_name=newest["ward_name"],
        topics=_topics(cursor, window, at) if ward == "city" else (),
        figures=tuple(figures),
        definitions=tuple(dict(row) for row in run(cursor, "report/report_definitions").fetchall()),
        as_of=at or (publication["published_at"] if publication else newest["published_at"]),
        publication_id=publication["publication_id"] if publication else None,
        trends={each: _trend(cursor, each, newest, values) for each in trends},
    )


def _topics(cursor: RealDictCursor, window: str, at: datetime | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    sentences: Any = run(cursor, "report/report_sentences", window=window, at=at).fetchall()
    return tuple(
        (topic, tuple(row["sentence_vi"] for row in rows))
        for topic, rows in groupby(sentences, key=lambda row: row["topic_vi"])
    )


def _trend(
    cursor: RealDictCursor, indicator: str, newest: dict[str, Any], values: dict[str, Any]
) -> tuple[dict[str, Any], ...]:
    found = run(
        cursor,
        "report/report_trend",
        indicator=indicator,
        window_kind=newest["window_kind"],
        window_basis=newest["window_basis"],
        until=newest["window_starts_on"],
        count=TREND_WINDOWS,
        **values,
    )
    return tuple(dict(row) for row in reversed(found.fetchall()))
