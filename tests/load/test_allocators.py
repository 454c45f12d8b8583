"""The allocators' settings reach polars only when they stand before it is loaded, and only where exports are loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lachan.settings import PROJECT

LOADED = """
import os, sys
import lachan
import lachan.settings
print(*sorted({"polars", "pyarrow", "numpy"} & set(sys.modules)))
print(os.environ.get("_RJEM_MALLOC_CONF"))
import lachan.load
print(*sorted({"polars", "pyarrow", "numpy"} & set(sys.modules)))
import lachan.load.loader
print(os.environ["_RJEM_MALLOC_CONF"])
"""
ENTRIES = {
    "the command": "from lachan.cli import main; main(['ingest', 'no_such_feed'])",
    "an ingest DAG": "import ingest",
}
WATCHED = """
import builtins, os, sys
really_import = builtins.__import__
def watching(name, *args, **kwargs):
    if name == "polars" and "polars" not in sys.modules:
        print("polars finds", os.environ.get("_RJEM_MALLOC_CONF"))
    return really_import(name, *args, **kwargs)
builtins.__import__ = watching
"""


def told(program: str = LOADED, **environment: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if "MALLOC_CONF" not in name}
    paths = {"PYTHONPATH": os.pathsep.join(str(PROJECT / folder) for folder in ("plugins", "dags"))}
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept | paths | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_settings_stand_before_what_reads_them_is_loaded() -> None:
    before, untouched, loaded, settings = told()
    assert before == ""
    assert untouched == "None", "importing the package changes nothing of the process"
    assert loaded == ""
    assert settings.count("narenas:1,") == 1


def test_settings_of_the_environment_are_kept() -> None:
    settings = told(_RJEM_MALLOC_CONF="narenas:3")[-1]
    assert settings.endswith("narenas:3")  # polars puts its own before them


@pytest.mark.parametrize("entry", ENTRIES)
def test_whoever_loads_exports_sets_them_before_polars_is_imported(entry: str, tmp_path: Path) -> None:
    places = {"LACHAN_HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path / "airflow")}
    found = [line for line in told(WATCHED + ENTRIES[entry], **places) if line.startswith("polars finds")]
    assert len(found) == 1
    assert "narenas:1," in found[0]
