"""One window of all cities side by side, with the sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Rows = Callable[..., list[dict[str, Any]]]
"""Gives the rows of a query by its name, `province/…`, and its values."""


@dataclass
class Line:
    """One indicator, or one part of its breakdown: what each city shows, and the sum or why there is none."""

    indicator_key: str
    breakdown_value: str
    label_vi: str
    unit: str
    by_city: dict[str, dict[str, Any]] = field(default_factory=dict)
    total: Any = None
    no_total_vi: str | None = None


def side_by_side(rows: Rows, window: str) -> list[Line]:
    """The lines of a window, as the login of the session sees them; none if no city has published the window."""
    lines: dict[tuple[str, str], Line] = {}
    for row in rows("province/figures_of_window", window=window):
        key = row["indicator_key"], row["breakdown_value"]
        if key not in lines:
            part = "" if key[1] == "total" else f": {row['breakdown_label_vi']}"
            lines[key] = Line(*key, row["label_vi"] + part, row["unit"])
        lines[key].by_city[row["city_code"]] = row
    for row in rows("province/sums_of_window", window=window):
        line = lines[row["indicator_key"], row["breakdown_value"]]
        line.total, line.no_total_vi = row["value"], row["no_sum_vi"]
    return list(lines.values())
