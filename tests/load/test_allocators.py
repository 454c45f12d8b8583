"""The allocator settings are in force before polars is imported, and only in processes that load exports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lachan.settings import PROJECT

PRINT_SETTINGS = """
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
ENTRY_POINTS = {
    "the command": "from lachan.cli import main; main(['ingest', 'no_such_feed'])",
    "an ingest DAG": "import ingest",
}
PRINT_AT_POLARS_IMPORT = """
import builtins, os, sys
original_import = builtins.__import__
def printing_import(name, *args, **kwargs):
    if name == "polars" and "polars" not in sys.modules:
        print("at polars import:", os.environ.get("_RJEM_MALLOC_CONF"))
    return original_import(name, *args, **kwargs)
builtins.__import__ = printing_import
"""


def output_of(program: str = PRINT_SETTINGS, **environment: str) -> list[str]:
    """The lines that a program prints in a Python process without malloc settings in its environment."""
    kept = {name: value for name, value in os.environ.items() if "MALLOC_CONF" not in name}
    paths = {"PYTHONPATH": os.pathsep.join(str(PROJECT / folder) for folder in ("plugins", "dags"))}
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept | paths | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_settings_are_made_before_the_libraries_that_read_them_are_imported() -> None:
    imported_before, settings_before, imported_by_load, settings = output_of()
    assert imported_before == ""
    assert settings_before == "None", "importing lachan alone must not change the process"
    assert imported_by_load == ""
    assert settings.count("narenas:1,") == 1


def test_settings_of_the_environment_are_kept() -> None:
    settings = output_of(_RJEM_MALLOC_CONF="narenas:3")[-1]
    assert settings.endswith("narenas:3")  # polars adds its own settings before them


@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_entry_points_that_load_exports_set_them_before_importing_polars(entry: str, tmp_path: Path) -> None:
    homes = {"LACHAN_HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path / "airflow")}
    output = output_of(PRINT_AT_POLARS_IMPORT + ENTRY_POINTS[entry], **homes)
    found = [line for line in output if line.startswith("at polars import:")]
    assert len(found) == 1
    assert "narenas:1," in found[0]
