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

ARRIVED = """
    select distinct export_date from ops.export_file
    where feed = %s and export_date >= %s and status = 'loaded' and gate <> 'discarded'
"""
REPEATED = """
    select again.export_date, again.path, original.path
    from ops.export_file as again join ops.export_file as original on original.file_id = again.duplicate_of
    where again.feed = %s and again.export_date >= %s
"""
# A corrected file of the same day came later and was accepted; what a replay loaded corrects nothing.
CORRECTED = """
    select from ops.export_file as good
    where good.feed = bad.feed and good.export_date = bad.export_date and good.file_id > bad.file_id
        and good.gate = 'accepted' and good.replay_no = 0
"""
HELD = f"""
    select path, export_date, gate_reason, file_id from ops.export_file as bad
    where feed = %s and gate = 'held' and not exists ({CORRECTED})
    order by file_id
"""  # noqa: S608
REJECTED = """
    select path, export_date, reason, file_id from ops.export_file as bad
    where feed = %s and status = 'rejected' and gate <> 'discarded' and export_date is not null and not exists (
        select from ops.export_file as good
        where good.feed = bad.feed and good.export_date = bad.export_date
            and good.status = 'loaded' and good.gate <> 'discarded' and good.file_id > bad.file_id
    )
    order by file_id
"""
STRAY = """
    select path, file_id from (
        select distinct on (path) * from ops.export_file
        where feed = %s and status = 'rejected' and export_date is null
        order by path, file_id desc
    ) as bad
    where gate <> 'discarded' and not exists (
        select from ops.export_file as good
        where good.feed = bad.feed and good.path = bad.path and good.sha256 = bad.sha256 and good.status = 'loaded'
    )
    order by path
"""
# A smaller file of the same day may be an addition, not a correction: it ends no warning.
QUARANTINED = f"""
    select count(*), count(distinct file_id), min(loaded_at)
    from ops.quarantined_row join ops.export_file as bad using (file_id, feed)
    where feed = %s and replayed_by is null and discarded_why is null and loaded_at < %s
        and not exists ({CORRECTED} and good.rows_read >= bad.rows_read)
"""  # noqa: S608
UNKNOWN_WARDS = """
    select ward_spelling, row_count from marts.ward_spelling_to_resolve
    where not is_settled order by row_count desc, ward_spelling
"""
SPELLINGS_SHOWN = 5
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
CLEAR = """
    update ops.alert set cleared_at = %s
    where cleared_at is null and alert_key <> all(%s) and feed <> all(%s)
"""


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
            cursor.execute(RAISE, (alert.key, alert.kind, alert.feed, alert.severity, alert.message, now, now))
        cursor.execute(CLEAR, (now, [alert.key for alert in alerts], list(contracts.broken)))
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
    cursor.execute(REJECTED, (feed.name,))
    rejected = cursor.fetchall()
    yield from _missing(cursor, feed, now, {day for _, day, _, _ in rejected})
    cursor.execute(HELD, (feed.name,))
    for path, day, reason, file_id in cursor.fetchall():
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
    cursor.execute(QUARANTINED, (feed.name, now - timedelta(days=1)))
    rows, files, since = cursor.fetchone()
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
    cursor.execute(ARRIVED, (feed.name, since))
    arrived = {row[0] for row in cursor.fetchall()} | rejected
    cursor.execute(REPEATED, (feed.name, since))
    repeats = cursor.fetchall()
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
    cursor.execute(STRAY, (feed.name,))
    strays = cursor.fetchall()
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
        cursor.execute(UNKNOWN_WARDS)
        unknown = cursor.fetchall()
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
