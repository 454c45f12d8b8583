"""Work ahead in a thread, so that reading, cleaning and the database's COPY overlap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
_END = object()


@contextmanager
def prefetch(items: Iterator[T], ahead: int = 1) -> Iterator[Iterator[T]]:
    """Iterate over `items` with up to `ahead` of them made beforehand in a thread.

    An exception of the iterator is raised where its item would have come. Leaving the context ends the thread; an
    iterator that must be closed is closed by whoever made it.
    """
    made: SimpleQueue[tuple[object, BaseException | None]] = SimpleQueue()
    room = threading.Semaphore(ahead)
    left = threading.Event()

    def work() -> None:
        try:
            while room.acquire() and not left.is_set():
                made.put((next(items), None))
        except StopIteration:
            made.put((_END, None))
        except BaseException as error:  # handed over to the consumer, whatever it is
            made.put((_END, error))

    def ready() -> Iterator[T]:
        while True:
            item, error = made.get()
            if error is not None:
                raise error
            if item is _END:
                return
            room.release()
            yield item  # type: ignore[misc]  # only _END is not a T
            del item  # items are large: none is kept while the next is waited for

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        yield ready()
    finally:
        left.set()
        room.release()
        thread.join()
