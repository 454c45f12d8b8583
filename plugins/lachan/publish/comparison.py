"""Comparison of the figures that the city published with those computed from its exports."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run


@dataclass(frozen=True)
class Comparison:
    """One figure as the city published it, and as computed (None where reporting.figure does not have it).

    `computed` is the value for the calendar year, `administrative` that for the administrative year, which ends on
    14 December. `covered` is whether the exports cover the whole administrative year. `reading` explains how an
    ambiguous published figure was interpreted. The last two are the ids of the computed figures.
    """

    key: str
    label_vi: str
    unit: str
    paragraph: int
    published: Decimal
    computed: Decimal | None
    administrative: Decimal | None
    covered: bool
    reading: str | None
    computed_id: str | None
    administrative_id: str | None

    @property
    def equal(self) -> bool:
        """Whether the published and the computed value are equal."""
        return self.computed == self.published


def compare(settings: Settings, year: int = 2024) -> list[Comparison]:
    """Compare what the city published for a calendar year with reporting.figure, in the article's order."""
    with transaction(settings.address("analyst"), "analyst") as cursor:
        rows = run(cursor, "publish/compare_with_published_year", year=year).fetchall()
        return [Comparison(*row) for row in rows]
