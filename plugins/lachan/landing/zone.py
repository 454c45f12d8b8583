"""Find and open export files in the landing zone: a local folder, SFTP, S3, or another file system of fsspec."""

from __future__ import annotations

import hashlib
import hmac
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import translate
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec

from lachan.contract import Feed
from lachan.printable import printable
from lachan.settings import Settings

HASH_MARK = "~"
"""Between a masked path and its hash."""


class LandingError(Exception):
    """The landing zone or the folder of a feed cannot be reached; the message names it and states what to check."""


class FileInaccessible(Exception):
    """A file cannot be opened or read, although the landing zone can be reached; the message states why."""


class FileChanged(Exception):
    """A file was changed or removed after it was found and before it was read to its end; the message names it."""


@dataclass(frozen=True)
class FoundFile:
    """A file in a feed's folder.

    `address` is the file's path relative to the landing zone, as the file system spells it. `path` is the same as it
    may be shown and stored: bytes that are not UTF-8 are shown as \\xNN, control characters as pictures, and what may
    name a person is masked (`Feed.shown_path`); a keyed hash of the address then tells such paths apart.
    `export_date` is the day that the file reports, or None when the path does not match the contract's pattern, or
    the address cannot be printed. `size` is in bytes, `delivered_at` is the time
    of the last modification, and `fingerprint` combines the size with the ETag or, without one, that time.
    """

    path: str
    address: str
    export_date: date | None
    size: int
    delivered_at: datetime
    fingerprint: str


@dataclass(frozen=True)
class InaccessibleFile:
    """A file, or a folder, that is in a feed's folder and cannot be read; `path` and `export_date` as in FoundFile.

    `is_folder` says that it is a folder that cannot be listed, which may hold files of any day.
    """

    path: str
    export_date: date | None
    reason: str
    is_folder: bool = False


@dataclass
class Listing:
    """What is in a feed's folder: the files, what cannot be read, and the paths that are ignored by their names."""

    files: list[FoundFile] = field(default_factory=list)
    inaccessible: list[InaccessibleFile] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def without_hash(path: str) -> str:
    """The path of a file without the hash that tells masked paths apart."""
    return path.partition(HASH_MARK)[0]


class HashedFile:
    """A file that is hashed while it is read, once and from its beginning, so the hash covers exactly what was read.

    It supports `readinto`, which some files of fsspec lack. Errors of the file system are raised as OSError, so that a
    reader can tell them from faults of the content. `copy` is called with everything that is read; it must not
    keep what it is given.
    """

    def __init__(self, file: BinaryIO, copy: Callable[[bytes | memoryview], None] | None = None) -> None:
        self._file = file
        self._copy = copy
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        with _as_os_error():
            data = self._file.read(size)
        self._hash.update(data)
        if self._copy is not None:
            self._copy(data)
        return data

    def readinto(self, buffer: memoryview) -> int:
        """Read the next bytes into a buffer and return their number."""
        with _as_os_error():
            if hasattr(self._file, "readinto"):
                count = int(self._file.readinto(buffer))
            else:  # files on SFTP have no readinto
                data = self._file.read(len(buffer))
                count = len(data)
                buffer[:count] = data
        self._hash.update(buffer[:count])
        if self._copy is not None:
            self._copy(buffer[:count])
        return count

    def sha256(self) -> str:
        """SHA-256 of the bytes read so far, hexadecimal."""
        return self._hash.hexdigest()


class Landing:
    """The landing zone of the settings.

    Its address is taken literally, as by fsspec: percent-encoded characters are not decoded. Raises LandingError when
    the file system of the address cannot be used. `name_key` is the key by which masked paths are told apart; without
    one, as for readers of the listing that may not know it, they have no hash (`without_hash`).
    """

    def __init__(self, settings: Settings, name_key: Callable[[], bytes] | None = None) -> None:
        self._name_key = name_key
        self.url = re.sub(r"://([^/@:]*):[^/@]*@", r"://\1@", settings.landing)
        self._address_with_password = settings.landing
        with self._as_landing_error(ValueError):
            self._files, root = self._open_file_system(settings)
        self._root = root.rstrip("/")
        self._ignored_name = re.compile("|".join(translate(pattern.casefold()) for pattern in settings.landing_ignore))

    def _open_file_system(self, settings: Settings) -> tuple[Any, str]:
        """The file system of the address, and the path in it."""
        address, options = self._address_with_password, settings.landing_options
        if not address.startswith(("sftp://", "ssh://")):
            return fsspec.core.url_to_fs(address, **options, skip_instance_cache=True)  # type: ignore[no-any-return]  # fsspec has no types
        from lachan.landing import sftp  # imports asyncssh, which other landing zones do not need

        try:
            return sftp.open_file_system(address, options, settings.sftp_known_hosts)
        except sftp.ServerRefused as error:
            raise LandingError(f"landing zone {self.url}: {error}") from error

    def find(self, feed: Feed, since: date | None = None, until: date | None = None) -> Listing:
        """What is in a feed's folder; the files in the order of their export days.

        `since` and `until` (both included) select by the day that a file reports; folders that cannot be listed are in
        the result whatever the days. The result is empty while the
        feed's folder does not exist. Raises LandingError when the landing zone does not exist, or it or the feed's
        folder cannot be listed.
        """
        listing = Listing()
        with self._as_landing_error():
            if self._type(self._root) != "directory":
                raise LandingError(f"landing zone {self.url} does not exist; create it or correct LACHAN_LANDING")
            folder = f"{self._root}/{feed.folder}"
            type_of_folder = self._type(folder)
            if type_of_folder == "directory":
                self._list_folder(feed, folder, listing)
            elif type_of_folder is not None or self._is_dangling_link(folder):
                raise LandingError(
                    f"landing zone {self.url}: {feed.folder} is not a folder; remove it, or mount what it links to"
                )

        def is_selected(day: date | None) -> bool:
            return (since is None or bool(day and day >= since)) and (until is None or bool(day and day <= until))

        listing.files = [file for file in listing.files if is_selected(file.export_date)]
        listing.files.sort(key=lambda file: (file.export_date or date.max, file.delivered_at, file.path))
        listing.inaccessible = [
            file for file in listing.inaccessible if file.is_folder or is_selected(file.export_date)
        ]
        return listing

    @contextmanager
    def open(self, file: FoundFile) -> Iterator[BinaryIO]:
        """Open a file for reading bytes.

        Raises FileInaccessible when it cannot be opened or read, FileChanged when it is not the file that was found
        any more, also at the end, and LandingError when the landing zone cannot be reached.
        """
        try:
            with self._files.open(f"{self._root}/{file.address}", "rb") as opened:
                yield cast(BinaryIO, opened)
        except _file_system_errors() as error:
            self._require_unchanged(file)
            raise FileInaccessible(self._reason(error)) from error
        self._require_unchanged(file)

    def _list_folder(self, feed: Feed, folder: str, listing: Listing) -> None:
        """Add what is below a folder to a listing; raises an error of the file system if it cannot be listed."""
        for info in self._files.ls(folder, detail=True):
            full_path = str(info["name"]).rstrip("/")
            if full_path == folder:  # on S3, the object that marks a folder is listed in the folder itself
                continue
            address = full_path[len(self._root) :].lstrip("/")
            written = printable(address.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
            path = self._shown(feed, written)
            name = written.rpartition("/")[2].casefold()
            if self._ignored_name.fullmatch(name):
                listing.ignored.append(path)
                continue
            day = feed.export_date(address) if written == address else None
            is_folder = info["type"] == "directory" and day is None
            try:
                if is_folder:
                    self._list_folder(feed, full_path, listing)
                else:
                    listing.files.append(_found_file(path, address, day, self._info_of_file(full_path, info)))
            except _file_system_errors() as error:
                self._require_reachable()
                listing.inaccessible.append(InaccessibleFile(path, day, self._reason(error), is_folder))

    def _shown(self, feed: Feed, written: str) -> str:
        """A path as it may be shown; with a hash if something of it is masked."""
        shown = feed.shown_path(written)
        if shown == written or self._name_key is None:
            return shown
        digest = hmac.digest(self._name_key(), f"file name {written}".encode("utf-8", "surrogateescape"), "sha256")
        return f"{shown}{HASH_MARK}{digest.hex()[:12]}"

    def _info_of_file(self, full_path: str, listed: dict[str, Any]) -> dict[str, Any]:
        """The listed properties of a regular file, or of the file to which a link leads; raises OSError for all else.

        Links to folders are not followed, because they may lead back to a folder above, nor are links that lead out of
        a local landing zone, because whoever may deliver files could have any file of this machine read.
        """
        info = listed
        if listed["type"] not in ("file", "directory"):
            try:
                info = self._files.info(full_path)
            except FileNotFoundError:
                raise OSError("a link whose target does not exist") from None
        if info["type"] == "directory":
            raise OSError("a folder, not a file" if info is listed else "a link to a folder, not a file")
        if info["type"] != "file":
            raise OSError("not a regular file")  # opening a named pipe would wait for ever, a device has no end
        if info.get("islink") and not self._is_within(full_path):
            raise OSError("a link to a file outside of the landing zone")
        return info

    def _is_within(self, full_path: str) -> bool:
        """Whether a file of a local landing zone is in it when all links are followed."""
        return Path(full_path).resolve().is_relative_to(Path(self._root).resolve())

    def _type(self, full_path: str) -> str | None:
        """The type of a file or folder, following links; None when it does not exist."""
        try:
            return str(self._files.info(full_path)["type"])
        except FileNotFoundError:
            return None
        except ValueError as error:  # of sshfs, when the server opens no channel
            raise ConnectionError(str(error)) from error

    def _is_dangling_link(self, full_path: str) -> bool:
        """Whether what does not exist is a link in the landing zone, as one to a share that is not mounted."""
        with suppress(*_file_system_errors()):
            for info in self._files.ls(self._root or "/", detail=True):
                if str(info["name"]).rstrip("/") == full_path:
                    return bool(info["type"] != "directory")
        return False

    def _require_unchanged(self, file: FoundFile) -> None:
        """Raise FileChanged when a file is not as it was found, or the errors of `open` when that cannot be seen."""
        full_path = f"{self._root}/{file.address}"
        try:
            self._files.invalidate_cache(full_path)
            info = self._files.info(full_path)
        except _file_system_errors() as error:
            self._require_reachable()
            if isinstance(error, FileNotFoundError):
                raise FileChanged(f"{file.path} was removed before it was read") from error
            raise FileInaccessible(self._reason(error)) from error
        if _found_file(file.path, file.address, file.export_date, info).fingerprint != file.fingerprint:
            raise FileChanged(f"{file.path} changed while it was being read")

    def _require_reachable(self) -> None:
        """Raise LandingError when the landing zone itself cannot be reached."""
        with self._as_landing_error():
            self._files.invalidate_cache()
            self._files.info(self._root)

    @contextmanager
    def _as_landing_error(self, *others: type[Exception]) -> Iterator[None]:
        """Raise errors of the file system as LandingError, without the password that the address may contain."""
        try:
            yield
        except (*_file_system_errors(), *others) as error:
            advice = "check that it is reachable and that LACHAN_LANDING and LACHAN_LANDING_OPTIONS are correct"
            raise LandingError(f"landing zone {self.url}: {self._reason(error, with_path=True)}; {advice}") from error

    def _reason(self, error: Exception, *, with_path: bool = False) -> str:
        """The text of an error of the file system, without the password that the address may contain."""
        text = str(error) if with_path else getattr(error, "strerror", None) or str(error)
        text = text or "no answer within the time limit" if isinstance(error, TimeoutError) else text
        shown = text.replace(self._address_with_password, self.url)
        return printable(shown.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def _file_system_errors() -> tuple[type[Exception], ...]:
    """The exceptions that the file systems in use raise; some of S3 and SFTP are not OSErrors."""
    extra = (("botocore.exceptions", "BotoCoreError"), ("asyncssh", "Error"))
    return (
        OSError,
        ImportError,  # the driver of the address is not installed
        *(getattr(sys.modules[module], name) for module, name in extra if module in sys.modules),
    )


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Raise the errors of S3 and SFTP that are no OSErrors as such."""
    try:
        yield
    except _file_system_errors() as error:
        if isinstance(error, OSError):
            raise
        raise OSError(str(error)) from error


def _found_file(path: str, address: str, day: date | None, info: dict[str, Any]) -> FoundFile:
    changed = info.get("mtime") or info.get("LastModified") or 0
    moment = changed if isinstance(changed, datetime) else datetime.fromtimestamp(float(changed), UTC)
    mark = info.get("ETag") or f"{moment.timestamp():.6f}"
    return FoundFile(path, address, day, int(info["size"] or 0), moment, f"{info['size']}:{mark}")
