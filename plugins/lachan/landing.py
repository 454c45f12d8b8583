"""Find and open export files in the landing zone: a local folder, SFTP, or S3, whatever fsspec reaches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, cast

import fsspec

from lachan.contract import Feed
from lachan.settings import Settings


class LandingError(Exception):
    """The landing zone cannot be reached or listed; the message names it and says what to check."""


@dataclass(frozen=True)
class Found:
    """A file that lies in a feed's folder: `path` is relative to the landing zone, `fingerprint` changes as it does.

    `export_date` is None where the file's name is not one that the contract explains.
    """

    path: str
    export_date: date | None
    size: int
    delivered_at: datetime
    fingerprint: str


class Landing:
    """The landing zone that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.landing
        try:
            self._files, root = fsspec.core.url_to_fs(settings.landing, **settings.landing_options)
            self._root = root.rstrip("/")
        except (ImportError, ValueError, OSError) as error:
            raise LandingError(f"landing zone {self.url}: {error}; check LACHAN_LANDING and LACHAN_LANDING_OPTIONS") from error

    def find(self, feed: Feed, since: date | None = None, until: date | None = None) -> list[Found]:
        """The files in a feed's folder, oldest export first.

        `since` and `until` (both included) narrow by the day that a file reports. A feed's folder that does not
        exist yet has no files; a landing zone that does not exist raises LandingError.
        """
        try:
            if not self._files.isdir(self._root):
                raise LandingError(f"landing zone {self.url} does not exist; create it or correct LACHAN_LANDING")
            folder = f"{self._root}/{feed.folder}"
            listing = self._files.find(folder, detail=True) if self._files.isdir(folder) else {}
        except OSError as error:
            raise LandingError(f"landing zone {self.url}: {error}; check that it is reachable") from error
        found: list[Found] = []
        for full_path, info in listing.items():
            path = str(full_path)[len(self._root) :].lstrip("/")
            day = feed.export_date(path)
            if (since is None or (day and day >= since)) and (until is None or (day and day <= until)):
                found.append(_found(path, day, info))
        return sorted(found, key=lambda file: (file.export_date or date.max, file.delivered_at, file.path))

    @contextmanager
    def open(self, file: Found) -> Iterator[BinaryIO]:
        """The bytes of a file; raises LandingError when it cannot be opened (gone meanwhile, no permission)."""
        try:
            opened = self._files.open(f"{self._root}/{file.path}", "rb")
        except OSError as error:
            raise LandingError(f"{self.url}/{file.path}: cannot be opened: {error}") from error
        with opened:
            yield cast(BinaryIO, opened)


def _found(path: str, day: date | None, info: dict[str, Any]) -> Found:
    changed = info.get("mtime") or info.get("LastModified") or 0
    moment = changed if isinstance(changed, datetime) else datetime.fromtimestamp(float(changed), UTC)
    mark = info.get("ETag") or f"{moment.timestamp():.6f}"
    return Found(path, day, int(info["size"] or 0), moment, f"{info['size']}:{mark}")
