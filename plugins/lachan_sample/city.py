"""The synthetic city: its wards, its year, and the numbers of its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from lachan_sample.layout import Layout
from lachan_sample.wards import Ward, WardRegister

PUBLISHED_YEAR = 2024  # the year whose totals were published; the registers of all other years continue from it


@dataclass(frozen=True)
class City:
    """One synthetic city in one year; `number` keeps its identifiers apart from those of the other cities.

    `layouts` are the layouts of all feeds, for a feed whose records name records of another one.
    """

    seed: int
    year: int
    number: int
    ward_register: WardRegister
    layouts: Mapping[str, Layout] = field(default_factory=dict, compare=False)

    def in_year(self, year: int) -> City:
        """The same city in another year."""
        return replace(self, year=year)

    @property
    def suffix(self) -> str:
        """What follows the prefix in every identifier: empty for the first city, else the city's number."""
        return "" if self.number == 1 else str(self.number)

    @property
    def year_end(self) -> datetime:
        """The last second of the year, hence the last moment at which a state can be saved."""
        return datetime.combine(date(self.year, 12, 31), datetime.max.time()).replace(microsecond=0)

    @property
    def wards(self) -> list[Ward]:
        """The wards in force on 1 January."""
        return self.ward_register.in_force(date(self.year, 1, 1))

    def record_id(self, prefix: str, serial: int, digits: int = 6) -> str:
        """The identifier of a record, such as TB-2024-000123, or TB2-2024-000123 in the second city."""
        return f"{prefix}{self.suffix}-{self.year}-{serial:0{digits}d}"

    def register_id(self, prefix: str, entered_on: date, serial: int, digits: int) -> str:
        """The identifier of a register entry, such as MH-0012.

        The first digit is the last digit of the year if the entry came into the register in it, else 0.
        """
        first = self.year % 10 if entered_on.year == self.year else 0
        return f"{prefix}{self.suffix}-{first}{serial:0{digits - 1}d}"
