"""The synthetic city: its wards, its year, and the numbers of its records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from lachan_sample.wards import Ward, WardRegister


@dataclass(frozen=True)
class City:
    """One synthetic city in one year; `number` keeps its identifiers apart from those of the other cities."""

    seed: int
    year: int
    number: int
    ward_register: WardRegister

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
        """The wards in force on 1 January; models, their sites and cameras keep them for the whole year."""
        return self.ward_register.in_force(date(self.year, 1, 1))

    def record_id(self, prefix: str, serial: int, digits: int = 6) -> str:
        """The identifier of a record, such as TB-2024-000123, or TB2-2024-000123 in the second city."""
        return f"{prefix}{self.suffix}-{self.year}-{serial:0{digits}d}"

    def register_id(self, prefix: str, launched_on: date, serial: int, digits: int) -> str:
        """The identifier of a register entry, such as MH-0012.

        The first digit is the last digit of the year if the entry was launched in it, else 0.
        """
        first = self.year % 10 if launched_on.year == self.year else 0
        return f"{prefix}{self.suffix}-{first}{serial:0{digits - 1}d}"
