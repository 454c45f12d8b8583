"""The audit: it checks the marts of a successful build in one snapshot, and only what passes may be published."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest
from helpers.raw_rows import load, query
from lachan.publish.publication import NotAudited, publish
from lachan.quality.audit import AuditFailed, NotBuilt, audit
from lachan.settings import Settings
from lachan.transform.build import build
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import fingerprints, hold_build_lock, record_states

STATES = "select stage, run_id from ops.mart_state where indicator_group = 'tips' order by state_no"


NewWarehouse = Callable[..., AbstractContextManager[Settings]]


@pytest.fixture(scope="module")
def built_once(new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with new_warehouse(tmp_path_factory.mktemp("built"), is_built=True) as settings:
        load(settings, "tips", date(2024, 3, 5), {"A": {}})
        build(settings, "r1")
        yield settings


@pytest.fixture
def built(new_warehouse: NewWarehouse, built_once: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A copy of a warehouse with built marts."""
    with new_warehouse(tmp_path, copy_of=built_once) as settings:
        yield settings


def test_a_build_between_audit_and_publication_is_not_published(built: Settings) -> None:
    audit(built, "r1")
    load(built, "tips", date(2024, 3, 6), {"B": {}})
    build(built, "r2")
    with pytest.raises(NotAudited):
        publish(built, "r1", "overtaken")
    assert query(built, "select count(*) from reporting.figure") == [(0,)]
    audit(built, "r2")
    assert publish(built, "r1", "its own audit came").new > 0
    states = [("built", "r1"), ("audited", "r1"), ("held", "r2"), ("built", "r2"), ("audited", "r2")]
    states += [("published", "r1")]  # what the publication left
    assert query(built, STATES) == states, "a build holds its groups back until it ends"


def test_marts_of_a_failed_build_are_not_audited(built: Settings) -> None:
    query(built, "update intermediate.int_figure_count set numerator = numerator + 1")  # as an unfinished build would
    with pytest.raises(NotBuilt, match="build again, then audit"):
        audit(built, "r1")
    build(built, "r2")
    audit(built, "r2")


def test_a_failed_audit_holds_back_its_own_group(built: Settings) -> None:
    query(built, "update marts.reconciliation set difference = 5 where check_key = 'wards_add_up'")
    with transaction(built.dsn, "transformer") as cursor:  # as if a build had produced this
        record_states(cursor, "built", "r1", fingerprints(cursor))
    message = "tips is held back: marts.reconciliation: wards_add_up of tips: difference 5"
    with pytest.raises(AuditFailed, match=message) as failure:
        audit(built, "r1")
    assert "deliveries is held back" not in str(failure.value)
    report = publish(built, "r1", "what passed")
    assert report.held == ("tips",) and report.new > 0
    assert query(built, "select distinct indicator_key like 'exports%' from reporting.figure") == [(True,)]
    assert query(built, "select sentence_key from reporting.report_sentence group by 1 order by 1") == [
        ("deliveries",),
        ("window",),
    ]
    build(built, "r2")
    audit(built, "r2")
    assert publish(built, "r2", "mended").held == ()
    assert query(built, "select count(*) > 0 from reporting.figure where indicator_key = 'tips_received'") == [(True,)]


def test_an_audit_waits_for_a_running_build(built: Settings) -> None:
    ended: list[float] = []

    def auditor() -> None:
        audit(built, "r1")
        ended.append(time.monotonic())

    thread = threading.Thread(target=auditor)
    with hold_build_lock(built.dsn, "transformer"):
        thread.start()
        thread.join(3)
        assert thread.is_alive()
        released = time.monotonic()
    thread.join()
    assert ended[0] > released


def test_a_figure_without_a_label_is_not_published(built: Settings) -> None:
    query(built, "update intermediate.int_area set ward_name = null where ward_key = 'city'")
    with transaction(built.dsn, "transformer") as cursor:  # as if a build had produced this
        record_states(cursor, "built", "r1", fingerprints(cursor))
    with pytest.raises(AuditFailed, match=r"tips is held back: marts\.figure: .*figures_lacking_values 12"):
        audit(built, "r1")
