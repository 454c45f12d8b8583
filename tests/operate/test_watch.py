"""When each alert is raised and cleared, and what its message contains."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from helpers.archives import with_archive
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.operate.alerts import Alert
from lachan.operate.decisions import discard
from lachan.operate.limits import watch_limits
from lachan.operate.watch import CriticalAlerts, due, expected_exports, require_no_critical, watch
from lachan.settings import Settings, load
from operate.conftest import NOW, deliver, run

LIMITS = watch_limits(load())


def kinds(alerts: list[Alert]) -> list[tuple[str, str, str]]:
    return [(alert.kind, alert.feed, alert.severity) for alert in alerts]


def test_no_alert_when_every_export_came(delivered: Settings) -> None:
    assert watch(delivered, NOW) == []


def test_an_archive_that_nobody_has_decided_about_is_a_warning_and_one_that_lost_a_file_is_critical(
    delivered: Settings, tmp_path: Path
) -> None:
    assert kinds(watch(replace(delivered, archive_recipients=None), NOW)) == [("archive_off", "", "warning")]
    archived = with_archive(delivered)
    run(delivered, "insert into ops.archived_file (sha256, name, size_bytes, recipients, run_id)"
        " values ('ab', 'cd.age', 1, array['age1'], 'test')")  # fmt: skip
    [alert] = watch(archived, NOW)
    assert (alert.kind, alert.severity) == ("archive_file_missing", "critical")
    assert "(cd.age)" in alert.message
    archived.archive.mkdir()
    (archived.archive / "cd.age").touch()
    assert kinds(watch(archived, NOW)) == [("archive_file_missing", "", "critical")], "it is no name of a file of it"


def test_a_missing_export_is_critical_until_it_comes(delivered: Settings, feeds: dict[str, Feed]) -> None:
    run(delivered, "delete from ops.export_file where feed = 'tips' and export_date = '2024-05-17'")
    alerts = watch(delivered, NOW)
    assert [alert.key for alert in alerts] == ["missing_export:tips:2024-05-17"]
    assert feeds["tips"].owner in alerts[0].message
    with pytest.raises(CriticalAlerts, match="no export of 2024-05-17"):
        require_no_critical(alerts)
    deliver(delivered, "tips", date(2024, 5, 17))
    later = NOW + timedelta(hours=1)
    assert watch(delivered, later) == []
    assert run(delivered, "select first_seen, cleared_at from ops.alert") == [(NOW, later)]


def test_yesterdays_export_is_missing_only_once_it_is_due(delivered: Settings, feeds: dict[str, Feed]) -> None:
    run(delivered, "delete from ops.export_file where feed = 'tips' and export_date = '2024-05-19'")
    hour = due(feeds["tips"], date(2024, 5, 19), LIMITS)
    assert hour.isoformat() == "2024-05-20T07:00:00+07:00", "scheduled at 06:30, and half an hour of grace"
    assert watch(delivered, hour - timedelta(seconds=1)) == []
    assert kinds(watch(delivered, hour)) == [("missing_export", "tips", "critical")]


SLOW = {  # schedule, latency in days, the period that is checked on Monday 20 May, and when its export was due
    "weekly": ("w", "10 6 * * 1", 1, date(2024, 5, 13), date(2024, 5, 19), "2024-05-20T06:40:00+07:00"),
    "weekly_in_the_middle": ("w", "0 7 * * 3", 0, date(2024, 5, 9), date(2024, 5, 15), "2024-05-15T07:30:00+07:00"),
    "weekly_due_right_now": ("w", "0 7 * * 1", 2, date(2024, 5, 12), date(2024, 5, 18), "2024-05-20T07:30:00+07:00"),
    "weekly_not_due_yet": ("w", "1 7 * * 1", 1, date(2024, 5, 6), date(2024, 5, 12), "2024-05-13T07:31:00+07:00"),
    "monthly": ("mo", "15 6 1 * *", 1, date(2024, 4, 1), date(2024, 4, 30), "2024-05-01T06:45:00+07:00"),
    "monthly_on_the_15th": ("mo", "5 0 15 * *", 1, date(2024, 4, 15), date(2024, 5, 14), "2024-05-15T00:35:00+07:00"),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_feed_must_have_one_export_in_each_period(feeds: dict[str, Feed], name: str) -> None:
    frequency, schedule, latency, *expected, hour = SLOW[name]
    feed = replace(feeds["tips"], frequency=frequency, schedule=schedule, latency_days=latency)  # type: ignore[arg-type]
    for now in (NOW, NOW.astimezone(UTC)):
        (export,) = expected_exports(feed, LIMITS, now)
        assert [export.first, export.last] == expected
        assert export.due.isoformat() == hour


@pytest.mark.parametrize(
    ("feed", "first", "last"),
    [
        ("model_register", date(2024, 5, 13), date(2024, 5, 19)),
        ("camera_register", date(2024, 4, 1), date(2024, 4, 30)),
    ],
)
def test_a_missing_register_raises_one_alert(delivered: Settings, feed: str, first: date, last: date) -> None:
    for day in (first, last):
        run(delivered, "delete from ops.export_file where feed = %s", feed)
        for outside in (first - timedelta(days=1), last + timedelta(days=1)):
            deliver(delivered, feed, outside)
        (alert,) = watch(delivered, NOW)
        assert (alert.key, alert.severity) == (f"missing_export:{feed}:{last}", "critical")
        assert f"no export of {first} to {last} by 2024-05-" in alert.message
        deliver(delivered, feed, day)
        assert watch(delivered, NOW) == []


def test_a_held_batch_is_critical_and_names_the_release_command(delivered: Settings) -> None:
    file_id = deliver(delivered, "tips", date(2024, 5, 18), gate="held")
    (alert,) = watch(delivered, NOW)
    assert (alert.kind, alert.severity) == ("batch_held", "critical")
    assert "too few rows" in alert.message
    assert f"lachan release {file_id}" in alert.message


def test_a_held_batch_is_cleared_once_a_corrected_file_of_its_day_is_accepted(delivered: Settings) -> None:
    day = date(2024, 5, 18)
    held = deliver(delivered, "tips", day, gate="held")
    deliver(delivered, "tips", day, replay_no=1)
    deliver(delivered, "tips", date(2024, 5, 17))
    deliver(delivered, "patrol_rosters", day)
    deliver(delivered, "tips", day, gate="pending")
    assert kinds(watch(delivered, NOW)) == [("batch_held", "tips", "critical")], "none of these corrects it"
    deliver(delivered, "tips", day)
    assert watch(delivered, NOW) == []
    assert run(delivered, "select gate from ops.export_file where file_id = %s", held) == [("held",)]


def test_a_duplicate_of_another_day_does_not_count_as_export(delivered: Settings) -> None:
    run(delivered, "delete from ops.export_file where feed = 'tips' and export_date = '2024-05-19'")
    ((original, path),) = run(
        delivered, "select file_id, path from ops.export_file where feed = 'tips' and export_date = '2024-05-18'"
    )
    deliver(delivered, "tips", date(2024, 5, 19), status="duplicate", gate="none", duplicate_of=original)
    (alert,) = watch(delivered, NOW)
    assert alert.key == "missing_export:tips:2024-05-19"
    assert f"came, but repeats {path}." in alert.message
    deliver(delivered, "tips", date(2024, 5, 19), rows_read=0)
    assert watch(delivered, NOW) == [], "a header alone is the export of a day without rows"


def test_a_rejected_or_discarded_file_does_not_count_as_export(delivered: Settings) -> None:
    run(delivered, "delete from ops.export_file where feed = 'tips' and export_date = '2024-05-18'")
    file_id = deliver(delivered, "tips", date(2024, 5, 18), status="rejected", gate="none")
    assert kinds(watch(delivered, NOW)) == [("file_rejected", "tips", "critical")], (
        "a rejected file is not reported as missing too"
    )
    discard(delivered, file_id, "a test of the sender", "officer")
    (alert,) = watch(delivered, NOW)
    assert alert.key == "missing_export:tips:2024-05-18"


def test_a_stray_file_is_a_warning_until_it_is_removed_or_discarded(
    delivered: Settings, feeds: dict[str, Feed], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("ghi_chu.txt", "mẫu.csv"):
        path = delivered.home / "landing" / "tips" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    ingest(delivered, feeds["tips"], "r1")
    path.write_text("written again")
    ingest(delivered, feeds["tips"], "r2")
    alerts = watch(delivered, NOW)
    assert kinds(alerts) == [("stray_file", "tips", "warning")] * 2, "one alert per name"
    shown = sorted(re.findall(r"tips/x[x_]*(\.\w+)~[0-9a-f]{12}", " ".join(alert.key for alert in alerts)))
    assert shown == [".csv", ".txt"], "names that no contract has are masked"
    require_no_critical(alerts)

    (delivered.home / "landing").rename(delivered.home / "away")
    assert len(watch(delivered, NOW)) == 2, "the alerts stay while the landing zone cannot be read"
    assert "does not exist" in caplog.text
    (delivered.home / "away").rename(delivered.home / "landing")

    path.unlink()
    (alert,) = watch(delivered, NOW)
    assert ".txt~" in alert.key
    discard(delivered, int(alert.message.split("lachan discard ")[1].split()[0]), "a note", "officer")
    assert watch(delivered, NOW) == []


def test_an_export_that_cannot_be_read_is_reported_once_and_while_the_landing_zone_is_away(
    delivered: Settings, feeds: dict[str, Feed]
) -> None:
    run(delivered, "delete from ops.export_file where feed = 'tips' and export_date = '2024-05-18'")
    path = delivered.home / "landing" / "tips" / "tin_bao_20240518.csv"
    path.parent.mkdir()
    path.symlink_to("nowhere.csv")
    assert ingest(delivered, feeds["tips"], "r1").files_inaccessible == 1
    (alert,) = watch(delivered, NOW)
    assert alert.key == "file_inaccessible:tips:tips/tin_bao_20240518.csv", "it is not reported as missing too"
    assert alert.severity == "critical" and feeds["tips"].owner in alert.message

    (delivered.home / "landing").rename(delivered.home / "away")
    assert watch(delivered, NOW) == [alert]
    (delivered.home / "away").rename(delivered.home / "landing")
    path.unlink()
    ingest(delivered, feeds["tips"], "r2")
    assert kinds(watch(delivered, NOW)) == [("missing_export", "tips", "critical")]


def test_a_rejected_file_is_critical_until_another_is_loaded(delivered: Settings) -> None:
    deliver(delivered, "patrol_rosters", date(2024, 5, 18), status="rejected", gate="none")
    assert kinds(watch(delivered, NOW)) == [("file_rejected", "patrol_rosters", "critical")]
    deliver(delivered, "patrol_rosters", date(2024, 5, 18))
    assert watch(delivered, NOW) == []


def test_quarantine_is_a_warning_after_a_day(delivered: Settings) -> None:
    file_id = deliver(delivered, "tips", date(2024, 5, 18))
    run(delivered, "insert into ops.quarantined_row values (%s, 2, 'tips', '[]', '{}')", file_id)
    alerts = watch(delivered, NOW)
    assert kinds(alerts) == [("quarantine_waiting", "tips", "warning")]
    require_no_critical(alerts)
    run(
        delivered,
        "update ops.export_file set loaded_at = %s where file_id = %s",
        NOW - timedelta(hours=23),
        file_id,
    )
    assert watch(delivered, NOW) == []


def test_quarantine_is_cleared_once_a_corrected_file_is_accepted_or_it_is_discarded(delivered: Settings) -> None:
    day = date(2024, 5, 18)
    for number in (1, 2):
        file_id = deliver(delivered, "tips", day, rows_read=7, rows_quarantined=7)
        run(delivered, "insert into ops.quarantined_row values (%s, 2, 'tips', '[]', '{}')", file_id)
        assert kinds(watch(delivered, NOW)) == [("quarantine_waiting", "tips", "warning")], number
        deliver(delivered, "tips", day, rows_read=6, rows_loaded=6)
        assert len(watch(delivered, NOW)) == 1, "it may be an addition"
        if number == 1:
            deliver(delivered, "tips", day, rows_read=7, rows_loaded=7)
        else:
            discard(delivered, file_id, "the sender has no correct value", "officer")
        assert watch(delivered, NOW) == []


def test_a_lasting_alert_keeps_its_first_day_and_a_recurring_one_starts_again(
    delivered: Settings,
) -> None:
    file_id = deliver(delivered, "tips", date(2024, 5, 18), gate="held")
    moments = [NOW + timedelta(hours=hours) for hours in range(4)]
    watch(delivered, moments[0])
    watch(delivered, moments[1])
    assert run(delivered, "select first_seen, last_seen from ops.alert") == [(moments[0], moments[1])]
    run(delivered, "update ops.export_file set gate = 'none' where file_id = %s", file_id)
    watch(delivered, moments[2])
    run(delivered, "update ops.export_file set gate = 'held' where file_id = %s", file_id)
    watch(delivered, moments[3])
    assert run(delivered, "select first_seen, cleared_at from ops.alert") == [(moments[3], None)]
