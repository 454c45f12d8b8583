"""Reads a text file in any declared encoding as blocks of UTF-8, each of whole records."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

import numpy as np
import polars as pl
import pyarrow as pa

from lachan import encodings
from lachan.contract import Feed
from lachan.load.decode import records
from lachan.load.decode.columns import count_lines
from lachan.load.decode.export import UnreadableFile
from lachan.load.decode.package import kind_of
from lachan.load.decode.vietnamese import Reading, likely_encoding

BLOCK_BYTES = 10 << 20
"""Size of the buffer for one block; a record must fit into it."""
PIECE_BYTES = 1 << 20
"""Size of the pieces parsed at a time: Arrow allocates as much for each column, and a piece fits into the CPU cache."""
HEADER_BYTES = 1 << 16
_MIN_ROOM = 16  # bytes; more than a character takes in any encoding
_FONT_ENCODINGS = (encodings.TCVN3, encodings.VNI, encodings.VISCII)
_ANY_BYTES = ("cp1258", *_FONT_ENCODINGS)  # any bytes can be decoded, so the text must read as Vietnamese
_END_OF_FILE = b"\x1a"
_FEW_DAMAGED = 20  # as many characters beyond ASCII as this are right for each that is damaged
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Utf8Stream:
    """The contents of a file as UTF-8. All blocks share a buffer: allocating each would take longer than reading it.

    `delimiter` is that of the feed; `saw_nul` is true if a NUL character was in the blocks returned so far; `last_byte`
    is the last byte returned. The reader of the blocks must keep `line` at the line on which the next block starts,
    which error messages refer to.
    """

    def __init__(self, file: BinaryIO, size: int, feed: Feed) -> None:
        self.delimiter = feed.delimiter
        self.saw_nul = False
        self.last_byte = b""
        self._ended = False
        self._cr_only = False
        self.line = 1
        self._buffer = bytearray(min(BLOCK_BYTES, 3 * size) + _MIN_ROOM + 1)  # a byte becomes three at most
        self._source: BinaryIO | _Recoded = file
        self._end = self._fill(0)
        self.encoding, self._start = _encoding(memoryview(self._buffer)[: self._end], feed)
        while self._buffer[self._start : self._end].startswith(codecs.BOM_UTF8):  # some programs write the mark twice
            self._start += len(codecs.BOM_UTF8)
        if self.encoding != "utf-8":
            self._source = _Recoded(file, self.encoding, bytes(self._buffer[self._start : self._end]))
            self._start, self._end, self._ended = 0, 0, False
            self._end = self._fill(0)
        places = self._start, self._end
        if self._buffer.find(b"\n", *places) < 0 <= self._buffer.find(b"\r", *places):
            self._cr_only = True
            self._buffer[: self._end] = self._buffer[: self._end].replace(b"\r", b"\n")

    @property
    def notes(self) -> list[str]:
        """How the file was read so far."""
        told = []
        if self._cr_only:
            told.append("the lines end with CR alone")
        if self.encoding in _FONT_ENCODINGS:
            told.append(
                f"converted from {self.encoding}: capitals that come from a font of capitals alone are small letters"
            )
        return told

    @property
    def warnings(self) -> list[str]:
        """What is irregular in the part of the file that was read."""
        told = []
        if halves := self._source.halves if isinstance(self._source, _Recoded) else 0:
            told.append(f"{halves} halves of characters were replaced by U+FFFD; the texts were cut to a length")
        if self.last_byte not in (b"\n", b"\r"):
            told.append("the last line has no line end: the file may have been cut off")
        return told

    def next_record(self) -> bytes | None:
        """Read one record from the beginning of the file, without its line end; None if there is none.

        Of a longer one, it is the first 64 KiB. It has several lines if a header is wrapped. If its quotes do not
        match, it is one line.
        """
        end = min(self._end, self._start + HEADER_BYTES)
        if self._start == end:
            return None
        newline = self._buffer.find(b"\n", self._start, end)
        after = newline + 1 if newline >= 0 else end
        if self._buffer.find(b'"', self._start, after) >= 0:
            final = end == self._end
            cuts = records.ends(self._buffer, self._start, end, self.delimiter, piece_bytes=0, final=final)
            after = cuts[0] if cuts else after
        if (lone := records.first_lone_cr(self._buffer, self._start, after)) is not None:
            after = lone + 1
        record = bytes(self._buffer[self._start : after])
        self._start = after
        self.last_byte = record[-1:]
        self.line += max(count_lines(record), 1)
        return record.removesuffix(b"\n").rstrip(b"\r")

    def blocks(self) -> Iterator[list[pa.Buffer]]:
        """Yield the records below the header in blocks, each as a list of pieces that hold whole records.

        A block is valid until the next one is requested, which overwrites the buffer. Raises UnreadableFile for bytes
        that are not in the file's encoding, for a quote that is never closed, and for a record longer than a block.
        """
        whole = memoryview(self._buffer)
        while self._start < self._end:
            if self._buffer[self._start] in b"\r\n":
                self._skip_blank_lines()
                continue
            cuts = records.ends(
                self._buffer, self._start, self._end, self.delimiter, piece_bytes=PIECE_BYTES, final=self._ended
            )
            if not cuts:
                fault = "a quote is opened and never closed"
                if self._ended:
                    self._check_utf8(whole[self._start : self._end])
                else:
                    fault = f"a record exceeds {BLOCK_BYTES:,} bytes, or {fault}"
                raise UnreadableFile("unclosed_quote", f"line {self.line}: {fault}")
            block = whole[self._start : cuts[-1]]
            self._check_utf8(block)
            self.saw_nul = self.saw_nul or self._buffer.find(b"\0", self._start, cuts[-1]) >= 0
            self.last_byte = bytes(block[-1:])
            yield [pa.py_buffer(whole[first:cut]) for first, cut in itertools.pairwise([self._start, *cuts])]
            self._move_on(cuts[-1])

    def _skip_blank_lines(self) -> None:
        """Move on to the next line that is not blank; `_start` must be at the beginning of a line."""
        line_ends = self._buffer[self._start : self._end]
        rest = line_ends.lstrip(b"\r\n")
        skipped = len(line_ends) - len(rest)
        if not rest and not self._ended and line_ends.endswith(b"\r"):
            skipped -= 1  # its LF may come next
        self.line += count_lines(line_ends[:skipped])
        self._move_on(self._start + skipped)

    def _move_on(self, start: int) -> None:
        """Let the data begin at `start`, and fill the buffer behind them."""
        rest = bytes(self._buffer[start : self._end])
        self._buffer[: len(rest)] = rest
        self._start, self._end = 0, self._fill(len(rest))

    def _fill(self, end: int) -> int:
        """Read from the file into the buffer, from `end` on; return the new end of the data. Raises UnreadableFile."""
        room = memoryview(self._buffer)[end:]
        try:
            while len(room) > _MIN_ROOM and not self._ended:
                count = self._source.readinto(room)  # type: ignore[union-attr]  # BinaryIO lacks it, real files do not
                room, self._ended = room[count:], not count
            end_of_data = len(self._buffer) - len(room)
            if self._ended:  # some programs write a sign at the end of a file
                end_of_data = len(self._buffer[:end_of_data].rstrip(_END_OF_FILE))
            if self._cr_only:
                self._buffer[end:end_of_data] = self._buffer[end:end_of_data].replace(b"\r", b"\n")
            return end_of_data
        except UnicodeDecodeError as error:
            self._raise_unreadable(error, self.line + count_lines(self._buffer[: len(self._buffer) - len(room)]))

    def _check_utf8(self, block: memoryview) -> None:
        """Raise UnreadableFile if a block is not valid UTF-8."""
        if len(block) < HEADER_BYTES:
            try:
                str(block, "utf-8")
            except UnicodeDecodeError as error:
                self._raise_unreadable(error, self.line)
            return
        offsets = pa.py_buffer(np.array([0, len(block)], dtype=np.int64))
        try:  # several times as fast as decoding, or as Arrow's own check
            pl.from_arrow(
                pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(block)])
            ).cast(pl.String)
        except pl.exceptions.ComputeError:
            try:
                bytes(block).decode(self.encoding)
            except UnicodeDecodeError as error:
                self._raise_unreadable(error, self.line)

    def _raise_unreadable(self, error: UnicodeDecodeError, line: int) -> NoReturn:
        """Raise UnreadableFile for a decoding error in bytes that begin on `line`."""
        cut_off = error.reason.startswith(("truncated", "unexpected end"))
        why = "the file ends inside a character: truncated" if cut_off else error.reason
        line += count_lines(error.object[: error.start])
        raise UnreadableFile("encoding", f"near line {line}: not {self.encoding}: {why}") from None


class _Recoded:
    """A file in another encoding, read as UTF-8. `beginning` holds the bytes that were already read from `file`."""

    def __init__(self, file: BinaryIO, encoding: str, beginning: bytes) -> None:
        self._file = file
        # half a character (a lone surrogate) is what programs leave that cut a text to a length: no damage of the file
        self._decoder = codecs.getincrementaldecoder(encoding)(
            "surrogatepass" if encoding.startswith("utf-") else "strict"
        )
        self._beginning = beginning
        self._reading = Reading() if encoding in _ANY_BYTES else None
        self._encoding = encoding
        self._line = 1
        self.halves = 0

    def readinto(self, room: memoryview) -> int:
        """Write UTF-8 into a part of `room`; returns its length in bytes, 0 at the end. Raises UnicodeDecodeError."""
        size = len(room) // 4  # a byte becomes three at most; the rest is for a character begun in the bytes before
        text = b""
        while not text:
            data, self._beginning = self._beginning[:size] or self._file.read(size), self._beginning[size:]
            decoded = self._decoder.decode(data, not data)
            if self._reading is not None:
                self._reading.add(decoded)
                if not self._reading.is_vietnamese:
                    self._raise_misread(data)
                self._line += count_lines(data)
            text = self._encoded(decoded)
            if not data:
                break
        room[: len(text)] = text
        return len(text)

    def _raise_misread(self, data: bytes) -> NoReturn:
        """Raise UnreadableFile for a part of the file in which the text no longer reads as Vietnamese."""
        data += self._beginning[:HEADER_BYTES] or self._file.read(HEADER_BYTES)  # more to tell the encoding by
        odd = [(number, line) for number, line in enumerate(data.splitlines(), self._line)
               if not Reading(line.decode(self._encoding, "replace")).is_flawless]  # fmt: skip
        likely = likely_encoding(b"\n".join(line for _, line in odd))
        hint = f"; it looks like {likely}" if likely else ""
        line = odd[0][0] if odd else self._line
        raise UnreadableFile(
            "encoding", f"line {line}: from there on, the text does not read as {self._encoding}{hint}"
        )

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode()
        except UnicodeEncodeError:
            whole, halves = _SURROGATE.subn("\ufffd", text)
            self.halves += halves
            return whole.encode()


def _encoding(first: memoryview, feed: Feed) -> tuple[str, int]:
    """Detect the encoding of a text file; return it and the length of the byte order mark.

    Without a byte order mark, it is the first of the contract's encodings in which `first`, the beginning of the file,
    can be decoded and, where any bytes can be, reads as Vietnamese. Raises UnreadableFile if there is none.
    """
    if (kind := kind_of(bytes(first[:64]))) is not None:
        raise UnreadableFile("not_csv", f"the file is {kind}, not text; export it as CSV in UTF-8")
    for mark, encoding in _BOMS:
        if first[: len(mark)] == mark:
            return encoding, len(mark)
    declared = [codecs.lookup(encoding).name for encoding in feed.encodings]
    wide = _wide_encoding(first)
    if wide is not None:
        if wide[: len("utf-16")] in declared:
            return wide, 0
        raise UnreadableFile("encoding", f"the file is in {wide.upper()} without a mark; export it as UTF-8")
    for encoding in declared:
        if encoding in ("utf-16", "utf-32"):
            continue
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(bytes(first))
        except UnicodeDecodeError:
            continue
        if encoding not in _ANY_BYTES or Reading(text).is_vietnamese:
            return encoding, 0
    raise UnreadableFile("encoding", _why_undecodable(bytes(first), feed))


def _wide_encoding(first: memoryview) -> str | None:
    """UTF-32 or UTF-16, if the beginning of a file without a mark has the zero bytes of such a text."""
    sample = bytes(first[:4096])
    count = len(sample) // 4
    zeros = [sample[place : 4 * count : 4].count(0) for place in range(4)]
    if count and min(zeros[2:]) == count:
        return "utf-32-le"
    if count and min(zeros[:2]) == count:
        return "utf-32-be"
    low, high = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if max(low, high) > count // 2 and min(low, high) <= max(low, high) // 8:
        return "utf-16-le" if high > low else "utf-16-be"
    return None


def _why_undecodable(first: bytes, feed: Feed) -> str:
    """What to say of a text in none of the contract's encodings: the byte that is wrong, or the likely encoding."""
    declared = ", ".join(feed.encodings)
    decoded = codecs.getincrementaldecoder("utf-8")("replace").decode(first)
    damaged, beyond_ascii = decoded.count("\ufffd"), sum(letter > "\x7f" for letter in decoded)
    line, byte = _first_wrong_byte(first)
    if damaged and beyond_ascii > _FEW_DAMAGED * damaged:
        return f"line {line}: the byte 0x{byte:02x} is not UTF-8, as the rest of the file is; export the file again"
    likely = likely_encoding(first)
    if likely is None:
        from charset_normalizer import from_bytes

        guess = from_bytes(first[:65536]).best()
        likely = guess.encoding if guess else None
    hint = f"; it looks like {likely}" if likely else ""
    return f"line {line}: not in an encoding of the contract ({declared}){hint}; export the file as UTF-8"


def _first_wrong_byte(data: bytes) -> tuple[int, int]:
    """The line and the value of the first byte that is not UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError as error:
        return count_lines(data[: error.start]) + 1, data[error.start]
    return 1, data[0]
