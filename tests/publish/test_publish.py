"""Publication of differences with revisions; the tests write the marts directly, without dbt."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
from helpers.figures import mark_as_audited, set_figures
from helpers.people import person
from helpers.raw_rows import query, set_lock_timeout
from lachan.publish.publication import NotAudited, NothingToPublish, PublishReport, publish
from lachan.settings import Settings
from lachan.warehouse import connect
from lachan.warehouse.mart_state import GroupState


def published(settings: Settings, at: str | None = None) -> list[tuple[Any, ...]]:
    source = "reporting.figure" if at is None else f"reporting.figure_as_of('{at}')"
    return query(settings, f"select breakdown_value, value, revision_no from {source} order by 1", role="reporter")


def test_only_differences_are_written_and_every_revision_is_kept(warehouse: Settings) -> None:
    set_figures(warehouse, ("a", 1), ("b", 2), ("c", 3))
    assert publish(warehouse, "r1", "first") == PublishReport(new=3, changed=0, withdrawn=0)
    untouched = "select figure_id, xmin::text from reporting.figure_state where figure_id = md5('a')"
    before = query(warehouse, untouched)
    set_figures(warehouse, ("a", 1), ("b", 20), ("d", 4))
    assert publish(warehouse, "r2", "late file") == PublishReport(new=1, changed=1, withdrawn=1)
    assert published(warehouse) == [("a", 1, 1), ("b", 20, 2), ("d", 4, 1)]
    assert query(warehouse, untouched) == before
    assert query(
        warehouse,
        "select breakdown_value, revision_no, change, old_value, new_value, why"
        " from reporting.figure_revision where run_id = 'r2' order by 1",
        role="analyst",
    ) == [
        ("b", 2, "changed", 2, 20, "late file"),
        ("c", 2, "withdrawn", 3, None, "late file"),
        ("d", 1, "new", None, 4, "late file"),
    ]


def test_figures_can_be_queried_as_of_an_earlier_moment(warehouse: Settings) -> None:
    moments = [query(warehouse, "select clock_timestamp()::text")[0][0]]
    for figures in ([("a", 1), ("b", 2)], [("a", 5)], [("a", 5), ("b", 3)]):
        set_figures(warehouse, *figures)
        publish(warehouse, "r", "test")
        moments.append(query(warehouse, "select clock_timestamp()::text")[0][0])
    assert [published(warehouse, at) for at in moments] == [
        [],
        [("a", 1, 1), ("b", 2, 1)],
        [("a", 5, 2)],
        [("a", 5, 2), ("b", 3, 3)],
    ]
    assert published(warehouse, moments[-1]) == published(warehouse)


def test_states_recorded_by_a_clock_that_was_ahead_do_not_count_as_the_newest(warehouse: Settings) -> None:
    set_figures(warehouse, ("a", 1))
    publish(warehouse, "r1", "first")
    query(warehouse, "update ops.mart_state set kept_at = kept_at + interval '1 year'")
    set_figures(warehouse, ("a", 2))
    assert publish(warehouse, "r2", "clock set right") == PublishReport(new=0, changed=1, withdrawn=0)


def test_publishing_unchanged_figures_writes_nothing(warehouse: Settings) -> None:
    set_figures(warehouse, ("a", 1))
    publish(warehouse, "r1", "first")
    assert publish(warehouse, "r2", "again") == PublishReport(new=0, changed=0, withdrawn=0)
    assert query(warehouse, "select run_id from reporting.figure_revision") == [("r1",)]


def test_a_changed_label_is_a_revision(warehouse: Settings) -> None:
    set_figures(warehouse, ("a", 1))
    publish(warehouse, "r1", "first")
    set_figures(warehouse, ("a", 1), label="Số tin tiếp nhận")
    assert publish(warehouse, "r2", "label") == PublishReport(new=0, changed=1, withdrawn=0)
    assert query(warehouse, "select label_vi from reporting.figure") == [("Số tin tiếp nhận",)]


def test_an_empty_mart_does_not_withdraw_every_figure(warehouse: Settings) -> None:
    set_figures(warehouse, ("a", 1))
    publish(warehouse, "r1", "first")
    set_figures(warehouse)
    with pytest.raises(NothingToPublish, match=r"marts\.figure is empty"):
        publish(warehouse, "r2", "broken")
    assert published(warehouse) == [("a", 1, 1)]


@pytest.mark.parametrize(
    "change",
    [
        "update marts.figure set value = 2",
        "update marts.figure set label_vi = 'Số tin khác'",
        "update marts.figure set denominator = 0",
        "delete from marts.figure where breakdown_value = 'b'",
        "insert into marts.reconciliation values ('tips', 5)",
    ],
)
def test_marts_changed_since_the_audit_are_not_published(warehouse: Settings, change: str) -> None:
    set_figures(warehouse, ("a", 1), ("b", 1))
    publish(warehouse, "r1", "first")
    before = query(warehouse, "table reporting.figure")
    set_figures(warehouse, ("a", 3), ("b", 1))
    query(warehouse, change)
    with pytest.raises(NotAudited, match="built again since the last audit that passed"):
        publish(warehouse, "r2", "unseen")
    assert query(warehouse, "table reporting.figure") == before
    mark_as_audited(warehouse)
    publish(warehouse, "r2", "seen")


def test_a_build_that_ends_during_publication_does_not_change_the_published_figures(
    warehouse: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lachan.publish import publication as module

    set_figures(warehouse, ("a", 1))
    really_group_states = module.group_states

    def states_then_built(cursor: Any) -> dict[str, GroupState]:
        query(warehouse, "update marts.figure set value = 2")
        return really_group_states(cursor)

    monkeypatch.setattr(module, "group_states", states_then_built)
    publish(warehouse, "r1", "first")
    assert published(warehouse) == [("a", 1, 1)]


def test_publication_blocks_no_reader_and_keeps_views(warehouse: Settings) -> None:
    set_figures(warehouse, ("a", 1))
    publish(warehouse, "r1", "first")
    query(warehouse, "create schema own authorization lachan_analyst")
    query(warehouse, "create view own.report as select * from reporting.figure", role="analyst")
    set_lock_timeout(warehouse)
    with connect(warehouse.dsn, role="analyst") as reader, reader.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        cursor.execute("select value from own.report")
        set_figures(warehouse, ("a", 2))
        publish(warehouse, "r2", "during the read")
        cursor.execute("select value from own.report")
        assert cursor.fetchall() == [(1,)]
    reader.close()
    assert query(warehouse, "select value from own.report", role="analyst") == [(2,)]


def test_a_ward_sees_its_own_figures_only(warehouse: Settings) -> None:
    set_figures(warehouse, ("mine", 1), ("theirs", 1))
    unit = "14764@2021-02-01"  # no other test has a login of this ward; logins belong to the server
    query(
        warehouse,
        f"update marts.figure set ward_key = '{unit}', ward_code = '14764' where breakdown_value = 'mine'",
    )
    mark_as_audited(warehouse)
    publish(warehouse, "r1", "both")
    with person(warehouse, "ward", unit) as ward, ward.cursor() as cursor:
        cursor.execute("select breakdown_value from reporting.ward_figure")
        assert cursor.fetchall() == [("mine",)]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("select * from reporting.figure_revision")
    assert query(warehouse, "select breakdown_value from reporting.ward_figure", role="ward_viewer") == []
