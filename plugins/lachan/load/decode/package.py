"""Checks the parts of an xlsx file before a library reads them: undamaged, as large as they claim, within bounds."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections import Counter

from lachan.contract import Feed
from lachan.load.decode.export import UnreadableFile
from lachan.printable import cause
from lachan.privacy.masking import mask

_USUAL_PART = re.compile(
    r"\[Content_Types\]\.xml|(?:_rels|xl|docProps|customXml)/(?:(?:_rels|worksheets|theme|drawings|media|tables)/)*"
    r"(?:workbook|sheet|styles|sharedStrings|theme|core|app|custom|drawing|image|table|item|calcChain|comments)?[0-9]{0,5}"
    r"\.(?:xml|rels|vml|png|jpeg|xml\.rels|bin)"
)
_READ_BYTES = 1 << 20
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old .xls workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF file"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"<", "HTML or XML"),
    (b"\xef\xbb\xbf<", "HTML or XML"),
)


def check_package(data: bytes, feed: Feed) -> None:
    """Raises UnreadableFile for what is no workbook, is damaged, or is larger unpacked than the contract allows."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, struct.error) as error:
        raise UnreadableFile("not_xlsx", f"{_kind(data)}: {cause(error)}; save it as .xlsx") from None
    entries = archive.infolist()
    [(name, count)] = Counter(entry.filename for entry in entries).most_common(1) or [("", 0)]
    if count > 1:
        raise UnreadableFile("not_xlsx", f"the workbook has two parts with the name {shown_part(name)}; save it again")
    left = 10 * feed.max_bytes
    for entry in entries:
        left -= _unpack(archive, entry, left)


def kind_of(data: bytes) -> str | None:
    """What a file is by its first bytes, if it is in another well-known format than text."""
    beginning = data[:64].lstrip(b" \t\r\n")
    return next((kind for mark, kind in _OTHER_FORMATS if beginning.startswith(mark)), None)


def shown_part(name: str) -> str:
    """The name of a part as it may be shown: one that no office program gives may name a person."""
    return repr(name if _USUAL_PART.fullmatch(name) else mask(name, secret=False))


def _kind(data: bytes) -> str:
    """What a file is that is no zip archive."""
    if data.startswith(b"\xd0\xcf\x11\xe0") and "EncryptedPackage".encode("utf-16-le") in data:
        return "the workbook is protected with a password; remove the password"
    if data.startswith(b"PK"):
        return "the workbook is cut off or damaged"
    if (kind := kind_of(data)) is not None:
        return f"not a workbook but {kind}"
    return "not a workbook" if b"\0" in data[:4096] else "not a workbook but text, such as CSV"


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> int:
    """The size of a part. Reading to the end compares its checksum, and reads no more than the size that it claims."""
    if entry.file_size > limit:
        raise UnreadableFile(
            "too_large",
            f"the part {shown_part(entry.filename)} has {entry.file_size:,} bytes; the workbook is too large",
        )
    try:
        with archive.open(entry) as part:
            return sum(map(len, iter(lambda: part.read(_READ_BYTES), b"")))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        struct.error,
    ) as error:
        raise UnreadableFile(
            "not_xlsx", f"the part {shown_part(entry.filename)} of the workbook is damaged: {cause(error)}"
        ) from None
