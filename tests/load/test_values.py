"""How single values are read: dates and times, lists of several items in one cell."""

from __future__ import annotations

import pytest
from helpers.exports import deliver, row, table, workbook
from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.settings import Settings

Feeds = dict[str, Feed]
REASONS = """
select line_no, r ->> 'column', r ->> 'rule', r ->> 'found'
from ops.quarantined_row, json_array_elements(reasons) as r order by 1, 2
"""


@pytest.mark.parametrize("parted", ["NV001\r\nNV002\nNV003", "NV001, NV002,\nNV003", "NV001,NV002,NV003, "])
def test_line_breaks_part_items_as_the_separator_does(warehouse: Settings, feeds: Feeds, parted: str) -> None:
    deliver(warehouse, feeds["patrol_rosters"], [row("patrol_rosters", 1, members=parted, note="NV002 nghỉ")])
    ingest(warehouse, feeds["patrol_rosters"], "r1")
    assert query(warehouse, "select cardinality(members), note from raw.patrol_rosters") == [(3, "[tên] nghỉ")]


@pytest.mark.parametrize("parted", ["NV001; NV002", "NV001/NV002", "NV001 NV002", "NV001|NV002", "NV001 và NV002"])
def test_several_items_that_are_parted_otherwise_are_no_item(warehouse: Settings, feeds: Feeds, parted: str) -> None:
    deliver(warehouse, feeds["patrol_rosters"], [row("patrol_rosters", 1, members=parted), row("patrol_rosters", 2)])
    ingest(warehouse, feeds["patrol_rosters"], "r1")
    assert query(warehouse, "select line_no from raw.patrol_rosters") == [(3,)]
    assert query(warehouse, REASONS) == [(2, "members", "item", f"({len(parted)} characters)")]


def test_24_00_is_the_end_of_the_day(warehouse: Settings, feeds: Feeds) -> None:
    times = ["05/03/2024 24:00", "05/03/2024 24:00:00", "05/03/2024 24h00"]
    deliver(warehouse, feeds["tips"], [row("tips", number, received_at=time) for number, time in enumerate(times)])
    ingest(warehouse, feeds["tips"], "r1")
    found = query(warehouse, "select distinct received_at::text from raw.tips")
    assert found == [("2024-03-06 00:00:00+07",)]


@pytest.mark.parametrize("time", ["05/03/2024 23:59:60", "05/03/2024 10:15:60", "05/03/2024 24:01", "05/03/2024 24:30"])
def test_a_time_that_does_not_exist_is_no_other_time(warehouse: Settings, feeds: Feeds, time: str) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1, received_at=time), row("tips", 2)])
    ingest(warehouse, feeds["tips"], "r1")
    assert [(line, column, rule) for line, column, rule, _ in query(warehouse, REASONS)] == [
        (2, "received_at", "format")
    ]


def test_a_workbook_with_items_below_one_another_in_a_cell(warehouse: Settings, feeds: Feeds) -> None:
    cells = table(feeds["patrol_rosters"], [row("patrol_rosters", 1, members="NV001_x000D_\nNV002")])
    deliver(warehouse, feeds["patrol_rosters"], workbook(cells, "Lịch tuần tra"))
    ingest(warehouse, feeds["patrol_rosters"], "r1")
    assert query(warehouse, "select cardinality(members) from raw.patrol_rosters") == [(2,)]
