"""The folder that holds all state (LACHAN_HOME), and the marker file without which it is never deleted."""

from __future__ import annotations

from pathlib import Path

MARKER = ".lachan-home"
MADE_BEFORE_CLAIM = {"landing", "secrets"}
"""Folders that `lachan sample` and the settings may create in the home before it is claimed."""


def claim(home: Path) -> None:
    """Create the folder if it is missing, and mark it as the platform's own unless it holds other files."""
    home.mkdir(parents=True, exist_ok=True)
    if {each.name for each in home.iterdir()} <= MADE_BEFORE_CLAIM:
        (home / MARKER).touch()


def is_claimed(home: Path) -> bool:
    """Whether the folder carries the marker, so that everything in it is the platform's own state."""
    return (home / MARKER).exists()
