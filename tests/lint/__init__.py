"""Filters of `lachan.warehouse.statements`, for sqlfluff: it fills templates in with the values of .sqlfluff."""

from __future__ import annotations

from collections.abc import Iterable


def _identifiers(names: Iterable[str], table: str = "", before: str = "") -> str:
    prefix = f"{table}." if table else ""
    return ", ".join(f"{prefix}{before}{name}" for name in names)


def _same(value: object) -> object:
    return value


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "") + "'"


SQLFLUFF_JINJA_FILTERS = {
    "identifiers": _identifiers,
    "identifier": _same,
    "json": _same,
    "literal": _literal,
    "sql_type": _same,
}
