"""The DAG `build`: from newly loaded files to published figures. New rows of any feed start it."""

from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, AssetAny, TriggerRule
from common import DEFAULT_ARGS, feed_asset
from lachan import settings
from lachan.contract import survey
from steps import audit, gate, publish, transform

DOC = """
## When this is red
Readers still see the figures of the last successful run: nothing is published to `reporting` before the audit has
passed. No data is lost.

| failed task | cause | what to do |
|---|---|---|
| `gate` (then `all_judged` is *upstream_failed*) | A feed's expectation suite is missing or unreadable (the log names it), or the check itself failed. A file that the gate *holds* does not make this task fail | Correct the suite in `expectations/suites/` (`lachan sources` generates it), then *Clear* `gate`. The files of all feeds with a suite were checked, built and published; the files of the named feed stay pending |
| `transform` | A dbt model or test failed; the error names it | Run `select node, message from ops.dbt_result where status not in ('success', 'pass', 'skipped') order by finished_at desc`. Correct the model, or the data that makes the test fail |
| `audit`, error `AuditFailed` | The computed figures contradict each other or their definitions | Run `select suite, expectation, expected, failed_keys from ops.check_result where stage = 'audit' and not success order by checked_at desc`, and correct the cause |
| `audit`, error `NotBuilt` | The marts are not the result of one complete build: a build failed or was interrupted, or somebody changed the marts by hand | Find the failed run of `build` or `refresh`, correct its error and *Clear* its `transform`; then *Clear* `audit` here |
| `publish`, error `NotAudited` | Another run has rebuilt the marts since this run's audit, and its audit has not passed | Look at that run first; or *Clear* `audit` here |
| `publish`, any other error | The figures could not be published. Nothing was changed, because publishing is one transaction | Read the log, correct the cause |

After the correction, *Clear* the failed task. To see all four steps without Airflow, run `lachan build`.

**Everything is green, but a day is missing?** The gate may hold its file: `select feed, path, gate_reason from
ops.export_file where gate = 'held'`. The DAG `watch` lists the held files each morning.

## What it does
New rows of any feed start it; one run at a time processes everything that is pending: **gate** (Great Expectations on
the new files) → **transform** (dbt) → **audit** (Great Expectations on the marts) → **publish** (only figures that
changed).
"""  # noqa: E501  # a paragraph or a table row of the page is one line

CONTRACTS = survey(settings.load().contracts)

with DAG(
    "build",
    description="Gate, transform, audit and publish everything that is pending",
    doc_md=DOC.strip(),
    schedule=AssetAny(*(feed_asset(name) for name in (*CONTRACTS.feeds, *CONTRACTS.broken))),
    default_args=DEFAULT_ARGS,
    tags=["build"],
    max_active_runs=1,
):
    checked = gate()
    # `gate` fails when it could not check a feed. `transform` runs even then, because the other feeds can be built.
    # `all_judged` does not, which marks the whole run as failed although `publish` succeeds.
    checked >> transform.override(trigger_rule=TriggerRule.NONE_SKIPPED)() >> audit() >> publish("new exports")
    checked >> EmptyOperator(task_id="all_judged")
