"""One run of housekeeping over everything that grows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import psycopg2
from psycopg2.extensions import cursor as Cursor

from lachan.archive.store import ArchiveError
from lachan.archive.upkeep import expire
from lachan.contract import survey
from lachan.maintain.airflow import AirflowNotCleaned, clean_airflow
from lachan.maintain.folders import remove_files, shorten_logs
from lachan.maintain.removed import Removed
from lachan.maintain.retention import AIRFLOW, Retentions, read_retentions, undeclared_files, undeclared_tables
from lachan.maintain.tables import housekeeper, relations, remove_rows
from lachan.settings import Settings
from lachan.warehouse.statements import run

log = logging.getLogger(__name__)

ARCHIVE = "archive"


class NotMaintained(Exception):
    """Something could not be cleaned; the message names each and why. Everything else was."""


@dataclass(frozen=True)
class Report:
    """What a run has removed, or would, and what grows without a stated retention."""

    removed: tuple[Removed, ...]
    undeclared: tuple[str, ...]


def maintain(settings: Settings, run_id: str, now: datetime, by: str, is_dry_run: bool = False) -> Report:
    """Remove everything that is older at `now` than its retention allows, and enter in ops.removal what was removed.

    What fails stops nothing else. It can run beside loads and builds, and be repeated at any time; where it was killed,
    the next run goes on. `by` is entered as who destroyed originals of the archive. Raises RetentionError, and at the
    end NotMaintained.
    """
    retentions = read_retentions(settings)
    removed: list[Removed] = []
    failures: list[str] = []
    with housekeeper(settings) as connection, connection.cursor() as cursor:
        for name, clean in _steps(settings, cursor, retentions, run_id, now, by, is_dry_run):
            try:
                done = clean()
            except (psycopg2.Error, OSError, ArchiveError, AirflowNotCleaned) as error:
                log.warning("%s is not cleaned: %s", name, error)
                failures.append(f"{name}: {str(error).strip()}")
                continue
            if done is not None:
                log.info("%s", done)
                removed.append(done)
        undeclared = [*undeclared_tables(cursor, retentions), *undeclared_files(settings.home, retentions)]
    if failures:
        raise NotMaintained("not cleaned, everything else was: " + "; ".join(failures))
    return Report(tuple(removed), tuple(undeclared))


def _steps(
    settings: Settings, cursor: Cursor, retentions: Retentions, run_id: str, now: datetime, by: str, is_dry_run: bool
) -> Iterator[tuple[str, Callable[[], Removed | None]]]:
    for name, retention in retentions.tables.items():
        if retention.days:
            for relation in relations(cursor, name):
                older_than = now - timedelta(days=retention.days)
                yield relation, partial(remove_rows, cursor, run_id, relation, older_than, is_dry_run)

    def noted(clean: Callable[[], Removed | None]) -> Removed | None:
        done = clean()
        if done is not None and not is_dry_run:
            values = {"thing": done.thing, "older_than": done.older_than, "items": done.items, "size": done.size}
            run(cursor, "maintain/note_removal", run_id=run_id, **values)
        return done

    for name, retention in retentions.files.items():
        if retention.days:
            older_than = now - timedelta(days=retention.days)
            yield name, partial(noted, partial(remove_files, settings.home, name, older_than, is_dry_run))
        elif retention.megabytes:
            megabytes = retention.megabytes
            yield name, partial(noted, partial(shorten_logs, settings.home, name, megabytes, now, is_dry_run))
    yield ARCHIVE, partial(noted, partial(_expire_archive, settings, now, by, is_dry_run))
    days = retentions.others[AIRFLOW].days
    if days:
        yield AIRFLOW, partial(noted, partial(clean_airflow, settings, now - timedelta(days=days), is_dry_run))


def _expire_archive(settings: Settings, now: datetime, by: str, is_dry_run: bool) -> Removed | None:
    """Destroy originals that have been kept long enough. Loads are waited for only where there are any."""
    if settings.archive_recipients == () and not settings.archive.exists():
        return None
    contracts = survey(settings.contracts)
    feeds = [*contracts.feeds, *contracts.broken]
    found = expire(settings, feeds, now, "the time for which it is kept is over", by, is_dry_run=True)
    leftover = [settings.archive / name for name in (*found.without_entry, *found.drafts)]
    size = sum(copy.size for copy in found.copies)
    for file in leftover:
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    items = len(found.copies) + len(leftover)
    if items and not is_dry_run:
        expire(settings, feeds, now, "the time for which it is kept is over", by)
    older_than = now - timedelta(days=settings.archive_keep_days)
    return Removed(ARCHIVE, older_than, items, size, is_rows=False)
