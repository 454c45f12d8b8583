"""A ledger of deliveries that were just published."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from lachan.contract import Feed
from lachan.settings import TIMEZONE, Settings
from lachan.warehouse import connect

NOW = datetime(2024, 5, 20, 7, 30, tzinfo=ZoneInfo(TIMEZONE))
DAYS = [date(2024, 5, 13) + timedelta(days=offset) for offset in range(7)]


def run(settings: Settings, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(connect(settings.dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def deliver(
    settings: Settings, feed: str, day: date | None, status: str = "loaded", gate: str = "accepted", **more: object
) -> int:
    reason = "not readable" if status == "rejected" else None
    (row,) = run(
        settings,
        """insert into ops.export_file (feed, path, sha256, fingerprint, export_date, size_bytes, status,
            reason, gate, gate_reason, acceptance_no, run_id, loaded_at)
        values (%s, %s || nextval('ops.file_id'), '', '', %s, 1, %s, %s, %s,
            case when %s = 'held' then 'too few rows' end,
            case when %s = 'accepted' then nextval('ops.acceptance_no') end, 'test', %s) returning file_id""",
        *(feed, f"{feed}/{day}.", day, status, reason, gate, gate, gate, NOW - timedelta(days=3)),
    )
    if more:
        changes = ", ".join(f"{column} = %s" for column in more)
        run(settings, f"update ops.export_file set {changes} where file_id = %s", *more.values(), row[0])
    return int(str(row[0]))


def publish(settings: Settings, at: datetime) -> None:
    run(
        settings,
        "insert into reporting.publication (run_id, why, published_at, groups_published, groups_held)"
        " values ('test', 'test', %s, '{}', '{}')",
        at,
    )


@pytest.fixture
def delivered(warehouse: Settings, feeds: dict[str, Feed]) -> Settings:
    """A warehouse with every export of the last seven days and the registers of their last period, just published."""
    for feed in feeds.values():
        for day in {"d": DAYS, "w": [date(2024, 5, 19)], "mo": [date(2024, 4, 30)]}[feed.frequency]:
            deliver(warehouse, feed.name, day)
    publish(warehouse, NOW - timedelta(hours=1))
    assert warehouse.pseudonym_key, "a load generates the key"
    return warehouse
