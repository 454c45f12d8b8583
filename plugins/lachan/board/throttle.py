"""Failed logins slow down: after some, each further one has to wait twice as long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FREE_TRIES = 3
LONGEST_WAIT_SECONDS = 300.0
FORGOTTEN_AFTER_SECONDS = 3600.0
_MOST_KEYS = 10_000


@dataclass
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failed logins by key (a name, a client's address); `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, _Failures] = {}
        self._lock = threading.Lock()

    def wait_seconds(self, keys: Iterable[str]) -> float:
        """Seconds until a login with these keys may be tried again; 0 if at once."""
        now = self._clock()
        with self._lock:
            return max((self._wait(self._failures.get(key), now) for key in keys), default=0.0)

    def failed(self, keys: Iterable[str]) -> None:
        """Note a failed login."""
        now = self._clock()
        with self._lock:
            self._forget(now)
            for key in keys:
                known = self._failures.get(key)
                self._failures[key] = _Failures(known.count + 1 if known else 1, now)

    def succeeded(self, keys: Iterable[str]) -> None:
        """Forget the failures of these keys."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    @staticmethod
    def _wait(known: _Failures | None, now: float) -> float:
        if known is None or known.count < FREE_TRIES:
            return 0.0
        wait = min(2.0 ** (known.count - FREE_TRIES), LONGEST_WAIT_SECONDS)
        return max(known.last + wait - now, 0.0)

    def _forget(self, now: float) -> None:
        old = [key for key, known in self._failures.items() if now - known.last > FORGOTTEN_AFTER_SECONDS]
        if len(self._failures) - len(old) >= _MOST_KEYS:  # a flood of names: the oldest are forgotten first
            old += sorted(self._failures, key=lambda key: self._failures[key].last)[: _MOST_KEYS // 10]
        for key in old:
            self._failures.pop(key, None)
