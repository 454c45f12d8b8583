"""The access matrix in docs/access.md is what the server allows: every cell is tried with a real login."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import psycopg2
import pytest
from helpers.people import person
from helpers.raw_rows import query
from lachan.settings import PROJECT, Settings
from lachan.warehouse.logins import PROCESSES, use_role_login
from psycopg2.extensions import make_dsn, parse_dsn

from attack.access import matrix, rights

STAGES = [role for role in PROCESSES if role not in ("analyst", "reporter")]  # readers are people too
HEAD = """# Who may do what

Found by trying each with a real login, in a warehouse in which every model is built (`tests/attack/test_access.py`,
which fails when the server allows anything else). The logins of people are at the right; a steward's login may do what
the process `steward` may.

S select, I insert, U update, D delete, T truncate; a small letter: some columns only. O owner (may change or drop it).
C may create tables in the schema. N may take numbers of a sequence, X may call the function. What triggers and row
policies refuse beyond that is in `tests/attack/test_stages.py`.

"""


@pytest.mark.built_warehouse
def test_every_cell_of_the_matrix_is_what_the_server_allows(warehouse: Settings, tmp_path: Path) -> None:
    found = {}
    with ExitStack() as stack, closing(psycopg2.connect(warehouse.dsn)) as admin:
        for role in STAGES:
            own = {"user": use_role_login(warehouse.dsn, role, "p"), "password": "p"}
            connection = psycopg2.connect(make_dsn(**parse_dsn(warehouse.dsn) | own))
            stack.enter_context(closing(connection))
            found[role] = rights(connection, admin)
        for role in ("analyst", "reporter", "ward"):
            connection = stack.enter_context(person(warehouse, role, "14758@2021-02-01"))
            connection.autocommit = False
            found[role] = rights(connection, admin)
            connection.rollback()
    for role in STAGES:
        query(warehouse, f"drop owned by lachan_{role}_login; drop role lachan_{role}_login")
    text = HEAD + matrix(found)
    (tmp_path / "access.md").write_text(text, encoding="utf-8")
    committed = PROJECT / "docs" / "access.md"
    assert text == committed.read_text(encoding="utf-8"), (
        f"the server allows something else than docs/access.md says; compare it with {tmp_path / 'access.md'}"
    )
