"""A text file in any declared encoding as blocks of UTF-8, each of whole records."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

import numpy as np
import polars as pl
import pyarrow as pa

from lachan.contract import Feed
from lachan.load.decode import records
from lachan.load.decode.export import UnreadableFile

BLOCK_BYTES = 10 << 20
"""Bytes held and given at a time; a record must fit into one block."""
PIECE_BYTES = 1 << 20
"""Bytes parsed at a time: Arrow reserves as many for each column, and a processor's cache holds them."""
_LEAST_ROOM = 16  # bytes; no character needs more, in any encoding
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Utf8Stream:
    """What a file holds, as UTF-8. One buffer serves all blocks: fresh memory for each costs more than reading it.

    `delimiter` is the feed's, `saw_nul` tells of what was given so far, and `last_byte` of the end of it. Who reads the
    blocks keeps `line` at the one on which the next block starts; errors are told by it.
    """

    def __init__(self, file: BinaryIO, size: int, feed: Feed) -> None:
        self.delimiter = feed.delimiter
        self.saw_nul = False
        self.last_byte = b""
        self._ended = False
        self.line = 1
        self._buffer = bytearray(min(BLOCK_BYTES, 3 * size) + _LEAST_ROOM + 1)  # a byte becomes three at most
        self._source: BinaryIO | _Recoded = file
        self._end = self._filled(0)
        self.encoding, self._start = _encoding(memoryview(self._buffer)[: self._end], feed)
        if self.encoding != "utf-8":
            self._source = _Recoded(file, self.encoding, bytes(self._buffer[self._start : self._end]))
            self._start, self._end, self._ended = 0, 0, False
            self._end = self._filled(0)

    def header(self) -> bytes:
        """Take the first line off the stream."""
        room = bytes(self._buffer[self._start : min(self._end, self._start + (1 << 16))])
        line, newline, _ = room.partition(b"\n")
        self._start += len(line) + len(newline)
        self.last_byte = newline
        self.line += 1
        return line

    def blocks(self) -> Iterator[list[pa.Buffer]]:
        """The records below the header, in pieces of whole ones; they are valid until the next block is asked for.

        Raises UnreadableFile.
        """
        whole = memoryview(self._buffer)
        while self._start < self._end:
            cuts = records.ends(
                self._buffer, self._start, self._end, self.delimiter, apart=PIECE_BYTES, final=self._ended
            )
            if not cuts:
                fault = "a quote is opened and never closed"
                if self._ended:
                    self._judge(whole[self._start : self._end])
                else:
                    fault = f"a record exceeds {BLOCK_BYTES:,} bytes, or {fault}"
                raise UnreadableFile("unclosed_quote", f"line {self.line}: {fault}")
            block = whole[self._start : cuts[-1]]
            self._judge(block)
            self.saw_nul = self.saw_nul or self._buffer.find(b"\0", self._start, cuts[-1]) >= 0
            self.last_byte = bytes(block[-1:])
            yield [pa.py_buffer(whole[first:cut]) for first, cut in itertools.pairwise([self._start, *cuts])]
            rest = bytes(whole[cuts[-1] : self._end])
            whole[: len(rest)] = rest
            self._start, self._end = 0, self._filled(len(rest))

    def _filled(self, end: int) -> int:
        """Fill the buffer behind what it holds; where that ends. Raises UnreadableFile."""
        room = memoryview(self._buffer)[end:]
        try:
            while len(room) > _LEAST_ROOM and not self._ended:
                count = self._source.readinto(room)  # type: ignore[union-attr]  # BinaryIO lacks it, real files do not
                room, self._ended = room[count:], not count
        except UnicodeDecodeError as error:
            self._refuse(error, self.line + self._buffer.count(b"\n", 0, len(self._buffer) - len(room)))
        return len(self._buffer) - len(room)

    def _judge(self, block: memoryview) -> None:
        """Raises UnreadableFile where a block is not UTF-8."""
        extent = pa.py_buffer(np.array([0, len(block)], dtype=np.int64))
        try:  # several times as fast as decoding, or as Arrow's own test
            pl.from_arrow(
                pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, extent, pa.py_buffer(block)])
            ).cast(pl.String)
        except pl.exceptions.ComputeError:
            try:
                bytes(block).decode(self.encoding)
            except UnicodeDecodeError as error:
                self._refuse(error, self.line)

    def _refuse(self, error: UnicodeDecodeError, line: int) -> NoReturn:
        cut_off = error.reason.startswith(("truncated", "unexpected end"))
        why = "the file ends inside a character: truncated" if cut_off else error.reason
        line += error.object[: error.start].count(b"\n")
        raise UnreadableFile("encoding", f"near line {line}: not {self.encoding}: {why}") from None


class _Recoded:
    """A file in another encoding, whose beginning was read already, as a file of UTF-8."""

    def __init__(self, file: BinaryIO, encoding: str, beginning: bytes) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._beginning = beginning

    def readinto(self, room: memoryview) -> int:
        """Fill some of the room; raises UnicodeDecodeError."""
        most = len(room) // 4  # as a byte becomes three at most, and the bytes before may have left a character
        text = b""
        while not text:
            data, self._beginning = self._beginning[:most] or self._file.read(most), self._beginning[most:]
            text = self._decoder.decode(data, not data).encode()
            if not data:
                break
        room[: len(text)] = text
        return len(text)


def _encoding(first: memoryview, feed: Feed) -> tuple[str, int]:
    """The encoding of a text file and the length of its byte order mark; the contract's order decides."""
    for mark, encoding in _BOMS:
        if first[: len(mark)] == mark:
            return encoding, len(mark)
    for encoding in feed.encodings:
        if encoding == "utf-16":
            odd = bytes(first[1:64:2])
            if odd.count(0) > len(odd) // 4:
                return "utf-16-le", 0
            continue
        try:
            codecs.getincrementaldecoder(encoding)().decode(bytes(first))
        except UnicodeDecodeError:
            continue
        return ("cp1258" if encoding == "windows-1258" else encoding), 0
    from charset_normalizer import from_bytes

    guess = from_bytes(bytes(first[:65536])).best()
    hint = f"; it looks like {guess.encoding}" if guess else ""
    raise UnreadableFile("encoding", f"line 1: none of {', '.join(feed.encodings)}{hint}")
