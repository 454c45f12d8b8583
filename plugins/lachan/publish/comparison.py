"""The figures that the city published, beside those that were computed from its exports."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lachan.settings import Settings
from lachan.warehouse import transaction

COMPARE = """
select
    published.indicator_key || case
        when published.breakdown_dim = 'total' then ''
        else '/' || published.breakdown_value
    end,
    published.label_vi,
    coalesce(figure.unit, published.unit),
    published.paragraph,
    published.value,
    figure.value,
    administrative.value,
    coalesce(administrative.is_complete, false),
    published.reading
from marts.published_figure as published
left join reporting.figure as figure
    on (figure.indicator_key, figure.breakdown_dim, figure.breakdown_value)
    = (published.indicator_key, published.breakdown_dim, published.breakdown_value)
    and figure.ward_key = 'city'
    and figure.window_key = 'calendar_year@' || published.year || '-01-01'
left join reporting.figure as administrative
    on (administrative.indicator_key, administrative.breakdown_dim, administrative.breakdown_value)
    = (published.indicator_key, published.breakdown_dim, published.breakdown_value)
    and administrative.ward_key = 'city'
    and administrative.window_kind = 'year'
    and administrative.window_basis = 'administrative'
    and extract(year from administrative.window_ends_on) = published.year
where published.year = %s
order by published.paragraph, published.indicator_key, published.breakdown_dim desc, published.value desc
"""


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
        cursor.execute(COMPARE, (year,))
        return [Comparison(*row) for row in cursor.fetchall()]
