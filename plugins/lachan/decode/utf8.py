"""A text file in any declared encoding as a stream of UTF-8."""

from __future__ import annotations

import codecs
import threading
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

import numpy as np
import polars as pl
import pyarrow as pa

from lachan.contract import Feed
from lachan.decode.buffers import Buffers
from lachan.decode.export import UnreadableFile

BLOCK_BYTES = 9 << 20
"""Bytes read and parsed at a time; a record must fit into one block."""
BLOCKS_AHEAD = 1
"""Blocks that may be read and not parsed yet; by itself, Arrow reads 32 ahead."""
_OPENING_SECONDS = 0.05

_Block = tuple[bytes | bytearray, int, int]  # where it stands: from the first to before the second place
_NOTHING: _Block = (b"", 0, 0)
_NEWLINE = ord("\n")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Utf8Stream:
    """A file-like of UTF-8 bytes made from a file in another encoding; counts lines for its errors."""

    def __init__(self, file: BinaryIO, size: int, feed: Feed) -> None:
        self._file = file
        self.delimiter = feed.delimiter
        self._buffers = Buffers(min(BLOCK_BYTES, size))
        (first, end), start = self._buffers.filled(file), self._buffers.headroom
        self.encoding, mark = _encoding(memoryview(first)[start:end], feed)
        self.lines_read = 0
        self.saw_nul = False
        self.last = b""
        self._room = threading.Semaphore(BLOCKS_AHEAD)
        self._opening, self._left, self._whole = True, False, False
        self._blocks = (self._utf8 if self.encoding == "utf-8" else self._recoded)(first, start + mark, end)
        self._ready = next(self._blocks, _NOTHING)

    def header(self) -> bytes:
        """Take the first line off the stream."""
        data, start, end = self._ready
        line, newline, _ = bytes(data[start : min(end, start + (1 << 16))]).partition(b"\n")
        self._ready = data, start + len(line) + len(newline), end
        return line

    def read(self, size: int) -> pa.Buffer:
        """The next block, without a copy; its own size serves the reader better than the `size` asked for.

        Called in a thread of the reader's, and waits there while enough is read. While the reader opens, it may skip
        blocks that hold no sound record: then it is not kept waiting for long. For the end it never waits.
        """
        if not self._whole:
            self._room.acquire(timeout=_OPENING_SECONDS if self._opening else None)
        data, start, end = _NOTHING
        if not self._left:
            data, start, end = self._ready if self._ready[2] > self._ready[1] else next(self._blocks, _NOTHING)
        self._ready = _NOTHING
        return self._buffers.lend(data, start, end)

    def opened(self) -> None:
        """From now on the reader gives one batch for each block."""
        self._opening = False

    def parsed(self) -> None:
        """A batch was taken: there is room for another block."""
        self._room.release()

    def leave(self) -> None:
        """Nobody reads on: whoever waits for room gets the end of the file."""
        self._left = True
        self._room.release(BLOCKS_AHEAD + 1)

    def wait_for_blocks(self) -> None:
        """Until the reader's thread has given up its blocks: if Python ends before it does, the process is aborted."""
        self._buffers.wait()

    closed = False

    def close(self) -> None:
        """Close the file below."""
        self._file.close()

    def _utf8(self, data: bytearray, start: int, end: int) -> Iterator[_Block]:
        """The file from its first block on, cut at line ends, so that no character is judged in halves.

        The last block is not cut. A record may span two blocks, not three: a block that is nothing but the end of a
        record would be too much.
        """
        headroom = self._buffers.headroom
        more = True
        while more:
            following, following_end = self._buffers.filled(self._file)
            more = following_end > headroom
            self._whole = not more
            cut = data.rfind(b"\n", start, end) + 1 if more else end
            held = data[cut or start : end]
            if cut > start:
                yield self._sound(data, start, cut)
            start = headroom - len(held)
            if start < 0:
                following, following_end = held + following[headroom:following_end], following_end - start
                start = 0
            else:
                following[start:headroom] = held
            data, end = following, following_end

    def _recoded(self, data: bytearray, start: int, end: int) -> Iterator[_Block]:
        """The same of a file in another encoding."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        following, held = bytes(data[start:end]), b""
        more = True
        while more:
            block, following = following, self._file.read(BLOCK_BYTES)
            more = bool(following)
            self._whole = not more
            try:
                text = held + decoder.decode(block, not more).encode()
            except UnicodeDecodeError as error:
                self._refuse(error)
            cut = text.rfind(b"\n") + 1 if more else len(text)
            held = text[cut:]
            if cut:
                yield self._sound(text, 0, cut)

    def _sound(self, data: bytes | bytearray, start: int, end: int) -> _Block:
        """The block, judged; raises UnreadableFile where it is not UTF-8."""
        block = memoryview(data)[start:end]
        extent = pa.py_buffer(np.array([0, end - start], dtype=np.int64))
        try:  # several times as fast as decoding, or as Arrow's own test
            pl.from_arrow(
                pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, extent, pa.py_buffer(block)])
            ).cast(pl.String)
        except pl.exceptions.ComputeError:
            self._blame(bytes(block))
        self.saw_nul = self.saw_nul or data.find(b"\0", start, end) >= 0
        self.lines_read += int((pl.Series(np.frombuffer(block, np.uint8)) == _NEWLINE).sum())
        self.last = bytes(block[-1:])
        return data, start, end

    def _blame(self, data: bytes) -> None:
        try:
            data.decode(self.encoding)
        except UnicodeDecodeError as error:
            self._refuse(error)

    def _refuse(self, error: UnicodeDecodeError) -> NoReturn:
        cut_off = error.reason.startswith(("truncated", "unexpected end"))
        why = "the file ends inside a character: truncated" if cut_off else error.reason
        line = self.lines_read + error.object[: error.start].count(b"\n") + 1
        raise UnreadableFile("encoding", f"near line {line}: not {self.encoding}: {why}") from None


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
