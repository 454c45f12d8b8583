"""Codecs of the encodings of Vietnamese text before Unicode that Python lacks: tcvn3, viscii and vni.

Importing this module registers them, so that `bytes.decode` and `codecs.lookup` know their names. They decode only.
Tables: TCVN 5712:1993 (VN1, of which the fonts named .Vn use a part), RFC 1456 (VISCII), and the VNI fonts for Windows.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Any

TCVN3, VISCII, VNI = "tcvn3", "viscii", "vni"
_TCVN3 = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII_BELOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_ASCII = "".join(map(chr, range(128)))
_TABLES: dict[str, Any] = {  # as str, which the typing of `charmap_decode` does not know
    TCVN3: _ASCII + _TCVN3,
    VISCII: "".join(_VISCII_BELOW.get(code, letter) for code, letter in enumerate(_ASCII)) + _VISCII,
}

# VNI writes a vowel and, behind it, a letter that stands for its marks
_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
_TONES = dict(zip("ùøûõï", (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
_CIRCUMFLEX = {"â": "\u0302"} | {mark: "\u0302" + tone for mark, tone in zip("áàåãä", _TONES.values(), strict=True)}
_BREVE = {"ê": "\u0306"} | {mark: "\u0306" + tone for mark, tone in zip("éèúüë", _TONES.values(), strict=True)}
_MARKS = dict.fromkeys("uyôö", _TONES) | {
    "a": _TONES | _CIRCUMFLEX | _BREVE,
    "e": _TONES | _CIRCUMFLEX,
    "o": _TONES | _CIRCUMFLEX,
}
_ALONE = dict(zip("ôöñíìæóòî", "ơưđíìỉĩịỵ", strict=True))


def _vni_letters() -> dict[str, str]:
    small = dict(_ALONE)
    for base, marks in _MARKS.items():
        for mark, accents in marks.items():
            small[base + mark] = unicodedata.normalize("NFC", _ALONE.get(base, base) + accents)
    letters = small | {spelling.upper(): letter.upper() for spelling, letter in small.items()}
    mixed = {spelling[0].upper() + spelling[1]: letter.upper() for spelling, letter in small.items() if spelling[1:]}
    return mixed | letters


_VNI = _vni_letters()
_VNI_SPELLING = re.compile("|".join(sorted(_VNI, key=len, reverse=True)))
_VNI_BASES = frozenset(spelling[0] for spelling in _VNI if spelling[1:])


def _decode_vni(data: bytes, errors: str, final: bool) -> tuple[str, int]:
    text = data.decode("cp1252", errors)
    if text[-1:] in _VNI_BASES and not final:  # its marks may come in the next part
        text = text[:-1]
    return _VNI_SPELLING.sub(lambda found: _VNI[found[0]], text), len(text)


class _VniDecoder(codecs.BufferedIncrementalDecoder):
    def _buffer_decode(self, data: Any, errors: str, final: bool) -> tuple[str, int]:
        return _decode_vni(data, errors, final)


def _search(name: str) -> codecs.CodecInfo | None:
    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        raise UnicodeError(f"{name} is only decoded, not written")

    if name == VNI:
        return codecs.CodecInfo(
            encode,
            lambda data, errors="strict": _decode_vni(bytes(data), errors, True),
            incrementaldecoder=_VniDecoder,
            name=name,
        )
    if name in _TABLES:

        class Decoder(codecs.IncrementalDecoder):
            def decode(self, data: Any, final: bool = False) -> str:
                return codecs.charmap_decode(data, self.errors, _TABLES[name])[0]

        return codecs.CodecInfo(
            encode,
            lambda data, errors="strict": codecs.charmap_decode(data, errors, _TABLES[name]),
            incrementaldecoder=Decoder,
            name=name,
        )
    return None


codecs.register(_search)
