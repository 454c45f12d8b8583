"""A reader guesses what a file of one line holds, and looks for its digests in everything that he can read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from helpers.exports import deliver, row
from helpers.people import person
from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.settings import Settings
from psycopg2.extensions import connection as Connection

COLUMNS = """
select format('%I.%I', relation.relnamespace::regnamespace, relation.relname), quote_ident(attribute.attname)
from pg_class as relation
inner join pg_attribute as attribute on attribute.attrelid = relation.oid and attnum > 0 and not attisdropped
where
    relation.relnamespace::regnamespace::text = any(array['ops', 'raw', 'staging', 'marts', 'reference', 'reporting'])
    and relation.relkind in ('r', 'p', 'v', 'm') and has_schema_privilege(relation.relnamespace, 'usage')
    and has_column_privilege(relation.oid, attribute.attnum, 'select')
"""
RESULTS = """
select count(*) from pg_proc
where pronamespace = 'reporting'::regnamespace and has_function_privilege(oid, 'execute')
    and pg_get_function_result(oid) ~ 'sha256|hash|fingerprint'
"""


def digests(content: bytes) -> set[str]:
    """The digests by which a guess at a file, or at a line of it, can be tested without any key."""
    texts = {content, *content.splitlines(), *(line.strip() for line in content.splitlines())}
    return {new(text).hexdigest() for text in texts for new in (hashlib.sha256, hashlib.sha1, hashlib.md5)}


def columns_with(connection: Connection, wanted: set[str]) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for relation, column in cursor.fetchall():
            statement = f"select count(*) from {relation} where {column}::text ~ %s"
            cursor.execute(statement, ("|".join(sorted(wanted)),))
            if cursor.fetchone() != (0,):
                yield f"{relation}.{column}"


@pytest.mark.parametrize("role", ["analyst", "reporter", "ward"])
def test_no_digest_of_a_small_file_is_read(warehouse: Settings, feeds: dict[str, Feed], role: str) -> None:
    path = deliver(warehouse, feeds["tips"], [row("tips", 1)])
    ingest(warehouse, feeds["tips"], "r1")
    query(
        warehouse,
        "insert into reporting.handout (handed_out_by, login, document, file_kind, agency, as_of, sha256)"
        f" values ('x', 'x', 'letter', 'docx', 'a', now(), '{hashlib.sha256(path.read_bytes()).hexdigest()}')",
    )
    wanted = digests(path.read_bytes())
    with person(warehouse, "steward") as connection:
        assert "ops.export_file.sha256" in set(columns_with(connection, wanted)), "the attack finds what is there"
    with person(warehouse, role, "14758@2021-02-01") as connection, connection.cursor() as cursor:
        found = set(columns_with(connection, wanted))
        assert found == ({"reporting.handout.sha256"} if role == "analyst" else set()), (
            "analysts see all numbers anyway"
        )
        cursor.execute(RESULTS)
        assert cursor.fetchone() == (0,)
