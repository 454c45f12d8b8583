"""The gate's limits: read from gate.yaml, expanded to one suite per feed, changed by a contract for its own feed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from helpers.exports import deliver, row
from helpers.raw_rows import query
from lachan.contract import ContractError, Feed, GateChange, read_contract
from lachan.load.ingest import ingest
from lachan.quality.gate import GateReport, gate
from lachan.quality.limits import LIMITS, LimitsError, read_limits, suite_files
from lachan.settings import PROJECT, Settings

Feeds = dict[str, Feed]


@pytest.fixture
def own_project(warehouse: Settings, tmp_path: Path) -> Settings:
    for folder in ("expectations", "contracts"):
        shutil.copytree(PROJECT / folder, tmp_path / "project" / folder)
    for folder in ("seeds", "cities"):
        shutil.copytree(PROJECT / "dbt_project" / folder, tmp_path / "project" / "dbt_project" / folder)
    return replace(warehouse, project=tmp_path / "project")


def change(settings: Settings, old: str, new: str) -> None:
    file = settings.project / LIMITS
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def write_suites(settings: Settings, feeds: Feeds) -> None:
    for path, text in suite_files(settings.project, feeds).items():
        (settings.project / path).write_text(text, encoding="utf-8")


def changed(feed: Feed, limit: str, **how: object) -> Feed:
    fields = {"applies": True, "at_least": None, "at_most": None, "severity": None, "reason": "a test"} | how
    return replace(feed, gate_changes=(GateChange(limit, **fields),))  # type: ignore[arg-type]


def test_the_committed_suites_are_up_to_date(feeds: Feeds) -> None:
    for path, text in suite_files(PROJECT, feeds).items():
        assert (PROJECT / path).read_text(encoding="utf-8") == text, f"{path}: run `lachan sources`"


def test_every_measure_is_a_column_of_the_profile(warehouse: Settings) -> None:
    columns = {
        name
        for (name,) in query(
            warehouse, "select attname from pg_attribute where attrelid = 'ops.batch_profile'::regclass"
        )
    }
    for group in read_limits(PROJECT).groups.values():
        for limit in group.values():
            formula = re.findall("[a-z_]+", limit.at_most) if isinstance(limit.at_most, str) else []
            named = {limit.measure, *formula, *([limit.where[0]] if limit.where else [])}
            assert named <= columns, limit.name


def test_a_changed_limit_applies_without_a_change_of_code(own_project: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    deliver(own_project, tips, [row("tips", 1), row("tips", 2, channel="Zalo")])
    change(
        own_project, "where: {rows_read: 20}\n    severity: critical", "where: {rows_read: 2}\n    severity: critical"
    )
    change(own_project, "measure: share_quarantined\n    at_most: 0.5", "measure: share_quarantined\n    at_most: 0.4")
    write_suites(own_project, feeds)
    ingest(own_project, tips, "r1")
    assert gate(own_project, "r1") == GateReport(0, 0, 1)
    [(reason,)] = query(own_project, "select gate_reason from ops.export_file")
    assert reason == "share_quarantined 0.5, wanted max_value 0.4"


def test_a_formula_names_the_bound_that_it_gives(own_project: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    change(own_project, "value: 3\n    unit: files", "value: 1\n    unit: files")
    change(own_project, "at_most: 5 * rows_usual + 50", "at_most: 2 * rows_usual + 1")
    write_suites(own_project, feeds)
    for day, first, count in (("20240305", 1, 2), ("20240312", 10, 6)):
        rows = [row("tips", first + n, updated_at=f"{day[6:]}/03/2024 09:00:00") for n in range(count)]
        deliver(own_project, tips, rows, day)
        ingest(own_project, tips, day)
        gate(own_project, day)
    assert query(own_project, "select gate_reason from ops.export_file where gate = 'held'") == [
        ("rows_read 6 (at most 5), wanted max_value 2 * rows_usual + 1",)
    ]


def test_a_contract_changes_or_disables_a_limit_for_its_own_feed(feeds: Feeds) -> None:
    limits = read_limits(PROJECT)
    tips = feeds["tips"]
    assert {limit.name for limit in limits.for_feed(tips)} - {"mix_shift"} == {
        limit.name for limit in limits.for_feed(changed(tips, "mix_shift", applies=False))
    }
    [flood] = [limit for limit in limits.for_feed(changed(tips, "flood", at_most=7.0)) if limit.name == "flood"]
    assert (flood.measure, flood.at_most, flood.severity, flood.reason) == ("rows_read", 7.0, "critical", "a test")
    critical = limits.for_feed(changed(tips, "mix_shift", severity="critical"))
    [shift] = [limit for limit in critical if limit.name == "mix_shift"]
    assert (shift.at_most, shift.where, shift.severity) == (0.5, ("rows_loaded", 30), "critical")
    with pytest.raises(ContractError, match=r"feed tips: .*'miracles'; expectations/gate.yaml declares flood, "):
        limits.for_feed(changed(tips, "miracles", applies=False))


@pytest.mark.parametrize(
    ("implementation", "message"),
    [
        ("{applies: maybe}", r"quality\[0\]\.implementation\.applies: 'maybe' is not of type 'boolean'"),
        ("{at_mots: 3}", r"quality\[0\]\.implementation: Additional properties are not allowed \('at_mots'"),
    ],
)
def test_a_contract_with_an_invalid_change_of_a_limit_is_broken(
    tmp_path: Path, implementation: str, message: str
) -> None:
    contract = yaml.safe_load((PROJECT / "contracts" / "tips.yaml").read_text(encoding="utf-8"))
    entry = {"type": "custom", "engine": "gate", "name": "flood", "description": "x"}
    contract["schema"][0]["quality"] = [entry | {"implementation": yaml.safe_load(implementation)}]
    file = tmp_path / "tips.yaml"
    file.write_text(yaml.safe_dump(contract, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ContractError, match=message):
        read_contract(file)


@pytest.mark.parametrize(
    ("break_limits", "message"),
    [
        (lambda file: file.unlink(), "not readable as YAML"),
        (lambda file: file.write_text("{"), "not readable as YAML"),
        (lambda file: file.write_text("periods: {}"), r"\$: 'every_feed' is a required property"),
    ],
)
def test_unreadable_limits_are_reported_with_file_and_reason(
    own_project: Settings, feeds: Feeds, break_limits: Callable[[Path], None], message: str
) -> None:
    break_limits(own_project.project / LIMITS)
    with pytest.raises(LimitsError, match=f"expectations/gate.yaml: .*{message}"):
        gate(own_project, "r1")
