"""Identities of people in columns that should hold none: nothing of them lands, and the gate holds the file."""

from __future__ import annotations

import csv
from typing import Any

import polars as pl
import pytest
from helpers.exports import deliver, row, table, text
from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.privacy.recognition import look_like_identities, looks_like_identity
from lachan.quality.gate import gate
from lachan.settings import PROJECT, Settings

NAMES = ("Nguyễn Văn Thử", "Trần Thị Mẫu", "Lê Ví Dụ", "Phạm Thử Nghiệm", "Hoàng Mẫu")
IDENTITIES = {
    "a name": "Nguyễn Thị Mẫu",
    "a name in small letters": "nguyễn thị mẫu",
    "a name in capitals": "NGUYỄN THỊ MẪU",
    "a name without accents": "Nguyen Thi Mau",
    "a name with a title": "Bà Mẫu",
    "a name with a note": "Nguyễn Thị Mẫu (tổ trưởng)",
    "two words": "Trần Thử",
    "a telephone number": "0951–234–567",
    "an identity number": "038 085 012 345",
    "a plate": "36A-123.45",
    "an e-mail address": "mau.nguyen@example.vn",
    "an account": "facebook.com/mau.nguyen",
}
NOT_SO = (
    "Phường Đông Vệ",
    "P. Trần Phú",
    "Phường Nguyễn Thị Minh Khai",
    "Hà Nội",
    "KCN Lễ Môn",
    "khu Bắc cầu Hạc",
    "Công an phường Đông Vệ",
    "Đoàn Thanh niên xã Hoằng Đại",
    "UBND xã Thiệu Vân",
    "Dòng họ Hà Thanh với an ninh trật tự",
    "Trường THPT Nguyễn Thị Lợi",
    "Hồ sơ 12",
    "máy lẻ số 3 phòng trực ban hình sự",
    "113-1",
    "3186/QĐ-UBND",
    "2024-03-05 10:20",
)
LANDED = "select coalesce(string_agg(t::text, ' '), '') from raw.{} as t"
WRITTEN = (
    "select reasons::text || masked_row::text from ops.quarantined_row"
    " union all select coalesce(reason, '') || coalesce(gate_reason, '') || warnings::text || identity_findings::text"
    " from ops.export_file"
)


@pytest.mark.parametrize("value", IDENTITIES.values(), ids=IDENTITIES.keys())
def test_an_identity_is_recognised_as_a_whole_value(value: str) -> None:
    assert looks_like_identity(value)


def test_names_of_places_authorities_and_models_are_not_taken_for_identities() -> None:
    seeds = PROJECT / "dbt_project" / "cities" / "380"
    wards = [row["name"] for row in csv.DictReader((seeds / "ward.csv").open(encoding="utf-8"))]
    aliases = [row["alias_name"] for row in csv.DictReader((seeds / "ward_alias.csv").open(encoding="utf-8"))]
    values = pl.Series([*NOT_SO, *wards, *aliases, *map(str.upper, wards), *map(str.lower, wards)])
    assert values.filter(look_like_identities(values)).to_list() == []


def landed(settings: Settings, feed: str) -> tuple[str, str]:
    """What is in the raw table of a feed, and what the ledger and the quarantine show."""
    return query(settings, LANDED.format(feed))[0][0], "\n".join(text for (text,) in query(settings, WRITTEN))


def verdict(settings: Settings) -> tuple[Any, ...]:
    """The gate's state of the only file, with the loader's findings."""
    gate(settings, "r")
    return query(settings, "select gate, identity_findings from ops.export_file")[0]


OPEN = {
    "tips": ("ward", "case_id", "hotline_line", "receiving_unit", "channel", "assigned_at", "duplicate_of"),
    "camera_extractions": ("camera_id", "requesting_unit", "ward", "result"),
    "patrol_rosters": ("ward", "conflicts_resolved", "patrol_type", "actual_start"),
    "camera_register": ("camera_id", "ward", "model_id", "installed_on"),
}


@pytest.mark.parametrize("feed", OPEN)
def test_an_identity_in_an_open_column_goes_to_quarantine_and_holds_the_file(
    warehouse: Settings, feeds: dict[str, Feed], feed: str, caplog: pytest.LogCaptureFixture
) -> None:
    planted = [{column: value} for column in OPEN[feed] for value in IDENTITIES.values()]
    rows = [row(feed, number, **changes) for number, changes in enumerate([{}] * 50 + planted, 1)]
    deliver(warehouse, feeds[feed], rows)
    report = ingest(warehouse, feeds[feed], "r")
    assert (report.rows_loaded, report.rows_quarantined) == (50, len(planted))
    raw, written = landed(warehouse, feed)
    gate_state, findings = verdict(warehouse)
    assert gate_state == "held"
    assert findings == [
        f"{name}: {len(IDENTITIES)} values look like identities of people" for name in sorted(OPEN[feed])
    ]
    for shown in (raw, written, caplog.text):
        for value in ("Mẫu", "mẫu", "MẪU", "Mau", "Thử", "0951", "–567", "038 0", "123.45", "example"):
            assert value not in shown


def test_two_exchanged_headers_are_found_even_where_a_name_cannot_be_recognised(
    warehouse: Settings, feeds: dict[str, Feed]
) -> None:
    names = [*NAMES, "Sử A Thào", "Mẫu", "John Smith"]
    rows = [row("tips", number, ward=name, informant_name="Phường Đông Vệ") for number, name in enumerate(names, 1)]
    deliver(warehouse, feeds["tips"], rows)
    assert ingest(warehouse, feeds["tips"], "r").rows_quarantined == len(names)
    assert verdict(warehouse) == ("held", [f"ward: {len(names)} values look like identities of people"])
    assert not any(name in shown for name in names for shown in landed(warehouse, "tips"))


def test_an_exchanged_column_of_a_register_is_found_without_any_known_name(
    warehouse: Settings, feeds: dict[str, Feed]
) -> None:
    names = ["Sử A Thào", "Mẫu", "John Smith", "Y Thử", "A Dụ"]
    deliver(warehouse, feeds["tips"], [row("tips", number, ward=name) for number, name in enumerate(names, 1)])
    assert ingest(warehouse, feeds["tips"], "r").rows_quarantined == len(names)
    assert verdict(warehouse)[0] == "held"


def test_unknown_wards_among_known_ones_are_no_identities(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    wards = ["Đông Vệ", "P.Lam Sơn", "14782", "KCN Lễ Môn", "khu Bắc cầu Hạc", "Phường Lạ"]
    deliver(warehouse, feeds["tips"], [row("tips", number, ward=ward) for number, ward in enumerate(wards, 1)])
    assert ingest(warehouse, feeds["tips"], "r").rows_loaded == len(wards)
    assert verdict(warehouse) == ("accepted", [])


def test_staff_codes_in_an_open_column_are_found_by_the_pattern_of_the_identities(
    warehouse: Settings, feeds: dict[str, Feed]
) -> None:
    rows = [row("patrol_rosters", 1), row("patrol_rosters", 2), row("patrol_rosters", 3, ward="NV001, NV002")]
    deliver(warehouse, feeds["patrol_rosters"], rows)
    assert ingest(warehouse, feeds["patrol_rosters"], "r").rows_quarantined == 1
    assert verdict(warehouse)[0] == "held"


def renamed(feed: Feed, rows: list[dict[str, str]], column: str, header: str) -> bytes:
    """An export of a feed in which the header of a column is spelled in a way that the contract does not know."""
    label = next(each.label for each in feed.columns if each.name == column)
    cells = table(feed, rows)
    cells[0] = [header if each == label else each for each in cells[0]]
    return text(cells, feed.delimiter).encode()


def test_a_renamed_identity_column_holds_the_file_and_is_still_removed_from_free_text(
    warehouse: Settings, feeds: dict[str, Feed]
) -> None:
    content = "nguyễn thị mẫu báo mất xe, thử a mẫu thấy"
    rows = [row("tips", 1, content=content), row("tips", 2, informant_name="Thử A Mẫu", content=content)]
    deliver(warehouse, feeds["tips"], renamed(feeds["tips"], rows, "informant_name", "Tên người gọi"))
    ingest(warehouse, feeds["tips"], "r")
    state, findings = verdict(warehouse)
    assert state == "held"
    assert findings[0] == "the identity column informant_name is missing: its values may be in another one"
    assert "1 values look like identities" in findings[1] or "2 values" in findings[1]
    contents = query(warehouse, "select content from raw.tips order by tip_id")
    assert contents == [("[tên] báo mất xe, thử a mẫu thấy",), ("nguyễn thị mẫu báo mất xe, [tên] thấy",)]


@pytest.mark.parametrize("column", ["informant_phone", "informant_address", "received_by"])
def test_a_missing_identity_column_holds_the_file(warehouse: Settings, feeds: dict[str, Feed], column: str) -> None:
    label = next(each.label for each in feeds["tips"].columns if each.name == column)
    cells = table(feeds["tips"], [row("tips", 1)])
    place = cells[0].index(label)
    cells = [line[:place] + line[place + 1 :] for line in cells]
    deliver(warehouse, feeds["tips"], text(cells, ";").encode())
    assert ingest(warehouse, feeds["tips"], "r").rows_loaded == 1
    expected = [f"the identity column {column} is missing: its values may be in another one"]
    assert verdict(warehouse) == ("held", expected)


def test_an_unknown_column_with_identities_holds_the_file(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    deliver(warehouse, feeds["camera_register"], [row("camera_register", 1) | {"Chủ hộ": "Nguyễn Thị Mẫu"}])
    assert ingest(warehouse, feeds["camera_register"], "r").rows_loaded == 1
    state, [finding] = verdict(warehouse)
    assert state == "held" and finding.endswith("1 values look like identities of people")
    assert query(warehouse, "select extra from raw.camera_register")[0][0].popitem()[1] == "xxxxxx xxx xxx"


def test_a_large_file_is_held_as_a_small_one(
    warehouse: Settings, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lachan.load.loader.SMALL_FILE_BYTES", 0)
    rows = [row("tips", number) for number in range(1, 40)] + [row("tips", 40, ward="Nguyễn Thị Mẫu")]
    deliver(warehouse, feeds["tips"], rows)
    assert ingest(warehouse, feeds["tips"], "r").rows_quarantined == 1
    assert verdict(warehouse) == ("held", ["ward: 1 values look like identities of people"])
