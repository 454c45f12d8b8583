"""The SQL of the stages: Jinja templates in `<stage>/sql/<file>.sql`, rendered so that no value can become SQL.

`{{ value }}` becomes a quoted literal, whatever it contains. An identifier is written `{{ name | identifier }}`, a list
of them `{{ names | identifiers }}`, and a list of columns of table `t` `{{ names | identifiers("t") }}`. `make lint`
renders the templates with the sample values in .sqlfluff.
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
    """Text that is already SQL and must not be quoted."""

    __slots__ = ()


@pass_context
def _quoted(context: Context, value: Any) -> str:
    if isinstance(value, _Sql):
        return value
    if isinstance(value, StrictUndefined):
        return str(value)  # raises UndefinedError, which names the variable
    return str(sql.Literal(value).as_string(context["cursor"]))


def _identifier(name: str) -> _Sql:
    return _Sql('"' + name.replace('"', '""') + '"')


def _identifiers(names: Iterable[str], table: str = "", prefix: str = "") -> _Sql:
    """Identifiers separated by commas, with a prefix (`old_`) and qualified by a table where these are given."""
    qualifier = f"{_identifier(table)}." if table else ""
    return _Sql(", ".join(qualifier + _identifier(prefix + name) for name in names))


_TEMPLATES = Environment(
    loader=PackageLoader("lachan", ""),
    undefined=StrictUndefined,
    finalize=_quoted,
    autoescape=False,  # noqa: S701  # not HTML: `finalize` quotes every value for SQL
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


def statement(cursor: Cursor, name: str, /, **values: Any) -> str:
    """Render the SQL file that `name` (`<stage>/<file>`) names; literals are quoted for the cursor's connection.

    Raises jinja2.UndefinedError for a value that the template uses and the caller does not pass.
    """
    stage, _, file = name.partition("/")
    return render(cursor, f"{stage}/sql/{file}.sql", **values)


def render(cursor: Cursor, path: str, /, **values: Any) -> str:
    """Render a template by its path below the package, as `statement` does."""
    return _TEMPLATES.get_template(path).render(values, cursor=cursor)


def run(cursor: Cursor, name: str, /, **values: Any) -> Cursor:
    """Run the SQL file that `name` (`<stage>/<file>`) names; returns the cursor, from which rows can be fetched."""
    cursor.execute(statement(cursor, name, **values))
    return cursor
