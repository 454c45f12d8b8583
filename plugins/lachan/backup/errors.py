"""What goes wrong with backups."""

from __future__ import annotations


class BackupError(Exception):
    """A backup could not be made or read; the message says where and why. Nothing that was whole before is harmed."""


class BackupRefused(Exception):
    """A backup or a restore is not begun, because something is missing or in the way; the message says what to do."""
