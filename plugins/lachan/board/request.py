"""What a page gets of a request, and what it gives back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from lachan.board.errors import BadAddress
from lachan.board.reader import Queries, Reader
from lachan.board.tables import Table
from lachan.report import instants
from lachan.report.handouts import Handout
from lachan.settings import TIMEZONE, Settings

_KEY = re.compile(r"[A-Za-z0-9_@.\-]{1,80}")
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Asked:
    """A request as a page sees it: the reader, the settings, the parts of the address and its parameters.

    `download` is the name of a file that is asked for instead of the page: the key of a table and csv or xlsx.
    """

    reader: Reader
    settings: Settings
    queries: Queries
    base: str
    path: str
    parts: Mapping[str, str]
    parameters: Mapping[str, str]
    download: str = ""

    @property
    def role(self) -> str:
        """The role in which the page is shown."""
        return self.queries.role

    def key(self, name: str, default: str | None = None) -> str | None:
        """A parameter that is a key: letters, digits and _ @ . - only. Raises BadAddress."""
        value = self.parameters.get(name) or None
        if value is None:
            return default
        if not _KEY.fullmatch(value):
            raise BadAddress(f"Tham số “{name}” của địa chỉ không đọc được.")
        return value

    def text(self, name: str, longest: int = 250) -> str:
        """A parameter that is any printable text; empty if it is missing. Raises BadAddress."""
        value = self.parameters.get(name, "")
        if len(value) > longest or not value.isprintable():
            raise BadAddress(f"Tham số “{name}” của địa chỉ không đọc được.")
        return value

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """A parameter with a fixed set of values. Raises BadAddress."""
        value = self.parameters.get(name) or default
        if value not in choices:
            raise BadAddress(f"Tham số “{name}” phải là một trong: {', '.join(filter(None, choices))}.")
        return value

    def day(self, name: str) -> date | None:
        """A parameter that is a day (YYYY-MM-DD), not in the future. Raises BadAddress."""
        value = self.parameters.get(name) or None
        if value is None:
            return None
        try:
            found = date.fromisoformat(value)
        except ValueError:
            raise BadAddress(f"Tham số “{name}” không phải là ngày; hãy viết dạng 2024-12-31.") from None
        today = datetime.now(ZoneInfo(TIMEZONE)).date()
        if found > today:
            raise BadAddress(f"Ngày {found:%d/%m/%Y} chưa đến; hãy chọn ngày {today:%d/%m/%Y} hoặc trước đó.")
        if not _FIRST_DAY <= found <= _LAST_DAY:
            raise BadAddress(f"Ngày {found:%d/%m/%Y} nằm ngoài thời gian mà hệ thống biết.")
        return found

    def instant(self, name: str) -> datetime | None:
        """A parameter that is an instant (ISO 8601), not in the future; of a day its end, or now. Raises BadAddress."""
        value = self.parameters.get(name) or None
        if value is None:
            return None
        if len(value) == len("2024-12-31"):
            day = self.day(name)
            return min(instants.end_of_day(day), datetime.now(UTC)) if day else None
        try:
            found = instants.instant(value)
        except ValueError:
            raise BadAddress(f"Tham số “{name}” không phải là thời điểm.") from None
        if found.date() < _FIRST_DAY or found > datetime.now(UTC):
            raise BadAddress(f"Tham số “{name}” phải là một thời điểm đã qua.")
        return found

    def page_number(self, name: str = "trang") -> int:
        """The number of a page of a long table, from 1. Raises BadAddress."""
        value = self.parameters.get(name) or "1"
        if not (value.isascii() and value.isdecimal() and 1 <= int(value[:7]) <= 100_000):
            raise BadAddress(f"Tham số “{name}” không phải là số trang.")
        return int(value)

    def link(self, path: str, **parameters: Any) -> str:
        """The address of a page of the board, below the place at which it is served."""
        given = {name: value for name, value in parameters.items() if value not in (None, "")}
        return self.base + quote(path, safe="/@") + (f"?{urlencode(given, safe='@')}" if given else "")

    def here(self, **changed: Any) -> str:
        """The address of this page with some parameters changed; None removes one."""
        return self.link(self.path, **{**self.parameters, **changed})


@dataclass(frozen=True)
class File:
    """A file that a page hands out, and what has to be noted of it."""

    content: bytes
    handout: Handout


@dataclass(frozen=True)
class Page:
    """What a page shows: its template with values, and its tables, which can be downloaded by their keys.

    `files` are further downloads by their names, each made when it is asked for.
    """

    template: str
    title: str
    values: Mapping[str, Any]
    tables: Sequence[Table] = field(default=())
    files: Mapping[str, Callable[[], File]] = field(default_factory=dict)


View = Callable[[Asked], Page]


@dataclass(frozen=True)
class Route:
    """A page: its address, its view, the roles that see it, and its name in the navigation (empty: not there)."""

    path: str
    view: View
    roles: frozenset[str]
    name: str = ""
