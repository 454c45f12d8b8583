"""Homes for tests that start servers. However the tests end, nothing that runs in such a home outlives them.

Run as a program, this is the watcher: a process interrupted or killed cannot tidy up after itself.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from lachan.local import run as local
from lachan.settings import load


@contextmanager
def temporary_home(prefix: str) -> Iterator[Path]:
    """A folder that others may pass through, as pytest's may not; in the end it goes, and what runs in it stops."""
    with TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        told = _watcher().stdin
        assert told is not None
        told.write(f"{folder}\n")
        told.flush()
        try:
            yield Path(folder)
        finally:
            _stop(Path(folder))


def _stop(home: Path) -> None:
    local.down(replace(load(), home=home))


@cache
def _watcher() -> subprocess.Popen[str]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, text=True, start_new_session=True, **quiet
    )


if __name__ == "__main__":
    for home in map(Path, sys.stdin.read().splitlines()):  # until nobody is left who could write
        if home.exists():
            _stop(home)
            shutil.rmtree(home, ignore_errors=True)
