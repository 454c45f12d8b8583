"""The SQL of the stages: Jinja templates in `<stage>/sql/<name>.sql`, filled in so that no value can become SQL.

`{{ value }}` becomes a quoted literal, whatever it holds. A name is written `{{ name | identifier }}`, a list of names
`{{ names | identifiers }}`, and of a table `t` `{{ names | identifiers("t") }}`. For `make lint`, .sqlfluff holds the
values that the templates are filled in with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from psycopg2 import sql
from psycopg2.extras import Json

if TYPE_CHECKING:
    from jinja2.runtime import Context
    from psycopg2.extensions import cursor as Cursor


class _Sql(str):
    """Text that is SQL already, and is not quoted."""

    __slots__ = ()


@pass_context
def _quoted(context: Context, value: Any) -> str:
    if isinstance(value, _Sql):
        return value
    if isinstance(value, StrictUndefined):
        return str(value)  # raises UndefinedError, which names it
    return str(sql.Literal(value).as_string(context["cursor"]))


def _identifier(name: str) -> _Sql:
    return _Sql('"' + name.replace('"', '""') + '"')


def _identifiers(names: Iterable[str], table: str = "", before: str = "") -> _Sql:
    """Names for a list, each of a table, and each behind a prefix of its own (`old_`) where one is given."""
    of_table = f"{_identifier(table)}." if table else ""
    return _Sql(", ".join(of_table + _identifier(before + name) for name in names))


_TEMPLATES = Environment(
    loader=PackageLoader("lachan", ""),
    undefined=StrictUndefined,
    finalize=_quoted,
    autoescape=False,  # noqa: S701  # this is SQL: `finalize` quotes every value
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {
    "identifier": _identifier,
    "identifiers": _identifiers,
    "json": Json,
    "literal": str,
    "sql_type": _Sql,
}


def statement(cursor: Cursor, name: str, **values: Any) -> str:
    """The SQL of `<stage>/<name>`, filled in; the cursor's connection decides how literals are quoted.

    Raises jinja2.UndefinedError for a value that the template names and the caller does not give.
    """
    stage, _, file = name.partition("/")
    return _TEMPLATES.get_template(f"{stage}/sql/{file}.sql").render(values, cursor=cursor)


def run(cursor: Cursor, name: str, **values: Any) -> Cursor:
    """Run the SQL of `<stage>/<name>`; returns the cursor, from which rows can be fetched."""
    cursor.execute(statement(cursor, name, **values))
    return cursor
