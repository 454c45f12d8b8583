"""Find and open export files in the landing zone: a local folder, SFTP, or S3, whatever fsspec reaches."""

from __future__ import annotations

import hashlib
import re
import sys
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

    `export_date` is None where the file's name is not one that the contract explains, or is not UTF-8 text. `path`
    shows the bytes of such a name as \\xNN; `address` is how the file system spells it.
    """

    path: str
    address: str
    export_date: date | None
    size: int
    delivered_at: datetime
    fingerprint: str


class HashedFile:
    """A file that is hashed while it is read, once and from its beginning: what was hashed is what was read.

    It can be read into a buffer, as some of fsspec's files cannot.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self._hash.update(data)
        return data

    def readinto(self, buffer: memoryview) -> int:
        """The next bytes, put into a buffer; how many they are."""
        if hasattr(self._file, "readinto"):
            count = int(self._file.readinto(buffer))
        else:  # a file on SFTP
            data = self._file.read(len(buffer))
            count = len(data)
            buffer[:count] = data
        self._hash.update(buffer[:count])
        return count

    def sha256(self) -> str:
        """SHA-256 of what was read, hexadecimal."""
        return self._hash.hexdigest()


class Landing:
    """The landing zone that the settings name, whose address is read as fsspec does: nothing is unquoted."""

    def __init__(self, settings: Settings) -> None:
        self.url = re.sub(r"://([^/@:]*):[^/@]*@", r"://\1@", settings.landing)
        self._secret = settings.landing
        with self._told(ValueError):
            self._files, root = fsspec.core.url_to_fs(self._secret, **_options(settings), skip_instance_cache=True)
        self._root = root.rstrip("/")

    def find(self, feed: Feed, since: date | None = None, until: date | None = None) -> list[Found]:
        """The files in a feed's folder, oldest export first.

        `since` and `until` (both included) narrow by the day that a file reports. A feed's folder that does not
        exist yet has no files; a landing zone that does not exist raises LandingError.
        """
        with self._told():
            if not self._files.isdir(self._root):
                raise LandingError(f"landing zone {self.url} does not exist; create it or correct LACHAN_LANDING")
            folder = f"{self._root}/{feed.folder}"
            listing = self._files.find(folder, detail=True) if self._files.isdir(folder) else {}
        found: list[Found] = []
        for full_path, info in listing.items():
            address = str(full_path)[len(self._root) :].lstrip("/")
            path = address.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            day = feed.export_date(path) if path == address else None
            if (since is None or (day and day >= since)) and (until is None or (day and day <= until)):
                found.append(_found(path, address, day, info))
        return sorted(found, key=lambda file: (file.export_date or date.max, file.delivered_at, file.path))

    @contextmanager
    def open(self, file: Found) -> Iterator[BinaryIO]:
        """The bytes of a file; raises LandingError when it cannot be opened or read (gone, changed meanwhile,
        no permission, connection lost).
        """
        with self._told(path=f"/{file.path}"), self._files.open(f"{self._root}/{file.address}", "rb") as opened:
            yield cast(BinaryIO, opened)

    def fingerprint(self, file: Found) -> str:
        """The file's fingerprint as it is now; raises LandingError when the file is gone or out of reach."""
        with self._told(path=f"/{file.path}"):
            full_path = f"{self._root}/{file.address}"
            self._files.invalidate_cache(full_path)
            info = self._files.info(full_path)
            return _found(file.path, file.address, file.export_date, info).fingerprint

    @contextmanager
    def _told(self, *more: type[Exception], path: str = "") -> Iterator[None]:
        """Tell what the file system raises as a LandingError, without the password that the address may hold."""
        try:
            yield
        except (*_faults(), *more) as error:
            why = str(error).replace(self._secret, self.url)
            advice = "check that it is reachable, LACHAN_LANDING and LACHAN_LANDING_OPTIONS"
            raise LandingError(f"landing zone {self.url}{path}: {why}; {advice}") from error


def _faults() -> tuple[type[Exception], ...]:
    """What the file systems in use raise; not all of it is an OSError."""
    own = (("botocore.exceptions", "BotoCoreError"), ("asyncssh", "Error"))
    return (
        OSError,
        ImportError,
        *(getattr(sys.modules[module], name) for module, name in own if module in sys.modules),
    )


def _options(settings: Settings) -> dict[str, Any]:
    """Options of the file system. SFTP servers send names as bytes; those that are not UTF-8 are to come through."""
    if not settings.landing.startswith(("sftp://", "ssh://")):
        return settings.landing_options
    names = {"path_errors": "surrogateescape", **settings.landing_options.get("sftp_client_kwargs", {})}
    return settings.landing_options | {"sftp_client_kwargs": names}


def _found(path: str, address: str, day: date | None, info: dict[str, Any]) -> Found:
    changed = info.get("mtime") or info.get("LastModified") or 0
    moment = changed if isinstance(changed, datetime) else datetime.fromtimestamp(float(changed), UTC)
    mark = info.get("ETag") or f"{moment.timestamp():.6f}"
    return Found(path, address, day, int(info["size"] or 0), moment, f"{info['size']}:{mark}")
