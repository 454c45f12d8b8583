"""Alerts about the platform itself, the record of good runs, and the heartbeat that a service elsewhere waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from helpers.warehouses import own_contract
from lachan.operate.limits import LIMITS, WatchLimitsError, watch_limits
from lachan.operate.watch import watch
from lachan.privacy.pseudonyms import key_fingerprint
from lachan.settings import SettingError, Settings, load
from operate.conftest import NOW, deliver, publish, run


def keys(settings: Settings, now: datetime = NOW) -> list[str]:
    return [alert.key for alert in watch(settings, now)]


def with_limit(settings: Settings, name: str, **changes: object) -> Settings:
    """The settings of a project of its own, in which one limit of watch is another."""
    own = settings if (settings.home / "own project").exists() else own_contract(settings, "tips")[0]
    path = own.project / LIMITS
    limits = yaml.safe_load(path.read_text(encoding="utf-8"))
    limits[name] |= changes
    path.write_text(yaml.safe_dump(limits), encoding="utf-8")
    return own


def test_old_publications_and_a_failed_audit(delivered: Settings) -> None:
    run(delivered, "delete from reporting.publication")
    assert keys(delivered) == ["not_published"], "loaded three days ago, and never published"
    publish(delivered, NOW - timedelta(hours=49))
    [alert] = watch(delivered, NOW)
    assert "nothing has been published since 2024-05-18 06:30" in alert.message
    publish(delivered, NOW - timedelta(hours=48))
    assert keys(delivered) == []

    check = (
        "insert into ops.check_result (run_id, stage, suite, expectation, severity, success, expected, checked_at)"
        " values (%s, %s, 'figure', 'adds_up', %s, %s, '', %s)"
    )
    earlier, later = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    run(delivered, check, "r1", "audit", "critical", False, earlier)
    run(delivered, check, "r1", "audit", "warning", False, earlier)
    run(delivered, check, "r0", "gate", "critical", False, later)
    [alert] = watch(delivered, NOW)
    assert alert.key == "audit_failed" and "failed in 1 checks (figure: adds_up)" in alert.message
    run(delivered, check, "r2", "audit", "critical", True, later)
    assert keys(delivered) == [], "the next audit passed"


def test_disk_key_and_clocks(delivered: Settings) -> None:
    full = with_limit(delivered, "disk_free", value=10**9)
    assert keys(full) == ["disk_low"]
    full = with_limit(full, "disk_free", value=0)
    assert keys(full) == []

    fingerprint = key_fingerprint(delivered.pseudonym_key)
    run(
        delivered,
        "insert into ops.pseudonym_key (number, fingerprint, found_at) values (1, %s, 'the first machine')",
        fingerprint,
    )
    assert keys(delivered) == []
    file = delivered.home / "secrets" / "pseudonym_key"
    kept = file.read_text()
    file.write_text("ab" * 32)
    [alert] = watch(load(), NOW)
    assert alert.key == "key_missing" and "is not the one of the rows" in alert.message
    file.unlink()
    [alert] = watch(load(), NOW)
    assert "has no pseudonym key" in alert.message and "the first machine" in alert.message
    file.write_text(kept)

    assert keys(with_limit(full, "clock_difference", value=0)) == ["clock_wrong:server"], "no two readings are equal"
    soon = datetime.now(UTC) + timedelta(hours=2)
    deliver(delivered, "tips", NOW.date() - timedelta(days=1), loaded_at=soon)
    assert keys(delivered) == ["clock_wrong:ledger"]


class Service(HTTPServer):
    """A monitoring service that keeps the calls it gets."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.calls.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_good_run_is_recorded_and_tells_that_the_scheduler_lives(
    delivered: Settings, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runs: Callable[[], list[tuple[object, ...]]] = lambda: run(  # noqa: E731
        delivered, "select watched_at, critical, warnings, cleared from ops.watch_run order by finished_at"
    )
    watch(delivered, NOW)
    assert service.calls == [] and runs() == [(NOW, 0, 0, 0)], "nobody is called where nobody is named"

    monkeypatch.setenv("LACHAN_HEARTBEAT_URL", f"http://127.0.0.1:{service.server_port}/secret?x=1")
    monkeypatch.setenv("LACHAN_PROJECT", str(delivered.project))
    called = load()
    assert "secret" not in repr(called)
    held = deliver(delivered, "tips", NOW.date() - timedelta(days=2), gate="held")
    watch(called, NOW)
    assert service.calls == ["/secret?x=1"], "a run with alerts is a good run"
    run(delivered, "update ops.export_file set gate = 'none' where file_id = %s", held)
    service.status = 500
    watch(called, NOW)
    assert runs() == [(NOW, 0, 0, 0), (NOW, 1, 0, 0), (NOW, 0, 0, 1)]
    assert "LACHAN_HEARTBEAT_URL): 500" in caplog.text and "secret" not in caplog.text

    broken = with_limit(called, "grace", value="a while")
    with pytest.raises(WatchLimitsError, match="grace must be a number"):
        watch(broken, NOW)
    watch(replace(called, heartbeat_url="http://127.0.0.1:1/"), NOW)
    assert len(service.calls) == 2 and len(runs()) == 4, "a run that failed is neither recorded nor told"


def test_limits_and_addresses_that_cannot_be_used(warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    own = with_limit(warehouse, "disk_free", unit="hours")
    with pytest.raises(WatchLimitsError, match="disk_free must be a number, not negative, of megabytes, gigabytes"):
        watch_limits(own)
    (own.project / LIMITS).write_text("grace: {}\n")
    with pytest.raises(WatchLimitsError, match="the limits must be exactly look_back, grace"):
        watch_limits(own)
    (own.project / LIMITS).unlink()
    with pytest.raises(WatchLimitsError, match="cannot be read"):
        watch_limits(own)
    monkeypatch.setenv("LACHAN_HEARTBEAT_URL", "file:///etc/passwd")
    with pytest.raises(SettingError, match="LACHAN_HEARTBEAT_URL must be an address"):
        load()
