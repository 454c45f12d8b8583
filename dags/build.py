"""From accepted batches to published figures, woken by any feed."""

from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, AssetAny, TriggerRule
from common import DEFAULT_ARGS, feed_asset
from lachan import settings
from lachan.contract import survey
from steps import audit, gate, publish, transform

DOC = """
## When this is red
The published figures are the last good ones: nothing reaches `reporting` before the audit has passed.

| red task | it means | do |
|---|---|---|
| `gate`, and with it `all_judged` | the check of fresh batches broke off, or a feed has no readable suite (named in the log); a batch that is *held* does not make this red | mend `expectations/suites/…`, then *Clear* `gate`. What could be judged was built and published; the named feed's files wait, none is lost |
| `transform` | a dbt model or test failed; the error names it | `select node, message from ops.dbt_result where status not in ('success', 'pass', 'skipped') order by finished_at desc`; mend the model, or the row that breaks the test |
| `audit` | figures do not add up, so they were not published | `select suite, expectation, expected, failed_keys from ops.check_result where stage = 'audit' and not success order by checked_at desc` |
| `audit`: not built | a build broke off and left the marts half new | clear or mend that build's `transform`; then *Clear* this |
| `publish` | the figures could not be moved | nothing was changed (one transaction); read the log. *Built again since the last audit*: a build beside this one has not passed its audit; see there, or *Clear* `audit` here |

After mending, *Clear* the red task, or run `lachan build` by hand to see all four steps without a scheduler.

**Green, yet a day is missing?** Its batch may be held: `select feed, path, gate_reason from ops.export_file where
gate = 'held'`. The `watch` DAG lists these each morning.

## What it does
Wakes when any feed has new rows, one run at a time, and takes all that is pending: **gate** (Great Expectations on
fresh batches) → **transform** (dbt) → **audit** (Great Expectations on marts) → **publish** (changed figures only).
"""  # noqa: E501  # a paragraph or a table row of the page is one line

CONTRACTS = survey(settings.load().contracts)

with DAG(
    "build",
    description="Gate, transform, audit and publish all that is pending",
    doc_md=DOC.strip(),
    schedule=AssetAny(*(feed_asset(name) for name in (*CONTRACTS.feeds, *CONTRACTS.broken))),
    default_args=DEFAULT_ARGS,
    tags=["build"],
    max_active_runs=1,
):
    judged = gate()
    # A feed that cannot be judged makes `gate` red and stops no other feed; `all_judged` makes the run red with it.
    judged >> transform.override(trigger_rule=TriggerRule.NONE_SKIPPED)() >> audit() >> publish("new exports")
    judged >> EmptyOperator(task_id="all_judged")
