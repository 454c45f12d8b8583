"""A broken contract stops only its own feed, and is reported by the commands, by the gate and by `watch`."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from helpers.exports import deliver, row
from helpers.raw_rows import query
from lachan import settings as lachan_settings
from lachan.cli import main
from lachan.contract import ContractError, Feed
from lachan.load.ingest import ingest, replay
from lachan.operate.watch import watch
from lachan.quality.gate import GateReport, gate
from lachan.settings import Settings

BROKEN = "tips.yaml: $.team.name: is missing, and is needed"
OTHERS = ("camera_extractions", "patrol_rosters")
GATE_STATES = "select feed, gate from ops.export_file order by feed"


@pytest.fixture
def broken(warehouse: Settings, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings of a project with a file of each feed, whose contract of tips has no owner."""
    project = tmp_path / "a project"
    for folder in ("contracts", "expectations", "dbt_project"):
        shutil.copytree(warehouse.project / folder, project / folder)
    contract = project / "contracts" / "tips.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("  name: hotline-113\n", ""), encoding="utf-8")
    for name in ("tips", *OTHERS):
        deliver(warehouse, feeds[name], [row(name)])
    monkeypatch.setenv("LACHAN_PROJECT", str(project))
    return lachan_settings.load()


def test_commands_for_other_feeds_succeed(broken: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", *OTHERS]) == 0
    assert main(["replay", "patrol_rosters"]) == 0
    assert capsys.readouterr().err == ""
    for command in (["ingest", "tips"], ["replay", "tips"]):
        assert main(command) == 2
        assert BROKEN in capsys.readouterr().err
    assert query(broken, GATE_STATES) == [(name, "pending") for name in OTHERS]


def test_commands_for_all_feeds_handle_the_others_and_then_fail(
    broken: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("ingest", "replay"):
        assert main([command]) == 2
        assert BROKEN in capsys.readouterr().err
    assert query(broken, GATE_STATES) == [(name, "pending") for name in OTHERS]
    with pytest.raises(ContractError, match="is missing, and is needed"):
        replay(broken, None, "r1")
    assert main(["sources"]) == 2, "the generated files must cover all feeds"


def test_its_files_stay_pending_at_the_gate_and_others_pass(broken: Settings, feeds: dict[str, Feed]) -> None:
    for name in ("tips", *OTHERS):
        ingest(broken, feeds[name], "r1")
    assert gate(broken, "r1") == GateReport(2, 0, 0)
    assert query(broken, GATE_STATES) == [*((name, "accepted") for name in OTHERS), ("tips", "pending")]


def test_watch_reports_it_and_keeps_its_other_alerts(broken: Settings, warehouse: Settings) -> None:
    now = datetime(2024, 3, 10, 1, tzinfo=UTC)
    before = {alert.key for alert in watch(warehouse, now)}
    of_tips = [alert for alert in watch(broken, now) if alert.feed == "tips"]
    assert [(alert.key, alert.severity) for alert in of_tips] == [("contract_broken:tips", "critical")]
    assert BROKEN in of_tips[0].message
    open_alerts = "select alert_key from ops.alert where cleared_at is null"
    assert {key for (key,) in query(broken, open_alerts)} == before | {"contract_broken:tips"}
    watch(warehouse, now)
    assert {key for (key,) in query(broken, open_alerts)} == before, "the alert of a corrected contract is cleared"
