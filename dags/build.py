"""The DAG `build`: from newly loaded files to published figures. New rows of any feed start it."""

from __future__ import annotations

from airflow.sdk import DAG, AssetAny
from common import dag_of, feed_asset, known_contracts, of_each_city
from steps import gate, transform_audit_publish

DOC = """
## When this is red
Figures are built, audited and published by groups that rest on the same feeds (`indicator_group` of
`reference.indicators`). What fails holds back its own group: of it, readers still see the figures of the last successful
run; the other groups are published. No data is lost. Which groups are held back, and why: `select * from (select distinct on
(indicator_group) indicator_group, why from ops.mart_state order by indicator_group, state_no desc) as latest where why is not null`.

| failed task | cause | what to do |
|---|---|---|
| `gate` | A feed's expectation suite is missing or unreadable (the log names it), or the check itself failed. A file that the gate *holds* does not make this task fail | Correct the suite in `expectations/suites/` (`lachan sources` generates it), then *Clear* `gate`. The files of all feeds with a suite were checked, built and published; the files of the named feed stay pending |
| `transform` | A dbt model or test failed; the error names it, and the groups that it holds back. A model without a group holds back all figures that stand on it | Run `select node, message from ops.dbt_result where status not in ('success', 'pass', 'skipped') order by finished_at desc`. Correct the model, or the data that makes the test fail |
| `transform`, killed or disconnected | The process, its machine or the server broke off. All groups are held back until a build ends, so `audit` and `publish` succeed without changing anything | *Clear* `transform` and the tasks after it. Otherwise the next run of `build` or `refresh` does the same |
| `audit`, error `AuditFailed` | The computed figures of the named groups contradict each other or their definitions | Run `select suite, expectation, expected, failed_keys from ops.check_result where stage = 'audit' and not success order by checked_at desc`, and correct the cause |
| `audit`, error `NotBuilt` | The marts are not the result of one complete build: somebody changed the marts by hand | *Clear* `transform` and the tasks after it |
| `publish`, error `NotAudited` | Another run has rebuilt the marts since this run's audit, and its audit has not passed | Look at that run first; or *Clear* `audit` here |
| `publish`, any other error | The figures could not be published. Nothing was changed, because publishing is one transaction | Read the log, correct the cause |

`all_passed` does nothing: it is *upstream_failed* when any task failed, which marks the run as failed although `publish`
succeeded. After the correction, *Clear* the failed task and those after it. To see all four steps without Airflow, run `lachan build`.

**Everything is green, but a day is missing?** The gate may hold its file: `select feed, path, gate_reason from
ops.export_file where gate = 'held'`. The DAG `watch` lists the held files each morning.

## What it does
New rows of any feed start it; one run at a time processes everything that is pending: **gate** (Great Expectations on
the new files) → **transform** (dbt) → **audit** (Great Expectations on the marts) → **publish** (only figures that
changed). Each computes what the new files have touched. `transform` and the tasks after it are *skipped* if nothing
could change: everything that was accepted is published, and the dbt project is that of the last complete build.
"""  # noqa: E501  # a paragraph or a table row of the page is one line

CONTRACTS = known_contracts()


def build_dags(city: str | None) -> list[DAG]:
    """The DAG that builds the figures of a city."""
    with dag_of(
        city,
        "build",
        DOC,
        tags=["build"],
        description="Gate, transform, audit and publish everything that is pending",
        schedule=AssetAny(*(feed_asset(name, city) for name in (*CONTRACTS.feeds, *CONTRACTS.broken))),
    ) as dag:
        transform_audit_publish("new exports", after=gate(), city=city)
    return [dag]


globals().update(of_each_city(build_dags))
