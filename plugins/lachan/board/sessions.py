"""Sessions of people: each is a connection to the warehouse under the person's own login, kept in this process.

The password is used once, to open the connection, and kept nowhere. A cookie names the session by a random value. When
the connection ends, because the server or `lachan login end` ended it, the session has ended too.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn, parse_dsn

from lachan.board.errors import SessionEnded
from lachan.board.reader import Reader
from lachan.warehouse.statements import run

IDLE_SECONDS = 30 * 60.0
"""A session without requests ends after this time."""

LONGEST_SECONDS = 10 * 3600.0
"""Every session ends after this time: about a working day."""

SESSIONS_OF_ONE_LOGIN = 3
"""A further session of the same login ends its oldest one; a login has at most ten connections."""

_CONNECT_SECONDS = 10


class LoginRefused(Exception):
    """A name and a password do not open a session; `is_wrong` is False where the server could not be asked."""

    def __init__(self, text: str, is_wrong: bool) -> None:
        super().__init__(text)
        self.is_wrong = is_wrong


@dataclass
class Session:
    """One session: its connection, used by one request at a time."""

    name: str
    role: str
    connection: Connection
    begun: float
    used: float
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reader(self) -> Reader:
        """The person as pages know it."""
        return Reader(
            self.name, frozenset({self.role}), self.token, self._lend, self.role == "steward", can_log_out=True
        )

    @contextmanager
    def _lend(self, role: str) -> Iterator[Connection]:
        with self.lock:
            try:
                yield self.connection
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                if self.connection.closed:
                    raise SessionEnded("Phiên làm việc đã kết thúc.") from None
                raise


class Sessions:
    """All sessions of this process; `clock` gives seconds that only grow."""

    def __init__(self, dsn: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._dsn, self._clock = dsn, clock
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def open(self, name: str, password: str) -> str:
        """Log in to the warehouse; returns the value of the session's cookie. Raises LoginRefused."""
        connection = _connect(self._dsn, name, password)
        try:
            role = _role(connection)
        except BaseException:
            connection.close()
            raise
        now, key = self._clock(), secrets.token_urlsafe(32)
        with self._lock:
            self._end_old(now)
            of_login = [known for known, session in self._sessions.items() if session.name == name]
            for known in of_login[: len(of_login) - SESSIONS_OF_ONE_LOGIN + 1]:
                self._end(known)
            self._sessions[key] = Session(name, role, connection, now, now)
        return key

    def find(self, key: str) -> Session | None:
        """The session of a cookie; None if there is none, or if it has ended."""
        now = self._clock()
        with self._lock:
            self._end_old(now)
            session = self._sessions.get(key)
            if session is not None:
                session.used = now
            return session

    def end(self, key: str) -> None:
        """End a session and its connection."""
        with self._lock:
            self._end(key)

    def end_all(self) -> None:
        """End every session."""
        with self._lock:
            for key in list(self._sessions):
                self._end(key)

    def _end_old(self, now: float) -> None:
        for key, session in list(self._sessions.items()):
            too_old = now - session.used > IDLE_SECONDS or now - session.begun > LONGEST_SECONDS
            if too_old or session.connection.closed:
                self._end(key)

    def _end(self, key: str) -> None:
        session = self._sessions.pop(key, None)
        if session is not None:
            with suppress(psycopg2.Error):
                session.connection.close()


def _connect(dsn: str, name: str, password: str) -> Connection:
    if not name or not password or "\0" in name + password:
        raise LoginRefused("Hãy nhập tên đăng nhập và mật khẩu.", is_wrong=False)
    parts = parse_dsn(dsn)
    for secret in ("passfile", "service", "sslcert", "sslkey", "sslpassword"):
        parts.pop(secret, None)  # of the platform's own login
    own = {"user": name, "password": password, "application_name": "lachan board", "passfile": "/dev/null"}
    try:
        connection = psycopg2.connect(make_dsn(**parts | own, connect_timeout=_CONNECT_SECONDS))
    except psycopg2.OperationalError as error:
        text = str(error)
        if "too many connections" in text:
            raise LoginRefused(
                "Tài khoản này đang mở quá nhiều phiên; hãy đăng xuất ở nơi khác.", is_wrong=False
            ) from None
        if "password authentication failed" in text or "not permitted to log in" in text:
            raise LoginRefused("Tên đăng nhập hoặc mật khẩu không đúng.", is_wrong=True) from None
        if "permission denied for database" in text:
            raise LoginRefused(
                "Tài khoản này thuộc nơi khác; hãy đăng nhập ở trang của thành phố mình.", is_wrong=True
            ) from None
        raise LoginRefused("Kho số liệu chưa trả lời được; hãy thử lại sau ít phút.", is_wrong=False) from None
    connection.set_session(readonly=True)
    return connection


def _role(connection: Connection) -> str:
    """The role of the login among logins.ROLES. Raises LoginRefused for a login that is no person's."""
    with connection, connection.cursor() as cursor:
        row = run(cursor, "board/role_of_session").fetchone()
    if row is None:
        raise LoginRefused("Tài khoản này không phải của một người đọc số liệu; hãy hỏi người quản trị.", is_wrong=True)
    return str(row[0])
