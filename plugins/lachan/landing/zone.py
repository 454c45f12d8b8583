"""Find and open export files in the landing zone: a local folder, SFTP, S3, or another file system of fsspec."""

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
    """The landing zone or a file in it cannot be reached or read; the message names it and states what to check."""


@dataclass(frozen=True)
class FoundFile:
    """A file in a feed's folder.

    `address` is the file's path relative to the landing zone, as the file system spells it. `path` is the same as
    UTF-8 text: bytes that are not UTF-8 are shown as \\xNN. `export_date` is the day that the file reports, or None
    when the path does not match the contract's pattern or is not UTF-8. `size` is in bytes, `delivered_at` is the time
    of the last modification, and `fingerprint` combines the size with the ETag or, without one, that time.
    """

    path: str
    address: str
    export_date: date | None
    size: int
    delivered_at: datetime
    fingerprint: str


class HashedFile:
    """A file that is hashed while it is read, once and from its beginning, so the hash covers exactly what was read.

    It supports `readinto`, which some files of fsspec lack.
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
        """Read the next bytes into a buffer and return their number."""
        if hasattr(self._file, "readinto"):
            count = int(self._file.readinto(buffer))
        else:  # files on SFTP have no readinto
            data = self._file.read(len(buffer))
            count = len(data)
            buffer[:count] = data
        self._hash.update(buffer[:count])
        return count

    def sha256(self) -> str:
        """SHA-256 of the bytes read so far, hexadecimal."""
        return self._hash.hexdigest()


class Landing:
    """The landing zone of the settings.

    Its address is taken literally, as by fsspec: percent-encoded characters are not decoded. Raises LandingError when
    the file system of the address cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.url = re.sub(r"://([^/@:]*):[^/@]*@", r"://\1@", settings.landing)
        self._address_with_password = settings.landing
        with self._as_landing_error(ValueError):
            self._files, root = fsspec.core.url_to_fs(
                self._address_with_password, **_options(settings), skip_instance_cache=True
            )
        self._root = root.rstrip("/")

    def find(self, feed: Feed, since: date | None = None, until: date | None = None) -> list[FoundFile]:
        """The files in a feed's folder, oldest export first.

        `since` and `until` (both included) select by the day that a file reports. The result is empty while the
        feed's folder does not exist. Raises LandingError when the landing zone does not exist or cannot be listed.
        """
        with self._as_landing_error():
            if not self._files.isdir(self._root):
                raise LandingError(f"landing zone {self.url} does not exist; create it or correct LACHAN_LANDING")
            folder = f"{self._root}/{feed.folder}"
            listing = self._files.find(folder, detail=True) if self._files.isdir(folder) else {}
        found: list[FoundFile] = []
        for full_path, info in listing.items():
            address = str(full_path)[len(self._root) :].lstrip("/")
            path = address.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            day = feed.export_date(path) if path == address else None
            if (since is None or (day and day >= since)) and (until is None or (day and day <= until)):
                found.append(_found_file(path, address, day, info))
        return sorted(found, key=lambda file: (file.export_date or date.max, file.delivered_at, file.path))

    @contextmanager
    def open(self, file: FoundFile) -> Iterator[BinaryIO]:
        """Open a file for reading bytes.

        Raises LandingError when it cannot be opened or read, also while it is being read: the file was deleted or
        changed, permission is denied, or the connection is lost.
        """
        with (
            self._as_landing_error(path=f"/{file.path}"),
            self._files.open(f"{self._root}/{file.address}", "rb") as opened,
        ):
            yield cast(BinaryIO, opened)

    def fingerprint(self, file: FoundFile) -> str:
        """The file's current fingerprint; raises LandingError when the file was deleted or cannot be reached."""
        with self._as_landing_error(path=f"/{file.path}"):
            full_path = f"{self._root}/{file.address}"
            self._files.invalidate_cache(full_path)
            info = self._files.info(full_path)
            return _found_file(file.path, file.address, file.export_date, info).fingerprint

    @contextmanager
    def _as_landing_error(self, *others: type[Exception], path: str = "") -> Iterator[None]:
        """Raise errors of the file system as LandingError, without the password that the address may contain."""
        try:
            yield
        except (*_file_system_errors(), *others) as error:
            why = str(error).replace(self._address_with_password, self.url)
            advice = "check that it is reachable and that LACHAN_LANDING and LACHAN_LANDING_OPTIONS are correct"
            raise LandingError(f"landing zone {self.url}{path}: {why}; {advice}") from error


def _file_system_errors() -> tuple[type[Exception], ...]:
    """The exceptions that the file systems in use raise; some of S3 and SFTP are not OSErrors."""
    extra = (("botocore.exceptions", "BotoCoreError"), ("asyncssh", "Error"))
    return (
        OSError,
        ImportError,  # the driver of the address is not installed
        *(getattr(sys.modules[module], name) for module, name in extra if module in sys.modules),
    )


def _options(settings: Settings) -> dict[str, Any]:
    """Options of the file system. SFTP servers send names as bytes; surrogateescape keeps names that are not UTF-8."""
    if not settings.landing.startswith(("sftp://", "ssh://")):
        return settings.landing_options
    names = {"path_errors": "surrogateescape", **settings.landing_options.get("sftp_client_kwargs", {})}
    return settings.landing_options | {"sftp_client_kwargs": names}


def _found_file(path: str, address: str, day: date | None, info: dict[str, Any]) -> FoundFile:
    changed = info.get("mtime") or info.get("LastModified") or 0
    moment = changed if isinstance(changed, datetime) else datetime.fromtimestamp(float(changed), UTC)
    mark = info.get("ETag") or f"{moment.timestamp():.6f}"
    return FoundFile(path, address, day, int(info["size"] or 0), moment, f"{info['size']}:{mark}")
