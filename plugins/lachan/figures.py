"""The figures that the city published, beside those that were computed from its exports."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lachan.settings import Settings
from lachan.warehouse import connect

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
    figure.value
from marts.published_figure as published
left join reporting.figure as figure
    on figure.indicator_key = published.indicator_key
    and figure.breakdown_dim = published.breakdown_dim
    and figure.breakdown_value = published.breakdown_value
    and figure.ward_key = 'city'
    and figure.window_key = 'calendar_year@' || published.year || '-01-01'
where published.year = %s
order by published.paragraph, published.indicator_key, published.breakdown_dim desc, published.value desc
"""


@dataclass(frozen=True)
class Comparison:
    """One figure: as the city published it, and as computed (None where nothing is published here yet)."""

    key: str
    label_vi: str
    unit: str
    paragraph: int
    published: Decimal
    computed: Decimal | None

    @property
    def equal(self) -> bool:
        """Whether both are the same number."""
        return self.computed == self.published


def compare(settings: Settings, year: int = 2024) -> list[Comparison]:
    """Compare what the city published for a calendar year with reporting.figure, in the article's order."""
    connection = connect(settings.dsn, role="analyst")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(COMPARE, (year,))
            return [Comparison(*row) for row in cursor.fetchall()]
    finally:
        connection.close()
