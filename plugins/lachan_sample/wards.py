"""The wards in force on a day, and the spellings with which they occur in exports."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from random import Random

from lachan_sample.seeding import seeded_random

ABBREVIATIONS = {"phường": ("P. ", "P."), "xã": ("X. ", "X."), "thị trấn": ("TT. ", "TT.")}
# Planted instead of a ward; the loader must accept them, and no ward can be found for them.
UNKNOWN_SPELLINGS = ("KCN Lễ Môn", "khu Bắc cầu Hạc", "Phường Tân Thành Đông", "chưa rõ", "")


@dataclass(frozen=True)
class Ward:
    """A ward or commune, as named in the register of wards; `valid_to` is its last day in force."""

    code: str
    name: str
    kind: str
    valid_from: date
    valid_to: date

    @property
    def title(self) -> str:
        """Kind and name, such as phường Đông Vệ."""
        return f"{self.kind} {self.name}"

    @cached_property
    def weight(self) -> float:
        """How many events happen in the ward, relative to other wards."""
        return seeded_random("ward", self.code).uniform(0.5, 2.0)


class WardRegister:
    """The wards of the city, with the days on which they were in force, and their successors.

    The register starts on 1 February 2021. On earlier days the units of that day are taken to be in force.
    """

    def __init__(self, path: Path) -> None:
        """Read the seed `ward.csv`, without the rows of other districts, whose units joined the city later.

        The folder is named by the code of the city; `ward_succession.csv` is read from it as well.
        """
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
                if line["district_code"] in ("", path.parent.name)
            ]
        self._start = min(ward.valid_from for ward in self._wards)
        self._successors: dict[tuple[str, date], list[str]] = {}
        with path.with_name("ward_succession.csv").open(encoding="utf-8-sig", newline="") as file:
            for line in csv.DictReader(file):
                place = line["old_code"], date.fromisoformat(line["effective_date"])
                self._successors.setdefault(place, []).append(line["new_code"])
        self._by_day: dict[date, tuple[list[Ward], list[float]]] = {}

    def in_force(self, day: date) -> list[Ward]:
        """The wards in force on that day."""
        return list(self._wards_and_weights(day)[0])

    def pick(self, rng: Random, day: date) -> Ward:
        """Draw one of the wards in force on that day, by weight."""
        wards, weights = self._wards_and_weights(day)
        return rng.choices(wards, weights)[0]

    def successors(self, ward: Ward, key: str) -> Iterator[tuple[date, Ward]]:
        """The units that follow the ward one after the other, each with its first day.

        A ward that was divided has several successors; the key of a record decides which of them it gets.
        """
        while ward.valid_to < date(9999, 12, 31):
            day = ward.valid_to + timedelta(days=1)
            code = seeded_random("successor", ward.code, key).choice(self._successors[ward.code, day])
            ward = next(unit for unit in self.in_force(day) if unit.code == code)
            yield day, ward

    def unit_on(self, ward: Ward, day: date, key: str) -> Ward:
        """The ward, or the successor of it that is in force on that day."""
        return next((unit for first, unit in reversed([*self.successors(ward, key)]) if first <= day), ward)

    def joined(self, day: date) -> list[Ward]:
        """The units that came into force on that day without being the successor of a unit of the city."""
        before = self.in_force(day - timedelta(days=1))
        followers = {code for ward in before for code in self._successors.get((ward.code, day), ())}
        return [ward for ward in self.in_force(day) if ward not in before and ward.code not in followers]

    def _wards_and_weights(self, day: date) -> tuple[list[Ward], list[float]]:
        day = max(day, self._start)
        if day not in self._by_day:
            wards = [ward for ward in self._wards if ward.valid_from <= day <= ward.valid_to]
            self._by_day[day] = wards, [ward.weight for ward in wards]
        return self._by_day[day]


def ward_spelling(rng: Random, ward: Ward) -> str:
    """A random spelling of the ward; normalising it gives the name or the code of the register of wards."""
    full = f"{ward.kind.capitalize()} {ward.name}"
    spaced, unspaced = ABBREVIATIONS[ward.kind]
    spellings = (
        (full, 50),
        (spaced + ward.name, 13),
        (unspaced + ward.name, 7),
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
