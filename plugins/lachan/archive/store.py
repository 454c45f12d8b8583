"""The files of the archive: written under a temporary name, made durable, renamed; read with a private key."""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Full, Queue
from tempfile import NamedTemporaryFile
from typing import IO

import pyrage
from pyrage import x25519

_SUFFIX = ".age"
DRAFT = ".draft-"
"""Prefix of a file that is being written, or that a killed process has left."""
_NAME = re.compile(rf"[0-9a-f]{{64}}{re.escape(_SUFFIX)}")
_CHUNK_BYTES = 1 << 20
_CHUNKS_AHEAD = 2
_FSYNC_THREADS = 8
"""Files that are made durable at the same time; a disk serves several such requests in about the time of one."""


class ArchiveError(Exception):
    """The archive cannot be written or read; the message says where, why and what to do."""


class Store:
    """A folder of encrypted files.

    Whoever reads it can change or delete files, but not open them without a private key.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, data: bytes, recipients: Sequence[x25519.Recipient]) -> Path:
        """Encrypt a small content into a draft. Raises ArchiveError when it cannot be written."""
        with self._as_archive_error(), self._new_draft() as draft:
            draft.write(pyrage.encrypt(data, recipients))
        return Path(draft.name)

    @contextmanager
    def stream(self, recipients: Sequence[x25519.Recipient]) -> Iterator[Encryption]:
        """Encrypt, in a thread of its own, what the block writes; the draft is removed unless the block finishes it.

        Raises ArchiveError when it cannot be written, where the block writes or finishes it.
        """
        with self._as_archive_error():
            draft = self._new_draft()
        encryption = Encryption(draft, recipients)
        try:
            yield encryption
        finally:
            encryption.stop()

    def keep(self, drafts: dict[Path, str]) -> None:
        """Make drafts durable and give them their names; nothing of them is lost afterwards, whatever happens.

        Raises ArchiveError when that fails.
        """

        def make_durable(draft: Path) -> None:
            with draft.open("rb") as opened:
                os.fsync(opened.fileno())

        with self._as_archive_error():
            with ThreadPoolExecutor(min(_FSYNC_THREADS, max(len(drafts), 1))) as threads:
                list(threads.map(make_durable, drafts))
            for draft, name in drafts.items():
                draft.rename(self.folder / name)
            sync_folder(self.folder)

    def read(self, name: str, sha256: str, identities: Sequence[x25519.Identity]) -> bytes:
        """The original bytes of a file. Raises ArchiveError as `decrypt` does."""
        plain = io.BytesIO()
        self.decrypt(name, sha256, identities, plain)
        return plain.getvalue()

    def decrypt(self, name: str, sha256: str, identities: Sequence[x25519.Identity], into: IO[bytes]) -> None:
        """Write the original bytes of a file into another one.

        Raises ArchiveError when the file is gone, damaged, encrypted to others, or not the content with this hash; what
        was written until then must not be used.
        """
        path = self.folder / name
        hashed = Hashed(into)
        try:
            with path.open("rb") as opened:
                pyrage.decrypt_io(opened, hashed, identities)
        except (OSError, pyrage.DecryptError) as error:
            raise ArchiveError(f"{path} {_what_is_wrong(error)}") from None
        if hashed.sha256() != sha256:
            raise ArchiveError(f"{path} is not the content of which the ledger has the hash; restore it from a backup")

    def remove(self, names: Iterable[str]) -> None:
        """Remove files durably; those that are gone already are no error. Raises ArchiveError when one stays."""
        with self._as_archive_error():
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
            if self.folder.exists():
                sync_folder(self.folder)

    def files(self) -> dict[str, os.stat_result]:
        """The files by name, without drafts."""
        return {path.name: path.stat() for path in self._paths() if _NAME.fullmatch(path.name)}

    def drafts(self) -> dict[str, os.stat_result]:
        """What was being written, by loads that go on or were killed."""
        return {path.name: path.stat() for path in self._paths() if path.name.startswith(DRAFT)}

    def _paths(self) -> list[Path]:
        with self._as_archive_error():
            return list(self.folder.iterdir()) if self.folder.exists() else []

    def _new_draft(self) -> IO[bytes]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return NamedTemporaryFile(dir=self.folder, prefix=DRAFT, delete=False)

    @contextmanager
    def _as_archive_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveError(
                f"the archive {self.folder} cannot be used: {error.strerror}; nothing is loaded without it. Check the "
                "folder, its owner and its free space (LACHAN_ARCHIVE)"
            ) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def is_for_others(error: Exception) -> bool:
    """Whether a decryption failed because none of the private keys is that of a recipient."""
    return str(error) == "No matching keys found"


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return f"cannot be read: {error.strerror}; restore it from a backup"
    if is_for_others(error):
        return (
            "is opened by none of the private keys: it was encrypted to others (the recipients in ops.archived_file); "
            "use the file of private keys of one of them"
        )
    return f"is damaged ({error}); restore it from a backup"


class Encryption:
    """A draft that is written piece by piece."""

    def __init__(self, draft: IO[bytes], recipients: Sequence[x25519.Recipient]) -> None:
        self._draft = draft
        self.path = Path(draft.name)
        self._chunks: Queue[bytes | None] = Queue(_CHUNKS_AHEAD)
        self._error: Exception | None = None
        self._is_finished = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._encrypt, args=(recipients,), daemon=True, name="archive")
        self._thread.start()

    def write(self, data: bytes | memoryview) -> None:
        """The next bytes of the content. Raises ArchiveError when the draft cannot be written."""
        for start in range(0, len(data), _CHUNK_BYTES):
            self._put(bytes(data[start : start + _CHUNK_BYTES]))

    def finish(self) -> Path:
        """End the content; returns the path of the draft. Raises ArchiveError when it could not be written."""
        self._put(None)
        self._thread.join()
        self._raise_error()
        self._is_finished = True
        return self.path

    def stop(self) -> None:
        """End the thread; remove the draft unless it is finished."""
        self._stopped.set()
        self._thread.join()
        if not self._is_finished:
            self.path.unlink(missing_ok=True)

    def _put(self, chunk: bytes | None) -> None:
        while True:
            if not self._thread.is_alive():
                self._raise_error()
            with suppress(Full):
                self._chunks.put(chunk, timeout=1)
                return

    def _raise_error(self) -> None:
        if self._error is not None:
            raise ArchiveError(
                f"{self.path} cannot be written: {self._error}; nothing is loaded without the archive. Check "
                "the folder and its free space (LACHAN_ARCHIVE)"
            ) from self._error

    def _encrypt(self, recipients: Sequence[x25519.Recipient]) -> None:
        try:
            with self._draft:
                pyrage.encrypt_io(io.BufferedReader(_Chunks(self._chunks, self._stopped)), self._draft, recipients)
        except (pyrage.EncryptError, OSError) as error:
            self._error = error


class Hashed:
    """A file to write into, with the hash and the number of the bytes that were written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write the next bytes."""
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Flush the file."""
        self._file.flush()

    def sha256(self) -> str:
        """SHA-256 of the bytes written so far, hexadecimal."""
        return self._hash.hexdigest()


class _Chunks(io.RawIOBase):
    """What `pyrage` reads: the chunks of a queue up to None. Raises OSError when the writer has stopped before."""

    def __init__(self, chunks: Queue[bytes | None], stopped: threading.Event) -> None:
        self._queue = chunks
        self._stopped = stopped
        self._rest: memoryview | None = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the caller passes a memoryview
        while self._rest is not None and not self._rest:
            self._rest = self._next()
        if self._rest is None:
            return 0
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _next(self) -> memoryview | None:
        while not self._stopped.is_set():
            with suppress(Empty):
                chunk = self._queue.get(timeout=0.1)
                return None if chunk is None else memoryview(chunk)
        raise OSError("the content did not come to its end")
