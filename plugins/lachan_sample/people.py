"""Personal details of synthetic people, in number ranges that are assigned to nobody.

Telephone numbers start with 095 (withdrawn from service), ID numbers with 098 (no such province), plates
with province codes that are not in use. Names are random combinations of common family, middle and given
names; if one is that of a real person, this is a coincidence.
"""

from __future__ import annotations

from random import Random

from lachan_sample.layout import Mark


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FAMILY = _split("Nguyễn Trần Lê Phạm Hoàng Vũ Đỗ Bùi Đặng Trịnh Lưu Mai Cao Đinh Hà Lương Tống Thiều Quách Lại")
MIDDLE = _split("Văn Thị Đức Minh Thanh Xuân Ngọc Hữu Quang Thu Duy Khánh Bá Thế Hồng Kim Đình Viết")
GIVEN = _split(
    "An Bình Chi Cường Dung Dũng Giang Hà Hải Hạnh Hiếu Hoa Huệ Hưng Khoa Lan Linh Long Mạnh Nam Nga Nhung "
    "Phong Phúc Quân Quỳnh Sơn Thảo Thắng Thủy Toàn Trang Tuấn Tùng Vân Việt Yến"
)
FORMS_OF_ADDRESS = ("ông", "bà", "anh", "chị", "cháu", "Ông", "Bà", "Anh", "Chị")
FORMS_OF_ADDRESS_FOR_WOMEN = ("bà", "chị", "cháu", "Bà", "Chị")
PLATE_PROVINCES = (42, 44, 45, 46, 87, 91, 96)
STREETS = ("Lê Lai", "Lê Hoàn", "Trần Phú", "Nguyễn Trãi", "Phan Chu Trinh", "Tống Duy Tân", "Hàng Than",
           "Cao Thắng", "Dương Đình Nghệ", "Lạc Long Quân", "Quang Trung", "Bến Ngự", "Nam Cao", "Mật Sơn",
           "Đình Hương", "Trường Thi", "Hải Thượng Lãn Ông", "Phú Thọ", "Minh Khai", "Đội Cung")  # fmt: skip


def full_name(rng: Random) -> str:
    """A random name of three words; of four in one case out of five."""
    family, given = rng.choice(FAMILY), rng.choice(GIVEN)
    middle = rng.sample(MIDDLE, 2 if rng.random() < 0.2 else 1)
    return " ".join((family, *middle, given))


def officers(rng: Random, count: int) -> list[str]:
    """Random names for the staff of one unit."""
    return [full_name(rng) for _ in range(count)]


class PersonalDetails:
    """Generates random personal details and records each of them in `marks`, for the list in the manifest."""

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
        """A form of address, followed by a full name or, in 30 % of cases, by a given name alone."""
        if self.rng.random() < 0.3:
            return self._mark("names", f"{self.rng.choice(FORMS_OF_ADDRESS)} {self.rng.choice(GIVEN)}")
        name = self.name()
        forms = FORMS_OF_ADDRESS_FOR_WOMEN if " Thị " in name else FORMS_OF_ADDRESS
        return f"{self.rng.choice(forms)} {name}"

    def phone(self) -> str:
        """A mobile number in one of the common notations; its ten plain digits are recorded as well."""
        digits = f"095{self.rng.randrange(10**7):07d}"
        a, b, c, short = digits[:4], digits[4:7], digits[7:], digits[1:4]
        notations = (
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
        written = self.rng.choice(notations)
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
        notations = (
            f"{province}{letter}-{dotted}",
            f"{province}{letter}-{number}",
            f"{province}{letter} {dotted}",
            f"{province}{letter}{digit}-{dotted}",
            f"{province}{letter}{digit} {number}",
            f"{province}-{letter}{digit} {dotted}",
        )
        return self._mark("plates", rng.choice(notations))

    def address(self) -> str:
        """A home address: house number, street and residential group."""
        rng = self.rng
        house = f"SN {rng.randrange(1, 99)}/{rng.randrange(1, 60)} {rng.choice(STREETS)}"
        return self._mark("addresses", f"{house}, TDP {rng.randrange(1, 15)}")

    def staff(self, codes: list[str]) -> list[str]:
        """The given staff codes, recorded in `marks`."""
        for code in codes:
            self._mark("staff_codes", code)
        return codes
