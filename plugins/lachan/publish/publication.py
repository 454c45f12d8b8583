"""Move audited figures to reporting by difference, keeping every revision."""

from __future__ import annotations

from dataclasses import dataclass

from lachan.contract.published import published_tables
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import fingerprint, last
from lachan.warehouse.statements import run


class NothingToPublish(RuntimeError):
    """Nothing is computed although figures are published: a build that went wrong, not a withdrawal."""


class NotAudited(RuntimeError):
    """The marts have changed since they were last audited with success; whoever built them will audit them."""


@dataclass(frozen=True)
class PublishReport:
    """How many figures were published for the first time, changed, and withdrawn."""

    new: int
    changed: int
    withdrawn: int


def publish(settings: Settings, run_id: str, why: str) -> PublishReport:
    """Make reporting.figure and report_sentence equal to the marts in one transaction; `why` is kept with revisions.

    Readers are never blocked and see the old report or the new one, nothing between. Equal figures are not
    touched. Raises NotAudited when marts.figure is not what the last good audit saw, and NothingToPublish rather
    than withdraw everything; then nothing is changed.
    """
    with transaction(settings.dsn, "publisher") as cursor:
        cursor.execute("set transaction isolation level repeatable read")  # what is compared is what is moved
        cursor.execute("lock table reporting.figure in share row exclusive mode")  # other publishers wait
        if fingerprint(cursor) != last(cursor, "audited"):
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
