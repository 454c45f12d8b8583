"""The filters of `lachan.warehouse.statements` for sqlfluff; plugins/lachan/.sqlfluff has the values of templates."""

from __future__ import annotations

from collections.abc import Iterable


def _identifiers(names: Iterable[str], table: str = "", prefix: str = "") -> str:
    qualifier = f"{table}." if table else ""
    return ", ".join(f"{qualifier}{prefix}{name}" for name in names)


def _unchanged(value: object) -> object:
    return value


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "") + "'"


SQLFLUFF_JINJA_FILTERS = {
    "identifiers": _identifiers,
    "identifier": _unchanged,
    "json": _unchanged,
    "literal": _literal,
    "sql_type": _unchanged,
}
