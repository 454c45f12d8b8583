"""Charts for pages and reports: altair describes them, vl-convert draws them without a browser, as SVG or PNG."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any

from lachan.vietnamese import CHART_NUMBERS, RATIO

_VEGA_LITE = "6.4"
_INK, _BAR, _MARKED, _OPEN = "#1f2937", "#2f6f8f", "#b4521a", "#b8c9d3"
_ALL_WINDOWS_LABELLED = 14
PICTURE_FONT = "DejaVu Sans, Liberation Sans, sans-serif"
"""The first has all Vietnamese letters and comes with Debian (fonts-dejavu-core); the others may lack some."""
PICTURE_SCALE = 2.0


def unchecked(describe: Callable[..., str]) -> Callable[..., str]:
    """Without altair's check of each part against its schema, which takes longer than the drawing."""

    @wraps(describe)
    def call(*given: Any) -> str:
        from altair.utils.schemapi import debug_mode  # altair is imported with the first chart

        with debug_mode(False):
            return describe(*given)

    return call


@unchecked
def trend(windows: Sequence[dict[str, Any]], unit: str, marked: str) -> str:
    """Values of windows of one kind in their order, the `marked` window in another colour, incomplete ones pale.

    `windows` have window_key, label, value and is_complete. Returns a description to be drawn; empty without windows.
    """
    import altair as alt

    if not windows:
        return ""
    rows = [
        {
            "key": each["window_key"],
            "label": each["label"],
            "value": None if each["value"] is None else float(each["value"]),
            "state": "marked" if each["window_key"] == marked else "complete" if each["is_complete"] else "open",
        }
        for each in windows
    ]
    every = 1 if len(rows) <= _ALL_WINDOWS_LABELLED else 4
    labels = [row["label"] for row in rows]
    chart = (
        alt.Chart(inlined(rows), width=560, height=180)
        .mark_bar()
        .encode(
            x=alt.X(
                "label:N",
                sort=labels,
                title=None,
                axis=alt.Axis(values=labels[::-1][::every], labelAngle=-40, labelLimit=110),
            ),
            y=_amount("y", unit),
            color=alt.Color(
                "state:N",
                legend=None,
                scale=alt.Scale(domain=["marked", "complete", "open"], range=[_MARKED, _BAR, _OPEN]),
            ),
        )
    )
    return described(chart)


@unchecked
def ranked_bars(rows: Sequence[dict[str, Any]], unit: str, label: str = "label") -> str:
    """Bars from the largest to the smallest value, each with its number; `rows` have `label`, value and shown.

    Returns a description to be drawn; empty without values.
    """
    import altair as alt

    values = [
        {"label": row[label], "value": float(row["value"]), "shown": row["shown"]}
        for row in rows
        if row["value"] is not None
    ]
    if not values:
        return ""
    values.sort(key=lambda row: (-row["value"], row["label"]))
    base = alt.Chart(inlined(values), width=430, height=alt.Step(17)).encode(
        y=alt.Y(
            "label:N",
            sort=[row["label"] for row in values],
            title=None,
            axis=alt.Axis(labelLimit=190, ticks=False, domain=False),
        ),
        x=_amount("x", unit),
    )
    texts = base.mark_text(align="left", dx=3, fontSize=10, color=_INK).encode(text="shown:N")
    return described(base.mark_bar(color=_BAR) + texts)


@unchecked
def tiles(rows: Sequence[dict[str, Any]], label: str = "label") -> str:
    """Tiles on a grid, the darker the larger the value, each with its name and number.

    `rows` have `label`, value, shown, row and column (from 1, the first at the top left). Returns a description to be
    drawn; empty without rows.
    """
    import altair as alt

    if not rows:
        return ""
    values = [
        {key: row[key] for key in ("shown", "row", "column")} | {"label": row[label], "value": _float(row["value"])}
        for row in rows
    ]
    place: dict[str, Any] = {
        "x": alt.X("column:O", axis=None, scale=alt.Scale(paddingInner=0.05)),
        "y": alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0.08)),
    }
    base = alt.Chart(inlined(values), width=alt.Step(94), height=alt.Step(46)).encode(**place)
    ground = base.mark_rect(cornerRadius=4).encode(color=_shade("value"))
    names = base.mark_text(dy=-7, fontSize=11, color=_INK).encode(text="label:N")
    numbers = base.mark_text(dy=9, fontSize=12, fontWeight="bold", color=_INK).encode(text="shown:N")
    return described(ground + names + numbers)


@unchecked
def areas(features: Sequence[dict[str, Any]]) -> str:
    """A map of areas, the darker the larger the value; `features` are those of GeoJSON, with the property `value`.

    Their coordinates are drawn as they are, y upwards. Returns a description to be drawn; empty without features.
    """
    import altair as alt

    if not features:
        return ""
    collection = {"type": "FeatureCollection", "features": list(features)}
    data = alt.Data(values=collection, format={"property": "features"})  # type: ignore[no-untyped-call]  # altair has no types
    shapes = (
        alt.Chart(data, width=520, height=420)
        .mark_geoshape(stroke="#ffffff", strokeWidth=0.7)
        .encode(color=_shade("properties.value"))
        .project(type="identity", reflectY=True)
    )
    return described(shapes)


def _shade(field: str) -> Any:
    import altair as alt

    return alt.condition(
        f"isValid(datum.{field})",
        alt.Color(f"{field}:Q", legend=None, scale=alt.Scale(range=["#e3eef4", "#6fa9c4"])),
        alt.value("#eceff3"),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def inlined(rows: list[dict[str, Any]]) -> Any:
    """Rows as data that stand in the chart itself."""
    import altair as alt

    return alt.Data(values=rows)  # type: ignore[no-untyped-call]  # altair has no types


def _amount(channel: str, unit: str) -> Any:
    import altair as alt

    axis = alt.Axis(format=".0%" if unit == RATIO else ",~r", tickCount=5, grid=True, gridColor="#e5e7eb")
    return (alt.Y if channel == "y" else alt.X)("value:Q", title=None, axis=axis)


def described(chart: Any) -> str:
    """The description of a chart in Vega-Lite, with what all charts have in common."""
    spec = chart.configure(
        font="sans-serif",
        background="transparent",
        aria=False,  # the page describes its charts, and each has a table
        view={"stroke": None},
        axis={"labelColor": _INK, "domainColor": "#9ca3af", "tickColor": "#9ca3af"},
    ).to_dict(validate=False)
    return json.dumps(spec, ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=512)
def svg(description: str) -> str:
    """A chart as SVG, whose texts vl-convert has escaped; nothing for an empty description."""
    import vl_convert

    if not description:
        return ""
    return str(vl_convert.vegalite_to_svg(description, _VEGA_LITE, format_locale=CHART_NUMBERS))


@lru_cache(maxsize=64)
def png(description: str) -> bytes:
    """A chart as a picture for documents, on white; the same description gives the same bytes.

    Raises ValueError for an empty description.
    """
    import vl_convert

    spec = json.loads(description)
    spec["config"] |= {"font": PICTURE_FONT, "background": "white"}
    return bytes(vl_convert.vegalite_to_png(spec, _VEGA_LITE, scale=PICTURE_SCALE, format_locale=CHART_NUMBERS))
