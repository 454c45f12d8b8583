"""The day in a file's name: it lies between the feed's start and the delivery, or the file is held."""

from __future__ import annotations

from datetime import date

import pytest
from helpers.exports import deliver, row
from helpers.pipeline import figure, process
from helpers.raw_rows import query
from helpers.warehouses import own_contract
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.operate.decisions import release
from lachan.quality.gate import GateReport, gate
from lachan.settings import Settings

pytestmark = pytest.mark.built_warehouse

Feeds = dict[str, Feed]
REASON = "select gate_reason from ops.export_file where gate = 'held'"


@pytest.mark.parametrize("rows", [[], [row("tips", 7)]], ids=["a header only", "one row"])
def test_a_day_that_has_not_come_holds_the_file_and_stretches_no_calendar(
    warehouse: Settings, feeds: Feeds, rows: list[dict[str, str]]
) -> None:
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1)], "20240305")
    header = deliver(warehouse, tips, rows or [row("tips", 7)], "20991231")
    if not rows:
        header.write_bytes(header.read_bytes().split(b"\r\n")[0] + b"\r\n")
    process(warehouse, feeds, "r1", "tips")
    [(reason,)] = query(warehouse, REASON)
    assert reason.startswith("days_after_delivery ") and reason.endswith(", wanted max_value 0.0")
    assert query(warehouse, "select max(day) from marts.dim_date") == [(date(2025, 12, 31),)]
    assert figure(warehouse, "tips_received", "calendar_month@2024-03-01") == 1


def test_a_file_may_report_the_day_on_which_it_is_delivered(warehouse: Settings, feeds: Feeds) -> None:
    today = query(warehouse, "select to_char(now(), 'YYYYMMDD')")[0][0]
    deliver(warehouse, feeds["tips"], [row("tips")], today)
    ingest(warehouse, feeds["tips"], "r1")
    assert gate(warehouse, "r1") == GateReport(1, 0, 0)


def test_a_person_gives_the_day(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1)], "20991231")
    ingest(warehouse, tips, "r1")
    assert gate(warehouse, "r1").held == 1
    release(warehouse, 1, "the year was mistyped", "officer", date(2024, 3, 5))
    process(warehouse, feeds, "r2", "tips")
    assert figure(warehouse, "tips_received", "calendar_month@2024-03-01") == 1
    assert query(warehouse, "select export_date, standing from ops.delivery") == [(date(2024, 3, 5), "accepted")]
    assert query(warehouse, "select decision, export_date from ops.decision") == [("released", date(2024, 3, 5))]


def test_a_day_before_the_feeds_start_holds_the_file(warehouse: Settings) -> None:
    settings, tips = own_contract(warehouse, "tips", startsOn="2024-03-01")
    assert tips.starts_on == date(2024, 3, 1)
    deliver(settings, tips, [row("tips", 1, updated_at="29/02/2024 10:00:00")], "20240229")
    deliver(settings, tips, [row("tips", 2)], "20240305")
    ingest(settings, tips, "r1")
    assert gate(settings, "r1") == GateReport(accepted=1, warned=0, held=1)
    assert query(settings, REASON) == [("days_before_start 1, wanted max_value 0.0",)]
