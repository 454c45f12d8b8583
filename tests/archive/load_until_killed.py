"""Loads tips in a process that kills itself: `python load_until_killed.py PLACE NUMBER`.

PLACE is `entered` (the archive's entries are made, the transaction is not committed) or `writing` (a piece of a large
file is about to be encrypted); it is killed there the NUMBERth time.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import lachan.load  # isort: skip  # noqa: F401  # sets the memory allocator before polars is imported
from lachan import settings
from lachan.archive.store import Encryption
from lachan.contract import read_contracts
from lachan.load.ingest import ingest
from lachan.warehouse.load_session import LoadSession

place, number = sys.argv[1], int(sys.argv[2])
passed = 0


def pass_place() -> None:
    global passed
    passed += 1
    if passed == number:
        os.kill(os.getpid(), signal.SIGKILL)


if place == "entered":
    run = LoadSession.run

    def run_until_killed(session: LoadSession, name: str, /, **values: Any) -> None:
        run(session, name, **values)
        if name == "archive/insert_archived_files":
            pass_place()

    LoadSession.run = run_until_killed  # type: ignore[method-assign]
else:
    write = Encryption.write

    def write_until_killed(encryption: Encryption, data: bytes | memoryview) -> None:
        pass_place()
        write(encryption, data)

    Encryption.write = write_until_killed  # type: ignore[method-assign]

loaded = settings.load()
ingest(loaded, read_contracts(loaded.contracts)["tips"], "killed")
