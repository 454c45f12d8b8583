"""Checks the parts of an xlsx file before a library reads them: undamaged, as large as they claim, within bounds."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import TypeVar

from lachan.contract import Feed
from lachan.load.decode.export import UnreadableFile
from lachan.printable import cause
from lachan.privacy.masking import mask

T = TypeVar("T", str, bytes)
MAX_CELLS = 2_000_000
"""Cells of a workbook: each takes some 300 bytes while it is read."""
_LAST_COLUMN, _LAST_ROW = 16_384, 1_048_576
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br\s*=\s*["\']([^"\']*)["\']')
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br\s*=\s*["\']([^"\']*)["\']')
_ADDRESS = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
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
    if repeated := _first_repeated(entry.filename for entry in entries):
        raise UnreadableFile(
            "not_xlsx", f"the workbook has two parts with the name {_shown_part(repeated)}; save it again"
        )
    left = 10 * feed.max_bytes
    cells = 0
    for entry in entries:
        part = _read(archive, entry, left)
        left -= len(part)
        if "worksheets/" in entry.filename and entry.filename.endswith(".xml"):
            cells += _count_cells(part, entry.filename)
    if cells > MAX_CELLS:
        raise UnreadableFile("too_large", f"the workbook has {cells:,} cells; at most {MAX_CELLS:,} are read")


def kind_of(data: bytes) -> str | None:
    """What a file is by its first bytes, if it is in another well-known format than text."""
    beginning = data[:64].lstrip(b" \t\r\n")
    return next((kind for mark, kind in _OTHER_FORMATS if beginning.startswith(mark)), None)


def _shown_part(name: str) -> str:
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


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """The bytes of a part. Reading to the end compares its checksum, and reads no more than the size that it claims."""
    if entry.file_size > limit:
        raise UnreadableFile(
            "too_large",
            f"the part {_shown_part(entry.filename)} has {entry.file_size:,} bytes; the workbook is too large",
        )
    try:
        with archive.open(entry) as part:
            read = bytearray()
            while chunk := part.read(_READ_BYTES):
                read += chunk
            return bytes(read)
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
            "not_xlsx", f"the part {_shown_part(entry.filename)} of the workbook is damaged: {cause(error)}"
        ) from None


def _count_cells(sheet: bytes, name: str) -> int:
    """The number of cells of a sheet. Raises UnreadableFile for an address that cannot be, or that is there twice."""
    from openpyxl.utils.cell import column_index_from_string

    addresses = _CELL.findall(sheet)
    if len(addresses) > MAX_CELLS:
        return len(addresses)
    for address in addresses:
        found = _ADDRESS.fullmatch(address)
        if (
            found is None
            or column_index_from_string(found[1].decode()) > _LAST_COLUMN
            or not 0 < int(found[2]) <= _LAST_ROW
        ):
            raise UnreadableFile(
                "not_xlsx", f"{_shown_part(name)}: there is no cell {_shown(address)}; save the workbook again"
            )
    rows = _ROW.findall(sheet)
    for row in rows:
        if not re.fullmatch(rb"[0-9]{1,7}", row) or not 0 < int(row) <= _LAST_ROW:
            raise UnreadableFile(
                "not_xlsx", f"{_shown_part(name)}: there is no row {_shown(row)}; save the workbook again"
            )
    for kind, found_twice in (("cell", _first_repeated(addresses)), ("row", _first_repeated(rows))):
        if found_twice is not None:
            raise UnreadableFile("not_xlsx", f"{_shown_part(name)}: the {kind} {_shown(found_twice)} is there twice")
    return len(addresses)


def _first_repeated(values: Iterable[T]) -> T | None:
    seen: set[T] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _shown(address: bytes) -> str:
    text = address[:20].decode("ascii", "backslashreplace")
    return repr(text if re.fullmatch("[A-Z]{0,7}[0-9]{0,8}", text) else mask(text, secret=False))
