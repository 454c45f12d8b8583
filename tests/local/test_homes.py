"""What tests start ends with them, even if they are killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
from lachan.settings import PROJECT

STARTS_AND_IS_KILLED = """
import os, signal
from helpers.homes import temporary_home
from lachan.local import postgres
with temporary_home("lachan killed ") as home:
    postgres.start(home)
    print(home, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_server_of_killed_tests_is_stopped() -> None:
    here = os.environ | {"PYTHONPATH": os.pathsep.join(str(PROJECT / folder) for folder in ("plugins", "tests"))}
    killed = subprocess.run([sys.executable, "-c", STARTS_AND_IS_KILLED], env=here, capture_output=True, text=True)
    home = killed.stdout.strip()
    assert home, killed.stderr
    while Path(home).exists():  # the watcher is a process of its own; pytest's limit ends an endless wait
        time.sleep(0.1)
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if home in command]
