"""Move audited figures to reporting by difference, keeping every revision."""

from __future__ import annotations

from dataclasses import dataclass

from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import fingerprint, last

DIMENSIONS = [
    *("figure_id", "indicator_key", "label_vi", "unit", "measure"),
    *(
        "window_key",
        "window_kind",
        "window_basis",
        "window_label_vi",
        "window_starts_on",
        "window_ends_on",
        "is_complete",
    ),
    *("ward_basis", "ward_key", "ward_code", "ward_name", "breakdown_dim", "breakdown_value", "breakdown_label_vi"),
    *("is_small_count", "year_before_value", "year_change", "year_change_percent", "no_base_vi"),
]
NUMBERS = ["numerator", "denominator", "value"]


def columns(names: list[str], prefix: str = "") -> str:
    """Names for a select list, each behind the prefix (an alias with its dot, or old_ or new_)."""
    return ", ".join(prefix + name for name in names)


_EVERYTHING = DIMENSIONS + NUMBERS
_KNOWN = (f"case when computed.figure_id is null then published.{name} else computed.{name} end" for name in DIMENSIONS)

# One row per figure that differs; dimensions of a withdrawn figure are those that it was published with.
REVISE = f"""
with changed as (
    insert into reporting.figure_revision (
        {columns(DIMENSIONS)}, {columns(NUMBERS, "old_")}, {columns(NUMBERS, "new_")},
        change, revision_no, changed_at, run_id, why
    )
    select
        {", ".join(_KNOWN)},
        {columns(NUMBERS, "published.")}, {columns(NUMBERS, "computed.")},
        case
            when computed.figure_id is null then 'withdrawn'
            when published.figure_id is null then 'new'
            else 'changed'
        end,
        coalesce(published.revision_no, past.revision_no, 0) + 1,
        %(at)s, %(run_id)s, %(why)s
    from marts.figure as computed
    full join reporting.figure as published on published.figure_id = computed.figure_id
    left join (
        select figure_id, max(revision_no) as revision_no
        from reporting.figure_revision
        where change = 'withdrawn'
        group by figure_id
    ) as past on past.figure_id = computed.figure_id
    where computed.figure_id is null
       or published.figure_id is null
       or ({columns(_EVERYTHING, "computed.")}) is distinct from ({columns(_EVERYTHING, "published.")})
    returning change
)
select change, count(*) from changed group by change
"""  # noqa: S608

REMOVE = """
delete from reporting.figure as published
using reporting.figure_revision as revision
where revision.changed_at = %(at)s and revision.figure_id = published.figure_id
"""

PUT = f"""
insert into reporting.figure ({columns(_EVERYTHING)}, revision_no, published_at)
select {columns(DIMENSIONS)}, {columns(NUMBERS, "new_")}, revision_no, changed_at
from reporting.figure_revision
where changed_at = %(at)s and change <> 'withdrawn'
"""  # noqa: S608


# Sentences follow from the figures in them, whose revisions are kept: of themselves only the newest stands.
SENTENCE = [
    *("window_key", "window_label_vi", "window_kind", "window_basis", "window_starts_on", "window_ends_on"),
    *("position", "sentence_key", "topic_vi", "sentence_vi", "figure_ids"),
]
UNSAY = f"""
delete from reporting.report_sentence as published
where not exists (
    select from marts.report_sentence as computed
    where ({columns(SENTENCE, "computed.")}) is not distinct from ({columns(SENTENCE, "published.")})
)
"""  # noqa: S608
SAY = f"""
insert into reporting.report_sentence ({columns(SENTENCE)}, published_at)
select {columns(SENTENCE)}, %(at)s
from marts.report_sentence as computed
where not exists (
    select from reporting.report_sentence as published
    where (published.window_key, published.sentence_key) = (computed.window_key, computed.sentence_key)
)
"""  # noqa: S608


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
        cursor.execute(
            "select exists (select from marts.figure), exists (select from reporting.figure), clock_timestamp()"
        )
        computed, published, at = cursor.fetchone() or (False, False, None)
        if published and not computed:
            raise NothingToPublish(
                "marts.figure is empty while reporting.figure is not; nothing was changed. "
                "Look at the last build (ops.dbt_result), build again, then publish again"
            )
        cursor.execute(REVISE, {"at": at, "run_id": run_id, "why": why})
        counts: dict[str, int] = dict(cursor.fetchall())
        if counts:
            cursor.execute(REMOVE, {"at": at})
            cursor.execute(PUT, {"at": at})
        cursor.execute(UNSAY)
        cursor.execute(SAY, {"at": at})
    return PublishReport(counts.get("new", 0), counts.get("changed", 0), counts.get("withdrawn", 0))
