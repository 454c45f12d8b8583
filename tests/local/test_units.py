"""systemd units for a machine without containers: from the compose files, and units that systemd accepts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from lachan.settings import PROJECT

ENV = """# as in .env.example
LANDING_FOLDER=/srv/exports
LACHAN_ARCHIVE_RECIPIENTS=none
BOARD_NAME=board.test
AIRFLOW_NAME=airflow.test
SECRETS_FOLDER=/etc/lachan/secrets
BACKUP_FOLDER=/mnt/backup
LACHAN_LANDING_IGNORE='~$*,.*,100%.part'
"""


def make(folder: Path, env: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "env").write_text(env)
    command = [sys.executable, PROJECT / "deploy" / "make_units.py", folder, "--env", folder / "env", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_units_follow_from_the_compose_files_and_systemd_accepts_them(tmp_path: Path) -> None:
    done = make(tmp_path, ENV)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    units = {file.stem.removeprefix("lachan-"): file.read_text() for file in tmp_path.glob("lachan-*.service")}
    assert units.keys() == services.keys() - {"postgres"}
    for name, unit in units.items():
        variables = set(re.findall(r'^Environment="(\w+)=', unit, re.MULTILINE))
        assert services[name]["environment"].keys() <= variables
        bound = set(re.findall(r"^BindReadOnlyPaths=/etc/lachan/secrets/\w+:/run/secrets/(\w+)$", unit, re.MULTILINE))
        assert bound == set(services[name]["secrets"])
        assert " ".join(services[name]["command"]) in unit
        assert "${" not in unit and "NoNewPrivileges=yes" in unit
    assert 'Environment="LACHAN_LANDING_IGNORE=~$*,.*,100%%.part"' in units["scheduler"]
    for written in ("/var/lib/lachan-archive:/archive", "/mnt/backup:/backup"):
        assert [name for name, unit in units.items() if f"BindPaths={written}" in unit] == ["scheduler"]
    assert [name for name, unit in units.items() if "/srv/exports" in unit] == ["scheduler"]
    assert {name for name, unit in units.items() if "ReadWritePaths" not in unit} == {"board", "dag-processor"}

    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs Debian's package systemd")
    for file in tmp_path.glob("lachan*.service"):  # the path of an installation does not exist here
        file.write_text(file.read_text().replace("/opt/lachan/.venv/bin/python", f'"{sys.executable}"'))
    files = [*tmp_path.glob("lachan*.service"), tmp_path / "lachan.target"]
    verify = ["systemd-analyze", "verify", "--man=no", *files]
    found = subprocess.run(verify, capture_output=True, text=True, check=False)
    told = [line for line in found.stderr.splitlines() if "lachan" in line]
    assert (found.returncode, told) == (0, [])


def test_the_units_of_a_province_have_the_folder_of_its_cities_and_the_scheduler_their_keys(tmp_path: Path) -> None:
    assert "CITIES_FOLDER: set CITIES_FOLDER in .env" in make(tmp_path, ENV, "--province").stderr
    done = make(tmp_path, ENV + "CITIES_FOLDER=/srv/cities\n", "--province")
    assert done.returncode == 0, done.stderr
    for file in tmp_path.glob("lachan-*.service"):
        unit = file.read_text()
        assert 'Environment="LACHAN_CITIES=/cities"' in unit and "=-/srv/cities:/cities\n" in unit, file.name
        is_scheduler = file.stem == "lachan-scheduler"
        assert ("=-/etc/lachan/secrets/cities:/run/secrets/cities\n" in unit) == is_scheduler, file.name
        assert ('"LACHAN_PSEUDONYM_KEY_FILE="' in unit) == is_scheduler and "KEY_FILE=/" not in unit, file.name


def test_what_is_missing_or_unreadable_is_named(tmp_path: Path) -> None:
    without = make(tmp_path, ENV.replace("LANDING_FOLDER=/srv/exports\n", ""))
    assert without.returncode == 2 and "make_units: LANDING_FOLDER: set LANDING_FOLDER in .env" in without.stderr
    assert make(tmp_path, "LANDING FOLDER\n").stderr.endswith("env, line 1: not of the form NAME=value\n")
    assert not list(tmp_path.glob("lachan*"))
