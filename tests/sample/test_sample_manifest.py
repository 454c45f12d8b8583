"""The manifest says truly what was planted, and where."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sample_reader import Landing, contract, moment, read

FEEDS = ("tips", "camera_extractions", "patrol_rosters")


@pytest.fixture(scope="module")
def lines(year: Landing) -> dict[tuple[str, int], object]:
    return {(record.path, record.line): record for feed in FEEDS for record in year.records(feed)}


def test_every_rule_is_broken_somewhere(year):
    assert Counter(entry["rule"] for entry in year.manifest["defects"]).keys() == {
        "required", "format", "enum", "pattern", "minimum", "maximum", "max_length",
        "field_count", "duplicate", "duplicate_key",
    }  # fmt: skip
    assert len(year.manifest["defects"]) == 48


def test_each_defect_stands_on_its_line(year, lines):
    for entry in year.manifest["defects"]:
        record = lines[entry["path"], entry["line"]]
        assert _broken(record, entry, lines), entry


def _broken(record, entry, lines) -> bool:
    column = next((c for c in contract(entry["feed"])["schema"][0]["properties"] if c["name"] == entry["column"]), {})
    options = column.get("logicalTypeOptions", {})
    cell = record.values.get(entry["column"])
    twins = [
        other for (path, line), other in lines.items()
        if path == record.path and line < record.line and other.updated_at == record.updated_at
        and entry["key"] in other.cells
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
                cell in ("1.028", "25:10", "2024.13.05")
                or cell.split()[0] in ("31/02/2024", "31/04/2024")
                or "25h70" in cell
            )
    raise AssertionError(entry)


def test_what_is_not_listed_is_sound(year, lines):
    spoiled = {(entry["path"], entry["line"]) for entry in year.manifest["defects"]}
    seen = Counter()
    for feed in FEEDS:
        columns = contract(feed)["schema"][0]["properties"]
        codes = {c["name"]: {str(choice["value"]) for choice in c.get("enum", [])} for c in columns}
        required = [c["name"] for c in columns if c.get("required")]
        for (path, line), record in lines.items():
            if not path.startswith(feed) or (path, line) in spoiled:
                continue
            assert len(record.cells) == len(columns)
            assert all(record.values[name] for name in required)
            assert all(record.values[name] in {*known, ""} for name, known in codes.items() if known)
            assert [moment(record.values[c["name"]]) for c in columns
                    if c["logicalType"] == "timestamp" and record.values[c["name"]]]  # fmt: skip
            seen[path, record.values[columns[0]["name"]], record.updated_at] += 1
    assert max(seen.values()) == 1


def test_counts(year, lines):
    for feed in FEEDS:
        expected = year.manifest["expected"][feed]
        assert expected["files"] == len(year.files(feed))
        copies = [entry["original"] for entry in year.manifest["duplicates"]]
        assert expected["rows_read"] == sum(path.startswith(feed) * (1 + copies.count(path)) for path, _ in lines)
        assert expected["rows_read"] == sum(expected[f"rows_{kind}"] for kind in ("loaded", "quarantined", "duplicate"))
        assert expected["files"] == sum(expected[f"files_{kind}"] for kind in ("loaded", "duplicate", "rejected"))


def test_unreadable_files_are_what_they_are_said_to_be(year):
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


def test_duplicate_deliveries_have_the_same_bytes(year):
    assert Counter(entry["feed"] for entry in year.manifest["duplicates"]) == dict.fromkeys(FEEDS, 2)
    for entry in year.manifest["duplicates"]:
        assert (year.folder / entry["path"]).read_bytes() == (year.folder / entry["original"]).read_bytes()


def test_files_carry_their_time_of_delivery(year):
    late = {entry["path"]: entry["delivered_at"] for entry in year.manifest["late"]}
    assert len(late) == 9
    for path, delivered_at in late.items():
        delivered = datetime.fromtimestamp((year.folder / path).stat().st_mtime, ZoneInfo("Asia/Ho_Chi_Minh"))
        assert f"{delivered:%Y-%m-%d %H:%M:%S}" == delivered_at


def test_one_state_comes_after_a_newer_one(year, lines):
    (entry,) = year.manifest["out_of_order"]
    older = lines[entry["path"], entry["line"]]
    newer = [record for record in lines.values()
             if entry["key"] in record.cells and record.updated_at > older.updated_at]  # fmt: skip
    assert any(record.path < older.path for record in newer)


def test_identities_are_in_the_files_as_listed(year):
    files = [path for feed in FEEDS for path in year.files(feed)]
    text = "\n".join(
        "\n".join("\n".join(record.cells) for record in read(year.folder, path.split("/")[0], path))
        for path in files
        if path not in {entry["path"] for entry in year.manifest["unreadable"]}
    )
    identities = year.manifest["identities"]
    for kind in ("names", "id_numbers", "plates", "addresses", "staff_codes"):
        assert len(identities[kind]) > 20
        assert [written for written in identities[kind] if written not in text] == []
    digits = text.translate(str.maketrans("", "", " .-()"))
    assert len(identities["phones"]) > 500
    plain = {phone.translate(str.maketrans("", "", " .-()"))[-9:] for phone in identities["phones"]}
    assert [phone for phone in plain if phone not in digits] == []
