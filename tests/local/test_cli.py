"""The command: help at once, and one clear message for what a person can get wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lachan import cli
from lachan.settings import PROJECT

VERBS = {
    "sample",
    "ingest",
    "build",
    "figures",
    "replay",
    "trace",
    "release",
    "discard",
    "sources",
    "docs",
    "watch",
    "dsn",
    "run",
    "up",
    "down",
    "clean",
}


def test_help_names_every_verb_and_imports_nothing_heavy() -> None:
    code = "import sys; from lachan.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    here = os.environ | {"PYTHONPATH": str(PROJECT / "plugins")}
    shown = subprocess.run([sys.executable, "-c", code], env=here, capture_output=True, text=True, check=True)
    text, loaded, _ = shown.stdout.rsplit("\n", 2)
    modules = set(loaded.split())
    assert {line.split()[0] for line in text.splitlines() if line.startswith("    ") and line[4] != " "} == VERBS
    assert not modules & {"airflow", "dbt", "great_expectations", "polars", "pyarrow", "psycopg2"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LACHAN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LACHAN_DSN", raising=False)
    return tmp_path / "home"


def test_an_unknown_feed_is_refused_with_the_known_ones(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ingest", "tip"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("lachan ingest: no contract for tip; there are ")
    assert "patrol_rosters" in message
    assert not home.exists(), "refused before anything was started"


def test_a_warehouse_that_does_not_answer_is_one_message(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LACHAN_DSN", "postgresql://somebody:hidden@127.0.0.1:1/lachan")
    assert cli.main(["ingest"]) == 2
    message = capsys.readouterr().err
    assert "127.0.0.1:1/lachan" in message
    assert "hidden" not in message
    assert "Traceback" not in message


def test_a_broken_setting_is_one_message(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LACHAN_LANDING_OPTIONS", "{")
    assert cli.main(["watch"]) == 2
    assert "LACHAN_LANDING_OPTIONS is not JSON" in capsys.readouterr().err


def test_sample_does_not_write_to_a_remote_landing_zone(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LACHAN_LANDING", "sftp://somewhere/exports")
    assert cli.main(["sample"]) == 2
    assert "--landing" in capsys.readouterr().err


def test_clean_refuses_a_folder_that_is_not_ours(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    assert cli.main(["clean"]) == 2
    assert "will not delete it" in capsys.readouterr().err
    assert (home / "thesis.txt").exists()


def test_down_with_nothing_there_is_fine(home: Path) -> None:
    assert cli.main(["down"]) == 0
    assert cli.main(["clean"]) == 0


def test_the_address_can_be_narrowed_to_a_role(warehouse: object, capsys: pytest.CaptureFixture[str]) -> None:
    import psycopg2

    assert cli.main(["dsn", "--role", "analyst"]) == 0
    connection = psycopg2.connect(capsys.readouterr().out.strip())
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("lachan_analyst",)
    connection.close()
