"""The figures that the city published, beside those that were computed from its exports."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run


@dataclass(frozen=True)
class Comparison:
    """One figure: as the city published it, and as computed (None where nothing is published here yet).

    `computed` is the calendar year's; `administrative` that of the administrative year, which closes on 14 December,
    and `covered` says whether the exports cover it whole. `reading` tells how an ambiguous figure was understood.
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

    @property
    def equal(self) -> bool:
        """Whether both are the same number."""
        return self.computed == self.published


def compare(settings: Settings, year: int = 2024) -> list[Comparison]:
    """Compare what the city published for a calendar year with reporting.figure, in the article's order."""
    with transaction(settings.dsn, "analyst") as cursor:
        rows = run(cursor, "publish/compare_with_published_year", year=year).fetchall()
        return [Comparison(*row) for row in rows]
