"""Publish figures of invented items without dbt: every window, ward, part and kind that the marts would have."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from helpers.figures import FIGURE, mark_as_audited, set_figures
from lachan.publish.publication import publish
from lachan.settings import PROJECT, Settings
from lachan.warehouse import connect
from psycopg2.extras import execute_values

WARDS = {"w1": "r1", "w2": "r1", "w3": "r2", "w4": "r2", "w5": "r2"}
"""The wards, each with its unit of today."""
CHANNELS = ("hotline", "letterbox", "in_person")
CATALOGUE = {
    "tips_received": (("pending", "valuable", "none"), None),
    "tips_valuable": (("valuable",), None),
    "tips_pending": (("pending",), None),
    "tips_valuable_rate": (("valuable",), ("valuable", "none")),
}
"""Indicators with the kinds of tips in the numerator, and in the denominator of a ratio."""


@dataclass(frozen=True)
class Tip:
    """One item: the day, the ward, the channel and the kind (pending, valuable, none)."""

    day: date
    ward: str = "w1"
    channel: str = "hotline"
    kind: str = "none"


def windows(first: date, last: date) -> Iterator[tuple[str, str, date, date]]:
    """Kind, basis, first and last day of every window that overlaps a year's data."""
    day = first
    while day <= last:
        yield "day", "calendar", day, day
        day += timedelta(1)
    for basis, offset in (("calendar", 0), ("administrative", -17)):
        for kind, months in (("month", 1), ("quarter", 3), ("year", 12)):
            for year in range(first.year, last.year + 2):
                for month in range(1, 13, months):
                    begin, end = (
                        date(year, month, 1),
                        date(year + (month + months > 12), (month + months - 1) % 12 + 1, 1),
                    )
                    if offset:  # 15 of the month before
                        begin = date(begin.year - (begin.month == 1), (begin.month - 2) % 12 + 1, 15)
                        end = date(end.year - (end.month == 1), (end.month - 2) % 12 + 1, 15)
                    if begin <= last and end > first:
                        yield kind, basis, begin, end - timedelta(1)


def figures(tips: Iterable[Tip], first: date, last: date) -> Iterator[dict[str, object]]:
    """The figures of some tips, dense as in the marts."""
    counted = Counter(tips)
    for kind, basis, begin, end in windows(first, last):
        inside = {tip: number for tip, number in counted.items() if begin <= tip.day <= end}
        is_long = kind != "day"
        areas = [("as_was", "city", set(WARDS))]
        if is_long:
            areas += [("as_was", ward, {ward}) for ward in WARDS]
            areas += [("recast", unit, {w for w, u in WARDS.items() if u == unit}) for unit in set(WARDS.values())]
        else:
            areas += [("as_was", ward, {ward}) for ward in {tip.ward for tip in inside}]
        for indicator, (kinds, whole) in CATALOGUE.items():
            for ward_basis, ward, wards in areas:
                for part in ("total", *(CHANNELS if is_long or ward == "city" else ())):
                    of_cell = [t for t in inside if t.ward in wards and part in ("total", t.channel)]
                    number = sum(inside[tip] for tip in of_cell if tip.kind in kinds)
                    of = sum(inside[tip] for tip in of_cell if whole and tip.kind in whole) if whole else None
                    if ward == "city" or (is_long and part == "total") or number or of:
                        key = f"{kind}_{basis}@{begin}"
                        name = "|".join((indicator, key, ward, part, ward_basis))
                        yield FIGURE | {
                            "figure_id": hashlib.md5(name.encode()).hexdigest(),
                            "indicator_key": indicator, "label_vi": indicator,
                            "window_key": key, "window_kind": kind, "window_basis": basis, "window_label_vi": key,
                            "window_starts_on": begin, "window_ends_on": end, "ward_basis": ward_basis,
                            "ward_key": ward, "ward_code": None if ward == "city" else ward, "ward_name": ward,
                            "breakdown_dim": "total" if part == "total" else "channel", "breakdown_value": part,
                            "breakdown_label_vi": part, "numerator": number, "denominator": of,
                            "value": number if of is None else round(number / of, 6) if of else None,
                        }  # fmt: skip


def publish_tips(
    settings: Settings, tips: Iterable[Tip], first: date, last: date, ward_window: str = "year", threshold: int = 5
) -> None:
    """Publish the figures of these tips in place of all others; counts below `threshold` are small."""
    set_figures(settings)
    rows = list(figures(tips, first, last))
    with connect(settings.dsn, role="transformer") as connection, connection.cursor() as cursor:
        names = ", ".join(rows[0])
        execute_values(cursor, f"insert into marts.figure ({names}) values %s", [tuple(row.values()) for row in rows])
        cursor.execute(
            "delete from reference.indicators; delete from reference.indicator_count; delete from marts.ward_recast"
        )
        execute_values(
            cursor,
            "insert into reference.indicators values %s",
            [(indicator, "tips", "tips", threshold, ward_window) for indicator in CATALOGUE],
        )
        lines = (PROJECT / "dbt_project/seeds/indicator_count.csv").read_text(encoding="utf-8").splitlines()[1:]
        execute_values(
            cursor,
            "insert into reference.indicator_count values %s",
            [[cell or None for cell in line.split(",")] for line in lines if line.split(",")[0] in CATALOGUE],
        )
        execute_values(cursor, "insert into marts.ward_recast values %s", list(WARDS.items()))
        cursor.execute(
            "insert into ops.unpublished_window (mart, indicator_group, window_key)"
            " select distinct 'figure', 'tips', window_key from marts.figure on conflict do nothing"
        )
    connection.close()
    mark_as_audited(settings)
    publish(settings, "r", "test")
