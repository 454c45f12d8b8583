"""Runs work in background threads, so that reading, cleaning and the database's COPY overlap."""

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
"""More threads use more memory and are no faster on two cores."""


@contextmanager
def map_ahead(items: Iterator[T], work: Callable[[T], R]) -> Iterator[Iterator[R]]:
    """Iterate over `map(work, items)` in order, while THREADS threads compute the next results, one result each.

    Only one thread at a time takes an item from `items`. An exception of `items` or `work` is raised in place of the
    result it prevented. Leaving the context stops the threads; it does not close `items`, which the caller must do.
    """
    results: SimpleQueue[Future[R]] = SimpleQueue()
    free_slots = threading.Semaphore(THREADS)
    items_lock = threading.Lock()
    stopped = threading.Event()

    def run() -> None:
        while free_slots.acquire() and not stopped.is_set():
            result: Future[R] = Future()
            try:
                with items_lock:
                    if stopped.is_set():
                        return
                    results.put(result)
                    item = next(items)
                result.set_result(work(item))
                del item, result  # they are large: release them before waiting for the next slot
            except BaseException as error:  # including StopIteration: the consumer handles it
                stopped.set()
                result.set_exception(error)
                free_slots.release(THREADS)

    def ready() -> Iterator[R]:
        while True:
            try:
                result = results.get().result()
            except StopIteration:
                return
            free_slots.release()
            yield result
            del result

    workers = [threading.Thread(target=run, name=f"ahead-{number}", daemon=True) for number in range(THREADS)]
    for worker in workers:
        worker.start()
    try:
        yield ready()
    finally:
        stopped.set()
        free_slots.release(THREADS)
        for worker in workers:
            worker.join()
