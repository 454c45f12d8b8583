"""No identity of the exports survives, wherever it stands in them."""

from __future__ import annotations

import json
import logging
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lachan.contract import Feed
from lachan.ingest import IngestReport, ingest
from lachan.privacy import mask, mask_column, pseudonyms, remove_identities, scrub
from lachan.sample import write_city
from lachan.settings import Settings
from raw_rows import query

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
PSEUDONYM = "^p_[0-9a-f]{32}$"
FIRST, LAST = date(2024, 1, 22), date(2024, 2, 11)


def scrubbed(text: str) -> str:
    return str(scrub(pl.Series([text]))[0])


def pseudonym(text: str, key: bytes = KEY, column: str = "informant_name") -> str:
    return str(pseudonyms(pl.Series([text]), key, column)[0])


# --- free text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Gọi 0951234567 nhé", "Gọi [số] nhé"),
        ("số (+84) 951 234 567.", "số ([số]."),
        ("CCCD 098012345678, hộ chiếu", "CCCD [số], hộ chiếu"),
        ("xe 42A-123.45 chạy nhanh", "xe [biển số] chạy nhanh"),
        ("xe 42-B1 123.45", "xe [biển số]"),
        ("anh Nguyễn Văn Thử ở số 3", "anh [tên] ở số 3"),
        ("gặp bà Thử. Sau đó", "gặp bà [tên]. Sau đó"),
        ("ĐỐI TƯỢNG Trần Thử bỏ chạy", "ĐỐI TƯỢNG [tên] bỏ chạy"),
        ("tên là Mẫu", "tên [tên]"),
    ],
)
def test_what_names_a_person_is_taken_out_of_free_text(text: str, left: str) -> None:
    assert scrubbed(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Mất 2.500.000 đồng lúc 8h30 ngày 05/03/2024",
        "Có 12 người ở ngõ 45, tổ 3",
        "anh em trong khu phố",
        "Camera CAM-14758-003 mờ từ 20:15 đến 21:00",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert scrubbed(text) == text


PHONE = st.tuples(st.sampled_from("35789"), st.text("0123456789", min_size=8, max_size=8)).map("".join)
GAP = st.sampled_from(["", " ", ".", "-", " - ", ". ", "\u00a0", ") ", "  "])


@given(
    PHONE,
    st.sampled_from(["0", "84", "+84", "(+84)", "(0)", "+84 (0)"]),
    st.lists(GAP, min_size=9, max_size=9),
)
def test_a_telephone_number_never_survives(number: str, prefix: str, gaps: list[str]) -> None:
    written = prefix + "".join(gap + digit for gap, digit in zip(gaps, number, strict=True))
    for text in (written, f"gọi {written}, gấp", f"sđt:{written}", f"x{written}y"):
        left = re.sub("[^0-9]", "", scrubbed(text))
        assert number not in left
        assert len(left) <= 3, "at most the country code stays"


@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=5))
def test_scrubbing_twice_is_scrubbing_once(texts: list[str | None]) -> None:
    once = scrub(pl.Series(texts, dtype=pl.String))
    assert scrub(once).to_list() == once.to_list()
    assert [text is None for text in once] == [text is None for text in texts]


def test_the_words_of_a_rows_identities_go_from_its_texts_only() -> None:
    texts = pl.DataFrame({"content": ["Thị Mẫu báo, Thị Mẫu thấy", "Thị Mẫu", None], "note": [None, "x", "Vũ (a.b)"]})
    who = [pl.Series(["Thị Mẫu", None, "Vũ (a.b)"]), pl.Series(["An", "x", None])]
    left = remove_identities(texts, who)
    assert left["content"].to_list() == ["[tên] báo, [tên] thấy", "Thị Mẫu", None]
    assert left["note"].to_list() == [None, "x", "[tên]"]


# --- pseudonyms ---------------------------------------------------------------------------------------------


def test_pseudonyms_are_keyed_and_of_one_column() -> None:
    first = pseudonym("Nguyễn Thị Mẫu")
    assert re.fullmatch(PSEUDONYM, first)
    assert pseudonym("Nguyễn Thị Mẫu") == first
    assert pseudonym("Nguyễn Thị Mẫu", OTHER_KEY) != first
    assert pseudonym("Nguyễn Thị Mẫu", column="officer") != first
    assert pseudonyms(pl.Series([None], dtype=pl.String), KEY, "x").to_list() == [None]


NAMES = st.text("aăâbcdđeêÂĐê ", min_size=1, max_size=12).filter(lambda name: bool(name.strip()))


@given(NAMES, NAMES)
def test_two_names_share_a_pseudonym_when_their_levelled_spelling_is_one(one: str, other: str) -> None:
    def level(name: str) -> str:
        return " ".join(name.casefold().split())

    assert (pseudonym(one) == pseudonym(other)) == (level(one) == level(other))
    assert pseudonym(one) == pseudonym(f"  {one.upper()} ")
    assert pseudonym(one, OTHER_KEY) != pseudonym(one)


@given(PHONE, PHONE, st.sampled_from(["0", "84", "+84", "(+84) ", "+84 "]), st.lists(GAP, min_size=9, max_size=9))
def test_two_writings_of_a_telephone_number_share_a_pseudonym(
    one: str, other: str, prefix: str, gaps: list[str]
) -> None:
    written = prefix + "".join(digit + gap for gap, digit in zip(gaps, one, strict=True))
    assert pseudonym(written, column="informant_phone") == pseudonym("0" + one, column="informant_phone")
    assert (pseudonym("0" + other) == pseudonym("0" + one)) == (one == other)


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
def test_a_column_that_no_contract_knows_shows_neither_letters_nor_digits(value: str) -> None:
    shown = mask_column(pl.Series([value]))[0]
    assert not [char for char in shown if (char.isalpha() and char != "x") or (char.isdecimal() and char != "9")]


# --- the whole way ------------------------------------------------------------------------------------------


def everything(settings: Settings, schema: str) -> str:
    """All rows of all tables of a schema as one text."""
    tables = query(
        settings,
        f"select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = '{schema}'",
    )
    assert tables
    rows = [row for (table,) in tables for (row,) in query(settings, f"select t::text from {table} t")]
    return "\n".join(rows)


def written_forms(identities: dict[str, list[str]]) -> dict[str, str]:
    """Each identity as it may stand in a text, and its kind."""
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
    kept = {"raw": everything(warehouse, "raw"), "ops": everything(warehouse, "ops"), "log": caplog.text}
    assert all(len(text) > 50 for text in kept.values())
    found = [
        f"{kind} {form!r} in {place}"
        for form, kind in written_forms(identities).items()
        for place, text in kept.items()
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
