"""The whole way of an export, from the landing zone to published figures, in one call."""

from __future__ import annotations

from typing import Any

from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.publish.publication import publish
from lachan.quality.audit import audit
from lachan.quality.gate import gate
from lachan.settings import Settings
from lachan.transform.build import build


def process(settings: Settings, feeds: dict[str, Feed], run: str, *names: str) -> None:
    """Ingest the named feeds (all by default), judge, build, audit and publish."""
    for name in names or feeds:
        ingest(settings, feeds[name], run)
    gate(settings, run)
    build(settings, run)
    audit(settings, run)
    publish(settings, run, run)


def figure(settings: Settings, indicator: str, window: str, ward: str = "city") -> Any:
    """The published value of an indicator's total, as the unit was; None where none is published."""
    rows = query(
        settings,
        f"select value from reporting.figure where indicator_key = '{indicator}' and window_key = '{window}'"
        f" and ward_key = '{ward}' and ward_basis = 'as_was' and breakdown_value = 'total'",
    )
    return rows[0][0] if rows else None
