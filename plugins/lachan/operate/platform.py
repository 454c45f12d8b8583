"""Alerts about the platform itself: publication, audit, held groups, disk, key, clocks, archive, backups, cities."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from lachan import vietnamese
from lachan.archive.upkeep import contents
from lachan.backup.manifest import FILE as MANIFEST
from lachan.operate.alerts import Alert
from lachan.operate.limits import WatchLimits
from lachan.privacy.pseudonyms import key_fingerprint
from lachan.settings import SettingError, Settings, known_cities
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import group_states, is_build_running
from lachan.warehouse.statements import run

NEVER_LOADED_YEAR = 2000
"""The year that stands for no delivery at all (contract/dbt_files.py)."""


def platform_alerts(settings: Settings, cursor: Any, limits: WatchLimits, now: datetime) -> Iterator[Alert]:
    """Alerts about what no feed is responsible for. A new check is another line here."""
    yield from _not_published(cursor, limits, now)
    yield from _audit_failed(cursor)
    yield from _held_groups(cursor)
    yield from _disk_low(settings, limits)
    yield from _key_missing(settings, cursor)
    yield from _clock_wrong(cursor, limits)
    yield from _stale_sources(cursor)
    yield from _about_archive(settings)
    yield from _backup_old(settings, cursor, limits, now)


def province_alerts(settings: Settings, cursor: Any, limits: WatchLimits, now: datetime) -> Iterator[Alert]:
    """Alerts about a province as a whole, its database and its machine; each city has its own ones beside them."""
    yield from _cities_old(settings, limits, now)
    yield from _disk_low(settings, limits)
    yield from _clock_wrong(cursor, limits)
    yield from _backup_old(settings, cursor, limits, now)


def _cities_old(province: Settings, limits: WatchLimits, now: datetime) -> Iterator[Alert]:
    """Cities of which the province has no figures, or old ones; a city without a folder is not asked for."""
    with transaction(province.address("analyst"), "analyst") as cursor:
        collected = {code: rest for code, *rest in run(cursor, "province/states").fetchall()}
    for code in known_cities():
        name, published_at, _, is_away = collected.get(code, (code, None, None, False))
        if published_at is not None and now - published_at <= limits.publication_age:
            continue
        since = f"the newest are of {published_at:%F %H:%M}" if published_at else "there are none"
        away = "; it could not be read when that was last tried" if is_away else ""
        yield Alert(
            f"city_old:{code}", "city_old", "", "warning",
            f"the province has no new figures of {code}: {since}{away}. `lachan --city {code} watch` says whether the "
            "city publishes; the last runs of the DAG province, or `lachan province collect`, why it is not collected.",
            f"{name}, từ {vietnamese.instant(published_at)}" if published_at else name,
        )  # fmt: skip


def _not_published(cursor: Any, limits: WatchLimits, now: datetime) -> Iterator[Alert]:
    """The last publication, or without any the first loaded file, is older than the limit."""
    [(published_at, first_loaded_at)] = run(cursor, "operate/last_publication").fetchall()
    since = published_at or first_loaded_at
    if since is not None and now - since > limits.publication_age:
        what = f"nothing has been published since {since:%F %H:%M}" if published_at else "nothing was ever published"
        yield Alert(
            "not_published", "not_published", "", "critical",
            f"{what}, which is longer than {limits.publication_age}. Readers see old figures. Look at the last runs of "
            "the DAGs build and refresh, or run `lachan build`.",
            f"từ {vietnamese.instant(since)}",
        )  # fmt: skip


def _audit_failed(cursor: Any) -> Iterator[Alert]:
    """The last audit did not pass: what contradicts what."""
    failed = run(cursor, "operate/failed_audit").fetchall()
    if failed:
        shown = "; ".join(f"{suite}: {expectation} {column or ''}".strip() for suite, expectation, column in failed[:5])
        yield Alert(
            "audit_failed", "audit_failed", "", "critical",
            f"the last audit failed in {len(failed)} checks ({shown}), so the figures of their groups are not "
            "published. `ops.check_result` has the rows that failed.",
        )  # fmt: skip


def _held_groups(cursor: Any) -> Iterator[Alert]:
    """Groups of indicators whose figures the last build or audit held back.

    A running build holds all groups back until it ends, so none is reported then.
    """
    if is_build_running(cursor):
        return
    for group, state in group_states(cursor).items():
        if state.is_held:
            yield Alert(
                f"group_held:{group}", "group_held", "", "critical",
                f"the figures of {group} are held back and stay as they were last published: {state.held_why}. "
                "Correct the cause and build again; the other figures are published.",
                vietnamese.GROUPS.get(group, group),
            )  # fmt: skip


def _disk_low(settings: Settings, limits: WatchLimits) -> Iterator[Alert]:
    """The file system of the home, where the embedded server, logs and reports are. A remote server has its own."""
    free = shutil.disk_usage(settings.home).free
    if free < limits.disk_free:
        yield Alert(
            "disk_low", "disk_low", "", "critical",
            f"{free / 10**9:.1f} GB are free on the disk of {settings.home}, less than {limits.disk_free / 10**9:.1f}. "
            "PostgreSQL stops when it is full.",
            f"còn {vietnamese.number(free / 10**9, 1)} GB",
        )  # fmt: skip


def _key_missing(settings: Settings, cursor: Any) -> Iterator[Alert]:
    """This machine does not have the key of the rows in the warehouse, so it loads nothing (load/key.py)."""
    stored = run(cursor, "load/keys_of_warehouse").fetchall()
    [(has_rows,)] = run(cursor, "load/has_rows").fetchall()
    if not stored and not has_rows:
        return
    number, fingerprint, found_at, _ = stored[-1] if stored else (0, "", "", False)
    keys = _fingerprints(settings)
    if not settings.has_pseudonym_key:
        problem = "this machine has no pseudonym key"
    elif stored and keys.get(number) != fingerprint and max(keys, default=0) <= number:
        problem = f"the pseudonym key in {settings.pseudonym_key_place} is not the one of the rows in the warehouse"
    else:
        return
    where = f"; the first load found it in {found_at}" if found_at else ""
    yield Alert(
        "key_missing", "key_missing", "", "critical",
        f"{problem}, so no export is loaded here. Set LACHAN_PSEUDONYM_KEY to the right key{where}.",
    )  # fmt: skip


def _fingerprints(settings: Settings) -> dict[int, str]:
    """Those of the keys of this machine, by number; none where they are missing or no keys."""
    if not settings.has_pseudonym_key:
        return {}
    try:
        return {number: key_fingerprint(key) for number, key in settings.pseudonym_keys.items()}
    except SettingError:
        return {}


def _clock_wrong(cursor: Any, limits: WatchLimits) -> Iterator[Alert]:
    """The clocks of this machine and of the server differ, or something was recorded at an hour that has not come."""
    [(server, newest)] = run(cursor, "operate/clocks").fetchall()
    difference = (datetime.now(UTC) - server).total_seconds()
    if abs(difference) > limits.clock_difference.total_seconds():
        yield Alert(
            "clock_wrong:server", "clock_wrong", "", "critical",
            f"the clock of this machine is {abs(difference):.0f} seconds {'ahead of' if difference > 0 else 'behind'} "
            "that of the database server. Correct the one that is wrong, and let both follow a time server.",
        )  # fmt: skip
    if newest is not None and newest - server > limits.clock_difference:
        yield Alert(
            "clock_wrong:ledger", "clock_wrong", "", "critical",
            f"the ledger has an entry of {newest:%F %H:%M}, but the database server's clock is at {server:%F %H:%M}: "
            "the clock was ahead then, or is behind now. Correct it, and let it follow a time server.",
        )  # fmt: skip


def _stale_sources(cursor: Any) -> Iterator[Alert]:
    """Sources that dbt found stale when their freshness was last checked (transform/freshness.py)."""
    for feed, loaded_at, checked_at in run(cursor, "operate/stale_sources").fetchall():
        loaded = f"the last accepted delivery was loaded {loaded_at:%F %H:%M}"
        never = loaded_at.year == NEVER_LOADED_YEAR
        yield Alert(
            f"source_stale:{feed}", "source_stale", feed, "warning",
            f"{feed}: {'no delivery was ever accepted' if never else loaded}; two of its periods had passed at "
            f"{checked_at:%F %H:%M}. See ops.source_freshness.",
            "chưa có tệp nào" if never else f"tệp cuối nạp lúc {vietnamese.instant(loaded_at)}",
        )  # fmt: skip


def _about_archive(settings: Settings) -> Iterator[Alert]:
    """Alerts when nobody has decided about the archive, and when it has lost files that have an entry."""
    if settings.archive_recipients is None:
        yield Alert(
            "archive_off", "archive_off", "", "warning",
            "no original is archived, because LACHAN_ARCHIVE_RECIPIENTS is not set: what leaves the landing zone can "
            "never be replayed. Set it to the public keys of those who may open the archive, or to `none`.",
        )  # fmt: skip
    if settings.archive_recipients:
        missing = [copy for copy in contents(settings).copies if copy.is_missing]
        if missing:
            example = ", ".join(missing[0].paths)
            yield Alert(
                "archive_file_missing", "archive_file_missing", "", "critical",
                f"{len(missing)} files of ops.archived_file are not in {settings.archive}, such as the original "
                f"of {example} ({missing[0].name}). Correct LACHAN_ARCHIVE, or restore the files from a backup.",
            )  # fmt: skip


def _backup_old(settings: Settings, cursor: Any, limits: WatchLimits, now: datetime) -> Iterator[Alert]:
    """The last backup is older than the limit, or its folder has lost it.

    Where there is none: the first loaded file is older, or the database of a province, which loads none.
    """
    if settings.backup is None:
        return
    [(made_at, name, place, first_loaded_at, migrated_at)] = run(cursor, "operate/last_backup").fetchall()
    since = made_at or (migrated_at if settings.city is None else first_loaded_at)
    if since is None:
        return
    if now - since > limits.backup_age:
        how_old = f"the last backup is of {since:%F %H:%M}, which is longer ago than {limits.backup_age}"
        problem = how_old if made_at else "no backup was ever made"
    elif place == str(settings.backup) and not (settings.backup / name / MANIFEST).is_file():
        problem = f"the last backup, {name}, is not in {settings.backup}"
    else:
        return
    nobody = " Backups are encrypted, and nobody is named to encrypt them to (LACHAN_BACKUP_RECIPIENTS)."
    without = "" if settings.backup_recipients else nobody
    yield Alert(
        "backup_old", "backup_old", "", "critical" if settings.backup_recipients else "warning",
        f"{problem}.{without} Look at the last runs of the DAG backup, or run `lachan backup`; if backups are made by "
        "other means, set LACHAN_BACKUP to `none`.",
        f"từ {vietnamese.instant(made_at)}" if made_at else "",
    )  # fmt: skip
