"""Identities and names in the spellings in which offices and people write them, and what must stay."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from helpers.exports import deliver, row
from helpers.raw_rows import query
from hypothesis import given
from hypothesis import strategies as st
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.privacy.family_names import FAMILY_NAMES
from lachan.privacy.identities import redact_row
from lachan.privacy.masking import mask
from lachan.privacy.pseudonyms import pseudonyms
from lachan.privacy.scrub import scrub
from lachan.settings import Settings

KEY = b"k" * 32
GIVEN = ("Thử", "Mẫu", "Ví", "Dụ", "Ảnh", "Ý")
MIDDLE = ("Văn", "Thị", "Đức", "Ngọc", "Hữu")
NAMES = st.tuples(
    st.sampled_from([name for name in FAMILY_NAMES if name not in ("Ông", "Đồng")]),  # also words of cues, which stay
    st.sampled_from(MIDDLE),
    st.sampled_from(GIVEN),
).map(" ".join)


def scrubbed(text: str) -> str:
    return str(scrub(pl.Series([text]))[0])


# --- names in free text -------------------------------------------------------------------------------------

CUED: dict[str, Callable[[str], str]] = {
    "a no-break space": lambda name: "gặp anh\u00a0" + name,
    "no-break spaces": lambda name: "gặp anh " + name.replace(" ", "\u00a0"),
    "a line break": lambda name: f"gặp anh\n{name}",
    "a tab": lambda name: f"tên:\t{name}",
    "tên là": lambda name: f"đối tượng tên là: {name}",
    "quotes": lambda name: f'họ tên: "{name}"',
    "curly quotes": lambda name: f"tên “{name}”",
    "ông/bà": lambda name: f"ông/bà {name}",
    "capital eth": lambda name: f"chị {name.replace('Đ', 'Ð')}",
    "initials": lambda name: f"anh {name[0]}. {name.split()[1][0]}. {name.split()[2]}",
    "seven words": lambda name: f"chị {name} {name} San",
    "a longer run of capitals": lambda name: f"tên {name.upper()}  ĐỐI TƯỢNG {name.upper()} {name.upper()}",
    "a rank": lambda name: f"đ/c Thượng úy {name}",
    "a rank behind a comma": lambda name: f"đồng chí đại tá, {name}",
    "a plural": lambda name: f"các ông {name}",
    "full width": lambda name: f"anh {''.join(chr(ord(c) + 0xFEE0) if '!' <= c <= '~' else c for c in name)}",
    "a soft hyphen": lambda name: f"anh {name[:1]}\u00ad{name[1:]}",
    "a character reference": lambda name: f"anh &#{ord(name[0])};{name[1:]}",
    "capitals": lambda name: f"ĐỐI TƯỢNG {name.upper()}",
    "no cue": lambda name: f"thấy {name} bỏ chạy",
    "no cue, in capitals": lambda name: f"thấy {name.upper()} bỏ chạy",
    "the beginning": lambda name: f"{name} bỏ chạy",
    "brackets": lambda name: f"hàng xóm ({name}) báo",
}


@pytest.mark.parametrize("write", CUED.values(), ids=CUED.keys())
@given(name=NAMES)
def test_a_name_is_removed_however_it_is_introduced(write: Callable[[str], str], name: str) -> None:
    left = scrubbed(write(name))
    assert "[tên]" in left
    assert not any(word.casefold() in left.casefold().split() for word in name.split()), left


@pytest.mark.parametrize(
    "text",
    [
        "ở đường Nguyễn Chí Thanh, phố Trần Hưng Đạo, phường Lê Đại Hành",
        "đường phố Nguyễn Chí Thanh, ở P. Đông Vệ, đ. Lê Lợi",
        "trường THPT Nguyễn Thị Lợi và trường tiểu học",
        "anh em Phường Đông Vệ, bà con Công an phường",
        "gặp Công an phường Đông Vệ; liên hệ UBND xã Quảng Phú",
        "Mất 2.500.000 đồng lúc 20h30 ngày 05/03/2024 - 06/03/2024",
        "Camera CAM-14758-003 mờ từ 20:15 đến 21:00, cao 2,5 m, 20 °C",
        "tổ 12, ngõ 3/45, số nhà 12–14",
        "lãi 5.000 đồng/triệu/ngày; 150.000 x 12 tháng",
        "Quyết định 01/QĐ-BCĐ ngày 1/1/2024",
    ],
)
def test_places_authorities_and_amounts_stay(text: str) -> None:
    assert scrubbed(text) == text


# --- numbers ------------------------------------------------------------------------------------------------

SEPARATORS = [
    "",
    " ",
    ".",
    "-",
    "–",
    "—",
    "‑",
    "−",
    "\u00a0",
    "\u2009",
    "\u202f",
    "\u200b",
    "·",
    "•",
    "_",
    "*",
    "\u3000",
]
DIGITS = {"ASCII": "0123456789", "full width": "０１２３４５６７８９", "Arabic": "٠١٢٣٤٥٦٧٨٩", "bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"}


@given(
    st.text("0123456789", min_size=8, max_size=8),
    st.lists(st.sampled_from(SEPARATORS), min_size=9, max_size=9),
    st.sampled_from(sorted(DIGITS)),
)
def test_a_number_is_removed_and_masked_with_any_separators_and_digits(
    number: str, gaps: list[str], script: str
) -> None:
    written = "".join(DIGITS[script][int(digit)] + gap for digit, gap in zip(f"09{number}", [*gaps, ""], strict=True))
    assert scrubbed(f"gọi {written} nhé") == "gọi [số] nhé"
    assert {letter for letter in mask(written, secret=False) if letter.isdecimal()} == {"9"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xe 29A-1234", "xe [biển số]"),
        ("xe 29–B1 123.45", "xe [biển số]"),
        ("xe 36 B1 1234", "xe [biển số]"),
        ("thư thu.nguyen@example.vn nhé", "thư [thư điện tử] nhé"),
        ("xem facebook.com/thu.nguyen, hoặc @thu_nguyen", "xem [tài khoản], hoặc [tài khoản]"),
        ("số 0951/987/701", "số [số]"),
    ],
)
def test_plates_addresses_and_accounts_are_removed(text: str, expected: str) -> None:
    assert scrubbed(text) == expected


def test_a_masked_number_with_slashes_shows_no_digit() -> None:
    assert mask("0951/987/701", secret=False) == "9999/999/999"
    assert mask("31/02/2024", secret=False) == "31/02/2024"


# --- cells that hold more than a name -----------------------------------------------------------------------

CELLS = [
    "Bà Nguyễn Thị Mẫu",
    "Nguyễn Thị Mẫu (vợ anh Thử)",
    "Nguyễn Thị Mẫu - hàng xóm",
    "Nguyễn Thị Mẫu; Trần Văn Thử",
    "đ/c Nguyễn Thị Mẫu, tổ 3",
    "Nguyễn Thị Mẫu 0951 234 567",
    "Nguyễn Thị Mẫu\nTrần Văn Thử",
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_name_in_a_cell_with_more_is_found_in_the_row(warehouse: Settings, feeds: dict[str, Feed], cell: str) -> None:
    content = "nguyễn thị mẫu báo mất xe"  # in small letters no cue finds it
    deliver(warehouse, feeds["tips"], [row("tips", 1, informant_name=cell, content=content)])
    ingest(warehouse, feeds["tips"], "r")
    assert query(warehouse, "select content from raw.tips") == [("[tên] báo mất xe",)]


@pytest.mark.parametrize("cell", CELLS)
def test_a_person_has_one_pseudonym_with_any_title_or_note(cell: str) -> None:
    one, other = pseudonyms(pl.Series([cell, "NGUYỄN THỊ  MẪU"]), KEY, "informant_name")
    assert one == other


@pytest.mark.parametrize("cell", ["CB-07", "CB 07", "NV001", "Mẫu", "Bà Mẫu", "0951 234 567", "12 ngõ Thử Nghiệm"])
def test_codes_numbers_and_single_names_keep_their_pseudonyms(cell: str) -> None:
    other = cell + "8" if cell[-1].isdigit() else cell + " B"
    assert len(set(pseudonyms(pl.Series([cell, other]), KEY, "x"))) == 2


def test_an_address_has_no_parts_that_are_removed_alone() -> None:
    assert redact_row(["ở Lê Lợi, gần chợ"], ["SN 12/3 Lê Lợi, TDP 5"]) == ["ở Lê Lợi, gần chợ"]
