"""Trace a published figure to the lines of the export files from which it was computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lachan.settings import Settings
from lachan.warehouse import connect
from lachan.warehouse.statements import run


class NoSuchFigure(ValueError):
    """No published figure matches the request; the message repeats what was looked for."""


@dataclass(frozen=True)
class Line:
    """A source line of a figure, and what it adds to it; 0 where another line already counts the same item."""

    item: str
    first_day: date
    last_day: str
    ward: str
    part: str
    numerator: int
    denominator: int | None
    path: str
    line_no: int | None
    feed: str
    file_id: int | None


@dataclass(frozen=True)
class Trace:
    """A published figure and its source lines."""

    figure_id: str
    label_vi: str
    window_vi: str
    ward_vi: str
    part_vi: str
    numerator: int
    denominator: int | None
    value: Decimal | None
    lines: tuple[Line, ...]

    @property
    def complete(self) -> bool:
        """Whether the lines add up to the figure; they may not after a newer build that is not published yet."""
        denominator = None if self.denominator is None else sum(line.denominator or 0 for line in self.lines)
        return sum(line.numerator for line in self.lines) == self.numerator and denominator == self.denominator


def trace(
    settings: Settings,
    figure: str,
    window: str = "calendar_year@2024-01-01",
    ward: str = "city",
    basis: str = "as_was",
) -> Trace:
    """The source lines of a published figure, given by its figure_id or by indicator[/part], window, ward and basis.

    Raises NoSuchFigure when no such figure is published.
    """
    connection = connect(settings.address("analyst"), role="analyst")
    try:
        with connection, connection.cursor() as cursor:
            found = run(
                cursor, "publish/find_figure", figure_name=figure, window=window, ward=ward, basis=basis
            ).fetchone()
            if found is None:
                raise NoSuchFigure(
                    f"no figure {figure!r} for {ward} ({basis}) in {window} is published; "
                    "reporting.figure lists those that are"
                )
            rows = run(cursor, "publish/trace_lines", figure_id=found[0]).fetchall()
            lines = tuple(Line(*row) for row in rows)
            return Trace(*(*found, lines))
    finally:
        connection.close()
