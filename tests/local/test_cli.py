"""The command line tool: fast help, and one clear message for each mistake of its user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lachan import cli
from lachan.settings import PROJECT

COMMANDS = {
    "province",
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
    "retract",
    "watch",
    "migrate",
    "dsn",
    "maintain",
    "backup",
    "restore",
    "person",
    "login",
    "archive",
    "letter",
    "settle-ward",
    "key",
    "board",
    "report",
    "run",
    "up",
    "down",
    "clean",
}


def test_help_lists_every_command_and_imports_no_heavy_library() -> None:
    code = "import sys; from lachan.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "plugins")}
    completed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    text, loaded, _ = completed.stdout.rsplit("\n", 2)
    modules = set(loaded.split())
    assert {line.split()[0] for line in text.splitlines() if line.startswith("    ") and line[4] != " "} == COMMANDS
    assert not modules & {"airflow", "dbt", "great_expectations", "polars", "pyarrow", "psycopg2"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LACHAN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LACHAN_DSN", raising=False)
    return tmp_path / "home"


def test_an_unknown_feed_is_refused_and_the_known_feeds_are_listed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ingest", "tip"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("lachan ingest: no contract for tip; there are ")
    assert "patrol_rosters" in message
    assert not home.exists(), "refused before anything is started"


def test_an_unreachable_warehouse_gives_one_message_without_the_password(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LACHAN_DSN", "postgresql://somebody:hidden@127.0.0.1:1/lachan")
    assert cli.main(["ingest"]) == 2
    message = capsys.readouterr().err
    assert "127.0.0.1:1/lachan" in message
    assert "hidden" not in message
    assert "Traceback" not in message


def test_an_invalid_setting_gives_one_message(
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


def test_clean_refuses_a_folder_with_other_files(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    assert cli.main(["clean"]) == 2
    assert "will not delete it" in capsys.readouterr().err
    assert (home / "thesis.txt").exists()


def test_down_and_clean_without_a_home_succeed(home: Path) -> None:
    assert cli.main(["down"]) == 0
    assert cli.main(["clean"]) == 0


def test_dsn_can_be_limited_to_a_role(warehouse: object, capsys: pytest.CaptureFixture[str]) -> None:
    import psycopg2

    assert cli.main(["dsn", "--role", "analyst"]) == 0
    connection = psycopg2.connect(capsys.readouterr().out.strip())
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("lachan_analyst",)
    connection.close()
