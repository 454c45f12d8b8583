"""Prepare a warehouse with the published tables of this project."""

from __future__ import annotations

from collections.abc import Mapping

from lachan import warehouse
from lachan.contract import Feed
from lachan.contract.published import published_tables
from lachan.settings import PROJECT
from lachan.warehouse.migration import MigrationReport


def migrate(dsn: str, feeds: Mapping[str, Feed]) -> MigrationReport:
    return warehouse.migrate(dsn, feeds, published_tables(PROJECT))
