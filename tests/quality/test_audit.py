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
from lachan.warehouse.mart_state import fingerprint, hold_build_lock, record_state

STATES = "select stage, run_id from ops.mart_state order by kept_at"


NewWarehouse = Callable[..., AbstractContextManager[Settings]]


@pytest.fixture(scope="module")
def built_once(new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with new_warehouse(tmp_path_factory.mktemp("built")) as settings:
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
    assert query(built, STATES) == [("built", "r1"), ("audited", "r1"), ("built", "r2"), ("audited", "r2")]


def test_marts_of_a_failed_build_are_not_audited(built: Settings) -> None:
    query(
        built, "update marts.figure set value = value + 1 where window_kind = 'month'"
    )  # as an unfinished build would
    with pytest.raises(NotBuilt, match="build again, then audit"):
        audit(built, "r1")
    build(built, "r2")
    audit(built, "r2")


def test_after_a_failed_audit_nothing_is_published(built: Settings) -> None:
    query(built, "update marts.reconciliation set difference = 5 where check_key = 'wards_add_up'")
    with transaction(built.dsn, "transformer") as cursor:  # as if a build had produced this
        record_state(cursor, "built", "r1", fingerprint(cursor))
    with pytest.raises(AuditFailed, match="wards_add_up: difference 5"):
        audit(built, "r1")
    with pytest.raises(NotAudited):
        publish(built, "r1", "anyway")


def test_an_audit_waits_for_a_running_build(built: Settings) -> None:
    ended: list[float] = []

    def auditor() -> None:
        audit(built, "r1")
        ended.append(time.monotonic())

    thread = threading.Thread(target=auditor)
    with hold_build_lock(built.dsn):
        thread.start()
        thread.join(3)
        assert thread.is_alive()
        released = time.monotonic()
    thread.join()
    assert ended[0] > released
