"""Publish audited figures to `reporting`: only differences are written, and every change is stored as a revision."""

from __future__ import annotations

from dataclasses import dataclass

from lachan.contract.published import published_tables
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import fingerprint, last_state
from lachan.warehouse.statements import run


class NothingToPublish(RuntimeError):
    """marts.figure is empty although figures are published, which points to a failed build and not to a withdrawal."""


class NotAudited(RuntimeError):
    """The marts have changed since the last successful audit; the run that built them audits them itself."""


@dataclass(frozen=True)
class PublishReport:
    """How many figures were published for the first time, changed, and withdrawn."""

    new: int
    changed: int
    withdrawn: int


def publish(settings: Settings, run_id: str, why: str) -> PublishReport:
    """Make reporting.figure and report_sentence equal to the marts; `why` is stored with each revision.

    All changes are one transaction: readers are not blocked, and see either the old report or the new one. Unchanged
    figures are not touched. Raises NotAudited when the marts are not those that passed the last successful audit, and
    NothingToPublish when every figure would be withdrawn; neither changes anything.
    """
    with transaction(settings.dsn, "publisher") as cursor:
        # one snapshot, so that the rows that are published are those whose fingerprint is compared
        cursor.execute("set transaction isolation level repeatable read")
        cursor.execute("lock table reporting.figure in share row exclusive mode")  # makes other publishers wait
        if fingerprint(cursor) != last_state(cursor, "audited"):
            raise NotAudited(
                "the figures were built again since the last audit that passed; nothing was changed. "
                "Audit again, then publish (`lachan build` does both)"
            )
        is_computed, is_published, at = run(cursor, "publish/publication_state").fetchone() or (False, False, None)
        if is_published and not is_computed:
            raise NothingToPublish(
                "marts.figure is empty while reporting.figure is not; nothing was changed. "
                "Look at the last build (ops.dbt_result), build again, then publish again"
            )
        tables = published_tables(settings.project)
        revised = run(cursor, "publish/revise_figures", **tables, at=at, run_id=run_id, why=why)
        counts: dict[str, int] = dict(revised.fetchall())
        if counts:
            run(cursor, "publish/delete_revised_figures", at=at)
            run(cursor, "publish/insert_revised_figures", **tables, at=at)
        run(cursor, "publish/delete_stale_sentences", **tables)
        run(cursor, "publish/insert_new_sentences", **tables, at=at)
    return PublishReport(counts.get("new", 0), counts.get("changed", 0), counts.get("withdrawn", 0))
