"""Publish audited figures to `reporting`: only differences are written, and every change is stored as a revision."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from lachan.contract.published import published_tables
from lachan.settings import TIMEZONE, Settings
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import (
    fingerprints,
    group_states,
    hold_build_lock,
    record_states,
    unpublished_windows,
)
from lachan.warehouse.statements import run

log = logging.getLogger(__name__)

DELIVERIES_SHOWN = 5
"""Deliveries that the reason of a revision names; reporting.publication_delivery has all."""


class NothingToPublish(RuntimeError):
    """marts.figure is empty although figures are published, which points to a failed build and not to a withdrawal."""


class NotAudited(RuntimeError):
    """The marts have changed since the last successful audit; the run that built them audits them itself."""


@dataclass(frozen=True)
class PublishReport:
    """How many figures were published for the first time, changed, and withdrawn; the groups that are held back."""

    new: int
    changed: int
    withdrawn: int
    held: tuple[str, ...] = ()


def publish(settings: Settings, run_id: str, why: str) -> PublishReport:
    """Make reporting.figure and report_sentence equal to the marts; `why` is stored with each revision.

    Only the windows are compared of which a build has changed something since they were published. What is left after
    the publication is recorded as built and audited, so that another publication finds nothing to do.
    All changes are one transaction: readers are not blocked, and see either the old report or the new one. Unchanged
    figures are not touched, and those of groups that the build or the audit holds back stay as they were published.
    Waits for a running build. Raises NotAudited when another group is not in the state that passed the last audit, and
    NothingToPublish when every figure would be withdrawn; neither changes anything.
    """
    dsn = settings.address("publisher")
    with hold_build_lock(dsn, "publisher"), transaction(dsn, "publisher") as cursor:
        # one snapshot, so that the rows that are published are those whose fingerprints are compared
        cursor.execute("set transaction isolation level repeatable read")
        # makes other publishers wait; Citus lets only those take the lock who may delete from the table
        cursor.execute("lock table reporting.open_figure in share row exclusive mode")
        groups, held = _groups(cursor)
        is_computed, is_published, at = run(cursor, "publish/publication_state").fetchone() or (False, False, None)
        if is_published and not is_computed:
            raise NothingToPublish(
                "marts.figure is empty while reporting.figure is not; nothing was changed. "
                "Look at the last build (ops.dbt_result), build again, then publish again"
            )
        tables = published_tables(settings.project)
        values = {"at": at, "run_id": run_id, "why": why, "groups": groups, **tables}
        [(publication_id,)] = run(cursor, "publish/insert_publication", held=held, **values).fetchall()
        values["publication_id"] = publication_id
        run(cursor, "publish/follow_thresholds")
        run(cursor, "publish/insert_publication_deliveries", timezone=TIMEZONE, **values)
        run(cursor, "publish/renew_published_deliveries", **values)
        revised = run(
            cursor,
            "publish/revise_figures",
            windows=unpublished_windows(cursor),
            deliveries_shown=DELIVERIES_SHOWN,
            **values,
        )
        counts: dict[str, int] = dict(revised.fetchall())
        run(cursor, "publish/judge_small_counts", **values)
        run(cursor, "publish/open_figures", **values)
        if run(cursor, "publish/has_old_statistics", changed=sum(counts.values())).fetchone() == (True,):
            run(cursor, "publish/analyze_figures")
        run(cursor, "publish/delete_stale_sentences", **values)
        run(cursor, "publish/insert_new_sentences", **values)
        run(cursor, "publish/delete_published_windows", held=held, **values)
        left = {group: marts for group, marts in fingerprints(cursor).items() if group in groups}
        record_states(cursor, "published", run_id, left)
    return PublishReport(counts.get("new", 0), counts.get("changed", 0), counts.get("withdrawn", 0), tuple(held))


def _groups(cursor: Cursor) -> tuple[list[str], list[str]]:
    """The groups to publish, and those that are held back. Raises NotAudited when another group is not audited."""
    marts = fingerprints(cursor)
    states = group_states(cursor)
    held = {group: state.held_why for group, state in states.items() if state.is_held}
    for group, held_why in held.items():
        log.warning("the figures of %s are held back and stay as published: %s", group, held_why)
    audited = {group: state.audited for group, state in states.items() if group not in held}
    if unseen := sorted(group for group in marts.keys() - held.keys() if audited.get(group) != marts[group]):
        raise NotAudited(
            f"the figures of {', '.join(unseen)} were built again since the last audit that passed; nothing was "
            "changed. Audit again, then publish (`lachan build` does both)"
        )
    return sorted(audited), sorted(held)
