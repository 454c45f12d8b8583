"""Housekeeping changes nothing that figures, traces, reports as of an instant and later decisions say.

Two warehouses live through the same history, and all of it is long ago in both. One is cleaned between the steps, with
every retention at its shortest. `LACHAN_SOAK_EXAMPLES=20` adds that many random histories (a minute each).
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from helpers.aging import age
from helpers.contents import built_rows
from helpers.raw_rows import query
from helpers.worlds import CONTENTS, DECISIONS, PATHS, NewWarehouse, Step, World, two_worlds
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st
from lachan.maintain.run import maintain
from lachan.transform.build import build

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]

EXAMPLES = int(os.environ.get("LACHAN_SOAK_EXAMPLES", "0"))
YEARS = 3
SHORTEST = "".join(
    f"{name}: 31\n"
    for name in (
        "raw.*", "ops.alert", "ops.alert_history", "ops.batch_profile", "ops.check_result", "ops.dbt_result",
        "ops.mail", "ops.mart_state", "ops.quarantined_row", "ops.watch_run",
    )
)  # fmt: skip
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+(\+\d\d(:\d\d)?)?")
AS_OF = """
select change_no, (
    select md5(string_agg((to_jsonb(f) - 'published_at')::text, ' ' order by f.figure_id))
    from reporting.figure_as_of(changed_at) as f
)
from reporting.figure_change order by change_no
"""
TRACES = """
select figure_id, (select string_agg((to_jsonb(line) - 'loaded_at')::text, ' ') from reporting.trace(figure_id) as line)
from (select figure_id from reporting.figure where value <> 0 order by hashtext(figure_id) limit 30) as chosen
order by 1
"""
REVISIONS = """
select (to_jsonb(r) - 'changed_at')::text from reporting.figure_revision as r where change <> 'new'
order by figure_id, revision_no
"""
FIGURES = """
select count(*), md5(string_agg((to_jsonb(f) - 'published_at')::text, ' ' order by figure_id))
from reporting.figure as f
"""
SENTENCES = """
select (to_jsonb(s) - 'published_at')::text from reporting.report_sentence as s order by window_key, sentence_key
"""
OPEN = "select file_id, standing, superseded_by, decided_by, why from ops.delivery order by file_id"
WAITING = """
select file_id, line_no, reasons::text, masked_row::text
from ops.quarantined_row inner join ops.export_file using (file_id)
where replayed_by is null and discarded_why is null and gate not in ('discarded', 'retracted') order by 1, 2
"""

deliveries = st.tuples(st.just("deliver"), st.sampled_from(sorted(PATHS)), st.sampled_from(CONTENTS))
decisions = st.tuples(st.sampled_from(DECISIONS), st.sampled_from(sorted(PATHS)))
others = st.sampled_from([("ingest",), ("ingest",), ("build",), ("mend",)])
histories = st.lists(st.one_of(deliveries, deliveries, others, decisions), min_size=8, max_size=16)
TAKEN_BACK: list[Step] = [
    ("deliver", "5th", "first"), ("deliver", "register", "with an unknown label"), ("deliver", "6th", "of another day"),
    ("ingest",), ("build",), ("deliver", "5th", "second"), ("deliver", "register, corrected", "second"), ("ingest",),
    ("build",), ("retract", "5th"), ("discard", "6th"), ("mend",), ("build",), ("deliver", "5th", "first"), ("ingest",),
    ("retract", "register, corrected"), ("build",),
]  # fmt: skip


def state(world: World) -> dict[str, Any]:
    """All that readers and later steps can see, without the instants of the run."""
    seen: dict[str, Any] = {
        name: query(world.settings, text)
        for name, text in (
            ("as of", AS_OF), ("traces", TRACES), ("revisions", REVISIONS), ("deliveries", OPEN), ("waiting", WAITING),
            ("figures", FIGURES), ("sentences", SENTENCES),
        )
    } | built_rows(world.settings)  # fmt: skip
    return {name: INSTANT.sub("at", str(rows)) for name, rows in seen.items()}


def both(cleaned: World, kept: World, steps: list[Step]) -> int:
    """Run the steps in both; before each build and at the end, let all be long ago, and clean one.

    Returns how many rows were removed.
    """
    office = cleaned.settings.home / "retention.yaml"
    office.write_text(SHORTEST)
    removed = 0
    by_office = replace(cleaned.settings, retention=office)
    for step, following in pairwise([*steps, ("build",)]):
        for world in (cleaned, kept):
            world.run([step])
        if following == ("build",):
            for world in (cleaned, kept):
                age(world.settings, YEARS * 366)
            report = maintain(by_office, f"s{cleaned.steps_done}", datetime.now(UTC), "tester")
            removed += sum(each.items for each in report.removed)
    return removed


@settings(
    max_examples=EXAMPLES or 1,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    print_blob=True,
    phases=list(Phase) if EXAMPLES else [Phase.explicit],
)
@given(steps=histories)
@example(steps=TAKEN_BACK)
def test_nothing_that_is_said_changes(new_warehouse: NewWarehouse, steps: list[Step]) -> None:
    with two_worlds(new_warehouse, are_built=True) as (first, second):
        cleaned, kept = World(first), World(second)
        removed = both(cleaned, kept, [*steps, ("ingest",), ("build",)])
        note(f"{removed} rows were removed")
        assert removed > 50
        assert state(cleaned) == state(kept)
        later: list[Step] = [("retract", name) for name in sorted(cleaned.seen)]
        both(cleaned, kept, [*later[::2], ("mend",), ("build",)])
        assert state(cleaned) == state(kept), "after later decisions and a replay"
        by_difference = built_rows(cleaned.settings)
        build(cleaned.settings, "everything", full=True)
        assert built_rows(cleaned.settings) == by_difference
