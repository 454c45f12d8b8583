"""Which windows have figures, and which of them are complete: late states, missing days, impossible dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from helpers.exports import deliver, encode, row
from helpers.pipeline import figure, process
from helpers.raw_rows import load, load_empty_days, query
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.operate.decisions import release
from lachan.operate.watch import watch
from lachan.quality.gate import gate
from lachan.settings import Settings
from lachan.transform.build import build

pytestmark = pytest.mark.built_warehouse

Feeds = dict[str, Feed]
JANUARY, DECEMBER = "calendar_month@2024-01-01", "calendar_month@2023-12-01"
WINDOW = """
select value, is_complete, days_missing, year_change, no_base_vi from marts.figure
where indicator_key = '{}' and window_key = '{}' and ward_key = 'city' and breakdown_dim = 'total'
"""


def in_window(settings: Settings, indicator: str, window: str) -> tuple[Any, ...]:
    [found] = query(settings, WINDOW.format(indicator, window))
    return found


def test_a_verdict_of_january_counts_in_december_and_stops_nothing(warehouse: Settings, feeds: Feeds) -> None:
    """The feed begins in January; the tip was received in December, another years before, a third in 2042."""
    changed = {"updated_at": "02/01/2024 10:00:00", "verdict": "Có giá trị"}
    deliver(
        warehouse,
        feeds["tips"],
        [
            row("tips", 1, received_at="28/12/2023 08:00", **changed),
            row("tips", 2, received_at="02/01/2024 08:00", **changed),
            row("tips", 3, received_at="05/05/2021 08:00", **changed),
            row("tips", 4, received_at="05/05/2042 08:00", **changed),
        ],
        "20240102",
    )
    process(warehouse, feeds, "r1", "tips")
    assert figure(warehouse, "tips_received", DECEMBER) == figure(warehouse, "tips_received", JANUARY) == 1
    assert in_window(warehouse, "tips_received", DECEMBER)[1:3] == (False, 31)
    assert in_window(warehouse, "tips_received", JANUARY)[1:3] == (False, 1), "1 January is missing"
    assert figure(warehouse, "tips_duplicate", DECEMBER) is None, "before the first export nothing is known to be 0"
    assert figure(warehouse, "tips_duplicate", JANUARY) == 0
    assert query(warehouse, "select min(day), max(day) from marts.dim_date") == [(date(2023, 1, 1), date(2025, 12, 31))]
    assert query(
        warehouse, "select item_key, day, days_after_export, line_no from marts.implausible_row order by day"
    ) == [
        ("TB-2024-000003", date(2021, 5, 5), -972, 4),
        ("TB-2024-000004", date(2042, 5, 5), 6698, 5),
    ]
    [alert] = [each for each in watch(warehouse, datetime.now(UTC)) if each.kind == "rows_implausible"]
    assert "2 rows have a date" in alert.message and "TB-2024-000004, received_at 2042-05-05" in alert.message


@pytest.mark.proof
def test_a_missing_day_makes_its_windows_incomplete_until_it_comes(warehouse: Settings, feeds: Feeds) -> None:
    """Complete but for 10 March 2024, which is held and then released."""
    everything = ("tips", "patrol_rosters")
    load_empty_days(warehouse, date(2022, 12, 31), date(2024, 3, 9), *everything)
    load_empty_days(warehouse, date(2024, 3, 11), date(2024, 4, 2), *everything)
    load(warehouse, "tips", date(2023, 3, 5), {"A": {"received_at": "2023-03-05 08:00"}})
    deliver(warehouse, feeds["tips"], [row("tips", n) for n in (1, 2, 3)], "20240310")
    ingest(warehouse, feeds["tips"], "r1")
    assert gate(warehouse, "r1").held == 1, "its rows were changed on 5 March"
    build(warehouse, "r1")
    march = "calendar_month@2024-03-01"
    assert in_window(warehouse, "tips_received", march) == (0, False, 1, None, "Kỳ này thiếu 1 ngày số liệu")
    assert in_window(warehouse, "tips_received", "calendar_day@2024-03-09")[1:3] == (True, 0)
    assert in_window(warehouse, "tips_received", "calendar_month@2023-03-01")[1:3] == (True, 0)
    sentence = f"select sentence_vi from marts.report_sentence where window_key = '{march}' and sentence_key = %s"
    [(text,)] = query(warehouse, sentence.replace("%s", "'tips'"))
    assert "tin của quần chúng (kỳ này thiếu 1 ngày số liệu)" in text and text.endswith(". (Thiếu 1 ngày số liệu.)")
    [(text,)] = query(warehouse, sentence.replace("%s", "'window'"))
    assert text.endswith("31/03/2024, có nguồn thiếu số liệu (ghi sau từng câu).")
    standing = "select period_to, standing from marts.expected_export where standing <> 'in_force' and feed = 'tips'"
    assert query(warehouse, standing) == [(date(2024, 3, 10), "misdated")]

    [(file_id,)] = query(warehouse, "select file_id from ops.export_file where gate = 'held'")
    release(warehouse, file_id, "three late corrections", "officer")
    build(warehouse, "r2")
    assert in_window(warehouse, "tips_received", march) == (3, True, 0, 2, None)
    assert query(warehouse, standing) == []
    patrols = "select period_to from marts.expected_export where standing = 'missing' and feed = 'patrol_rosters'"
    assert query(warehouse, patrols) == [(date(2024, 3, 10),)]


def test_the_discipline_of_agencies_is_measured(warehouse: Settings, feeds: Feeds) -> None:
    load_empty_days(warehouse, date(2024, 3, 1), date(2024, 3, 3), "tips")
    load_empty_days(warehouse, date(2024, 3, 6), date(2024, 3, 9), "tips")
    load_empty_days(warehouse, date(2024, 3, 3), date(2024, 3, 3), "model_register")
    query(
        warehouse,
        "update ops.export_file set delivered_at = delivered_at + interval '4 days' where export_date = '2024-03-06';"
        " update ops.export_file set delivered_at = delivered_at + interval '2 days' where export_date = '2024-03-07'",
    )
    deliver(warehouse, feeds["tips"], b"not an export", "20240304")
    broken = encode(feeds["tips"], [row("tips", 1, updated_at="09/03/2024 09:00:00"), row("tips", 2, updated_at="?")])
    deliver(warehouse, feeds["tips"], broken, "20240309_sua")
    ingest(warehouse, feeds["tips"], "r1")
    gate(warehouse, "r1")
    build(warehouse, "r1")
    columns = (
        "exports_expected, exports_on_time, exports_late, days_late_median, days_late_worst, exports_missing,"
        " exports_rejected, exports_corrected, rows_quarantined, days_until_corrected_median > 300"
    )
    found = query(warehouse, f"select agency, feed, {columns} from marts.delivery_discipline order by feed")
    assert found == [
        ("movement-desk", "model_register", 1, 1, 0, None, None, 0, 0, 0, 0, None),
        ("hotline-113", "tips", 9, 5, 2, 3, 4, 1, 1, 1, 1, True),
    ]
    march = "calendar_month@2024-03-01"
    values = [in_window(warehouse, f"exports_{what}", march)[0] for what in ("expected", "missing", "late")]
    assert values == [10, 2, 2]
    assert float(in_window(warehouse, "exports_on_time_rate", march)[0]) == 0.6
