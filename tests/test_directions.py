"""Imports between the folders of the package follow the directions in docs/decisions.md, checked by import-linter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lachan.settings import PROJECT


def lint(project: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(project / "plugins")}
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "plugins", tmp_path / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_has_an_allowed_direction() -> None:
    result = lint(PROJECT)
    assert result.returncode == 0, result.stdout
    assert "2 kept, 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "wrong_import"),
    [
        ("lachan/contract/feed.py", "import lachan.publish.trace"),  # from a lower layer to a higher one
        ("lachan/quality/gate.py", "from lachan.load import ingest"),  # between two stages
        ("lachan/load/ingest.py", "import lachan_sample"),  # from the platform to the sample data
    ],
)
def test_an_import_in_a_wrong_direction_is_found(copied: Path, module: str, wrong_import: str) -> None:
    file = copied / "plugins" / module
    file.write_text(file.read_text(encoding="utf-8") + f"\n{wrong_import}\n", encoding="utf-8")
    result = lint(copied)
    assert result.returncode == 1
    assert "1 broken" in result.stdout
