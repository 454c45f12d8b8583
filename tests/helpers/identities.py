"""Identities of invented people in the spellings in which people write them, each with what of it must not be found.

Family names and the words between are random; given names and numbers are recognised again anywhere: given names are
invented syllables, telephone numbers begin with 095 and identity numbers with 098, which nobody has.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from lachan.privacy.family_names import FAMILY_NAMES

ONSETS = ("Bl", "Fr", "Gl", "Kl", "Zr", "Dz", "Wr", "Pl")  # begin no Vietnamese syllable
RHYMES = ("anh", "ương", "iệt", "oàng", "uyên", "inh", "uấn", "ướt", "ịch", "ướp", "oạch", "iễn")
MIDDLES = ("Văn", "Thị", "Đức", "Ngọc", "Hữu", "Minh", "Thu", "Xuân")
RANKS = ("Thượng úy", "đại tá", "Trung sĩ", "thiếu tá")
CUES = ("ông", "bà", "anh", "chị", "cụ", "Ông", "Chị")
NOT_AFTER_CUES = ("Ông", "Đồng")  # family names that are also words of cues
FAMILIES = tuple(name for name in FAMILY_NAMES if name not in NOT_AFTER_CUES)
RARE_FAMILIES = ("Thò", "Kpă", "Siu", "Rơ", "Ksor")


class Planted(NamedTuple):
    """A text with an identity in it, and the letters or digits of it that must not be found anywhere."""

    text: str
    secret: str


Writer = Callable[[Random], Planted]


def given_name(rng: Random) -> str:
    return rng.choice(ONSETS) + rng.choice(RHYMES)


def full_name(rng: Random, families: tuple[str, ...] = FAMILIES) -> tuple[str, str]:
    """A name of three words, and its given name."""
    given = given_name(rng)
    return f"{rng.choice(families)} {rng.choice(MIDDLES)} {given}", given


def unaccented(text: str) -> str:
    bases = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in bases if not unicodedata.combining(letter))


def digits(rng: Random, start: str, count: int) -> str:
    return start + "".join(str(rng.randrange(10)) for _ in range(count - len(start)))


def _full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def _named(form: str, families: tuple[str, ...] = FAMILIES, change: Callable[[str], str] = str) -> Writer:
    def write(rng: Random) -> Planted:
        name, given = full_name(rng, families)
        written = change(name)
        initials = " ".join(f"{word[0]}." for word in name.split()[:-1])
        text = form.format(name=written, given=given, cue=rng.choice(CUES), rank=rng.choice(RANKS), initials=initials)
        return Planted(text, given)

    return write


def _numbered(form: str, start: str, count: int, change: Callable[[Random, str], str]) -> Writer:
    def write(rng: Random) -> Planted:
        number = digits(rng, start, count)
        return Planted(form.format(number=change(rng, number)), number)

    return write


def _grouped(*gaps: str) -> Callable[[Random, str], str]:
    def write(rng: Random, number: str) -> str:
        gap = rng.choice(gaps)
        return f"{number[:4]}{gap}{number[4:7]}{gap}{number[7:]}"

    return write


def _plate(form: str) -> Writer:
    def write(rng: Random) -> Planted:
        number = digits(rng, "", 5)
        series = rng.choice("ABCDEFGHK")
        text = form.format(p=rng.choice((42, 44, 87, 91)), s=series, t=rng.randrange(1, 10), n=number, m=number[:4])
        return Planted(text, number[:4])

    return write


def _addressed(form: str) -> Writer:
    def write(rng: Random) -> Planted:
        handle = unaccented(given_name(rng)).lower() + digits(rng, "", 3)
        return Planted(form.format(handle=handle), handle)

    return write


_WORDS = dict(zip("0123456789", ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"), strict=True))

NAMES: dict[str, Writer] = {
    "after a form of address": _named("thấy {cue} {name} bỏ chạy"),
    "the given name alone, after a form of address": _named("gặp {cue} {given}, ở cuối ngõ"),
    "no-break spaces": _named("gặp anh\u00a0{name}", change=lambda name: name.replace(" ", "\u00a0")),
    "line break, tab": _named("gặp anh\n{name}\ttên:\t{name}"),
    "`tên là:`, quotes": _named('đối tượng tên là: “{name}”, họ tên: "{name}"'),
    "`ông/bà`, plural": _named("mời ông/bà {name} và các ông {name}"),
    "rank behind `đ/c`": _named("đ/c {rank} {name}; đồng chí {rank}, {name}"),
    "initials": _named("anh {initials} {given} báo"),
    "more than five words": _named("chị {name} {name} đến"),
    "Ð for Đ, full-width letters, soft hyphen": _named(
        "chị {name}", change=lambda name: _full_width(name.replace("Đ", "Ð")[:3]) + "\u00ad" + name[3:]
    ),
    "character references": _named(
        "anh {name}",
        change=lambda name: (
            html.escape("".join(f"&#{ord(c)};" for c in name[:1]), quote=False).replace("&amp;", "&") + name[1:]
        ),
    ),
    "capitals": _named("ĐỐI TƯỢNG {name}; bắt {name}", change=str.upper),
    "frequent family name, without any cue": _named("thấy {name} bỏ chạy; ({name}) báo"),
}
NUMBERS: dict[str, Writer] = {
    "in one, with +84": _numbered(
        "gọi {number} nhé", "095", 10, lambda rng, n: rng.choice((n, f"+84{n[1:]}", f"84{n[1:]}"))
    ),
    "dots, spaces, hyphens, brackets": _numbered("số {number}.", "095", 10, _grouped(" ", ".", "-", " - ", ")")),
    "dashes, thin and zero-width spaces, `_` `·` `*`": _numbered(
        "số {number} nhé", "095", 10, _grouped("–", "—", "\u2009", "\u202f", "\u200b", "·", "_", "*")
    ),
    "slashes, commas": _numbered("số {number} nhé", "095", 10, _grouped("/", ",")),
    "full-width digits": _numbered("số {number} nhé", "095", 10, lambda _, n: _full_width(n)),
    "identity number": _numbered("CCCD {number} cấp", "098", 12, _grouped("", " ", ".")),
}
PLATES: dict[str, Writer] = {
    "five digits": _plate("xe {p}{s}-{n} chạy"),
    "motorcycle": _plate("xe {p}-{s}{t} {n}"),
    "four digits": _plate("xe {p}{s}-{m} chạy"),
    "en dash": _plate("xe {p}–{s}{t} {n}"),
}
ADDRESSES: dict[str, Writer] = {
    "e-mail address": _addressed("thư {handle}@example.vn nhé"),
    "account": _addressed("xem facebook.com/{handle}, hoặc @{handle}"),
}
PROMISED: dict[str, dict[str, Writer]] = {
    "name": NAMES, "telephone or identity number": NUMBERS, "number plate": PLATES, "e-mail address, account": ADDRESSES
}  # fmt: skip
NOT_PROMISED: dict[str, Writer] = {
    "name in small letters, without a cue": _named("thấy {name} bỏ chạy", change=str.lower),
    "name without accents, without a cue": _named("thấy {name} bỏ chạy", change=unaccented),
    "name in small letters after a form of address": _named("gặp anh {name}", change=str.lower),
    "rare family name, without a cue": _named("thấy {name} bỏ chạy", RARE_FAMILIES),
    "given name alone, without a cue": _named("thấy {given} bỏ chạy"),
    "name with spaces between its letters": _named("anh {name}", change=lambda name: " ".join(name)),
    "number in words": _numbered("số {number}", "095", 10, lambda _, n: " ".join(_WORDS[d] for d in n)),
    "letters O and l for 0 and 1": _numbered(
        "số {number}", "09500", 10, lambda _, n: n.replace("0", "O").replace("1", "l")
    ),
    "landline of seven digits": _numbered("máy {number}", "38", 7, lambda _, n: n),
    "plate without its province": _plate("xe đuôi {n}"),
    "plate with spaces between its digits": _plate("xe {p} {s} {n[0]} {n[1]} {n[2]} {n[3]} {n[4]}"),
    "e-mail address with `(at)`": _addressed("thư {handle} (at) example.vn"),
}


def is_found(planted: Planted, text: str) -> bool:
    """Whether a text still has the secret of a planted identity, however it is written now."""
    words = unicodedata.normalize("NFKC", html.unescape(text)).lower().split()
    numbers = {word: number for number, word in _WORDS.items()}
    plain = unaccented("".join(numbers.get(word, word) for word in words))
    letters = "".join(sign for sign in plain if sign.isalnum())
    if planted.secret.isdecimal():
        number = letters.replace("o", "0").replace("l", "1")
        return planted.secret[1:] in number
    return unaccented(planted.secret).lower() in letters
