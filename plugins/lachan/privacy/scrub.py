"""Free text without telephone numbers, identity numbers, number plates, addresses of the internet, and names."""

from __future__ import annotations

import polars as pl

from lachan.privacy.family_names import FAMILY_NAMES
from lachan.privacy.identities import MARK
from lachan.privacy.reading import UNUSUAL, as_read

# These patterns run in polars' regex engine. They list ASCII digits and capital letters because that is three to ten
# times as fast there as \d and \p{Lu}. Unusual signs are dealt with before, by `as_read`.
_CAPITAL = "[A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ]"
_WORD_END = r" \n\t,.;:()\"'!?\[\]/0-9\x{E002}"
_NAME = rf"(?:{_CAPITAL}\.(?: ?{_CAPITAL}\.){{0,3}} ?)?{_CAPITAL}[^{_WORD_END}]*"  # also with initials
_CUES = (
    "ông|bà|anh|chị|em|cháu|cô|chú|bác|cụ|dì|cậu|mợ|thím|đồng chí|đ/c|tên|họ tên|người báo|liên hệ|gặp|"
    "đối tượng|bị hại|nạn nhân|nhân chứng|tài xế|chủ nhà|chủ xe"
)
_RANKS = (
    "(?i:(?:thiếu|trung|thượng|đại) (?:úy|uý|tá|tướng)|(?:hạ|trung|thượng) sĩ)|"
    "trưởng|phó|trưởng phòng|phó phòng|giám đốc|bí thư|chủ tịch"  # in small letters only: Phó is also a family name
)
NUMBER_GAP = r"[ .()\-_*]{0,3}"
"""What may stand between the digits of a telephone or identity number."""
NUMBER = rf"\+?[0-9](?:{NUMBER_GAP}[0-9]){{8,}}|0[0-9]{{2,3}}[/,][0-9]{{3}}[/,][0-9]{{3,4}}"
"""Nine or more digits, however they are parted, or a telephone number parted by slashes or commas."""
_IN_ADDRESSES = ["@", ".com/", ".me/", ".vn/"]
"""What every e-mail address and account has one of: searched first, because it is found much faster than they are."""
_ADDRESSES = (
    (r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+", "[thư điện tử]"),
    (
        r"(?i:(?:facebook|fb|zalo|tiktok|instagram|telegram|viber|messenger|t)\.(?:com|me|vn))/[^ \n,;)]+"
        r"|@[A-Za-z_][A-Za-z0-9_.]{2,}",
        "[tài khoản]",
    ),
)
_NUMBERS = (
    (NUMBER, "[số]"),
    (
        r"[0-9]{2}[ \-]?(?:[A-Za-zĐđ][A-Za-z0-9]?[ \-.]{0,3}[0-9]{3}\.?[0-9]{2}|[A-ZĐ][A-Z0-9]?[ \-][0-9]{4})",
        "[biển số]",
    ),
)
_BEFORE = r"(?:^|[ \n\t,.;:(\"'/\-])"
_CUED = rf"{_BEFORE}(?i:{_CUES})(?:/(?i:{_CUES}))*(?: (?:{_RANKS}))*(?:,? là)?(?:[ \n\t:(\"'\-]|là )+{_CAPITAL}"
"""From the cue to the first letter of the name."""
_FAMILY = "|".join(sorted({*FAMILY_NAMES, *(name.upper() for name in FAMILY_NAMES)}, key=len, reverse=True))
_FAMILY_NAME = rf"(?:{_FAMILY}) +{_NAME}(?: +{_NAME})+"
_PLACES = (
    "đường|phố|ngõ|ngách|hẻm|phường|xã|thị trấn|thôn|bản|làng|quận|huyện|thị xã|thành phố|tp|tỉnh|chợ|trường|công viên|"
    "bệnh viện|quảng trường|tượng đài|cầu|khu|tổ|công ty|nhà máy|THPT|THCS"
)
_AUTHORITIES = (
    "Phường|Xã|Công an|Công ty|Đường|Phố|Thôn|Tổ|Khu|UBND|Ủy ban|Ban|Đội|Trường|Bệnh viện|Chi bộ|Hội|Tỉnh|Thành"
)
# Characters of private use, which `as_read` leaves in no text, mark places in it. Patterns capture groups only where
# they must: capturing takes more than half of the time of a replacement.
_IN_KEPT, _IN_CUED, _BEFORE_KEPT = "\ue000", "\ue001", "\ue002"
_MARKS = f"[{_IN_KEPT}{_IN_CUED}{_BEFORE_KEPT}]"
# names of places and authorities are kept: a mark within or before them hides them
_INITIAL_OF_PLACE = rf"(?:^|[^.] |[,;(\n])[ĐđPpXx][.] *{_CAPITAL}[^.]"  # and not those of a person
_KEPT = (
    (rf"{_BEFORE}(?i:{_PLACES}) +(?:(?i:{_PLACES}) +)?{_CAPITAL}|{_INITIAL_OF_PLACE}", "${0}" + _IN_KEPT),
    (rf"({_BEFORE})((?:{_AUTHORITIES})(?:[ \n,.;:)]|$))", f"${{1}}{_BEFORE_KEPT}${{2}}"),
)
_NAME_OF_CUE = rf"{_CAPITAL}{_IN_CUED}(?:\. ?(?:{_CAPITAL}\. ?)*{_CAPITAL})?[^{_WORD_END}]*(?:[ \n]+{_NAME})*"
ANY_NUMBER = "|".join(pattern for pattern, _ in (*_ADDRESSES, *_NUMBERS))
"""Telephone and identity numbers, number plates, addresses and accounts, however they are written in usual signs."""
_ANY_NAME = f"{_CUED}|{_BEFORE}{_FAMILY_NAME}"
_SCRUBBED = f"{ANY_NUMBER}|{_ANY_NAME}"
_SEARCHED = f"{_SCRUBBED}|{UNUSUAL}"


def scrub(values: pl.Series) -> pl.Series:
    """Free text without numbers, plates, e-mail addresses and accounts of people, and without names.

    A name is what begins with capitals after a cue word, and a frequent family name with two capitalised words behind
    it. Every run of nine or more digits counts as a number, however the digits are parted. A mark in brackets replaces
    what is removed. Some harmless text is removed too, so that fewer names are missed; names of streets and wards
    stay where the word for it precedes them.
    """
    values, where = find(values)
    return scrub_names(scrub_numbers(values, where), where)


def find(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The texts, and the row indexes of those that `scrub` changes, found by one search for all patterns.

    Texts in unusual signs are rewritten in usual ones if the patterns match them then. Few texts match, so only few
    are rewritten by `scrub_numbers` and `scrub_names`. The indexes stay valid while parts of the texts are replaced by
    marks: a mark is in brackets, which no pattern matches, so a replacement creates no new match.
    """
    where = values.str.contains(_SEARCHED).arg_true()
    unusual = _matching(values, where, UNUSUAL)
    if not unusual.len():
        return values, where
    values = as_read(values, unusual, _SCRUBBED)
    return values, _matching(values, where, _SCRUBBED)


def scrub_numbers(values: pl.Series, where: pl.Series) -> pl.Series:
    """The first step of `scrub`: remove all but names from the texts at these row indexes."""
    matched = _matching(values, where, ANY_NUMBER)
    found = values.gather(matched)
    may_hold_address = found.str.contains_any(_IN_ADDRESSES, ascii_case_insensitive=True).any()
    for pattern, mark in (*(_ADDRESSES if may_hold_address else ()), *_NUMBERS):
        found = found.str.replace_all(pattern, mark)
    return values.clone().scatter(matched, found)


def scrub_names(values: pl.Series, where: pl.Series) -> pl.Series:
    """The second step of `scrub`: remove names from the texts at these row indexes."""
    matched = _matching(values, where, _ANY_NAME)
    found = values.gather(matched)
    for pattern, kept in _KEPT:
        found = found.str.replace_all(pattern, kept)
    found = found.str.replace_all(_CUED, "${0}" + _IN_CUED)
    found = found.str.replace_all(f"{_NAME_OF_CUE}|{_FAMILY_NAME}", MARK)
    return values.clone().scatter(matched, found.str.replace_all(_MARKS, ""))


def _matching(values: pl.Series, where: pl.Series, pattern: str) -> pl.Series:
    """Those of the row indexes whose texts match a pattern: a search costs much less than a replacement."""
    return where.gather(values.gather(where).str.contains(pattern).arg_true())
