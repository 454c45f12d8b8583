"""Work ahead in threads, so that reading, cleaning and the database's COPY overlap."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Full, Queue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_END = object()


@contextmanager
def prefetch(items: Iterator[T], ahead: int = 1) -> Iterator[Iterator[T]]:
    """Iterate over `items` with up to `ahead` of them made beforehand in a thread.

    An exception of the iterator is raised where its item would have come. Leaving the context stops the thread and
    closes a generator.
    """
    queue: Queue[tuple[object, BaseException | None]] = Queue(maxsize=ahead)
    stopped = threading.Event()

    def put(item: object, error: BaseException | None = None) -> None:
        while not stopped.is_set():
            try:
                queue.put((item, error), timeout=0.1)
                return
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
        if isinstance(items, Generator):
            items.close()


@contextmanager
def ordered(function: Callable[[T], R], items: Iterable[T], workers: int = 2) -> Iterator[Iterator[R]]:
    """`map(function, items)` with the calls made by `workers` threads and the results in the order of the items.

    At most one item more than there are workers is under way. Leaving the context drops what has not begun.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="ordered")
    under_way: deque[Future[R]] = deque()

    def results() -> Iterator[R]:
        for item in items:
            under_way.append(pool.submit(function, item))
            if len(under_way) > workers:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()

    try:
        yield results()
    finally:
        pool.shutdown(cancel_futures=True)
