"""Room for the blocks of a file, used again and again: fresh memory for each would cost more than reading it."""

from __future__ import annotations

import time
import weakref
from typing import BinaryIO

import pyarrow as pa

_MOST_HEADROOM = 1 << 20
_RELEASE_SECONDS = 5


class Buffers:
    """Buffers of one size; one that is lent comes back by itself when nobody holds it any more.

    `headroom` bytes are left free before a block, for what its first record had in the block before.
    """

    def __init__(self, block_bytes: int) -> None:
        self.headroom = min(block_bytes, _MOST_HEADROOM)
        self._size = self.headroom + block_bytes
        self._free: list[bytearray] = []
        self._lent: list[tuple[weakref.ref[memoryview], bytes | bytearray]] = []

    def filled(self, file: BinaryIO) -> tuple[bytearray, int]:
        """A buffer with the next block of a file behind the headroom, and where that ends."""
        self._take_back()
        buffer = self._free.pop() if self._free else bytearray(self._size)
        room = memoryview(buffer)[self.headroom :]
        count = file.readinto(room)  # type: ignore[attr-defined]  # BinaryIO lacks it; HashedFile and BytesIO have it
        return buffer, self.headroom + count

    def lend(self, data: bytes | bytearray, start: int, end: int) -> pa.Buffer:
        """What stands there in a buffer, without a copy."""
        view = memoryview(data)[start:end]
        self._lent.append((weakref.ref(view), data))
        return pa.py_buffer(view)

    def wait(self) -> None:
        """Until all that was lent has come back, or some seconds have passed."""
        patience = time.monotonic() + _RELEASE_SECONDS
        while self._lent and time.monotonic() < patience:
            self._take_back()
            time.sleep(0.001)

    def _take_back(self) -> None:
        back = [data for view, data in self._lent if view() is None]
        self._lent = [(view, data) for view, data in self._lent if view() is not None]
        self._free += [data for data in back if isinstance(data, bytearray) and len(data) == self._size]
