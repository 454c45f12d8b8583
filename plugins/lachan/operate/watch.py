"""Alerts for people about deliveries, and the run of `watch` that raises and clears all alerts."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter

from lachan import vietnamese
from lachan.contract import Contracts, Feed, survey
from lachan.landing import Landing, LandingError, without_hash
from lachan.operate import heartbeat
from lachan.operate.alerts import Alert, Kind, Severity
from lachan.operate.limits import WatchLimits, watch_limits
from lachan.operate.platform import platform_alerts, province_alerts
from lachan.settings import TIMEZONE, Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

log = logging.getLogger(__name__)

SPELLINGS_SHOWN = 5


class CriticalAlerts(RuntimeError):
    """At least one alert is critical; the message lists each of them and what to do."""


def watch(settings: Settings, now: datetime, run_id: str = "watch") -> list[Alert]:
    """All alerts at `now` (with a timezone); stores them in `ops.alert`, and clears open alerts whose problem is gone.

    Cleared alerts are kept in ops.alert_history, with `run_id`. That the run has come to its end is stored in
    ops.watch_run, and the heartbeat is sent (LACHAN_HEARTBEAT_URL).

    An export counts as missing once it is due by its contract. A feed whose contract is broken is not checked: it gets
    an alert about the contract, and its other open alerts stay open.

    The settings of a province as a whole have no exports: what is looked at then is its database and its cities.
    """
    limits = watch_limits(settings)
    contracts = survey(settings.contracts)
    with transaction(settings.address("steward"), "steward") as cursor:
        if settings.city is None:
            alerts = list(province_alerts(settings, cursor, limits, now))
        else:
            alerts = list(_city_alerts(settings, cursor, contracts, limits, now))
        for alert in alerts:
            run(cursor, "operate/upsert_alert", alert=alert, now=now)
        open_keys = [alert.key for alert in alerts]
        broken = list(contracts.broken)
        run(cursor, "operate/clear_alerts", now=now, open_keys=open_keys, broken_feeds=broken, run_id=run_id)
        count = cursor.rowcount
        critical = sum(alert.severity == "critical" for alert in alerts)
        warnings = len(alerts) - critical
        run(
            cursor,
            "operate/insert_watch_run",
            run_id=run_id,
            now=now,
            critical=critical,
            warnings=warnings,
            count=count,
        )
    heartbeat.send(settings)
    return alerts


def require_no_critical(alerts: Iterable[Alert]) -> None:
    """Raise CriticalAlerts when any alert is critical; warnings alone do not raise."""
    critical = [str(alert) for alert in alerts if alert.severity == "critical"]
    if critical:
        raise CriticalAlerts("\n".join([f"{len(critical)} critical alerts:", *(f"- {text}" for text in critical)]))


@dataclass(frozen=True)
class ExpectedExport:
    """Period of which at least one day must have an export loaded by the instant `due`."""

    first: date
    last: date
    due: datetime

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


def expected_exports(feed: Feed, limits: WatchLimits, now: datetime) -> list[ExpectedExport]:
    """The exports of a feed that must have been loaded by `now`.

    For a daily feed, one export for each of the last days (`look_back`), up to yesterday, that is due. For a slower
    feed, one export in the last complete period: the days that became due between the last two ticks of its schedule.
    """
    now = now.astimezone(ZoneInfo(TIMEZONE))
    if feed.frequency == "d":
        days = [now.date() - timedelta(days=back) for back in range(limits.look_back.days, 0, -1)]
        return [ExpectedExport(day, day, due(feed, day, limits)) for day in days if due(feed, day, limits) <= now]
    ticks = croniter(feed.schedule, now - limits.grace + timedelta(seconds=1))
    last, before = (ticks.get_prev(datetime) for _ in range(2))
    latency = timedelta(days=feed.latency_days)
    return [ExpectedExport(before.date() - latency + timedelta(days=1), last.date() - latency, last + limits.grace)]


def due(feed: Feed, day: date, limits: WatchLimits) -> datetime:
    """When the export of a day must have been loaded: the first scheduled hour after its latency, and the grace."""
    zone = ZoneInfo(TIMEZONE)
    morning = datetime.combine(day + timedelta(days=feed.latency_days), time(), zone) - timedelta(seconds=1)
    tick: datetime = croniter(feed.schedule, morning).get_next(datetime)
    return tick + limits.grace


def _city_alerts(
    settings: Settings, cursor: Any, contracts: Contracts, limits: WatchLimits, now: datetime
) -> Iterator[Alert]:
    for name, error in contracts.broken.items():
        yield Alert(
            f"contract_broken:{name}", "contract_broken", name, "critical",
            f"{name}: no export is taken, because the contract is broken: {error}",
        )  # fmt: skip
    yield from _about_marts(settings)
    yield from platform_alerts(settings, cursor, limits, now)
    for feed in contracts.feeds.values():
        yield from _alerts(settings, cursor, feed, limits, now)


def _alerts(settings: Settings, cursor: Any, feed: Feed, limits: WatchLimits, now: datetime) -> Iterator[Alert]:
    rejected = run(cursor, "operate/rejected_files", feed_name=feed.name).fetchall()
    inaccessible = run(cursor, "operate/inaccessible_files", feed_name=feed.name).fetchall()
    yield from _missing_exports(cursor, feed, limits, now, {day for _, day, *_ in (*rejected, *inaccessible) if day})
    for path, day, reason, file_id in run(cursor, "operate/held_files", feed_name=feed.name).fetchall():
        yield _alert(
            "batch_held", feed, path, "critical", _file_vi(file_id, day),
            f"the batch of {day} is held ({reason}), so its rows are not in the figures: {path}. Ask {feed.owner} "
            f"whether it is right. If so, `lachan release {file_id} --why …`; if not, request a corrected file, or "
            f"`lachan discard {file_id} --why …` when none will come.",
        )  # fmt: skip
    for path, day, reason, file_id in rejected:
        yield _alert(
            "file_rejected", feed, path, "critical", _file_vi(file_id, day),
            f"the file of {day} was rejected ({reason}), and no later file of that day was loaded: {path}. Ask "
            f"{feed.owner} for the export again, or `lachan discard {file_id} --why …` when none will come.",
        )  # fmt: skip
    strays = run(cursor, "operate/stray_files", feed_name=feed.name).fetchall()
    present = _paths_in_landing(settings, feed) if strays or inaccessible else None
    for path, day, reason in inaccessible:
        if present is None or without_hash(path) in present:
            yield _alert(
                "file_inaccessible", feed, path, "critical" if day else "warning", _day_vi(day) if day else "",
                f"{path} cannot be read ({reason}), so nothing of it is loaded. Let {feed.owner} make it readable, or "
                "remove it; the next run tries again. If it is not an export, its name can be added to "
                "LACHAN_LANDING_IGNORE.",
            )  # fmt: skip
    for path, file_id in strays:
        if present is None or without_hash(path) in present:
            yield _alert(
                "stray_file", feed, path, "warning", _file_vi(file_id),
                f"{path} is not loaded, because its name does not match {feed.path!r} and so gives no day. "
                f"Rename it or remove it at its source, or `lachan discard {file_id} --why …`.",
            )  # fmt: skip
    [(rows, files, since)] = run(
        cursor, "operate/waiting_quarantine", feed_name=feed.name, loaded_before=now - limits.quarantine_waits
    ).fetchall()
    if rows:
        yield _alert(
            "quarantine_waiting", feed, "", "warning", f"{rows} dòng của {files} tệp",
            f"{rows} rows of {files} files are in quarantine, the oldest since {since:%F}. See ops.quarantined_row. "
            f"Correct the contract, then `lachan replay {feed.name}`, or get a corrected file; when there will be no "
            "correction, `lachan discard FILE_ID --why …`.",
        )  # fmt: skip


def _missing_exports(
    cursor: Any, feed: Feed, limits: WatchLimits, now: datetime, not_loaded: set[date]
) -> Iterator[Alert]:
    """Alerts for exports that did not arrive. A rejected or inaccessible one did arrive, and has its own alert."""
    expected = expected_exports(feed, limits, now)
    since = min((export.first for export in expected), default=now.date())
    days = run(cursor, "operate/days_with_export", feed_name=feed.name, since=since).fetchall()
    arrived = {day for (day,) in days} | not_loaded
    repeats = run(cursor, "operate/repeated_exports", feed_name=feed.name, since=since).fetchall()
    for export in expected:
        if not any(day in export for day in arrived):
            duplicates = "".join(
                f" {path} came, but repeats {original}." for day, path, original in repeats if day in export
            )
            yield _alert(
                "missing_export", feed, str(export.last), "critical", _days_vi(export),
                f"no export of {export} by {export.due:%Y-%m-%d %H:%M}; ask {feed.owner} for it.{duplicates} "
                "Once it is in the landing zone, the next morning's run loads it.",
            )  # fmt: skip


def _about_marts(settings: Settings) -> Iterator[Alert]:
    """Alerts for ward names that the last build could not assign to a ward, and for rows with implausible dates."""
    with transaction(settings.address("analyst"), "analyst") as cursor:
        unknown = _of_mart(cursor, "ward_spelling_to_resolve", "operate/unknown_wards")
        implausible = _of_mart(cursor, "implausible_row", "operate/implausible_rows")
    for feed, agency, rows, example in implausible:
        yield Alert(
            f"rows_implausible:{feed}", "rows_implausible", feed, "warning",
            f"{feed}: {rows} rows have a date that the contract finds implausible, such as {example}. They count in "
            f"the window of that date. See marts.implausible_row, and ask {agency} for a correction; if the dates are "
            "right, change `plausible` in the contract.",
            f"{rows} dòng",
        )  # fmt: skip
    if unknown:
        shown = ", ".join(f"{spelling!r}" for spelling, _ in unknown[:SPELLINGS_SHOWN])
        yield Alert(
            "ward_unknown", "ward_unknown", "", "warning",
            f"{sum(rows for _, rows in unknown)} rows name a ward that cannot be identified ({shown}"
            f"{', …' if len(unknown) > SPELLINGS_SHOWN else ''}); they count for the city but for no ward. "
            "marts.ward_spelling_to_resolve lists candidates; settle each spelling on the board or with "
            "`lachan settle-ward`.",
            f"{sum(rows for _, rows in unknown)} dòng",
        )  # fmt: skip


def _of_mart(cursor: Any, mart: str, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a mart; none before the first build."""
    cursor.execute("select to_regclass(%s) is not null", (f"marts.{mart}",))
    return run(cursor, query).fetchall() if cursor.fetchone() == (True,) else []


def _alert(kind: Kind, feed: Feed, place: str, severity: Severity, about: str, text: str) -> Alert:
    key = ":".join(filter(None, (kind, feed.name, place)))
    return Alert(key, kind, feed.name, severity, f"{feed.name}: {text}", about)


def _day_vi(day: date) -> str:
    return f"ngày {vietnamese.day(day)}"


def _days_vi(export: ExpectedExport) -> str:
    is_one = export.first == export.last
    return _day_vi(export.last) if is_one else f"kỳ {vietnamese.day(export.first)} – {vietnamese.day(export.last)}"


def _file_vi(file_id: int, day: date | None = None) -> str:
    """A file by its number: its name could contain anything."""
    return f"tệp số {file_id}" + (f", {_day_vi(day)}" if day else "")


def _paths_in_landing(settings: Settings, feed: Feed) -> set[str] | None:
    """Paths in the feed's folder, without hashes and the ignored ones; None when the landing zone cannot be read."""
    try:
        found = Landing(settings).find(feed)
        paths = [file.path for file in found.files] + [file.path for file in found.inaccessible]
        return set(map(without_hash, paths))
    except LandingError as error:
        log.warning("%s", error)
        return None
