"""Work in threads beside the one that uses it, so that reading, cleaning and the database's COPY overlap."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
THREADS = 2
"""More hold more memory and bring nothing on two cores."""


@contextmanager
def worked_ahead(items: Iterator[T], work: Callable[[T], R]) -> Iterator[Iterator[R]]:
    """Iterate over `map(work, items)`, in its order, while THREADS threads work at the next results: one result each.

    The items are taken one after the other. What `items` or `work` raises is raised where the result would have come.
    Leaving the context ends the threads; an iterator that must be closed is closed by whoever made it.
    """
    results: SimpleQueue[Future[R]] = SimpleQueue()
    room = threading.Semaphore(THREADS)
    taking = threading.Lock()
    ended = threading.Event()

    def run() -> None:
        while room.acquire() and not ended.is_set():
            result: Future[R] = Future()
            try:
                with taking:
                    if ended.is_set():
                        return
                    results.put(result)
                    item = next(items)
                result.set_result(work(item))
                del item, result  # they are large: none is kept while the next is waited for
            except BaseException as error:  # handed over to the consumer, whatever it is
                ended.set()
                result.set_exception(error)
                room.release(THREADS)

    def ready() -> Iterator[R]:
        while True:
            try:
                result = results.get().result()
            except StopIteration:
                return
            room.release()
            yield result
            del result

    workers = [threading.Thread(target=run, name=f"ahead-{number}", daemon=True) for number in range(THREADS)]
    for worker in workers:
        worker.start()
    try:
        yield ready()
    finally:
        ended.set()
        room.release(THREADS)
        for worker in workers:
            worker.join()
