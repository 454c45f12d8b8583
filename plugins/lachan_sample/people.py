"""Synthetic people. Their numbers lie in ranges that are given to nobody.

Telephones start with 095 (withdrawn from service), ID numbers with 098 (no such province), plates with
province codes that are not in use. Names are drawn word by word: a likeness to a real person is chance.
"""

from __future__ import annotations

from random import Random

from lachan_sample.form import Mark


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FAMILY = _words("Nguyễn Trần Lê Phạm Hoàng Vũ Đỗ Bùi Đặng Trịnh Lưu Mai Cao Đinh Hà Lương Tống Thiều Quách Lại")
MIDDLE = _words("Văn Thị Đức Minh Thanh Xuân Ngọc Hữu Quang Thu Duy Khánh Bá Thế Hồng Kim Đình Viết")
GIVEN = _words(
    "An Bình Chi Cường Dung Dũng Giang Hà Hải Hạnh Hiếu Hoa Huệ Hưng Khoa Lan Linh Long Mạnh Nam Nga Nhung "
    "Phong Phúc Quân Quỳnh Sơn Thảo Thắng Thủy Toàn Trang Tuấn Tùng Vân Việt Yến"
)
CUES = ("ông", "bà", "anh", "chị", "cháu", "Ông", "Bà", "Anh", "Chị")
WOMEN_CUES = ("bà", "chị", "cháu", "Bà", "Chị")
PLATE_PROVINCES = (42, 44, 45, 46, 87, 91, 96)
STREETS = ("Lê Lai", "Lê Hoàn", "Trần Phú", "Nguyễn Trãi", "Phan Chu Trinh", "Tống Duy Tân", "Hàng Than",
           "Cao Thắng", "Dương Đình Nghệ", "Lạc Long Quân", "Quang Trung", "Bến Ngự", "Nam Cao", "Mật Sơn",
           "Đình Hương", "Trường Thi", "Hải Thượng Lãn Ông", "Phú Thọ", "Minh Khai", "Đội Cung")  # fmt: skip


def full_name(rng: Random) -> str:
    """A name of three or, now and then, four words."""
    family, given = rng.choice(FAMILY), rng.choice(GIVEN)
    middle = rng.sample(MIDDLE, 2 if rng.random() < 0.2 else 1)
    return " ".join((family, *middle, given))


def officers(rng: Random, count: int) -> list[str]:
    """The names of a desk's staff."""
    return [full_name(rng) for _ in range(count)]


class Scribe:
    """Writes details of people, and remembers in `marks` each one that it wrote."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.marks: list[Mark] = []

    def _mark(self, kind: str, text: str) -> str:
        self.marks.append((kind, text))
        return text

    def name(self) -> str:
        """A full name."""
        return self._mark("names", full_name(self.rng))

    def who(self) -> str:
        """A form of address with a full name or, less often, a given name alone."""
        if self.rng.random() < 0.3:
            return self._mark("names", f"{self.rng.choice(CUES)} {self.rng.choice(GIVEN)}")
        name = self.name()
        return f"{self.rng.choice(WOMEN_CUES if ' Thị ' in name else CUES)} {name}"

    def phone(self) -> str:
        """A mobile number in one of the ways in which people write them."""
        digits = f"095{self.rng.randrange(10**7):07d}"
        a, b, c, short = digits[:4], digits[4:7], digits[7:], digits[1:4]
        forms = (
            digits,
            f"{a} {b} {c}",
            f"{a}.{b}.{c}",
            f"{a}-{b}-{c}",
            f"{digits[:3]} {digits[3:6]} {digits[6:]}",
            f"{a} {digits[4:6]} {digits[6:8]} {digits[8:]}",
            f"84{digits[1:]}",
            f"+84{digits[1:]}",
            f"+84 {short} {b} {c}",
            f"(+84) {short} {b} {c}",
        )
        written = self.rng.choice(forms)
        if written != digits:
            self._mark("phones", digits)
        return self._mark("phones", written)

    def id_number(self) -> str:
        """A citizen ID number of twelve digits."""
        sex_and_century = self.rng.randrange(4)
        return self._mark("id_numbers", f"098{sex_and_century}{self.rng.randrange(10**8):08d}")

    def plate(self) -> str:
        """A number plate of a car or a motorcycle."""
        rng = self.rng
        province, letter, digit = rng.choice(PLATE_PROVINCES), rng.choice("ABCDEFGHKLM"), rng.randrange(1, 10)
        number = f"{rng.randrange(10**5):05d}"
        dotted = f"{number[:3]}.{number[3:]}"
        forms = (
            f"{province}{letter}-{dotted}",
            f"{province}{letter}-{number}",
            f"{province}{letter} {dotted}",
            f"{province}{letter}{digit}-{dotted}",
            f"{province}{letter}{digit} {number}",
            f"{province}-{letter}{digit} {dotted}",
        )
        return self._mark("plates", rng.choice(forms))

    def address(self) -> str:
        """Where somebody lives."""
        rng = self.rng
        house = f"SN {rng.randrange(1, 99)}/{rng.randrange(1, 60)} {rng.choice(STREETS)}"
        return self._mark("addresses", f"{house}, TDP {rng.randrange(1, 15)}")

    def staff(self, codes: list[str]) -> list[str]:
        """The staff codes of those on a shift."""
        for code in codes:
            self._mark("staff_codes", code)
        return codes
