"""Encodings of Vietnamese text before Unicode are converted where the contract declares them, else named."""

from __future__ import annotations

import codecs
import io
import unicodedata
from dataclasses import replace

import polars as pl
import pytest
from helpers.exports import row, text
from helpers.old_encodings import encoded
from hypothesis import given
from hypothesis import strategies as st
from lachan.contract import Feed
from lachan.load.decode import UnreadableFile, open_export
from lachan.load.decode.vietnamese import misread_as

SPOKEN = (
    "Nguyễn Thị Mẫu báo có người lạ quanh khu nhà trọ phường Đông Vệ, ông đã gọi điện thoại cho tổ dân phố; "
    "quốc lộ, khuỷu tay, hoạch định, giếng nước, thuở xưa, huỳnh huỵch, Đắk Lắk, Krông Nô, ngoằn ngoèo, khuya"
)
NAMES = {"tcvn3": "TCVN3 (fonts such as .VnTime)", "vni": "VNI (fonts such as VNI-Times)", "viscii": "VISCII"}


def read(feed: Feed, data: bytes) -> tuple[pl.DataFrame, list[str]]:
    export = open_export(io.BytesIO(data), len(data), feed)
    return pl.concat([batch.text for batch in export.batches]), export.notes


def tips(feed: Feed, content: str, rows: int = 5) -> str:
    """A file with technical headers and values, of which only the texts show the encoding."""
    columns = [column.name for column in feed.columns]
    plain = {"channel": "hotline", "reporter_group": "resident", "ward": "14782", "category": "theft", "verdict": "new",
             "informant_name": "", "informant_address": ""}  # fmt: skip
    records = [row("tips", number, content=content, **plain) for number in range(rows)]
    return text([columns, *([each.get(name, "") for name in columns] for each in records)], feed.delimiter)


@pytest.mark.parametrize("encoding", NAMES)
def test_a_codec_restores_every_letter(encoding: str) -> None:
    tones = ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
    letters = {unicodedata.normalize("NFC", base + tone) for base in "aăâeêioôơuưy" for tone in tones}
    for word in (SPOKEN, "".join(sorted(letters)) + "đĂÂĐÊÔƠƯ"):
        assert encoded(word, encoding).decode(encoding) == word
    assert codecs.lookup(encoding.upper()).name == encoding


@given(st.lists(st.integers(1, 40), max_size=30))
def test_vni_is_decoded_alike_however_the_bytes_are_cut(cuts: list[int]) -> None:
    decoder, data = codecs.getincrementaldecoder("vni")(), encoded(SPOKEN, "vni")
    decoded = ""
    for cut in cuts:
        decoded += decoder.decode(data[:cut])
        data = data[cut:]
    assert decoded + decoder.decode(data, True) == SPOKEN


@pytest.mark.parametrize("encoding", NAMES)
def test_a_font_encoding_is_converted_where_the_contract_declares_it(feeds: dict[str, Feed], encoding: str) -> None:
    feed = feeds["tips"]
    data = b"".join(encoded(part, encoding) for part in tips(feed, SPOKEN))
    declared = replace(feed, encodings=("utf-8", "windows-1258", encoding))
    found, told = read(declared, data if encoding != "vni" else encoded(tips(feed, SPOKEN), "vni"))
    assert found["content"].to_list() == [SPOKEN] * 5
    assert any(text.startswith(f"converted from {encoding}") for text in told)


@pytest.mark.parametrize("encoding", NAMES)
def test_a_font_encoding_is_named_where_the_contract_does_not_declare_it(feeds: dict[str, Feed], encoding: str) -> None:
    data = encoded(tips(feeds["tips"], SPOKEN), encoding)
    with pytest.raises(UnreadableFile) as caught:
        read(feeds["tips"], data)
    assert "line 2: not in an encoding of the contract" in str(caught.value)
    assert f"it looks like {NAMES[encoding]}; export the file as UTF-8" in str(caught.value)


MISREAD = {
    "TCVN3 in a file of UTF-8": (encoded(SPOKEN, "tcvn3").decode("cp1252"), NAMES["tcvn3"]),
    "VNI in a file of UTF-8": (encoded(SPOKEN, "vni").decode("cp1252"), NAMES["vni"]),
    "VISCII, taken for Latin-1": (encoded(SPOKEN, "viscii").decode("latin-1"), NAMES["viscii"]),
    "UTF-8, taken for Latin-1": (SPOKEN.encode().decode("latin-1"), "UTF-8 that was encoded twice"),
    "UTF-7": (SPOKEN.encode("utf-7").decode(), "UTF-7"),
    "VIQR": ("Nguye^~n Thi. Ma^~u ba'o co' ngu+o+`i la. o+? pho^'", "VIQR"),
}


@pytest.mark.parametrize(("misread", "name"), MISREAD.values(), ids=MISREAD.keys())
def test_one_column_in_another_encoding_is_recognised(feeds: dict[str, Feed], misread: str, name: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(feeds["tips"], tips(feeds["tips"], misread).encode())
    assert str(caught.value).startswith(f"encoding: from line 2 on, the column content ('Nội dung') is {name}")


@pytest.mark.parametrize(
    "kept",
    [
        "Müller, Göteborg, Åsa, Zoë, Señor Núñez, café",
        "01/QĐ-BCĐ; 02/TTr-UBND; 15/KH-CAT-PV05",
        "Gọi 0951–234–567 nhé, 20 °C, 5 m², § 3 ®™, ½ giá",
        "ĐôngHải, ÐÔNG VỆ, ðường Ðông, A(b) c^2 + d+e-f, C++ 10+5-3",
        "báo BIỂU gửi Ủy ban nhân dân; H’Mông, Y Moan Êban, Ê Đê, Xơ Đăng",
        "警察 полиция 경찰 👮",
        "#N/Anhà trọnhà trọé",
    ],
)
def test_unusual_text_is_no_misread_text(feeds: dict[str, Feed], kept: str) -> None:
    assert misread_as("\n".join([kept] * 5)) is None
    found, _ = read(feeds["tips"], tips(feeds["tips"], kept).encode())
    assert found["content"].to_list() == [kept] * 5
