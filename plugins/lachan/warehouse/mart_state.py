"""Fingerprints of the marts as the last successful build left them and as the last successful audit saw them.

They are kept for each group of indicators (`indicator_group` of the seed indicators). Only the figures of groups that
are unchanged since their audit are published; a group that failed in the build or the audit is held back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Literal

from psycopg2.extensions import cursor as Cursor

from lachan.warehouse.session import connect
from lachan.warehouse.statements import run

Stage = Literal["built", "audited", "published"]
_BUILD_LOCK = 138_002


@dataclass(frozen=True)
class GroupState:
    """The last states of a group: its fingerprints when built and when audited, and why it is held back, if it is."""

    built: str | None = None
    audited: str | None = None
    held_why: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether the last thing that was recorded of the group is a failure or an unfinished build."""
        return self.held_why is not None


@contextmanager
def hold_build_lock(dsn: str, role: str) -> Iterator[None]:
    """Wait until no build of this warehouse runs, and keep others from starting until the block ends."""
    with closing(connect(dsn, role)) as connection, connection.cursor() as cursor:
        connection.autocommit = True  # a transaction open for the whole build would keep vacuum from removing dead rows
        cursor.execute("select pg_advisory_lock(%s)", (_BUILD_LOCK,))
        yield


def wait_for_builds(cursor: Cursor) -> None:
    """Wait until no build of this warehouse runs, and keep others from starting until the transaction ends."""
    cursor.execute("select pg_advisory_xact_lock(%s)", (_BUILD_LOCK,))


def is_build_running(cursor: Cursor) -> bool:
    """Whether a build, an audit or a publication of this warehouse holds the lock of builds now."""
    cursor.execute(
        "select exists(select from pg_locks where locktype = 'advisory' and objid = %s and granted"
        " and database = (select oid from pg_database where datname = current_database()))",
        (_BUILD_LOCK,),
    )
    return cursor.fetchone() == (True,)


def fingerprints(cursor: Cursor) -> dict[str, str]:
    """Row count and hash sum of each group's rows in each audited mart that are not published; other rows, other text.

    The group `common` has what belongs to no group: sentences without figures and checks of feeds without indicators.
    """
    return dict(run(cursor, "warehouse/mart_fingerprints", windows=unpublished_windows(cursor)).fetchall())


def unpublished_windows(cursor: Cursor) -> list[str]:
    """The windows of which figures may have changed since they were published.

    Statements that read them from marts.figure get them as a value: the planner expects ten rows of an array that it
    does not see, and after a first build they are all windows.
    """
    return [window for (window,) in run(cursor, "warehouse/unpublished_windows").fetchall()]


def record_states(cursor: Cursor, stage: Stage, run_id: str, marts: Mapping[str, str]) -> None:
    """Record that a run has built or audited with success the groups that have these fingerprints.

    `published` is what a publication has left of them: it counts as built and audited.
    """
    for group, fingerprint in marts.items():
        run(cursor, "warehouse/insert_mart_state", stage=stage, run_id=run_id, group=group, marts=fingerprint, why=None)


def hold_groups(cursor: Cursor, run_id: str, reasons: Mapping[str, str]) -> None:
    """Hold groups back until they are built and audited with success; `reasons` maps each group to the reason."""
    for group, why in reasons.items():
        run(cursor, "warehouse/insert_mart_state", stage="held", run_id=run_id, group=group, marts=None, why=why)


def group_states(cursor: Cursor) -> dict[str, GroupState]:
    """The state of every group of which one is recorded."""
    return {group: GroupState(*state) for group, *state in run(cursor, "warehouse/group_states").fetchall()}
