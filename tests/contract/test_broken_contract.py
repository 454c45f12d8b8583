"""A contract that cannot be used stops its own feed only, and is told wherever somebody looks."""

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
FATES = "select feed, gate from ops.export_file order by feed"


@pytest.fixture
def broken(warehouse: Settings, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Each feed has delivered a file; the contract of tips has just lost its owner."""
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


def test_verbs_that_name_other_feeds_work(broken: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", *OTHERS]) == 0
    assert main(["replay", "patrol_rosters"]) == 0
    assert capsys.readouterr().err == ""
    for verb in (["ingest", "tips"], ["replay", "tips"]):
        assert main(verb) == 2
        assert BROKEN in capsys.readouterr().err
    assert query(broken, FATES) == [(name, "pending") for name in OTHERS]


def test_verbs_that_name_no_feed_serve_the_others_and_then_tell(
    broken: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb in ("ingest", "replay"):
        assert main([verb]) == 2
        assert BROKEN in capsys.readouterr().err
    assert query(broken, FATES) == [(name, "pending") for name in OTHERS]
    with pytest.raises(ContractError, match="is missing, and is needed"):
        replay(broken, None, "r1")
    assert main(["sources"]) == 2, "what is written must hold all feeds"


def test_its_files_wait_at_the_gate_and_others_pass(broken: Settings, feeds: dict[str, Feed]) -> None:
    for name in ("tips", *OTHERS):
        ingest(broken, feeds[name], "r1")
    assert gate(broken, "r1") == GateReport(2, 0, 0)
    assert query(broken, FATES) == [*((name, "accepted") for name in OTHERS), ("tips", "pending")]


def test_watch_tells_it_and_leaves_its_other_alerts_as_they_are(broken: Settings, warehouse: Settings) -> None:
    now = datetime(2024, 3, 10, 1, tzinfo=UTC)
    before = {alert.key for alert in watch(warehouse, now)}
    told = [alert for alert in watch(broken, now) if alert.feed == "tips"]
    assert [(alert.key, alert.severity) for alert in told] == [("contract_broken:tips", "critical")]
    assert BROKEN in told[0].message
    open_alerts = "select alert_key from ops.alert where cleared_at is null"
    assert {key for (key,) in query(broken, open_alerts)} == before | {"contract_broken:tips"}
    watch(warehouse, now)
    assert {key for (key,) in query(broken, open_alerts)} == before, "it is mended"
