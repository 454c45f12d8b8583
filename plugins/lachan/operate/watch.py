"""What a person should look at: exports that did not come, batches, rows and files that wait, unknown wards."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from croniter import croniter

from lachan.contract import Feed, survey
from lachan.landing import Landing, LandingError
from lachan.settings import TIMEZONE, Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

log = logging.getLogger(__name__)

Kind = Literal[
    "missing_export",
    "batch_held",
    "quarantine_waiting",
    "file_rejected",
    "stray_file",
    "contract_broken",
    "ward_unknown",
]
Severity = Literal["warning", "critical"]

LOOK_BACK_DAYS = 7
GRACE = timedelta(minutes=30)
"""How long after its scheduled hour an export's load may still be under way."""

SPELLINGS_SHOWN = 5


class CriticalAlerts(RuntimeError):
    """Something critical waits for a person; the message lists each alert and what to do."""


@dataclass(frozen=True)
class Alert:
    """One thing that a person should look at; `key` stays the same from day to day while it lasts.

    `feed` is empty where it is about all of them.
    """

    key: str
    kind: Kind
    feed: str
    severity: Severity
    message: str


def watch(settings: Settings, now: datetime) -> list[Alert]:
    """Every open alert at `now` (with a timezone); `ops.alert` keeps them and clears what is gone.

    Exports are looked for from the hour on at which their contract promises them. Of a feed whose contract is broken
    nothing can be told but that: its other alerts stay as they are.
    """
    contracts = survey(settings.contracts)
    alerts = [
        Alert(
            f"contract_broken:{name}",
            "contract_broken",
            name,
            "critical",
            f"{name}: no export is taken, because the contract is broken: {error}",
        )
        for name, error in contracts.broken.items()
    ]
    alerts += _wards(settings)
    with transaction(settings.dsn, "loader") as cursor:
        alerts += [alert for feed in contracts.feeds.values() for alert in _alerts(settings, cursor, feed, now)]
        for alert in alerts:
            run(cursor, "operate/upsert_alert", alert=alert, now=now)
        open_keys = [alert.key for alert in alerts]
        run(cursor, "operate/clear_alerts", now=now, open_keys=open_keys, broken_feeds=list(contracts.broken))
    return alerts


def require_no_critical(alerts: Iterable[Alert]) -> None:
    """Raises CriticalAlerts when any alert is critical; warnings pass."""
    critical = [alert.message for alert in alerts if alert.severity == "critical"]
    if critical:
        raise CriticalAlerts("\n".join([f"{len(critical)} critical alerts:", *(f"- {text}" for text in critical)]))


@dataclass(frozen=True)
class Promise:
    """Days of which at least one must have an export that was loaded by an instant."""

    first: date
    last: date
    due: datetime

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


def promised(feed: Feed, now: datetime) -> list[Promise]:
    """What must have been loaded by now.

    Of a daily feed, an export of each of the LOOK_BACK_DAYS days that end yesterday and are due; of a slower one, an
    export in the last whole period: the days that became due between the last two ticks of its schedule.
    """
    now = now.astimezone(ZoneInfo(TIMEZONE))
    if feed.frequency == "d":
        days = [now.date() - timedelta(days=back) for back in range(LOOK_BACK_DAYS, 0, -1)]
        return [Promise(day, day, due(feed, day)) for day in days if due(feed, day) <= now]
    ticks = croniter(feed.schedule, now - GRACE + timedelta(seconds=1))
    last, before = (ticks.get_prev(datetime) for _ in range(2))
    latency = timedelta(days=feed.latency_days)
    return [Promise(before.date() - latency + timedelta(days=1), last.date() - latency, last + GRACE)]


def due(feed: Feed, day: date) -> datetime:
    """When the export of a day must have been loaded: the first scheduled hour after its latency."""
    zone = ZoneInfo(TIMEZONE)
    morning = datetime.combine(day + timedelta(days=feed.latency_days), time(), zone) - timedelta(seconds=1)
    tick: datetime = croniter(feed.schedule, morning).get_next(datetime)
    return tick + GRACE


def _alerts(settings: Settings, cursor: Any, feed: Feed, now: datetime) -> Iterator[Alert]:
    rejected = run(cursor, "operate/rejected_files", feed_name=feed.name).fetchall()
    yield from _missing(cursor, feed, now, {day for _, day, _, _ in rejected})
    for path, day, reason, file_id in run(cursor, "operate/held_files", feed_name=feed.name).fetchall():
        yield _alert(
            "batch_held", feed, path, "critical",
            f"the batch of {day} is held ({reason}), its rows are not in the figures: {path}. Ask {feed.owner}; "
            f"right: `lachan release {file_id} --why …`; wrong: a corrected file, or `lachan discard {file_id} "
            "--why …` when none will come.",
        )  # fmt: skip
    for path, day, reason, file_id in rejected:
        yield _alert(
            "file_rejected", feed, path, "critical",
            f"the file of {day} was rejected ({reason}) and no good one followed: {path}. Ask {feed.owner} for the "
            f"export again, or `lachan discard {file_id} --why …` when none will come.",
        )  # fmt: skip
    yield from _stray(settings, cursor, feed)
    [(rows, files, since)] = run(
        cursor, "operate/waiting_quarantine", feed_name=feed.name, loaded_before=now - timedelta(days=1)
    ).fetchall()
    if rows:
        yield _alert(
            "quarantine_waiting", feed, "", "warning",
            f"{rows} rows of {files} files are in quarantine, the oldest since {since:%F}. See ops.quarantined_row; "
            f"mend the contract or the file, then `lachan replay {feed.name}`; what will never be mended: "
            "`lachan discard FILE_ID --why …`.",
        )  # fmt: skip


def _missing(cursor: Any, feed: Feed, now: datetime, rejected: set[date]) -> Iterator[Alert]:
    """Exports that did not come; a rejected one came, and has an alert of its own."""
    promises = promised(feed, now)
    since = min((promise.first for promise in promises), default=now.date())
    days = run(cursor, "operate/days_with_export", feed_name=feed.name, since=since).fetchall()
    arrived = {day for (day,) in days} | rejected
    repeats = run(cursor, "operate/repeated_exports", feed_name=feed.name, since=since).fetchall()
    for promise in promises:
        if not any(day in promise for day in arrived):
            told = "".join(
                f" {path} came, but repeats {original}." for day, path, original in repeats if day in promise
            )
            yield _alert(
                "missing_export", feed, str(promise.last), "critical",
                f"no export of {promise} by {promise.due:%Y-%m-%d %H:%M}; ask {feed.owner} for it.{told} "
                "Once it lands, the next morning's run takes it.",
            )  # fmt: skip


def _stray(settings: Settings, cursor: Any, feed: Feed) -> Iterator[Alert]:
    """Files whose names say no day, as long as they lie there."""
    strays = run(cursor, "operate/stray_files", feed_name=feed.name).fetchall()
    lying = _lying(settings, feed) if strays else None
    for path, file_id in strays:
        if lying is None or path in lying:
            yield _alert(
                "stray_file", feed, path, "warning",
                f"{path} is not loaded, because its name does not say its day as {feed.path!r} does. "
                f"Rename it or take it away at its source, or `lachan discard {file_id} --why …`.",
            )  # fmt: skip


def _wards(settings: Settings) -> Iterator[Alert]:
    """Names of wards that no rule can read, since the last build."""
    with transaction(settings.dsn, "analyst") as cursor:
        cursor.execute("select to_regclass('marts.ward_spelling_to_resolve') is not null")
        if cursor.fetchone() == (False,):
            return
        unknown = run(cursor, "operate/unknown_wards").fetchall()
    if unknown:
        shown = ", ".join(f"{spelling!r}" for spelling, _ in unknown[:SPELLINGS_SHOWN])
        yield Alert(
            "ward_unknown", "ward_unknown", "", "warning",
            f"{sum(rows for _, rows in unknown)} rows name a ward that nobody knows ({shown}"
            f"{', …' if len(unknown) > SPELLINGS_SHOWN else ''}); they count for the city, and for no ward. "
            "marts.ward_spelling_to_resolve lists candidates; a line of dbt_project/seeds/ward_alias.csv settles one.",
        )  # fmt: skip


def _alert(kind: Kind, feed: Feed, place: str, severity: Severity, text: str) -> Alert:
    key = ":".join(filter(None, (kind, feed.name, place)))
    return Alert(key, kind, feed.name, severity, f"{feed.name}: {text}")


def _lying(settings: Settings, feed: Feed) -> set[str] | None:
    """What lies in the feed's folder of the landing zone; None when nobody can tell just now."""
    try:
        return {file.path for file in Landing(settings).find(feed)}
    except LandingError as error:
        log.warning("%s", error)
        return None
