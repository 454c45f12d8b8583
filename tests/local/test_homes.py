"""Servers that tests start are stopped when the tests end, even if the tests are killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
from lachan.settings import PROJECT

START_SERVER_AND_DIE = """
import os, signal
from helpers.homes import temporary_home
from lachan.local import postgres
with temporary_home("lachan killed ") as home:
    postgres.start(home)
    print(home, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_server_is_stopped_after_its_tests_were_killed() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(str(PROJECT / folder) for folder in ("plugins", "tests"))}
    killed = subprocess.run(
        [sys.executable, "-c", START_SERVER_AND_DIE], env=environment, capture_output=True, text=True
    )
    home = killed.stdout.strip()
    assert home, killed.stderr
    while Path(home).exists():  # the watcher is a separate process; if it fails, pytest's timeout ends this loop
        time.sleep(0.1)
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if home in command]
