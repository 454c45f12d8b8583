"""Charts as parts of pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from lachan import charts


def trend(windows: Sequence[dict[str, Any]], unit: str, marked: str) -> Markup:
    """`lachan.charts.trend` as SVG."""
    return _drawn(charts.trend(windows, unit, marked))


def ranked_bars(rows: Sequence[dict[str, Any]], unit: str, label: str = "label") -> Markup:
    """`lachan.charts.ranked_bars` as SVG."""
    return _drawn(charts.ranked_bars(rows, unit, label))


def tiles(rows: Sequence[dict[str, Any]], label: str = "label") -> Markup:
    """`lachan.charts.tiles` as SVG."""
    return _drawn(charts.tiles(rows, label))


def areas(features: Sequence[dict[str, Any]]) -> Markup:
    """`lachan.charts.areas` as SVG."""
    return _drawn(charts.areas(features))


def _drawn(description: str) -> Markup:
    # vl-convert escapes texts itself: labels of wards and windows are safe in it
    return Markup(charts.svg(description))  # noqa: S704


def warm_up() -> None:
    """Draw one chart, so that the first reader does not wait for the imports."""
    ranked_bars([{"label": "1", "value": 1, "shown": "1"}], "")
