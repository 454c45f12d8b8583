"""`dbt source freshness` on the ledger, the alert about a stale source, and the exposures of dbt's pages."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
import yaml
from helpers.raw_rows import parsed_project
from lachan.contract import Feed
from lachan.operate.watch import watch
from lachan.settings import PROJECT, Settings
from lachan.transform.build import TransformFailed
from lachan.transform.freshness import check_freshness
from operate.conftest import NOW, run


def statuses(settings: Settings) -> dict[str, str]:
    return {each.feed: each.status for each in check_freshness(settings, "r1")}


def age(settings: Settings, feed: str, since: timedelta) -> None:
    run(settings, "update ops.export_file set loaded_at = clock_timestamp() - %s where feed = %s", since, feed)


@pytest.mark.proof
def test_a_source_is_judged_by_the_ledger_and_its_periods(delivered: Settings, feeds: dict[str, Feed]) -> None:
    for feed in feeds:
        age(delivered, feed, timedelta(hours=29))
    run(delivered, "alter table raw.tips rename to elsewhere")
    assert Counter(statuses(delivered).values()) == {"pass": 9}, "no row of raw is read"
    assert run(delivered, "select count(*) from ops.delivery_in_force") == [(0,)], "the hooks of a build do not run"
    assert watch(delivered, NOW) == []

    age(delivered, "tips", timedelta(hours=31))
    age(delivered, "patrol_rosters", timedelta(hours=55))
    age(delivered, "model_points", timedelta(hours=7 * 24 + 7))
    age(delivered, "model_register", timedelta(hours=14 * 24 + 7))
    run(delivered, "update ops.export_file set gate = 'held', acceptance_no = null where feed = 'mass_work_events'")
    found = statuses(delivered)
    assert {feed: status for feed, status in found.items() if status != "pass"} == {
        "tips": "warn",
        "patrol_rosters": "error",
        "model_points": "warn",
        "model_register": "error",
        "mass_work_events": "error",
    }
    assert dict(run(delivered, "select feed, status from ops.source_freshness where run_id = 'r1'")) == found
    stale = {alert.key: alert for alert in watch(delivered, NOW) if alert.kind == "source_stale"}
    assert set(stale) == {f"source_stale:{feed}" for feed, status in found.items() if status == "error"}
    assert "no delivery was ever accepted" in stale["source_stale:mass_work_events"].message
    assert stale["source_stale:mass_work_events"].about == "chưa có tệp nào"
    assert "the last accepted delivery was loaded 20" in stale["source_stale:patrol_rosters"].message
    assert {alert.severity for alert in stale.values()} == {"warning"}

    age(delivered, "patrol_rosters", timedelta(hours=1))
    statuses(delivered)
    assert "source_stale:patrol_rosters" not in {alert.key for alert in watch(delivered, NOW)}

    run(delivered, "alter table ops.export_file rename to elsewhere")
    with pytest.raises(TransformFailed, match=r"ops\.export_file"):
        check_freshness(delivered, "r2")
    run(delivered, "alter table ops.elsewhere rename to export_file")
    assert run(delivered, "select distinct run_id from ops.source_freshness") == [("r1",)], "the last verdicts stay"


def test_the_board_is_an_exposure_of_every_mart_that_it_reads(warehouse: Settings) -> None:
    exposures = parsed_project(warehouse).exposures
    assert {exposure.split(".")[-1] for exposure in exposures} == {"board", "reports"}
    nodes = {node.split(".")[-1] for node in exposures["exposure.lachan.board"].depends_on.nodes}
    functions = PROJECT / "plugins" / "lachan" / "warehouse" / "sql" / "create_reader_functions.sql"
    read = set(re.findall(r"(?:marts|reference)\.(\w+)", functions.read_text(encoding="utf-8")))
    assert len(read) >= 5 and read <= nodes, sorted(read - nodes)
    published = {"figure", "report_sentence"}
    declared = yaml.safe_load((PROJECT / "dbt_project" / "models" / "_exposures.yml").read_text(encoding="utf-8"))
    for exposure in declared["exposures"]:
        assert published <= set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"])))
