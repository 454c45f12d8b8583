"""Migrate a warehouse with the published tables of this project; a project of one's own with a changed contract."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace

import yaml
from lachan import warehouse
from lachan.contract import Feed, read_contract
from lachan.contract.published import published_tables
from lachan.settings import PROJECT, Settings
from lachan.warehouse.migration import MigrationReport


def migrate(dsn: str, feeds: Mapping[str, Feed]) -> MigrationReport:
    return warehouse.migrate(dsn, feeds, published_tables(PROJECT))


def own_contract(settings: Settings, name: str, **properties: object) -> tuple[Settings, Feed]:
    """A copy of the project in the home, in which a feed's contract has further custom properties."""
    project = settings.home / "own project"
    for folder in ("contracts", "expectations", "dbt_project"):
        shutil.copytree(settings.project / folder, project / folder, ignore=shutil.ignore_patterns("target", "logs"))
    file = project / "contracts" / f"{name}.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["schema"][0]["customProperties"] += [
        {"property": key, "value": value} for key, value in properties.items()
    ]
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return replace(settings, project=project), read_contract(file)
