"""The folder that holds all state (LACHAN_HOME), and the marker file without which it is never deleted."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from pathlib import Path

MARKER = ".lachan-home"
MADE_BEFORE_CLAIM = {"landing", "secrets"}
"""Folders that `lachan sample` and the settings may create in the home before it is claimed."""
UNPRIVILEGED = "nobody"
"""The account as which the embedded PostgreSQL runs for root."""


def claim(home: Path) -> None:
    """Create the folder if it is missing, and mark it as the platform's own unless it holds other files.

    What is its own is for its owner only, also where it was made with more rights.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if {each.name for each in home.iterdir()} <= MADE_BEFORE_CLAIM:
        (home / MARKER).touch()
    if is_claimed(home):
        _make_private(home)


def is_claimed(home: Path) -> bool:
    """Whether the folder carries the marker, so that everything in it is the platform's own state."""
    return (home / MARKER).exists()


def _make_private(home: Path) -> None:
    """Mode 0700. For root 0710 with the group of the account that runs PostgreSQL, which has to reach its data.

    That group can pass through, not list; the alternative, passing for everybody, would let every account of the
    machine open files whose names it guesses.
    """
    wanted, state = 0o700, home.stat()
    with contextlib.suppress(KeyError, PermissionError):  # no such account, or a folder that somebody else has mounted
        if os.geteuid() == 0:
            group = pwd.getpwnam(UNPRIVILEGED).pw_gid
            if state.st_gid != group:
                os.chown(home, -1, group)
            wanted = 0o710
        if stat.S_IMODE(state.st_mode) != wanted:
            home.chmod(wanted)
