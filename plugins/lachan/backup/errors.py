"""What goes wrong with backups."""

from __future__ import annotations

from pathlib import Path


class BackupError(Exception):
    """A backup could not be made or read; the message says where and why. Nothing that was whole before is harmed."""


def cannot_write(place: Path, why: str) -> BackupError:
    """The error about a file or folder that could not be read or written."""
    return BackupError(
        f"{place} cannot be read or written: {why}; check its disk, its free space and its owner. The backups that "
        "were whole before are as they were"
    )


class BackupRefused(Exception):
    """A backup or a restore is not begun, because something is missing or in the way; the message says what to do."""
