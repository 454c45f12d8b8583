"""Names of files, sheets and headers: what no contract has in them is shown masked, because it may name a person."""

from __future__ import annotations

import io
import logging
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from helpers.exports import deliver, row, table, text, workbook
from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import ingest, replay
from lachan.operate.watch import watch
from lachan.quality.gate import gate
from lachan.settings import Settings

CLEAR = ("nguyễn", "nguyen", "mẫu", "mau", "0951", "234 567", "234_567")


def everything_shown(settings: Settings, caplog: pytest.LogCaptureFixture) -> str:
    """What ledger, quarantine, alerts, checks and logs show, in small letters."""
    tables = ("export_file", "quarantined_row", "alert", "batch_profile", "check_result", "inaccessible_file")
    rows = [str(found) for each in tables for found in query(settings, f"select t::text from ops.{each} as t")]
    rows += [str(found) for found in query(settings, "select extra::text from raw.tips")]
    return "\n".join([*rows, caplog.text]).lower()


def require_hidden(settings: Settings, caplog: pytest.LogCaptureFixture) -> str:
    watch(settings, datetime(2024, 3, 6, 9, tzinfo=UTC))
    shown = everything_shown(settings, caplog)
    assert [form for form in CLEAR if form in shown] == []
    return shown


@pytest.mark.parametrize(
    "suffix", ["_Nguyễn Thị Mẫu", "_nguyen_thi_mau", "_Mau", "_0951_234_567", " (chị Mẫu 0951234567)"]
)
def test_a_file_that_names_a_person_is_shown_masked(
    warehouse: Settings, feeds: dict[str, Feed], suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    feed = feeds["tips"]
    other_name = deliver(warehouse, feed, [row("tips", 2)], f"20240305{suffix}b")
    path = deliver(warehouse, feed, [row("tips", 1, verdict="?")], f"20240305{suffix}")
    path.with_name(f"tin bao{suffix}.csv").write_bytes(b"x")
    path.with_name(f"tin_bao_20240306{suffix}.csv").write_bytes(b"not an export")
    path.with_name(f"tin_bao_20240307{suffix}.csv").symlink_to("nowhere")
    report = ingest(warehouse, feed, "r1")
    assert (report.files_loaded, report.files_rejected, report.files_inaccessible) == (2, 2, 1)
    gate(warehouse, "r1")
    assert "tin_bao_20240305" in require_hidden(warehouse, caplog)
    assert ingest(warehouse, feed, "r2").files_loaded == 0, "the masked path is known again"
    other_name.write_bytes(text(table(feed, [row("tips", 3)]), ";").encode())
    assert ingest(warehouse, feed, "r3").files_loaded == 1
    gate(warehouse, "r3")
    standings = query(warehouse, "select standing from ops.delivery where path like '%305%' order by 1")
    assert ("superseded",) in standings and len(standings) == 3, "two masked files of a day are told apart"
    replay(warehouse, feed, "r4")
    assert "no longer in the landing zone" not in caplog.text
    require_hidden(warehouse, caplog)


@pytest.mark.parametrize("suffix", ["", "_sua", "_gui_lai", "_2", "_b", "_bo_sung"])
def test_usual_names_of_files_are_shown(feeds: dict[str, Feed], suffix: str) -> None:
    for path in (f"tips/2024/03/tin_bao_20240305{suffix}.csv", f"tips/tin_bao_20240305{suffix}.csv"):
        assert feeds["tips"].shown_path(path) == path


def test_a_name_is_masked_in_the_parts_that_a_contract_leaves_open(feeds: dict[str, Feed]) -> None:
    path = "tips/chị Mẫu/tin_bao_20240305_của Hoa.csv"
    assert feeds["tips"].shown_path(path) == "tips/xxx xxx/tin_bao_20240305_xxx xxx.csv"
    assert feeds["tips"].shown_path("tips/0951234567.csv") == "tips/9999999999.csv"
    assert feeds["tips"].shown_path("tips/tin_bao_20240305_87A-67506.csv") == "tips/tin_bao_20240305_99A-99999.csv"


HEADERS = {
    "Nguyễn Thị Mẫu": "xxxxxx xxx xxx (column 31)",
    "nguyễn thị mẫu": "xxxxxx xxx xxx (column 31)",
    "Mẫu": "xxx (column 31)",
    "chị Mẫu ghi": "xxx xxx xxx (column 31)",
    "0951 234 567": "9999 999 999 (column 31)",
    "Ghi chú thêm": "Ghi chú thêm (column 31)",
    "Ghi chú của Mẫu": "Ghi chú xxx xxx (column 31)",
    "Hồ Dung": "xx xxxx (column 31)",
}


@pytest.mark.parametrize("header", HEADERS)
def test_of_an_unknown_header_only_the_words_of_contracts_are_shown(
    warehouse: Settings, feeds: dict[str, Feed], header: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    deliver(warehouse, feeds["tips"], [row("tips", 1) | {header: "giá trị"}])
    ingest(warehouse, feeds["tips"], "r")
    assert query(warehouse, "select unknown_columns from ops.export_file") == [([HEADERS[header]],)]
    assert query(warehouse, "select extra from raw.tips") == [({HEADERS[header]: "xxx xxx"},)]
    require_hidden(warehouse, caplog)


def test_two_unknown_headers_that_look_alike_are_two_columns(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1) | {"Trần Thử": "a", "Đoàn Dụ": "b"}])
    assert ingest(warehouse, feeds["tips"], "r").rows_loaded == 1
    [(extra,)] = query(warehouse, "select extra from raw.tips")
    assert list(extra.values()) == ["x", "x"]


def sheets(feed: Feed, *names: str) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name in names:
            page = book.add_worksheet(name)
            for index, line in enumerate(table(feed, [row(feed.name, 1)])):
                page.write_row(index, 0, line)
            if name != names[0]:
                page.hide()
    return out.getvalue()


def test_a_sheet_that_names_a_person_is_shown_masked(
    warehouse: Settings, feeds: dict[str, Feed], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    feed = feeds["patrol_rosters"]
    deliver(warehouse, feed, sheets(feed, "Lịch tuần tra", "chị mẫu", "Nguyễn Thị Mẫu"))
    deliver(warehouse, feed, sheets(feed, "nguyễn thị mẫu 0951 234 567", "Sheet1"), "20240306")
    report = ingest(warehouse, feed, "r")
    assert (report.files_loaded, report.files_rejected) == (1, 1)
    shown = require_hidden(warehouse, caplog)
    warnings = str(query(warehouse, "select warnings from ops.export_file where status = 'loaded'"))
    assert "the sheet 'xxx xxx' is hidden and was not read" in warnings
    assert "the workbook has 'xxxxxx xxx xxx 9999 999 999', 'sheet1'" in shown


def damaged(feed: Feed, part: str) -> bytes:
    """A workbook with a part of this name, in which a byte is wrong."""
    whole = io.BytesIO(workbook(table(feed, [row(feed.name, 1)]), feed.sheet or ""))
    with zipfile.ZipFile(whole, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(part, b"Nguyen Thi Mau " * 20)
    return whole.getvalue().replace(b"Mau Nguyen", b"Mau Nguyem", 1)


def test_what_a_library_says_of_a_broken_file_is_not_quoted(
    warehouse: Settings, feeds: dict[str, Feed], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    feed = feeds["patrol_rosters"]
    deliver(warehouse, feed, damaged(feed, "xl/Nguyen Thi Mau.xml"))
    deliver(warehouse, feed, damaged(feed, "xl/worksheets/sheet7.xml"), "20240306")
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1)], "20240305")

    quoted = "cannot convert 'Nguyễn Thị Mẫu 0951 234 567'"

    def failing(*_: Any) -> Any:
        raise ValueError(quoted)

    for name in (feed.name, "tips"):
        if name == "tips":
            monkeypatch.setattr("lachan.load.loader.check", failing)
        assert ingest(warehouse, feeds[name], "r").files_rejected == (1 if name == "tips" else 2)
    shown = require_hidden(warehouse, caplog)
    assert "xl/worksheets/sheet7.xml" in shown and "reader_failed" in shown and "valueerror" in shown
