"""Who reads, and the one way by which pages reach the warehouse: as that reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lachan.board.errors import NotAllowed
from lachan.report.handouts import Handout, note
from lachan.warehouse import snapshot
from lachan.warehouse.statements import run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extras import RealDictCursor
    from starlette.requests import Request
    from starlette.responses import Response

STATEMENT_SECONDS = 15
"""Seconds after which a query of a page is given up."""


@dataclass(frozen=True)
class Reader:
    """A person who is logged in.

    `roles` are those of logins.ROLES that count for this person; `connection` opens (or lends) a connection that acts
    as one of them. `token` is the secret that the person's forms have to carry.
    """

    name: str
    roles: frozenset[str]
    token: str
    connection: Callable[[str], AbstractContextManager[Connection]]
    may_decide: bool = False
    can_log_out: bool = False

    def role_for(self, roles: frozenset[str]) -> str:
        """The role in which this reader sees a page for `roles`. Raises NotAllowed."""
        for role in ("analyst", "reporter", "ward", "steward"):
            if role in self.roles & roles:
                return role
        raise NotAllowed("Tài khoản của bạn không có quyền xem trang này.")

    @contextmanager
    def queries(self, role: str) -> Iterator[Queries]:
        """One read-only snapshot of the warehouse in one of the reader's roles."""
        with self.connection(role) as connection, snapshot(connection) as cursor:
            cursor.execute(f"set local statement_timeout = '{STATEMENT_SECONDS}s'")
            yield Queries(cursor, role)

    def note(self, role: str, handout: Handout) -> None:
        """Note under the reader's own login what is handed out; not within `queries`, which holds the connection."""
        with self.connection(role) as connection, connection, connection.cursor() as cursor:
            cursor.execute("set transaction read write")
            note(cursor, handout)


@dataclass(frozen=True)
class Queries:
    """The queries of one request."""

    cursor: RealDictCursor
    role: str

    def rows(self, name: str, **values: Any) -> list[dict[str, Any]]:
        """The rows of a query of `board/sql`, or of another stage's with its name; values are quoted.

        They get `is_ward`: whether the reader is a ward, which reads the figures of its own unit by another name.
        """
        file, is_ward = name if "/" in name else f"board/{name}", self.role == "ward"
        return [dict(row) for row in run(self.cursor, file, is_ward=is_ward, **values).fetchall()]

    def row(self, name: str, **values: Any) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        found = self.rows(name, **values)
        return found[0] if found else None


class Door(Protocol):
    """A way in: it knows who a request comes from, and what to answer to someone it does not know."""

    public_paths: frozenset[str]

    async def find(self, request: Request) -> Reader | None:
        """The reader of a request; None where nobody is logged in."""

    def refuse(self, request: Request) -> Response:
        """The answer to a request of nobody."""
