"""Unpacks an export that is delivered as one file in a gzip or zip archive, where the contract says so."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import BinaryIO, cast

from lachan.contract import Feed
from lachan.load.decode.export import UnreadableFile
from lachan.printable import cause

_FAULTS = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, NotImplementedError, RuntimeError, ValueError)
_HOUSEKEEPING = ("__MACOSX/", ".DS_Store", "Thumbs.db")  # what desktops add to archives


class _Unpacked(io.RawIOBase):
    """The unpacked bytes, up to the size that the contract allows for the file, packed or not."""

    def __init__(self, stream: BinaryIO, feed: Feed) -> None:
        self._stream = stream
        self._left = feed.max_bytes
        self._feed = feed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the caller passes a memoryview
        try:
            data = self._stream.read(min(len(buffer), self._left + 1))
        except _FAULTS as error:
            raise UnreadableFile("not_packed", f"the {self._feed.packing} archive is damaged: {cause(error)}") from None
        if len(data) > self._left:
            raise UnreadableFile(
                "too_large",
                f"unpacked, the file is larger than {self._feed.max_bytes:,} bytes, which the contract of "
                f"{self._feed.name} allows",
            )
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def unpacked(file: BinaryIO, feed: Feed) -> BinaryIO:
    """The file as its contract describes it, unpacked while it is read.

    Raises UnreadableFile if it is not packed so, is damaged, or has several files; reading it raises it as well.
    """
    is_gzip = feed.packing == "gzip"
    stream = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if is_gzip else _only_file(file)
    return cast(BinaryIO, io.BufferedReader(_Unpacked(stream, feed), 1 << 16))


def _only_file(file: BinaryIO) -> BinaryIO:
    """The one file of a zip archive."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
        entries = [
            entry.filename
            for entry in archive.infolist()
            if not entry.is_dir()
            and not entry.filename.startswith(_HOUSEKEEPING)
            and not entry.filename.endswith(_HOUSEKEEPING)
        ]
        if len(entries) == 1:
            return cast(BinaryIO, archive.open(entries[0]))
    except (*_FAULTS, OSError) as error:
        raise UnreadableFile("not_packed", f"not a zip archive that can be read: {cause(error)}") from None
    raise UnreadableFile("not_packed", f"the archive has {len(entries)} files; deliver each in an archive of its own")
