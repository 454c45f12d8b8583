"""The manifest lists exactly the irregularities in the files, each with its place."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sample_reader import CHANGES, FEEDS, SNAPSHOTS, Landing, contract, export_date, moment, read


@pytest.fixture(scope="module")
def lines(year: Landing) -> dict[tuple[str, int], object]:
    return {(record.path, record.line): record for feed in FEEDS for record in year.records(feed)}


def test_every_rule_is_broken_somewhere(year):
    assert Counter(entry["rule"] for entry in year.manifest["defects"]).keys() == {
        "required", "format", "enum", "pattern", "minimum", "maximum", "max_length",
        "field_count", "duplicate", "duplicate_key",
    }  # fmt: skip
    assert len(year.manifest["defects"]) == 82
    assert {entry["feed"] for entry in year.manifest["defects"]} == set(FEEDS)


def test_each_defect_is_on_the_listed_line(year, lines):
    for entry in year.manifest["defects"]:
        record = lines[entry["path"], entry["line"]]
        assert _broken(record, entry, lines), entry


def _broken(record, entry, lines) -> bool:
    column = next((c for c in contract(entry["feed"])["schema"][0]["properties"] if c["name"] == entry["column"]), {})
    options = column.get("logicalTypeOptions", {})
    cell = record.values.get(entry["column"])
    twins = [
        other for (path, line), other in lines.items()
        if path == record.path and line < record.line and entry["key"] in other.cells
        and other.values.get("updated_at") == record.values.get("updated_at")
    ] if entry["rule"].startswith("duplicate") else []  # fmt: skip
    match entry["rule"]:
        case "required":
            return cell == "" and column["required"]
        case "enum":
            return cell not in {str(choice["value"]) for choice in column["enum"]}
        case "pattern":
            return re.fullmatch(options["pattern"], cell) is None
        case "max_length":
            return len(cell) > options["maxLength"]
        case "minimum":
            return int(cell) < options["minimum"]
        case "maximum":
            return int(cell) > options["maximum"]
        case "field_count":
            return len(record.cells) != len(contract(entry["feed"])["schema"][0]["properties"])
        case "duplicate":
            return any(twin.cells == record.cells for twin in twins)
        case "duplicate_key":
            return bool(twins) and all(twin.cells != record.cells for twin in twins)
        case "format":
            return (
                cell in ("1.028", "25:10", "2024.13.05", "sau Tết")
                or cell.split()[0] in ("30/02/2024", "31/02/2024", "31/04/2024", "31/06/2024", "31/11/2024")
                or "25h70" in cell
            )
    raise AssertionError(entry)


def test_records_without_a_listed_defect_are_valid(year, lines):
    defective = {(entry["path"], entry["line"]) for entry in year.manifest["defects"]}
    occurrences = Counter()
    by_feed = {feed: [record for (path, _), record in lines.items() if path.startswith(f"{feed}/")] for feed in FEEDS}
    for feed in FEEDS:
        columns = contract(feed)["schema"][0]["properties"]
        codes = {c["name"]: {str(choice["value"]) for choice in c.get("enum", [])} for c in columns}
        required = [c["name"] for c in columns if c.get("required")]
        dated = [c["name"] for c in columns if c["logicalType"] in ("date", "timestamp")]
        for record in by_feed[feed]:
            path = record.path
            if (path, record.line) in defective:
                continue
            assert len(record.cells) == len(columns)
            assert all(record.values[name] for name in required)
            assert all(record.values[name] in {*known, ""} for name, known in codes.items() if known)
            for name in dated:
                assert not record.values[name] or moment(record.values[name])
            occurrences[path, record.values[columns[0]["name"]], record.values.get("updated_at")] += 1
    assert max(occurrences.values()) == 1


def test_expected_counts_match_the_files(year, lines):
    copies = Counter(entry["original"] for entry in year.manifest["duplicates"])
    for feed in FEEDS:
        expected = year.manifest["expected"][feed]
        assert expected["files"] == len(year.files(feed))
        assert expected["rows_read"] == sum(path.startswith(f"{feed}/") * (1 + copies[path]) for path, _ in lines)
        assert expected["rows_read"] == sum(
            expected.get(f"rows_{kind}", 0) for kind in ("loaded", "quarantined", "duplicate")
        )
        assert expected["files"] == sum(
            expected.get(f"files_{kind}", 0) for kind in ("loaded", "duplicate", "rejected")
        )


def test_unreadable_files_have_the_listed_reason(year):
    found = {entry["reason"]: (year.folder / entry["path"]).read_bytes() for entry in year.manifest["unreadable"]}
    assert found.keys() == {"empty_file", "header_only", "wrong_feed", "encoding", "not_xlsx"}
    assert found["empty_file"] == b""
    assert found["header_only"].count(b"\n") == 1
    assert found["wrong_feed"].decode("utf-16").startswith(("Mã", "Số lượt"))
    with pytest.raises(UnicodeDecodeError):
        found["encoding"].decode("utf-16")
    assert found["not_xlsx"].startswith(b"PK")
    for entry in year.manifest["corrected"]:
        assert list(read(year.folder, entry["feed"], entry["corrected_by"]))


def test_the_gate_must_hold_snapshots_with_half_of_the_entries(year, lines):
    records = Counter(path for path, _ in lines)
    halves = [entry for entry in year.manifest["corrected"] if entry["expected_gate"] == "held"]
    assert Counter(entry["feed"] for entry in halves) == dict.fromkeys(SNAPSHOTS, 1)
    for entry in halves:
        assert entry["flaw"] == "lacks_rows"
        assert records[entry["path"]] == records[entry["corrected_by"]] // 2


def test_a_quarantined_register_entry_is_valid_in_the_neighbouring_snapshots(year):
    for feed in SNAPSHOTS:
        snapshots = year.registers(feed)
        days = sorted(snapshots)
        defects = [entry for entry in year.manifest["defects"] if entry["feed"] == feed]
        quarantined = [entry for entry in defects if not entry["rule"].startswith("duplicate")]
        assert len(quarantined) >= 3
        for entry in quarantined:
            index = days.index(export_date(entry["path"]))
            present = [entry["key"] in snapshots[day] for day in days[index - 1 : index + 2]]
            assert present == [True, False, True], entry


def test_duplicate_deliveries_have_the_same_bytes(year):
    times = Counter(entry["feed"] for entry in year.manifest["duplicates"])
    assert times == dict.fromkeys(CHANGES, 2) | dict.fromkeys(SNAPSHOTS, 1)
    for entry in year.manifest["duplicates"]:
        assert (year.folder / entry["path"]).read_bytes() == (year.folder / entry["original"]).read_bytes()


def test_late_files_are_modified_at_their_time_of_delivery(year):
    late = {entry["path"]: entry["delivered_at"] for entry in year.manifest["late"]}
    assert len(late) == 3 * len(CHANGES) + len(SNAPSHOTS)
    for path, delivered_at in late.items():
        delivered = datetime.fromtimestamp((year.folder / path).stat().st_mtime, ZoneInfo("Asia/Ho_Chi_Minh"))
        assert f"{delivered:%Y-%m-%d %H:%M:%S}" == delivered_at


def test_one_state_is_delivered_after_a_newer_one(year, lines):
    (entry,) = year.manifest["out_of_order"]
    older = lines[entry["path"], entry["line"]]
    newer = [record for record in lines.values()
             if entry["key"] in record.cells and record.updated_at > older.updated_at]  # fmt: skip
    assert any(record.path < older.path for record in newer)


def test_listed_identities_occur_in_the_files(year):
    unreadable = {entry["path"] for entry in year.manifest["unreadable"]}
    cells = {
        cell
        for feed in FEEDS
        for path in year.files(feed)
        if path not in unreadable
        for record in read(year.folder, feed, path)
        for cell in record.cells
    }
    text = "\n".join(sorted(cells))
    identities = year.manifest["identities"]
    for kind in ("names", "id_numbers", "plates", "addresses", "staff_codes"):
        assert len(identities[kind]) > 20
        assert [written for written in identities[kind] if written not in text] == []
    digits = text.translate(str.maketrans("", "", " .-()"))
    assert len(identities["phones"]) > 500
    plain = {phone.translate(str.maketrans("", "", " .-()"))[-9:] for phone in identities["phones"]}
    assert [phone for phone in plain if phone not in digits] == []
