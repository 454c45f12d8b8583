"""The wards in force on a day, and the many ways in which people write them."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from random import Random

from lachan_sample.dice import dice

SHORT = {"phường": ("P. ", "P."), "xã": ("X. ", "X."), "thị trấn": ("TT. ", "TT.")}
UNKNOWN = ("KCN Lễ Môn", "khu Bắc cầu Hạc", "Phường Tân Thành Đông", "chưa rõ", "")
OTHER_DISTRICT = "405"  # units that joined the city on 2025-01-01


@dataclass(frozen=True)
class Ward:
    """A ward or commune as the register names it."""

    code: str
    name: str
    kind: str
    valid_from: date
    valid_to: date

    @property
    def title(self) -> str:
        """Kind and name, as in phường Đông Vệ."""
        return f"{self.kind} {self.name}"

    @cached_property
    def weight(self) -> float:
        """How much happens there, relative to other wards."""
        return dice("ward", self.code).uniform(0.5, 2.0)


class Register:
    """The wards of the city through time."""

    def __init__(self, path: Path) -> None:
        """Read the register of wards (seed `ward.csv`), leaving out what was not yet part of the city."""
        with path.open(encoding="utf-8-sig", newline="") as file:
            self._wards = [
                Ward(
                    line["code"],
                    line["name"],
                    line["kind"],
                    date.fromisoformat(line["valid_from"]),
                    date.fromisoformat(line["valid_to"] or "9999-12-31"),
                )
                for line in csv.DictReader(file)
                if line["district_code"] != OTHER_DISTRICT
            ]
        self._on: dict[date, tuple[list[Ward], list[float]]] = {}

    def on(self, day: date) -> list[Ward]:
        """The wards in force on that day."""
        return list(self._weighed(day)[0])

    def pick(self, rng: Random, day: date) -> Ward:
        """Draw one of the wards in force on that day."""
        wards, weights = self._weighed(day)
        return rng.choices(wards, weights)[0]

    def _weighed(self, day: date) -> tuple[list[Ward], list[float]]:
        if day not in self._on:
            wards = [ward for ward in self._wards if ward.valid_from <= day <= ward.valid_to]
            self._on[day] = wards, [ward.weight for ward in wards]
        return self._on[day]


def spell(rng: Random, ward: Ward) -> str:
    """Write the ward's name as some desk would; each spelling leads back to the register's name or code."""
    full = f"{ward.kind.capitalize()} {ward.name}"
    spaced, tight = SHORT[ward.kind]
    spellings = (
        (full, 50),
        (spaced + ward.name, 13),
        (tight + ward.name, 7),
        (ward.name, 11),
        (ward.name.lower(), 4),
        (full.lower(), 3),
        (full.upper(), 3),
        (unicodedata.normalize("NFD", full), 3),
        (full.replace("Đ", "Ð"), 2),
        (full.replace(" ", "  "), 2),
        (ward.code, 2),
    )
    return rng.choices([text for text, _ in spellings], [weight for _, weight in spellings])[0]
