"""What a login may do with every object of the warehouse, found by trying it; each try is rolled back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

SCHEMAS = ("ops", "raw", "staging", "intermediate", "changes", "marts", "reference", "reporting", "province")
BY_COLUMN = ("ops", "raw", "reporting")
"""Schemas in which rights may be given by column; in the others, dbt gives them by table."""
TABLES = ("r", "p")
OBJECTS = """
select
    relation.relnamespace::regnamespace::text, relation.relname::text, relation.relkind::text,
    array_remove(array_agg(attribute.attname::text order by attnum) filter (where attgenerated = ''), null)
from pg_class as relation
left join pg_attribute as attribute
    on attrelid = relation.oid and attnum > 0 and not attisdropped and relation.relkind <> 'S'
where relation.relnamespace::regnamespace::text = any(%s) and relation.relkind in ('r', 'p', 'v', 'm', 'S')
group by relation.oid, relation.relname, relation.relkind, relation.relnamespace
order by array_position(%s, relation.relnamespace::regnamespace::text), relation.relname
"""
FUNCTIONS = """
select
    pronamespace::regnamespace::text, proname::text,
    array(select format_type(each, null) from unnest(proargtypes) as each)
from pg_proc where pronamespace::regnamespace::text = any(%s) and prorettype <> 'trigger'::regtype order by 1, 2
"""
Cells = dict[str, str]


def may(connection: Connection, statement: str, *names: str, columns: Iterable[str] = ()) -> bool:
    """Whether the login may run a statement; it may not if the server refuses it for any reason but its data."""
    parts = [sql.Identifier(*names)] if names else []
    if columns := list(columns):
        one = {"insert": "{}", "update": "{} = default"}[statement.split()[0]]
        parts.append(sql.SQL(", ").join(sql.SQL(one).format(sql.Identifier(column)) for column in columns))
        if statement.startswith("insert"):
            parts.append(sql.SQL(", ").join(sql.SQL("null") for _ in columns))
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*parts))
    except psycopg2.Error as error:
        return (error.pgcode or "").startswith(("22", "23", "P0")) or "violates row-level security" in str(error)
    finally:
        connection.rollback()
    return True


def rights_on_relation(connection: Connection, names: tuple[str, str], kind: str, columns: list[str]) -> str:
    """Letters of what the login may do; a small letter means some columns only."""
    if kind == "S":
        return "N" if may(connection, f"select nextval('{'.'.join(names)}')") else ""
    found = ""
    by_column = names[0] in BY_COLUMN
    if may(connection, "select * from {} limit 0", *names):
        found += "S"
    elif by_column and may(connection, "select count(*) from {} where false", *names):
        found += "s"
    if kind in TABLES:
        if may(connection, "insert into {} ({}) overriding user value select {} where false", *names, columns=columns):
            found += "I"
        elif may(connection, "insert into {} default values", *names):
            found += "i"
        if may(connection, "update {} set {} where false", *names, columns=columns):
            found += "U"
        elif by_column and any(
            may(connection, "update {} set {} where false", *names, columns=[column]) for column in columns
        ):
            found += "u"
        found += "D" if may(connection, "delete from {} where false", *names) else ""
        found += "T" if may(connection, "truncate {}", *names) else ""
    owns = may(connection, "comment on table {} is null" if kind in TABLES else "comment on view {} is null", *names)
    return found + ("O" if owns else "")


def rights(connection: Connection, admin: Connection) -> Cells:
    """What the login of `connection` may do with each schema, relation and function, by its name."""
    cells = {
        f"{schema} (schema)": "C" if may(connection, "create table {} ()", schema, "mine") else "" for schema in SCHEMAS
    }
    with admin.cursor() as cursor:
        cursor.execute(OBJECTS, (list(SCHEMAS), list(SCHEMAS)))
        relations = cursor.fetchall()
        cursor.execute(FUNCTIONS, (list(SCHEMAS),))
        functions = cursor.fetchall()
    admin.rollback()
    for schema, name, kind, columns in relations:
        cells[f"{schema}.{name}"] = rights_on_relation(connection, (schema, name), kind, columns or [])
    for schema, name, types in functions:
        arguments = ", ".join(f"null::{each}" for each in types)
        cells[f"{schema}.{name}()"] = "X" if may(connection, f"select {{}}({arguments})", schema, name) else ""
    return cells


def matrix(found: Mapping[str, Cells]) -> str:
    """A table in Markdown: a row for each object; one for most tables of a schema, if its rights are given by table."""
    logins = list(found)
    lines = ["| object | " + " | ".join(logins) + " |", "| --- " * (len(logins) + 1) + "|"]
    rows = [(name, tuple(found[login][name] for login in logins)) for name in found[logins[0]]]
    for name, cells in _collapsed(rows):
        lines.append(f"| {name} | " + " | ".join(cell or "·" for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _collapsed(rows: list[tuple[str, tuple[str, ...]]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from (row for row in rows if "." not in row[0])
    for schema, of_schema in groupby((row for row in rows if "." in row[0]), key=lambda row: row[0].partition(".")[0]):
        group = list(of_schema)
        if schema != "raw" and schema in BY_COLUMN:
            yield from group
        else:
            [(usual, _)] = Counter(cells for _, cells in group).most_common(1)
            yield f"{schema}: all that is not listed", usual
            yield from (row for row in group if row[1] != usual)
