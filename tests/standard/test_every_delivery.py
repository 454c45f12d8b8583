"""What the warehouse must hold after the deliveries of any contract: right, damaged, repeated and corrected files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from helpers.raw_rows import query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lachan.contract import Feed, read_contracts
from lachan.load.ingest import IngestReport, ingest, replay
from lachan.settings import PROJECT, Settings
from standard.files import plainest, write
from standard.rows import Cell, rows
from standard.test_every_contract import table

FEEDS = read_contracts(PROJECT / "contracts")
BALANCE = """
select bool_and(rows_read = rows_loaded + rows_quarantined + rows_duplicate), sum(rows_read)::int,
    (select count(*)::int from ops.quarantined_row) = sum(rows_quarantined)
from ops.export_file
"""


def deliver(settings: Settings, feed: Feed, day: date, content: bytes, suffix: str = "") -> None:
    path = feed.path.replace("**/", f"{day:%Y/%m}/").replace("{date}", f"{day:%Y%m%d}").replace("*", suffix)
    assert feed.export_date(path) == day
    target: Path = settings.home / "landing" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
@settings(max_examples=1, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_is_lost_or_counted_twice(warehouse: Settings, feed: Feed, data: st.DataObject) -> None:
    shape = plainest(feed)
    named = [(column.name, column.label) for column in feed.columns]
    records: list[dict[str, Cell]] = data.draw(rows(feed, most=6))
    required = next(column.name for column in feed.columns if column.required)
    right = write(feed, shape, table(named, records, shape))
    wrong = write(feed, shape, table(named, [records[0] | {required: Cell("", None, None)}], shape))
    without = write(feed, shape, table([pair for pair in named if pair[0] != required], records, shape))
    monday = date(2024, 3, 4)
    deliver(warehouse, feed, monday, right)
    deliver(warehouse, feed, date(2024, 3, 5), wrong)
    deliver(warehouse, feed, date(2024, 3, 6), without)
    report = ingest(warehouse, feed, "r1")
    assert (report.files_loaded, report.files_rejected) == (2, 1)
    assert (report.rows_loaded, report.rows_quarantined) == (len(records), 1)
    assert ingest(warehouse, feed, "r2") == IngestReport()
    assert replay(warehouse, feed, "r3", "a trial", "test") == IngestReport()
    deliver(warehouse, feed, monday, right, suffix="_lai")
    again = ingest(warehouse, feed, "r4")
    assert (again.files_duplicate, again.rows_duplicate) == (1, len(records))
    deliver(warehouse, feed, date(2024, 3, 6), right, suffix="_sua")
    corrected = ingest(warehouse, feed, "r5")
    assert corrected.files_loaded + corrected.files_duplicate == 1, "a snapshot may be unchanged on another day"
    assert query(warehouse, BALANCE) == [(True, 3 * len(records) + 1, True)]
    expected = len(records) * (2 if feed.delivery == "snapshot" else 1)
    assert query(warehouse, f"select count(*)::int from raw.{feed.name}") == [(expected,)]
