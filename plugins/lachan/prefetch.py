"""Work ahead in a thread, so that reading and cleaning overlap with the database's COPY."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Full, Queue
from typing import TypeVar

T = TypeVar("T")
_END = object()


@contextmanager
def prefetch(items: Iterator[T], ahead: int = 2) -> Iterator[Iterator[T]]:
    """Iterate over `items` with up to `ahead` of them made beforehand in a thread.

    An exception of the iterator is raised where its item would have come. Leaving the context stops the thread.
    """
    queue: Queue[tuple[object, BaseException | None]] = Queue(maxsize=ahead)
    stopped = threading.Event()

    def put(item: object, error: BaseException | None = None) -> None:
        while not stopped.is_set():
            try:
                return queue.put((item, error), timeout=0.1)
            except Full:
                continue

    def work() -> None:
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    return
            put(_END)
        except BaseException as error:  # handed over to the consumer, whatever it is
            put(_END, error)

    def ready() -> Iterator[T]:
        while True:
            item, error = queue.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item  # type: ignore[misc]  # only _END is not a T

    thread = threading.Thread(target=work, name="prefetch", daemon=True)
    thread.start()
    try:
        yield ready()
    finally:
        stopped.set()
        thread.join()
