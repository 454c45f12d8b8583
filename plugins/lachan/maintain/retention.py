"""How long everything that grows is kept, and why: expectations/retention.yaml, changed by LACHAN_RETENTION."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from psycopg2.extensions import cursor as Cursor

from lachan.settings import Settings
from lachan.warehouse.statements import run

FILE = Path("expectations", "retention.yaml")
LEAST_DAYS = 31
"""Rows are kept at least so long: ops.remove_expired refuses to remove anything that is not 30 days old."""
AIRFLOW = "airflow database"
_PARTS = ("tables", "files", "others")
_KEPT = ("for ever", "current state", "computed", "by itself", "by another setting", "not ours")


class RetentionError(ValueError):
    """A file of retentions cannot be used; the message names the place in it and what it should be."""


@dataclass(frozen=True)
class Retention:
    """How long one thing is kept: `days` or `megabytes` where it is cleaned, else `kept` says why it need not be.

    `part` says which rows of a table go; it is empty where everything older goes.
    """

    reason: str
    days: int | None = None
    megabytes: int | None = None
    kept: str | None = None
    part: str = ""


@dataclass(frozen=True)
class Retentions:
    """All of them, by the name of the table (or schema.*), by the path in the home, and by name."""

    tables: Mapping[str, Retention]
    files: Mapping[str, Retention]
    others: Mapping[str, Retention]


def read_retentions(settings: Settings) -> Retentions:
    """The retentions of this installation. Raises RetentionError."""
    declared = _mapping(settings.project / FILE, str(FILE))
    if set(declared) != set(_PARTS):
        raise RetentionError(f"{FILE}: the parts must be exactly {', '.join(_PARTS)}")
    parts = {part: {name: _retention(part, name, each) for name, each in declared[part].items()} for part in _PARTS}
    if settings.retention is not None:
        for name, number in _mapping(settings.retention, f"LACHAN_RETENTION: {settings.retention}").items():
            _change(parts, str(settings.retention), name, number)
    return Retentions(**parts)


def undeclared_tables(cursor: Cursor, retentions: Retentions) -> list[str]:
    """Tables of the warehouse that no retention is stated for."""
    found = [name for (name,) in run(cursor, "maintain/tables").fetchall()]
    return [name for name in found if not any(fnmatchcase(name, declared) for declared in retentions.tables)]


def undeclared_files(home: Path, retentions: Retentions) -> list[str]:
    """Files and folders of the home, as paths in it, that no retention is stated for."""
    return sorted(_undeclared(home, "", tuple(retentions.files)))


def _undeclared(folder: Path, prefix: str, declared: tuple[str, ...]) -> Iterator[str]:
    for entry in folder.iterdir() if folder.is_dir() else ():
        path = prefix + entry.name
        if any(fnmatchcase(path, pattern) for pattern in declared):
            continue
        if entry.is_dir() and any(pattern.startswith(f"{path}/") for pattern in declared):
            yield from _undeclared(entry, f"{path}/", declared)
        else:
            yield path


def _mapping(path: Path, name: str) -> dict[str, Any]:
    try:
        found: Any = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RetentionError(f"{name} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise RetentionError(f"{name} must map the name of each thing to how long it is kept")
    return found


def _retention(part: str, name: str, given: Any) -> Retention:
    place = f"{FILE}: {name}"
    limits = ("days", "megabytes", "kept") if part == "files" else ("days", "kept")
    if not isinstance(given, dict) or not given.get("reason") or sum(limit in given for limit in limits) != 1:
        raise RetentionError(f"{place} must have one of {', '.join(limits)}, and a reason")
    if unknown := given.keys() - {*limits, "reason", "part"}:
        raise RetentionError(f"{place}: {', '.join(sorted(unknown))} is not known")
    if given.get("kept", _KEPT[0]) not in _KEPT:
        raise RetentionError(f"{place}: kept must be one of {', '.join(_KEPT)}")
    retention = Retention(**given)
    for limit in limits[:-1]:
        if limit in given:
            _require_number(place, part, limit, given[limit])
    return retention


def _change(parts: dict[str, dict[str, Retention]], place: str, name: str, number: Any) -> None:
    """Replace the number of a thing by that of an office."""
    for part, retentions in parts.items():
        before = retentions.get(name)
        limit = "days" if before and before.days else "megabytes"
        if before is not None and before.kept is None:
            _require_number(f"LACHAN_RETENTION: {place}: {name}", part, limit, number)
            retentions[name] = replace(before, **{limit: number})
            return
    can = ", ".join(name for each in parts.values() for name, retention in each.items() if retention.kept is None)
    raise RetentionError(f"LACHAN_RETENTION: {place}: {name} cannot be changed; what can is {can}")


def _require_number(place: str, part: str, limit: str, number: Any) -> None:
    least = LEAST_DAYS if part == "tables" else 1
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise RetentionError(f"{place}: {limit} must be a whole number, at least {least}, not {number!r}")
