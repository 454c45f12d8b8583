"""What fails in one group of indicators holds back that group; the others are built, audited and published."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.exports import deliver, row
from helpers.pipeline import figure, process
from helpers.raw_rows import load, parsed_project, query
from lachan.contract import Feed
from lachan.operate.watch import watch
from lachan.publish.publication import publish
from lachan.quality.audit import NotBuilt, audit
from lachan.settings import PROJECT, Settings
from lachan.transform.build import TransformFailed, build
from lachan.transform.pending import has_anything_to_build

Feeds = dict[str, Feed]
NewWarehouse = Callable[..., AbstractContextManager[Settings]]
MARCH = "calendar_month@2024-03-01"


def break_model(project: Path, name: str) -> None:
    [file] = (project / "dbt_project" / "models").rglob(f"{name}.sql")
    file.write_text(file.read_text() + "\nwhere 1 / 0 = 1\n")


def break_test(project: Path, name: str) -> None:
    (project / "dbt_project" / "tests" / f"never_passes_{name}.sql").write_text(
        f"select * from {{{{ ref('{name}') }}}}"
    )


@pytest.fixture(scope="module")
def published_once(new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A warehouse with tips and patrols of 5 March, built and published, and of 6 March, which wait for the build."""
    with new_warehouse(tmp_path_factory.mktemp("published"), is_built=True) as settings:
        for feed in ("tips", "patrol_rosters"):
            load(settings, feed, date(2024, 3, 5), {"A": {}})
        build(settings, "r1")
        audit(settings, "r1")
        publish(settings, "r1", "first")
        for feed in ("tips", "patrol_rosters"):
            load(settings, feed, date(2024, 3, 6), {"B": {}})
        yield settings


@pytest.fixture
def published(new_warehouse: NewWarehouse, published_once: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A copy of that warehouse."""
    (tmp_path / "a copy").mkdir()
    with new_warehouse(tmp_path / "a copy", copy_of=published_once) as settings:
        yield settings


@pytest.fixture
def project(published: Settings) -> Settings:
    """The same warehouse, with a copy of the project to break."""
    copy = replace(published, project=published.home / "own project")
    for folder in ("contracts", "expectations", "dbt_project"):
        shutil.copytree(published.project / folder, copy.project / folder, ignore=shutil.ignore_patterns("target"))
    return copy


@pytest.mark.parametrize(
    ("fail", "name"),
    [
        pytest.param(break_model, "stg_tips", id="a model"),
        pytest.param(break_test, "fct_tip", id="a test", marks=pytest.mark.proof),
    ],
)
def test_a_failed_node_holds_back_its_group(
    project: Settings, published: Settings, fail: Callable[[Path, str], None], name: str
) -> None:
    fail(project.project, name)
    with pytest.raises(TransformFailed, match="held back: the figures of tips;"):
        build(project, "r2")
    assert "tips" not in audit(project, "r2")
    assert publish(project, "r2", "second").held == ("tips",)
    assert (figure(project, "tips_received", MARCH), figure(project, "patrols_performed", MARCH)) == (1, 2)
    [(why,)] = query(project, "select why from ops.mart_state where stage = 'held' order by state_no desc limit 1")
    assert name in why
    [alert] = [each for each in watch(project, datetime.now(UTC)) if each.kind == "group_held"]
    assert (alert.key, alert.severity) == ("group_held:tips", "critical") and name in alert.message
    assert query(project, "select groups_held from reporting.publication order by publication_id") == [
        ([],),
        (["tips"],),
    ]
    build(published, "r3")
    audit(published, "r3")
    assert publish(published, "r3", "mended").held == ()
    assert (figure(project, "tips_received", MARCH), figure(project, "patrols_performed", MARCH)) == (2, 2)
    assert "group_held" not in {each.kind for each in watch(project, datetime.now(UTC), "the next watch")}
    history = "select kind, cleared_by, login from ops.alert_history where kind = 'group_held'"
    assert query(project, history) == [("group_held", "the next watch", "lachan")]


@pytest.mark.proof
def test_a_model_that_no_figure_stands_on_holds_back_nothing(project: Settings) -> None:
    break_model(project.project, "implausible_row")
    with pytest.raises(TransformFailed, match=r"dbt failed in 1 place\(s\); the whole log") as failure:
        build(project, "r2")
    assert "held back" not in str(failure.value)
    audit(project, "r2")
    assert publish(project, "r2", "second").held == ()
    assert figure(project, "tips_received", MARCH) == 2


def test_a_model_that_all_figures_stand_on_holds_back_all(project: Settings) -> None:
    break_model(project.project, "int_area")
    with pytest.raises(
        TransformFailed, match="held back: the figures of camera_extractions, camera_register, common, deliveries"
    ):
        build(project, "r2")
    assert audit(project, "r2") == []
    report = publish(project, "r2", "second")
    assert (report.new, report.changed, report.withdrawn) == (0, 0, 0) and "tips" in report.held
    assert figure(project, "tips_received", MARCH) == figure(project, "patrols_performed", MARCH) == 1


def test_a_build_that_broke_off_publishes_nothing(
    project: Settings, published: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has fixed its deliveries, but has not brought them into the figures."""

    def break_off(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("lachan.transform.build._build_all_but_failed_groups", break_off)
        with pytest.raises(KeyboardInterrupt):
            build(project, "r2")
    fix = "delete from ops.delivery_in_force; insert into ops.delivery_in_force select file_id, feed, export_date,"
    fix += " delivery_id, delivered_at, path, acceptance_no, is_replay, rows_loaded, rows_quarantined from ops.delivery"
    query(project, fix)
    assert audit(project, "r2") == []
    assert "tips" in publish(project, "r2", "second").held
    assert query(project, "select distinct publication_id from reporting.publication_delivery") == [(1,)]
    assert has_anything_to_build(project)
    build(published, "r3")
    audit(published, "r3")
    assert publish(published, "r3", "third").held == ()
    assert figure(published, "tips_received", MARCH) == 2
    assert not has_anything_to_build(project)


def test_marts_that_somebody_changed_are_not_audited_but_the_other_groups_are(project: Settings) -> None:
    build(project, "r2")
    of_tips = "select series_id from intermediate.int_figure_series where indicator_key = 'tips_received'"
    query(project, f"update intermediate.int_figure_count set numerator = numerator + 1 where series_id in ({of_tips})")
    with pytest.raises(NotBuilt, match="the marts of tips are not as the last successful build left them"):
        audit(project, "r2")
    assert query(project, "select count(*) from ops.mart_state where run_id = 'r2' and stage = 'audited'")[0][0] > 5


def test_every_indicator_stands_on_feeds_of_its_group(published_once: Settings) -> None:
    """The groups of the models and those in the seed are the same, so that a failure holds the right figures back."""
    seed = (PROJECT / "dbt_project" / "seeds" / "indicators.csv").read_text(encoding="utf-8").splitlines()
    of_indicators = dict(
        query(published_once, "select feed, min(indicator_group) from reference.indicators group by 1")
    )
    assert len(seed) - 1 == query(published_once, "select count(*) from reference.indicators")[0][0]
    project = parsed_project(published_once)
    of_staging = {
        name.removeprefix("model.lachan.stg_"): node.config.group
        for name, node in project.nodes.items()
        if name.startswith("model.lachan.stg_")
    }
    assert of_indicators == of_staging | {"deliveries": "deliveries"}
    declared = yaml.safe_load((PROJECT / "dbt_project" / "models" / "_groups.yml").read_text(encoding="utf-8"))
    assert {group["name"] for group in declared["groups"]} == set(of_staging.values())


@pytest.mark.built_warehouse
def test_a_revision_names_the_deliveries_behind_it(warehouse: Settings, feeds: Feeds) -> None:
    from lachan.operate.decisions import retract

    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1)], "20240305")
    process(warehouse, feeds, "r1", "tips")
    deliver(warehouse, tips, [row("tips", 2, updated_at="06/03/2024 08:00:00")], "20240306")
    deliver(warehouse, tips, [row("tips", 3, updated_at="05/03/2024 10:00:00")], "20240305_bo_sung")
    process(warehouse, feeds, "r2", "tips")
    retract(warehouse, "of another city", "Nguyễn Thị Mẫu", file_id=1)
    process(warehouse, feeds, "r3", "tips")
    revisions = (
        "select run_id, old_value, new_value, why from reporting.figure_revision where indicator_key = 'tips_received'"
        f" and window_key = '{MARCH}' and ward_key = 'city' and breakdown_dim = 'total' order by revision_no"
    )
    assert query(warehouse, revisions, role="analyst") == [
        ("r1", None, 1, "r1: tips 2024-03-05 (late)"),
        ("r2", 1, 3, "r2: tips 2024-03-06 (late); tips 2024-03-05 (correction)"),
        ("r3", 3, 2, "r3: tips 2024-03-05 (retracted by Nguyễn Thị Mẫu: of another city)"),
    ]
    followed = (
        "select delivery.change, delivery.path, delivery.decided_by from reporting.figure_revision as revision"
        " inner join reporting.publication_delivery as delivery using (publication_id)"
        " where delivery.indicator_group = 'tips' and revision.run_id = 'r3' group by 1, 2, 3"
    )
    assert query(warehouse, followed, role="analyst") == [
        ("retracted", "tips/2024/03/tin_bao_20240305.csv", "Nguyễn Thị Mẫu")
    ]
    late = (
        "select old_value, new_value, note_vi from reporting.late_adjustment"
        " where window_key = 'administrative_year@2023-12-15' and indicator_key = 'tips_received' and ward_key = 'city'"
        " and breakdown_label_vi = 'Tổng số' order by changed_at"
    )
    note = "Số liệu điều chỉnh sau chốt ngày 14/12/2024"
    assert query(warehouse, late, role="analyst") == [(1, 3, note), (3, 2, note)], "the first publication is none"
    for hidden in (followed, late):
        assert query(warehouse, hidden, role="reporter") == [], "revisions of small counts"
