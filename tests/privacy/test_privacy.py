"""No identity of an export reaches the warehouse or the log, in whichever column it occurs."""

from __future__ import annotations

import hmac
import json
import logging
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from helpers.exports import deliver, row
from helpers.raw_rows import query
from hypothesis import example, given
from hypothesis import strategies as st
from lachan.contract import Feed
from lachan.load.ingest import IngestReport, ingest
from lachan.privacy.identities import redact_row, remove_identities
from lachan.privacy.masking import mask, mask_column
from lachan.privacy.pseudonyms import pseudonyms
from lachan.privacy.scrub import scrub
from lachan.settings import Settings
from lachan_sample import write_city

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
PSEUDONYM = "^p_[0-9a-f]{32}$"
FIRST, LAST = date(2024, 1, 22), date(2024, 2, 11)


def scrubbed(text: str) -> str:
    return str(scrub(pl.Series([text]))[0])


def pseudonym(text: str, key: bytes = KEY, column: str = "informant_name") -> str:
    return str(pseudonyms(pl.Series([text]), key, column)[0])


# --- free text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gọi 0951234567 nhé", "Gọi [số] nhé"),
        ("số (+84) 951 234 567.", "số ([số]."),
        ("CCCD 098012345678, hộ chiếu", "CCCD [số], hộ chiếu"),
        ("xe 42A-123.45 chạy nhanh", "xe [biển số] chạy nhanh"),
        ("xe 42-B1 123.45", "xe [biển số]"),
        ("anh Nguyễn Văn Thử ở số 3", "anh [tên] ở số 3"),
        ("gặp bà Thử. Sau đó", "gặp bà [tên]. Sau đó"),
        ("ĐỐI TƯỢNG Trần Thử bỏ chạy", "ĐỐI TƯỢNG [tên] bỏ chạy"),
        ("tên là Mẫu", "tên là [tên]"),
    ],
)
def test_text_that_names_a_person_is_scrubbed(text: str, expected: str) -> None:
    assert scrubbed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Mất 2.500.000 đồng lúc 8h30 ngày 05/03/2024",
        "Có 12 người ở ngõ 45, tổ 3",
        "anh em trong khu phố",
        "Camera CAM-14758-003 mờ từ 20:15 đến 21:00",
    ],
)
def test_text_that_names_nobody_is_unchanged(text: str) -> None:
    assert scrubbed(text) == text


PHONE = st.tuples(st.sampled_from("35789"), st.text("0123456789", min_size=8, max_size=8)).map("".join)
GAP = st.sampled_from(["", " ", ".", "-", " - ", ". ", "\u00a0", ") ", "  "])


@given(
    PHONE,
    st.sampled_from(["0", "84", "+84", "(+84)", "(0)", "+84 (0)"]),
    st.lists(GAP, min_size=9, max_size=9),
)
def test_telephone_numbers_are_scrubbed_with_any_prefix_and_separators(
    number: str, prefix: str, gaps: list[str]
) -> None:
    written = prefix + "".join(gap + digit for gap, digit in zip(gaps, number, strict=True))
    for text in (written, f"gọi {written}, gấp", f"sđt:{written}", f"x{written}y"):
        digits = re.sub("[^0-9]", "", scrubbed(text))
        assert number not in digits
        assert len(digits) <= 3, "only the country code may remain"


@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=5))
def test_scrubbing_is_idempotent(texts: list[str | None]) -> None:
    once = scrub(pl.Series(texts, dtype=pl.String))
    assert scrub(once).to_list() == once.to_list()
    assert [text is None for text in once] == [text is None for text in texts]


# --- identities of the same row -------------------------------------------------------------------------------


def without_identities(text: str, *identities: str, is_open: bool = False) -> str:
    """A text of a row with these identities, after they were removed."""
    columns = [pl.Series([identity]) for identity in identities]
    return str(remove_identities(pl.DataFrame({"text": [text]}), columns, ["text"] if is_open else ())["text"][0])


def test_identities_of_a_row_are_removed_from_the_texts_of_that_row_only() -> None:
    texts = pl.DataFrame({"content": ["Thị Mẫu báo, Thị Mẫu thấy", "Thị Mẫu", None], "note": [None, "x", "Vũ (a.b)"]})
    identities = [pl.Series(["Thị Mẫu", None, "Vũ (a.b)"]), pl.Series(["An", "x", None])]
    cleaned = remove_identities(texts, identities)
    assert cleaned["content"].to_list() == ["[tên] báo, [tên] thấy", "Thị Mẫu", None]
    assert cleaned["note"].to_list() == [None, "x", "[tên]"]


@pytest.mark.parametrize(
    ("identity", "text", "expected"),
    [
        ("Nguyễn Thị Mẫu", "có Nguyễn  Thị\nMẫu báo", "có [tên] báo"),
        ("Nguyễn Thị Mẫu", "có Nguyễn\u00a0Thị\u2003Mẫu báo", "có [tên] báo"),
        ("Nguyễn  Thị Mẫu", "có NGUYỄN THỊ mẫu báo", "có [tên] báo"),
        ("Nguyễn Thị Mẫu", "có Nguyễn Thị Mẫuđã báo", "có [tên]đã báo"),
        ("Nguyễn Thị Mẫu", "có nguyen thi mau, báo", "có [tên], báo"),
        ("Nguyễn Thị Mẫu", "có Nguyễn-Thị.Mẫu báo", "có [tên] báo"),
        ("Nguyễn Thị Mẫu", "có Ng\u200buyễn Thị M\u00adẫu báo", "có [tên] báo"),
        ("Nguyễn Thị Mẫu", "có Ｎｇｕｙễｎ Ｔｈị Ｍẫｕ báo", "có [tên] báo"),
        ("Đỗ Hoà Thuý", "có Ðỗ Hòa Thúy báo", "có [tên] báo"),
        ("Vũ Ái Ý", "có VŨ ÁI Ý báo", "có [tên] báo"),
        ("0912 345 678", "gọi 0912.345.678 nhé", "gọi [tên] nhé"),
        ("0912345678", "gọi +84 912 345 678 nhé", "gọi +84 [tên] nhé"),
        ("3852123", "gọi 3852 123 nhé", "gọi [tên] nhé"),
        ("CB-07", "cán bộ cb 07 trực", "cán bộ [tên] trực"),
        ("12 ngõ Thử Nghiệm", "ở 12, Ngõ Thử  Nghiệm đó", "ở [tên] đó"),
        ("Mẫu", "anh Mẫu Mẫu", "anh [tên] [tên]"),
        ("Thị\x1eMẫu", "có Thị\x1eMẫu", "có [tên]"),
    ],
)
def test_an_identity_is_found_however_it_is_written(identity: str, text: str, expected: str) -> None:
    assert without_identities(text, identity) == expected


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        ("Thu An", "hai nhà hoà thuận"),
        ("Nguyễn Thị Mẫu", "nguyen thi maupassant"),
        ("0305", "lúc 03/05"),
        ("An", "công an phường"),
    ],
)
def test_text_that_only_resembles_an_identity_is_unchanged(identity: str, text: str) -> None:
    assert without_identities(text, identity) == text


def test_a_single_name_is_removed_from_an_open_column_only_when_it_is_the_whole_value() -> None:
    assert without_identities("Phường Lam Sơn", "Sơn", is_open=True) == "Phường Lam Sơn"
    assert without_identities(" SƠN ", "Sơn", is_open=True) == " [tên] "
    assert without_identities("Phường Trần Sơn", "Trần Sơn", is_open=True) == "Phường [tên]"
    assert without_identities("máy CB07", "CB-07", is_open=True) == "máy [tên]"


def test_the_longest_identity_is_removed_first() -> None:
    assert without_identities("nguyen thị Mẫu", "Mẫu", "Nguyễn Thị Mẫu") == "[tên]"


def test_every_identity_of_a_list_is_removed() -> None:
    texts = pl.DataFrame({"note": ["NV002 nghỉ, nv 001 thay", "NV001", "NV003", None]})
    members = pl.Series([["NV001", "NV002"], [], None, ["NV001"]], dtype=pl.List(pl.String))
    assert remove_identities(texts, [members])["note"].to_list() == ["[tên] nghỉ, [tên] thay", "NV001", "NV003", None]


PART = st.sampled_from(["Nguyễn", "nguyen", "THỊ", "thi", "Mẫu", "Ái", "Ý", "Đỗ", "Ðỗ", "Hoà", "hòa", "NV", "nv"])
PIECE = PART | st.sampled_from(
    ["001", "84", "0912345678", "912.345.678", " ", "  ", "\u00a0", "-", "\n", "\x1e", "ﬁ", "Ｎ"]
)
TEXT = st.lists(PIECE, min_size=1, max_size=8).map("".join).map(str.strip).filter(bool)


@given(st.lists(st.tuples(TEXT, TEXT, st.lists(TEXT, min_size=1, max_size=3)), min_size=1, max_size=6))
def test_the_candidate_rows_include_every_row_with_an_identity(rows: list[tuple[str, str, list[str]]]) -> None:
    texts = pl.DataFrame({"one": [row[0] for row in rows], "other": [row[1] for row in rows]})
    found = remove_identities(texts, [pl.Series([row[2] for row in rows])])
    row_by_row = [redact_row(row[:2], row[2]) for row in rows]
    assert list(zip(found["one"], found["other"], strict=True)) == [tuple(each) for each in row_by_row]


@given(
    TEXT.filter(lambda text: len(text.encode()) >= 4),
    st.sampled_from([" ", "  ", "\u00a0", "\n", "\t\u2003"]),
    TEXT,
)
def test_an_identity_is_removed_in_any_case_and_with_any_spaces(identity: str, space: str, around: str) -> None:
    for other in (identity, identity.upper(), identity.lower(), space.join(identity.split())):
        cleaned = without_identities(f"{around} {other}{around}", identity)
        assert " ".join(identity.lower().split()) not in " ".join(cleaned.lower().split())


# --- pseudonyms ---------------------------------------------------------------------------------------------


def test_pseudonyms_depend_on_the_key_and_the_column() -> None:
    first = pseudonym("Nguyễn Thị Mẫu")
    assert re.fullmatch(PSEUDONYM, first)
    assert pseudonym("Nguyễn Thị Mẫu") == first
    assert pseudonym("Nguyễn Thị Mẫu", OTHER_KEY) != first
    assert pseudonym("Nguyễn Thị Mẫu", column="officer") != first
    assert pseudonyms(pl.Series([None], dtype=pl.String), KEY, "x").to_list() == [None]


def test_a_pseudonym_is_half_of_an_hmac_with_the_key_of_its_column() -> None:
    column_key = hmac.digest(KEY, b"officer", "sha256").hex().encode()
    expected = hmac.digest(column_key, "nguyễn thị mẫu".encode(), "sha256").hex()[:32]
    assert pseudonym("Nguyễn Thị Mẫu", column="officer") == f"p_{expected}"


NAMES = st.text("aăâbcdđeêÂĐê ", min_size=1, max_size=12).filter(lambda name: bool(name.strip()))


@given(NAMES, NAMES)
def test_two_names_share_a_pseudonym_if_and_only_if_they_are_normalized_alike(one: str, other: str) -> None:
    def normalized(name: str) -> str:
        return " ".join(name.casefold().split())

    assert (pseudonym(one) == pseudonym(other)) == (normalized(one) == normalized(other))
    assert pseudonym(one) == pseudonym(f"  {one.upper()} ")
    assert pseudonym(one, OTHER_KEY) != pseudonym(one)


@given(PHONE, PHONE, st.sampled_from(["0", "84", "+84", "(+84) ", "+84 "]), st.lists(GAP, min_size=9, max_size=9))
def test_all_spellings_of_a_telephone_number_share_a_pseudonym(
    one: str, other: str, prefix: str, gaps: list[str]
) -> None:
    written = prefix + "".join(digit + gap for gap, digit in zip(gaps, one, strict=True))
    assert pseudonym(written, column="informant_phone") == pseudonym("0" + one, column="informant_phone")
    assert (pseudonym("0" + other) == pseudonym("0" + one)) == (one == other)


@given(st.text("(+084 -.x", min_size=1, max_size=12).filter(lambda text: bool(text.strip())))
@example("(0912345678")
def test_a_pseudonym_does_not_depend_on_the_other_values_of_the_column(text: str) -> None:
    in_a_column = pseudonyms(pl.Series(["+84 912 345 678", text, "Nguyễn  Thị Mẫu"]), KEY, "x")
    assert pseudonym(text, column="x") == in_a_column[1]


# --- quarantine ---------------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_a_masked_value_shows_no_letter_and_no_long_number(value: str) -> None:
    shown = mask(value, secret=False)
    body = shown[: len(value[:200])]
    assert not [char for char in body if char.isalpha() and char != "x"]
    assert not re.search(r"\d{9}", re.sub("9+", "", body))
    assert mask(value, secret=True) == f"({len(value)} characters)"


@given(PHONE, st.lists(GAP, min_size=8, max_size=8))
def test_a_masked_telephone_number_keeps_no_digit(number: str, gaps: list[str]) -> None:
    written = "0" + "".join(digit + gap for gap, digit in zip([*gaps, ""], number, strict=True))
    assert set(re.findall(r"\d", mask(written, secret=False))) == {"9"}
    assert set(re.findall(r"\d", mask_column(pl.Series([written]))[0])) == {"9"}


@given(st.text(max_size=300))
def test_a_masked_undeclared_column_shows_neither_letters_nor_digits(value: str) -> None:
    shown = mask_column(pl.Series([value]))[0]
    assert not [char for char in shown if (char.isalpha() and char != "x") or (char.isdecimal() and char != "9")]


# --- end to end -----------------------------------------------------------------------------------------------


def all_rows(settings: Settings, schema: str) -> str:
    """All rows of all tables of a schema, as one text."""
    tables = query(
        settings,
        f"select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = '{schema}'",
    )
    assert tables
    rows = [row for (table,) in tables for (row,) in query(settings, f"select t::text from {table} t")]
    return "\n".join(rows)


def written_forms(identities: dict[str, list[str]]) -> dict[str, str]:
    """Every form in which an identity may be written, and the kind of identity."""
    forms = {text: kind for kind, texts in identities.items() for text in texts}
    for phone in identities["phones"]:
        digits = re.sub("[^0-9]", "", phone)[-9:]
        forms |= dict.fromkeys((digits, f"{digits[:3]} {digits[3:6]} {digits[6:]}"), "phones")
    return forms


def test_no_identity_of_the_city_reaches_the_warehouse_or_the_log(
    warehouse: Settings, feeds: dict[str, Feed], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    manifest: dict[str, Any] = json.loads(write_city(tmp_path / "landing", FIRST, LAST).read_text(encoding="utf-8"))
    with caplog.at_level(logging.DEBUG):
        total = sum((ingest(warehouse, feed, "r") for feed in feeds.values()), IngestReport())
    assert total.rows_loaded > 1500
    assert total.rows_quarantined > 0
    identities = manifest["identities"]
    assert all(len(identities[kind]) > 10 for kind in ("names", "phones", "addresses", "staff_codes"))
    stored = {"raw": all_rows(warehouse, "raw"), "ops": all_rows(warehouse, "ops"), "log": caplog.text}
    assert all(len(text) > 50 for text in stored.values())
    found = [
        f"{kind} {form!r} in {place}"
        for form, kind in written_forms(identities).items()
        for place, text in stored.items()
        if form in text
    ]
    assert found == []


def test_identity_columns_hold_pseudonyms_or_nothing(
    warehouse: Settings, feeds: dict[str, Feed], tmp_path: Path
) -> None:
    write_city(tmp_path / "landing", date(2024, 1, 29), date(2024, 2, 2))
    for feed in feeds.values():
        ingest(warehouse, feed, "r")
        for column in feed.columns:
            if column.privacy not in ("pseudonym", "drop"):
                continue
            item = f"unnest({column.name})" if column.type == "array" else column.name
            [(filled, clear)] = query(
                warehouse,
                f"select count(item), count(*) filter (where item !~ '{PSEUDONYM}')"
                f" from (select {item} as item from raw.{feed.name}) as items",
            )
            assert clear == 0, column.name
            assert (filled > 0) == (column.privacy == "pseudonym"), column.name


NAME = "NGUYỄN  Thị\u00a0mẫu"
IDENTITIES_IN_OTHER_COLUMNS: list[tuple[str, dict[str, str]]] = [
    ("tips", {"ward": NAME, "content": f"có {NAME} báo", "note": "nguyen thi mau"}),
    (
        "tips",
        {"informant_phone": "02373852123", "hotline_line": "02373 852 123", "receiving_unit": "Đội nguyễn thị mẫu"},
    ),
    ("tips", {"assigned_unit": "12 NGÕ Thử  Nghiệm", "outcome": "đến 12 ngõ\nThử Nghiệm"}),
    ("tips", {"informant_phone": "3852123", "assigned_unit": "3852 123", "place": "gần số 3852.123"}),
    ("tips", {"informant_phone": "3852123", "hotline_line": "3852 123", "verdict": "3852123", "channel": NAME}),
    ("tips", {"ward": NAME, "tip_id": "nguyen thi mau", "note": f"{NAME} báo"}),
    ("tips", {"hotline_line": "0912.345.678", "receiving_unit": "Đội Nguyễn Thị Mẫu", "case_id": "Nguyễn Thị Mẫu"}),
    ("camera_extractions", {"requesting_unit": "Đội cb 07", "ward": "CB-07", "purpose": "CB-07 xin"}),
    ("patrol_rosters", {"note": "NV002 nghỉ, nv 001 thay", "ward": "NV001"}),
    ("patrol_rosters", {"note": "NV002 nghỉ", "ward": "nv-001", "status": "NV001"}),
]
CLEAR_FORMS = ["nguyễn", "nguyen", "mẫu", "345 678", "345.678", "ngõ", "nghiệm", "3852123", "3852 1", "3852.1"]
CLEAR_FORMS += ["cb-07", "cb 07", "nv001", "nv002", "nv 001", "nv-001"]


@pytest.mark.parametrize(("name", "changes"), IDENTITIES_IN_OTHER_COLUMNS)
def test_no_identity_of_a_row_reaches_the_warehouse_through_its_other_columns(
    warehouse: Settings, feeds: dict[str, Feed], caplog: pytest.LogCaptureFixture, name: str, changes: dict[str, str]
) -> None:
    deliver(warehouse, feeds[name], [row(name, 1), row(name, 2, **changes)])
    with caplog.at_level(logging.DEBUG):
        report = ingest(warehouse, feeds[name], "r")
    assert report.rows_loaded + report.rows_quarantined == 2
    invalid = {"verdict", "tip_id", "status", "case_id"} & set(changes) or changes.get("ward") == "NV001"
    assert report.rows_quarantined == bool(invalid)
    stored = "\n".join((all_rows(warehouse, "raw"), all_rows(warehouse, "ops"), caplog.text)).lower()
    assert [form for form in CLEAR_FORMS if form in stored] == []
    if not invalid:
        [loaded] = query(warehouse, f"select {', '.join(changes)} from raw.{name} where line_no = 3")
        values = [value for column, value in zip(changes, loaded, strict=True) if column != "informant_phone"]
        assert all("[tên]" in value for value in values)


def test_an_open_column_keeps_its_long_codes(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    changes = {"case_id": "HS-2024-000001234", "ward": "Phường Cầu Ông Lãnh", "hotline_line": "02373 852 123"}
    deliver(warehouse, feeds["tips"], [row("tips", 1, **changes)])
    ingest(warehouse, feeds["tips"], "r")
    assert query(warehouse, "select case_id, ward, hotline_line from raw.tips") == [tuple(changes.values())]
