"""Which files and records of an export are loaded, quarantined, rejected or counted as duplicates."""

from __future__ import annotations

import codecs
import hashlib
import io
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from helpers.exports import deliver, encode, row, table, text, with_labels, workbook
from lachan.contract import Feed
from lachan.landing import LandingError
from lachan.load.decode import utf8
from lachan.load.ingest import IngestReport, ingest, replay
from lachan.settings import Settings
from lachan.warehouse import connect

Feeds = dict[str, Feed]


def query(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with connect(settings.dsn) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def reasons(settings: Settings) -> list[tuple[Any, ...]]:
    return query(
        settings,
        "select line_no, r ->> 'column', r ->> 'rule', r ->> 'found'"
        " from ops.quarantined_row, json_array_elements(reasons) r order by 1, 2",
    )


def rejections(settings: Settings) -> list[str]:
    return [
        reason
        for (reason,) in query(
            settings, "select reason from ops.export_file where status = 'rejected' order by file_id"
        )
    ]


@pytest.mark.parametrize("name", ["tips", "camera_extractions", "patrol_rosters"])
def test_valid_rows_are_loaded_typed_with_file_and_line(warehouse: Settings, feeds: Feeds, name: str) -> None:
    feed = feeds[name]
    deliver(warehouse, feed, [row(name, 1), row(name, 2)])
    assert ingest(warehouse, feed, "r1") == IngestReport(files_loaded=1, rows_read=2, rows_loaded=2)
    found = query(warehouse, f"select line_no, {feed.key[0]}, updated_at::text, ward from raw.{name} order by line_no")
    assert [line for line, *_ in found] == [2, 3]
    assert found[0][2].startswith("2024-03-05") and found[0][2].endswith("+07")
    assert query(warehouse, "select gate, rows_read, export_date::text from ops.export_file") == [
        ("pending", 2, "2024-03-05")
    ]


def test_labels_become_codes_and_identities_become_pseudonyms(warehouse: Settings, feeds: Feeds) -> None:
    deliver(
        warehouse,
        feeds["tips"],
        [row("tips", 1), row("tips", 2, informant_phone="+84.912.345.678", informant_name="NGUYỄN  thị mẫu")],
    )
    ingest(warehouse, feeds["tips"], "r1")
    rows = query(
        warehouse,
        "select channel, verdict, informant_name, informant_phone, informant_address from raw.tips order by line_no",
    )
    assert rows[0][:2] == ("hotline", "pending")
    assert rows[0][2:] == rows[1][2:], "two spellings of one person must have the same pseudonym"
    assert rows[0][2].startswith("p_") and len(rows[0][2]) == 34 and rows[0][2] != rows[0][3]
    assert rows[0][4] is None


def test_members_become_a_list_of_pseudonyms(warehouse: Settings, feeds: Feeds) -> None:
    rows = [
        row("patrol_rosters", 1),
        row("patrol_rosters", 2, members=""),
        row("patrol_rosters", 3, members="NV002"),
        row("patrol_rosters", 4, members=" , "),
    ]
    deliver(warehouse, feeds["patrol_rosters"], rows)
    ingest(warehouse, feeds["patrol_rosters"], "r1")
    members = [m for (m,) in query(warehouse, "select members from raw.patrol_rosters order by line_no")]
    assert [len(m or ()) for m in members] == [2, 0, 1, 0] and members[0][1] == members[2][0]


def test_second_load_of_an_unchanged_landing_zone_loads_nothing(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips")])
    ingest(warehouse, feeds["tips"], "r1")
    assert ingest(warehouse, feeds["tips"], "r2") == IngestReport()
    assert query(warehouse, "select count(*) from ops.export_file") == [(1,)]


def test_file_with_new_modification_time_is_read_again_but_not_loaded_again(warehouse: Settings, feeds: Feeds) -> None:
    path = deliver(warehouse, feeds["tips"], [row("tips")])
    ingest(warehouse, feeds["tips"], "r1")
    path.touch()
    assert ingest(warehouse, feeds["tips"], "r2") == IngestReport()
    path.write_bytes(encode(feeds["tips"], [row("tips"), row("tips", 2)]))
    assert ingest(warehouse, feeds["tips"], "r3").rows_loaded == 2


def test_repeated_delivery_under_another_name_is_a_duplicate(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips"), row("tips", 2)])
    deliver(warehouse, feeds["tips"], [row("tips"), row("tips", 2)], "20240305_gui_lai")
    expected = IngestReport(files_loaded=1, files_duplicate=1, rows_read=4, rows_loaded=2, rows_duplicate=2)
    assert ingest(warehouse, feeds["tips"], "r1") == expected
    assert query(warehouse, "select count(*) from raw.tips") == [(2,)]


def test_only_files_of_the_requested_days_are_loaded(warehouse: Settings, feeds: Feeds) -> None:
    from datetime import date

    deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240301")
    deliver(warehouse, feeds["tips"], [row("tips", 2)], "20240302")
    assert ingest(warehouse, feeds["tips"], "r1", since=date(2024, 3, 2)).files_loaded == 1
    assert ingest(warehouse, feeds["tips"], "r2", until=date(2024, 3, 1)).files_loaded == 1


DEFECTS = [
    ("calendar", {"received_at": "31/02/2024 08:30"}, "received_at", "format", "31/02/2024 08:30"),
    ("two_digit_year", {"received_at": "05/03/24 08:30"}, "received_at", "format", "05/03/24 08:30"),
    ("missing", {"content": ""}, "content", "required", ""),
    ("blank", {"content": "   "}, "content", "required", ""),
    ("unknown_label", {"channel": "Bồ câu"}, "channel", "enum", "xx xxx"),
    ("pattern", {"tip_id": "TIN 1"}, "tip_id", "pattern", "xxx 1"),
    ("too_long", {"content": "a" * 20_001}, "content", "max_length", "(20001 characters)"),
    ("megabyte", {"note": "b" * 1_000_000}, "note", "max_length", "(1000000 characters)"),
    ("nul", {"content": "a\0b"}, "content", "nul", "(3 characters)"),
]


@pytest.mark.parametrize(("changes", "column", "rule", "found"), [d[1:] for d in DEFECTS], ids=[d[0] for d in DEFECTS])
def test_invalid_row_is_quarantined_with_its_reason_and_other_rows_are_loaded(
    warehouse: Settings, feeds: Feeds, changes: dict[str, str], column: str, rule: str, found: str
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1), row("tips", 2, **changes), row("tips", 3)])
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(
        files_loaded=1, rows_read=3, rows_loaded=2, rows_quarantined=1
    )
    assert reasons(warehouse) == [(3, column, rule, found)]


def test_quarantined_row_has_a_reason_for_each_broken_rule(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1, content="", verdict="?", received_at="hôm qua")])
    ingest(warehouse, feeds["tips"], "r1")
    assert [(c, r) for _, c, r, _ in reasons(warehouse)] == [
        ("content", "required"),
        ("received_at", "format"),
        ("verdict", "enum"),
    ]


@pytest.mark.parametrize("number", ["1.028", "1,5", "hai", "-1", "1e3"])
def test_ambiguous_or_invalid_number_is_quarantined(warehouse: Settings, feeds: Feeds, number: str) -> None:
    deliver(warehouse, feeds["patrol_rosters"], [row("patrol_rosters", 1, traffic_violations=number)])
    ingest(warehouse, feeds["patrol_rosters"], "r1")
    [(line, column, rule, _)] = reasons(warehouse)
    assert (line, column, rule) == (2, "traffic_violations", "minimum" if number == "-1" else "format")


def test_quarantine_contains_no_identity(warehouse: Settings, feeds: Feeds) -> None:
    bad = row("tips", 1, channel="0912345678", content="gọi anh Trần Văn Thử 0912 345 678", verdict="Nguyễn Thị Mẫu")
    deliver(warehouse, feeds["tips"], [bad])
    ingest(warehouse, feeds["tips"], "r1")
    [(kept,)] = query(warehouse, "select masked_row::text || reasons::text from ops.quarantined_row")
    assert "Mẫu" not in kept and "345678" not in kept and "345 678" not in kept and "Trần" not in kept


def test_repeats_within_a_file_are_duplicates_or_quarantined(warehouse: Settings, feeds: Feeds) -> None:
    first = row("tips", 1)
    deliver(warehouse, feeds["tips"], [first, first, {**first, "content": "khác hẳn"}])
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(
        files_loaded=1, rows_read=3, rows_loaded=1, rows_quarantined=1, rows_duplicate=1
    )
    assert [(line, rule) for line, _, rule, _ in reasons(warehouse)] == [(4, "duplicate_key")]


def test_line_numbers_are_right_if_fields_contain_line_breaks(warehouse: Settings, feeds: Feeds) -> None:
    cells = table(
        feeds["tips"],
        [row("tips", 1, content="dòng một\r\ndòng hai"), row("tips", 2, verdict="?"), row("tips", 3)],
    )
    lines = text(cells, ";").splitlines(keepends=True)
    lines.insert(3, "a;b;c\r\n")
    lines.insert(3, "\r\n")
    deliver(warehouse, feeds["tips"], "".join(lines).encode())
    assert ingest(warehouse, feeds["tips"], "r1").rows_read == 4
    assert query(warehouse, "select line_no from raw.tips order by 1") == [(2,), (7,)]
    assert [(line, rule) for line, _, rule, _ in reasons(warehouse)] == [(5, "field_count"), (6, "enum")]


def _tips(feed: Feed, **changes: str) -> str:
    return text(table(feed, [row("tips", 1, **changes)]), ";")


UNREADABLE = {
    "empty_file": lambda feed: b"",
    "no_header": lambda feed: b"\n\n",
    "unknown_header": lambda feed: "Số;Tên\n1;x\n".encode(),
    "wrong_delimiter": lambda feed: _tips(feed).replace(";", ",").encode(),
    "missing_column": lambda feed: _tips(feed).replace("Nội dung;", "Chuyện;").encode(),
    "duplicate_header": lambda feed: _tips(feed).replace("Ghi chú", "Nội dung").encode(),
    "encoding": lambda feed: _tips(feed).encode("utf-8") + b"\xff\xfe\xfa\r\n",
    "unclosed_quote": lambda feed: (_tips(feed, content="@").replace("@", '"mở mà không đóng') + "x;y\r\n").encode(),
    "wrong_feed": lambda feed: None,
}


@pytest.mark.parametrize("rule", UNREADABLE)
def test_unreadable_file_is_rejected_with_its_reason_and_other_files_are_loaded(
    warehouse: Settings, feeds: Feeds, rule: str
) -> None:
    content = UNREADABLE[rule](feeds["tips"])
    if rule == "wrong_feed":
        content = text(table(feeds["camera_extractions"], [row("camera_extractions")]), ";").encode()
    deliver(warehouse, feeds["tips"], content, "20240304")
    deliver(warehouse, feeds["tips"], [row("tips")])
    report = ingest(warehouse, feeds["tips"], "r1")
    assert (report.files_rejected, report.files_loaded, report.rows_loaded) == (1, 1, 1)
    [reason] = rejections(warehouse)
    assert reason.startswith(f"{rule}: ")


def test_truncated_utf16_file_is_rejected(warehouse: Settings, feeds: Feeds) -> None:
    feed = feeds["camera_extractions"]
    deliver(warehouse, feed, encode(feed, [row(feed.name)])[:-3])
    assert ingest(warehouse, feed, "r1").files_rejected == 1
    assert "truncated" in rejections(warehouse)[0]


def test_truncated_workbook_and_missing_sheet_are_rejected(warehouse: Settings, feeds: Feeds) -> None:
    feed = feeds["patrol_rosters"]
    deliver(warehouse, feed, encode(feed, [row(feed.name)])[:-200])
    deliver(warehouse, feed, workbook(table(feed, [row(feed.name)]), "Sheet1"), "20240306")
    assert ingest(warehouse, feed, "r1").files_rejected == 2
    assert [reason.split(":")[0] for reason in rejections(warehouse)] == ["not_xlsx", "missing_sheet"]


def test_file_without_a_date_in_its_name_is_rejected(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips")], "moi_nhat")
    assert ingest(warehouse, feeds["tips"], "r1").files_rejected == 1
    assert rejections(warehouse)[0].startswith("file_name: ")


def test_text_file_cut_off_within_a_row_gets_a_warning(warehouse: Settings, feeds: Feeds) -> None:
    content = encode(feeds["tips"], [row("tips", 1), row("tips", 2)])
    deliver(warehouse, feeds["tips"], content[:-5])
    report = ingest(warehouse, feeds["tips"], "r1")
    assert (report.rows_loaded, report.rows_quarantined) == (1, 1)
    [(warnings,)] = query(warehouse, "select warnings from ops.export_file")
    assert any("cut off" in warning for warning in warnings)


def test_file_with_only_a_header_is_loaded_with_no_rows(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [])
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(files_loaded=1)


def test_unknown_column_is_kept_masked_in_extra(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1, **{"Zalo": "Nguyễn Thị Mẫu 0912"}), row("tips", 2)])
    assert ingest(warehouse, feeds["tips"], "r1").rows_loaded == 2
    assert query(warehouse, "select extra ->> 'Zalo (column 31)' from raw.tips order by line_no") == [
        ("xxxxxx xxx xxx 9999",),
        (None,),
    ]
    assert query(warehouse, "select unknown_columns, cardinality(warnings) from ops.export_file") == [
        (["Zalo (column 31)"], 1)
    ]


def test_unknown_column_of_one_file_is_not_added_to_rows_of_another(warehouse: Settings, feeds: Feeds) -> None:
    for number, extra in enumerate([{"Zalo": "có"}, {"Viber": "12"}, {}, {"Zalo": "", "Fax": "x"}], start=1):
        deliver(warehouse, feeds["tips"], [row("tips", number, **extra)], f"2024030{number}")
    assert ingest(warehouse, feeds["tips"], "r1").rows_loaded == 4
    assert query(warehouse, "select extra::text from raw.tips order by tip_id") == [
        ('{"Zalo (column 31)":"xx"}',),
        ('{"Viber (column 31)":"99"}',),
        (None,),
        ('{"Zalo (column 31)":null,"Fax (column 32)":"x"}',),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1258"])
def test_text_is_nfc_whatever_the_encoding_of_the_file(warehouse: Settings, feeds: Feeds, encoding: str) -> None:
    import unicodedata

    content = text(table(feeds["tips"], [row("tips", 1)]), ";")
    if encoding == "cp1258":  # Windows-1258 writes tones as combining marks
        marks = "\u0300\u0301\u0303\u0309\u0323"
        content = "".join(
            (
                unicodedata.normalize("NFC", "".join(c for c in d if c not in marks))
                + "".join(c for c in d if c in marks)
            )
            for d in (unicodedata.normalize("NFD", char) for char in content)
        )
    deliver(warehouse, feeds["tips"], content.encode(encoding))
    ingest(warehouse, feeds["tips"], "r1")
    assert query(warehouse, "select ward, content from raw.tips") == [("P. Đông Vệ", "Có người lạ quanh khu nhà trọ")]


def test_missing_landing_zone_raises_an_error_that_names_the_cause(warehouse: Settings, feeds: Feeds) -> None:
    (warehouse.home / "landing").rmdir()
    with pytest.raises(LandingError, match="does not exist"):
        ingest(warehouse, feeds["tips"], "r1")


def test_replay_loads_rows_that_a_corrected_contract_allows(warehouse: Settings, feeds: Feeds, tmp_path: Any) -> None:
    from dataclasses import replace

    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1), row("tips", 2, channel="Zalo"), row("tips", 3, content="")])
    deliver(warehouse, tips, "Kênh lạ;x\n".encode(), "20240306")
    ingest(warehouse, tips, "r1")
    assert replay(warehouse, tips, "r2") == IngestReport()
    channel = next(c for c in tips.columns if c.name == "channel")
    corrected = replace(
        tips,
        columns=tuple(replace(c, labels={**c.labels, "Zalo": "hotline"}) if c is channel else c for c in tips.columns),
    )
    assert replay(warehouse, corrected, "r3") == IngestReport(files_loaded=1, rows_read=1, rows_loaded=1)
    assert replay(warehouse, corrected, "r4") == IngestReport()
    assert query(
        warehouse, "select line_no, tip_id, channel from raw.tips where channel = 'hotline' and line_no = 3"
    ) == [(3, "TB-2024-000002", "hotline")]
    assert query(warehouse, "select line_no, replayed_by is null from ops.quarantined_row order by 1") == [
        (3, False),
        (4, True),
    ]


def test_file_with_only_a_bom_is_rejected(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], codecs.BOM_UTF8)
    assert ingest(warehouse, feeds["tips"], "r1").files_rejected == 1


def _many(feed: Feed, count: int) -> list[dict[str, str]]:
    return [
        row(feed.name, number, **({"content": "x" * 900} if feed.name == "tips" else {}))
        for number in range(1, count + 1)
    ]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one megabyte, so that the files of the tests have several."""
    monkeypatch.setattr(utf8, "BLOCK_BYTES", 1 << 20)


@pytest.mark.usefixtures("small_blocks")
def test_large_file_is_loaded_with_the_same_result_as_a_small_one(warehouse: Settings, feeds: Feeds) -> None:
    rows = _many(feeds["tips"], 4_000)
    rows[3_500]["verdict"] = "?"
    rows.append({**rows[10]})
    rows.append({**rows[10], "content": "khác"})
    path = deliver(warehouse, feeds["tips"], rows)
    assert path.stat().st_size > 3 << 20
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(
        files_loaded=1, rows_read=4_002, rows_loaded=3_999, rows_quarantined=2, rows_duplicate=1
    )
    assert query(warehouse, "select sha256 from ops.export_file") == [(sha256(path),)]
    assert [(line, rule) for line, _, rule, _ in reasons(warehouse)] == [(3_502, "enum"), (4_003, "duplicate_key")]
    assert query(warehouse, "select min(line_no), max(line_no) from raw.tips") == [(2, 4_001)]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("fault", ["encoding", "unclosed_quote"])
def test_large_file_with_a_fault_near_its_end_is_rejected_and_no_row_is_loaded(
    warehouse: Settings, feeds: Feeds, fault: str
) -> None:
    content = encode(feeds["tips"], _many(feeds["tips"], 6_000))
    late = len(content) - 50_000
    content = content[:late] + (b"\xff" if fault == "encoding" else b';"') + content[late:]
    path = deliver(warehouse, feeds["tips"], content)
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(files_rejected=1)
    assert rejections(warehouse)[0].startswith(f"{fault}: ")
    assert query(warehouse, "select count(*) from raw.tips") == [(0,)]
    assert query(warehouse, "select sha256 from ops.export_file") == [(sha256(path),)]
    assert ingest(warehouse, feeds["tips"], "r2") == IngestReport()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_large_workbook_is_loaded(warehouse: Settings, feeds: Feeds) -> None:
    import random

    chance = random.Random(138)
    rows = [
        row("patrol_rosters", n, note="".join(chance.choices("bcdfgh jklmn", k=400)), members=f"NV{n}")
        for n in range(1, 9_001)
    ]
    path = deliver(warehouse, feeds["patrol_rosters"], rows)
    assert path.stat().st_size > 2 << 20
    assert ingest(warehouse, feeds["patrol_rosters"], "r1").rows_loaded == 9_000
    assert query(warehouse, "select sha256 from ops.export_file") == [(sha256(path),)]


OPEN = "a quote is opened and never closed"
QUOTES = {  # values of some columns, by row number, and the message with the line of the fault
    "open in the last column": ({4: {"note": '"mở'}}, f"line 5: {OPEN}"),
    "open in the last column of the last row": ({8: {"note": '"mở'}}, f"line 9: {OPEN}"),
    "open in the middle": ({8: {"place": '"mở'}}, f"line 9: {OPEN}"),
    "open until another opens": (
        {2: {"note": '"mở'}, 5: {"note": '"mở'}},
        "line 3: an unclosed quote: its field includes the records after it",
    ),
    "open until a quoted field": (
        {2: {"place": '"mở'}, 5: {"content": '"trong ngoặc"'}},
        "line 3: an unpaired quote: its field may include the records after it",
    ),
}


@pytest.mark.parametrize("case", QUOTES)
def test_file_with_an_unclosed_quote_is_rejected(warehouse: Settings, feeds: Feeds, case: str) -> None:
    written, message = QUOTES[case]
    marks = {f"@{n}{name}@": value for n, values in written.items() for name, value in values.items()}
    rows = [row("tips", n, **{name: f"@{n}{name}@" for name in written.get(n, {})}) for n in range(1, 9)]
    content = text(table(feeds["tips"], rows), ";")
    for mark, value in marks.items():
        content = content.replace(mark, value)
    deliver(warehouse, feeds["tips"], content.encode())
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(files_rejected=1)
    assert rejections(warehouse) == [f"unclosed_quote: {message}"]


def test_repeat_of_a_large_file_is_a_duplicate(warehouse: Settings, feeds: Feeds) -> None:
    rows = _many(feeds["tips"], 3_000)
    deliver(warehouse, feeds["tips"], rows)
    deliver(warehouse, feeds["tips"], rows, "20240305_gui_lai")
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(
        files_loaded=1, files_duplicate=1, rows_read=6_000, rows_loaded=3_000, rows_duplicate=3_000
    )
    deliver(warehouse, feeds["tips"], rows, "20240306_gui_lai")
    assert ingest(warehouse, feeds["tips"], "r2").files_duplicate == 1


def test_file_ids_follow_the_order_of_export_days_whatever_the_file_sizes(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lachan.load import loader

    monkeypatch.setattr(loader, "SMALL_FILE_BYTES", 3_000)
    deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240301")
    deliver(warehouse, feeds["tips"], [row("tips", n) for n in range(1, 40)], "20240302")
    deliver(warehouse, feeds["tips"], [row("tips", 2)], "20240303")
    ingest(warehouse, feeds["tips"], "r1")
    days = query(warehouse, "select to_char(export_date, 'DD') from ops.export_file order by file_id")
    assert days == [("01",), ("02",), ("03",)]


def test_second_replay_loads_rows_that_the_first_could_not(warehouse: Settings, feeds: Feeds) -> None:

    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1, channel="Zalo"), row("tips", 2, channel="Fax")])
    ingest(warehouse, tips, "r1")

    def tips_with(*labels: str) -> Feed:
        return with_labels(tips, "channel", dict.fromkeys(labels, "hotline"))

    assert replay(warehouse, tips_with("Zalo"), "r2").rows_loaded == 1
    assert replay(warehouse, tips_with("Zalo", "Fax"), "r3").rows_loaded == 1
    assert query(warehouse, "select count(*) from ops.quarantined_row where replayed_by is null") == [(0,)]


def test_values_in_place_of_a_header_are_masked_in_the_reason(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], "Nguyễn Thị Mẫu;0912345678\r\n".encode())
    ingest(warehouse, feeds["tips"], "r1")
    assert "Mẫu" not in rejections(warehouse)[0] and "0912345678" not in rejections(warehouse)[0]


def test_repeat_of_a_held_file_is_not_a_duplicate(warehouse: Settings, feeds: Feeds) -> None:
    rows = [row("tips", n) for n in range(1, 13)]
    deliver(warehouse, feeds["tips"], rows, "20240310")
    ingest(warehouse, feeds["tips"], "r1")
    with connect(warehouse.dsn) as connection, connection.cursor() as cursor:
        cursor.execute("update ops.export_file set gate = 'held'")
    deliver(warehouse, feeds["tips"], rows, "20240305")
    assert ingest(warehouse, feeds["tips"], "r2").files_loaded == 1


def test_secret_that_many_threads_request_first_is_created_once(warehouse: Settings) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: warehouse.secret("of_many"), range(64)))
    assert len(found) == 1 and len(found.pop()) == 64


def test_a_quarantined_nul_can_be_queried(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1, ward="Lam\0Sơn"), row("tips", 2)])
    assert ingest(warehouse, feeds["tips"], "r1").rows_loaded == 1
    shown = "select masked_row ->> 'ward', reasons -> 0 ->> 'found' from ops.quarantined_row"
    assert query(warehouse, shown) == [("xxx␀xxx", "xxx␀xxx")]


def test_a_key_that_differs_only_in_what_cannot_be_seen_is_the_same_key(warehouse: Settings, feeds: Feeds) -> None:
    feed = feeds["camera_register"]
    same = ("CAM-000001", "CAM-000001\u200b", "\ufeffCAM-000001", "ＣＡＭ-000001", "CAM-\u2060000001")
    deliver(warehouse, feed, [row(feed.name) | {"camera_id": each} for each in same], "20240331")
    report = ingest(warehouse, feed, "r1")
    assert (report.rows_loaded, report.rows_duplicate + report.rows_quarantined) == (1, 4)
    assert query(warehouse, "select camera_id from raw.camera_register") == [("CAM-000001",)]


def test_invisible_characters_are_removed_from_all_but_free_text(warehouse: Settings, feeds: Feeds) -> None:
    tip = row("tips", 1, ward="P. Đông\u200b Vệ", channel="Đường dây\u00ad nóng", content="a\u200bb")
    deliver(warehouse, feeds["tips"], [tip])
    assert ingest(warehouse, feeds["tips"], "r1").rows_loaded == 1
    assert query(warehouse, "select ward, channel, content from raw.tips") == [("P. Đông Vệ", "hotline", "a\u200bb")]


def test_a_file_whose_check_fails_is_rejected_alone(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a library raises for one file, the others of its transaction are loaded."""
    from lachan.load import loader

    really_check = loader.check

    def fails_for_one(feed: Feed, batch: Any, *others: Any) -> Any:
        if "TB-2024-000002" in batch.text["tip_id"].to_list():
            raise pl.exceptions.ComputeError("as polars might")
        return really_check(feed, batch, *others)

    monkeypatch.setattr(loader, "check", fails_for_one)
    for number, day in enumerate(("20240304", "20240305", "20240306"), start=1):
        deliver(warehouse, feeds["tips"], [row("tips", number)], day)
    report = ingest(warehouse, feeds["tips"], "r1")
    assert (report.files_loaded, report.files_rejected, report.rows_loaded) == (2, 1, 2)
    assert [reason.split(":")[0] for reason in rejections(warehouse)] == ["reader_failed"]


def test_a_broken_cell_is_quarantined_with_its_address(warehouse: Settings, feeds: Feeds) -> None:
    feed = feeds["patrol_rosters"]
    cells: list[list[Any]] = [list(each) for each in table(feed, [row(feed.name, n) for n in (1, 2)])]
    column = next(n for n, each in enumerate(feed.columns) if each.name == "ward")
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.title = feed.sheet  # type: ignore[union-attr]
    for line in cells:
        book.active.append(line)  # type: ignore[union-attr]
    book.active.cell(3, column + 1).value = "#N/A"  # type: ignore[union-attr]
    book.save(out)
    deliver(warehouse, feed, out.getvalue())
    report = ingest(warehouse, feed, "r1")
    assert (report.rows_loaded, report.rows_quarantined) == (1, 1)
    [(line, reason)] = query(warehouse, "select line_no, reasons -> 0 from ops.quarantined_row")
    assert line == 3 and (reason["column"], reason["rule"], reason["found"]) == ("ward", "cell_error", "#N/A in D3")
