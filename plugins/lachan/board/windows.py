"""The reporting windows that are published, and which one a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from lachan.board.errors import NotThere
from lachan.board.request import Asked
from lachan.vietnamese import BASES, KINDS

SHOWN_BEFORE = 24
"""Windows before the chosen one that trends show."""


@dataclass(frozen=True)
class Window:
    """A reporting window; `has_complete` is whether any indicator is complete in it."""

    key: str
    kind: str
    basis: str
    label: str
    starts_on: date
    ends_on: date
    has_complete: bool


@dataclass(frozen=True)
class Windows:
    """The windows with figures, the chosen one, and its neighbours of the same kind."""

    chosen: Window
    all: tuple[Window, ...]

    @property
    def series(self) -> list[Window]:
        """The windows of the chosen one's kind up to it, the oldest first."""
        alike = [each for each in self._alike if each.starts_on <= self.chosen.starts_on]
        return alike[-SHOWN_BEFORE:]

    @property
    def before(self) -> Window | None:
        """The window before the chosen one."""
        earlier = [each for each in self._alike if each.starts_on < self.chosen.starts_on]
        return earlier[-1] if earlier else None

    @property
    def after(self) -> Window | None:
        """The window after the chosen one."""
        later = [each for each in self._alike if each.starts_on > self.chosen.starts_on]
        return later[0] if later else None

    @property
    def _alike(self) -> list[Window]:
        return [each for each in self.all if (each.kind, each.basis) == (self.chosen.kind, self.chosen.basis)]

    @property
    def offered(self) -> list[tuple[str, list[Window]]]:
        """The windows by kind and basis for a choice, the newest first; single days are reached from day to day."""
        groups = []
        for kind, name in KINDS.items():
            for basis, basis_name in BASES.items():
                of_group = [each for each in self.all if (each.kind, each.basis) == (kind, basis)]
                if kind == "day":
                    of_group = [self.chosen] if self.chosen in of_group else of_group[-1:]
                if of_group:
                    groups.append((f"{name} {basis_name}", of_group[::-1]))
        return groups


def choose(asked: Asked, published: list[dict[str, Any]] | None = None) -> Windows:
    """The window that the parameter `ky` names; without one, the last complete calendar month.

    `published` are the windows to choose from, by default those of the city.

    Raises NotThere for a window without figures, also when nothing is published yet.
    """
    if published is None:
        published = asked.queries.rows("windows")
    rows = [Window(**row) for row in published]
    if not rows:
        raise NotThere("Chưa có số liệu nào được công bố.")
    key = asked.key("ky")
    if key is None:
        return Windows(_default(rows), tuple(rows))
    for window in rows:
        if window.key == key:
            return Windows(window, tuple(rows))
    raise NotThere(f"Không có kỳ báo cáo “{key}”. Hãy chọn một kỳ trong danh sách ở trang Tổng quan.")


def _default(rows: list[Window]) -> Window:
    def rank(window: Window) -> tuple[Any, ...]:
        return window.has_complete, window.kind == "month", window.basis == "calendar", window.starts_on

    return max(rows, key=rank)
