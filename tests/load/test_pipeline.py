"""`map_ahead` yields results in the order of their items, and raises an error in place of the result it prevented."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from lachan.load.pipeline import map_ahead


def counted(count: int, taken: list[int]) -> Iterator[int]:
    """Yield the numbers below `count`, and add each to `taken` when it is taken."""
    for number in range(count):
        taken.append(number)
        yield number


def slow_when_even(number: int) -> int:
    time.sleep(0.02 * (number % 2 == 0))
    return number * 10


def test_results_are_in_the_order_of_items_and_only_two_are_computed_ahead() -> None:
    taken: list[int] = []
    with map_ahead(counted(20, taken), slow_when_even) as results:
        for number, result in enumerate(results):
            assert result == number * 10
            assert len(taken) <= number + 3  # the item of this result and two more
    assert number == 19


def test_two_results_are_computed_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=20)
    with map_ahead(iter(range(4)), lambda number: (together.wait(), number)[1]) as results:
        assert list(results) == [0, 1, 2, 3]


def test_error_of_the_items_is_raised_after_the_results_before_it() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise ValueError("no fourth")

    seen = []
    with pytest.raises(ValueError, match="no fourth"), map_ahead(items(), slow_when_even) as results:
        for result in results:
            seen.append(result)
    assert seen == [0, 10, 20]


def test_error_of_the_work_is_raised_after_the_results_before_it() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise ValueError("not two")
        return slow_when_even(number)

    seen = []
    with pytest.raises(ValueError, match="not two"), map_ahead(iter(range(9)), work) as results:
        for result in results:
            seen.append(result)
    assert seen == [0, 10]


def test_leaving_the_context_stops_the_threads() -> None:
    before = threading.active_count()
    with map_ahead(iter(range(100)), slow_when_even) as results:
        assert next(results) == 0
    assert threading.active_count() == before
