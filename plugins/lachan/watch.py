"""What a person should look at: exports that did not come, batches held, quarantine and rejected files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from croniter import croniter

from lachan.contract import Feed, read_contracts
from lachan.settings import TIMEZONE, Settings
from lachan.warehouse import transaction

LOOK_BACK_DAYS = 7
GRACE = timedelta(minutes=30)
"""How long after its scheduled hour an export's load may still be under way."""

ARRIVED = "select distinct export_date from ops.export_file where feed = %s and export_date = any(%s)"
HELD = """
    select path, export_date, gate_reason, file_id from ops.export_file
    where feed = %s and gate = 'held' order by file_id
"""
REJECTED = """
    select path, export_date, reason from ops.export_file as bad
    where feed = %s and status = 'rejected' and not exists (
        select from ops.export_file as good
        where good.feed = bad.feed and good.export_date = bad.export_date
            and good.status = 'loaded' and good.file_id > bad.file_id
    )
    order by file_id
"""
QUARANTINED = """
    select count(*), count(distinct file_id), min(loaded_at)
    from ops.quarantined_row join ops.export_file using (file_id, feed)
    where feed = %s and replayed_by is null and loaded_at < %s
"""
RAISE = """
    insert into ops.alert (alert_key, kind, feed, severity, message, first_seen, last_seen)
    values (%s, %s, %s, %s, %s, %s, %s)
    on conflict (alert_key) do update set
        severity = excluded.severity,
        message = excluded.message,
        first_seen = case when alert.cleared_at is null then alert.first_seen else excluded.first_seen end,
        last_seen = excluded.last_seen,
        cleared_at = null
"""
CLEAR = "update ops.alert set cleared_at = %s where cleared_at is null and alert_key <> all(%s)"


class CriticalAlerts(RuntimeError):
    """Something critical waits for a person; the message lists each alert and what to do."""


@dataclass(frozen=True)
class Alert:
    """One thing that a person should look at; `key` stays the same from day to day while it lasts."""

    key: str
    kind: Literal["missing_export", "batch_held", "quarantine_waiting", "file_rejected"]
    feed: str
    severity: Literal["warning", "critical"]
    message: str


def watch(settings: Settings, now: datetime) -> list[Alert]:
    """Every open alert at `now` (with a timezone); `ops.alert` keeps them and clears what is gone.

    Exports are looked for over the LOOK_BACK_DAYS days that end yesterday, each from the hour on at which its
    contract promises it.
    """
    feeds = read_contracts(settings.contracts).values()
    with transaction(settings.dsn, "loader") as cursor:
        alerts = [alert for feed in feeds for alert in _alerts(cursor, feed, now)]
        for alert in alerts:
            cursor.execute(RAISE, (alert.key, alert.kind, alert.feed, alert.severity, alert.message, now, now))
        cursor.execute(CLEAR, (now, [alert.key for alert in alerts]))
    return alerts


def require_no_critical(alerts: Iterable[Alert]) -> None:
    """Raises CriticalAlerts when any alert is critical; warnings pass."""
    critical = [alert.message for alert in alerts if alert.severity == "critical"]
    if critical:
        raise CriticalAlerts("\n".join([f"{len(critical)} critical alerts:", *(f"- {text}" for text in critical)]))


def due(feed: Feed, day: date) -> datetime:
    """When the export of a day must have been loaded: the first scheduled hour after its latency."""
    zone = ZoneInfo(TIMEZONE)
    morning = datetime.combine(day + timedelta(days=feed.latency_days), time(), zone) - timedelta(seconds=1)
    tick: datetime = croniter(feed.schedule, morning).get_next(datetime)
    return tick + GRACE


def _alerts(cursor: Any, feed: Feed, now: datetime) -> list[Alert]:
    today = now.astimezone(ZoneInfo(TIMEZONE)).date()
    days = [today - timedelta(days=back) for back in range(LOOK_BACK_DAYS, 0, -1)]
    cursor.execute(ARRIVED, (feed.name, days))
    arrived = {row[0] for row in cursor.fetchall()}
    alerts = [
        Alert(
            f"missing_export:{feed.name}:{day}",
            "missing_export",
            feed.name,
            "critical",
            f"{feed.name}: no export of {day} by {due(feed, day):%Y-%m-%d %H:%M}; ask {feed.owner} for it. "
            "Once it lands it is taken by itself.",
        )
        for day in days
        if day not in arrived and due(feed, day) <= now
    ]
    cursor.execute(HELD, (feed.name,))
    alerts += [
        Alert(
            f"batch_held:{feed.name}:{path}",
            "batch_held",
            feed.name,
            "critical",
            f"{feed.name}: the batch of {day} is held ({reason}), its rows are not in the figures: {path}. "
            f"Ask {feed.owner}; right: `lachan release {file_id} --why …`; wrong: a corrected file.",
        )
        for path, day, reason, file_id in cursor.fetchall()
    ]
    cursor.execute(REJECTED, (feed.name,))
    alerts += [
        Alert(
            f"file_rejected:{feed.name}:{path}",
            "file_rejected",
            feed.name,
            "critical",
            f"{feed.name}: the file of {day} was rejected ({reason}) and no good one followed: {path}. "
            f"Ask {feed.owner} for the export again.",
        )
        for path, day, reason in cursor.fetchall()
    ]
    cursor.execute(QUARANTINED, (feed.name, now - timedelta(days=1)))
    rows, files, since = cursor.fetchone()
    if rows:
        alerts.append(
            Alert(
                f"quarantine_waiting:{feed.name}",
                "quarantine_waiting",
                feed.name,
                "warning",
                f"{feed.name}: {rows} rows of {files} files are in quarantine, the oldest since {since:%F}. "
                "See ops.quarantined_row; mend the contract, an alias or the file, "
                f"then `lachan replay {feed.name}`.",
            )
        )
    return alerts
