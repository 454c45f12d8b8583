"""The folder that holds all state, and whether it may be deleted."""

from __future__ import annotations

from pathlib import Path

MARK = ".lachan-home"
MADE_EARLIER = {"landing", "secrets"}
"""What `lachan sample` and the settings may have put there before anything claims the folder."""


def claim(home: Path) -> None:
    """Make the folder if need be, and mark it as ours unless it holds somebody else's files."""
    home.mkdir(parents=True, exist_ok=True)
    if {each.name for each in home.iterdir()} <= MADE_EARLIER:
        (home / MARK).touch()


def is_ours(home: Path) -> bool:
    """Whether everything in the folder is the platform's own state."""
    return (home / MARK).exists()
