"""The allocators' settings reach polars only when they stand before it is loaded."""

from __future__ import annotations

import os
import subprocess
import sys

from lachan.settings import PROJECT

LOADED = """
import os, sys
import lachan
print(*sorted({"polars", "pyarrow", "numpy"} & set(sys.modules)))
import lachan.loader
print(os.environ["_RJEM_MALLOC_CONF"])
"""


def told(**environment: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if "MALLOC_CONF" not in name}
    paths = {"PYTHONPATH": str(PROJECT / "plugins")}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], env=kept | paths | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_settings_stand_before_what_reads_them_is_loaded() -> None:
    loaded, settings = told()
    assert loaded == ""
    assert settings.count("narenas:1,") == 1


def test_settings_of_the_environment_are_kept() -> None:
    settings = told(_RJEM_MALLOC_CONF="narenas:3")[1]
    assert settings.endswith("narenas:3")  # polars puts its own before them
