"""Home folders for tests that start servers. The servers are stopped even when the test process is killed.

Run as a program, this module is the watcher that does so: a killed process cannot clean up after itself.
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
    """A temporary home; at the end its servers are stopped and it is deleted.

    pytest's tmp_path cannot be used: other users may not enter it, and PostgreSQL is started as another user by root.
    """
    with TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        watcher_input = _watcher().stdin
        assert watcher_input is not None
        watcher_input.write(f"{folder}\n")
        watcher_input.flush()
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
    for home in map(Path, sys.stdin.read().splitlines()):  # read returns when every test process has ended
        if home.exists():
            _stop(home)
            shutil.rmtree(home, ignore_errors=True)
