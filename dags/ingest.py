"""One DAG per contract: pull the export files that the ledger does not know, and load them."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import date, timedelta

import lachan.load  # noqa: F401  # isort: skip  # sets the allocator before polars is imported
from airflow.sdk import DAG, CronTriggerTimetable, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from common import CLOCK, DEFAULT_ARGS, feed_asset, ledger_run_id
from lachan import settings
from lachan.contract import ContractError, Feed, survey
from lachan.settings import TIMEZONE

log = logging.getLogger(__name__)

DOC = """
## When this is red
Nothing is half loaded: a file is either wholly in the warehouse or not at all, and it is safe to run this again
at any time. Open the log of `load`; its last error says what and where.

| it says | it means | do |
|---|---|---|
| landing zone not found, not reachable, access denied | the exports could not be read | check `LACHAN_LANDING` and the share; passing faults were already tried three times; then *Clear* the task |
| contract … | the contract of this feed is broken | mend `contracts/{feed}.yaml`; the message names the line of it |
| connection refused, OperationalError | PostgreSQL is away | `make up` on one machine, or look at the database's log; then *Clear* the task |
| anything else | a defect of ours | run `lachan ingest {feed}` by hand to see it without a scheduler |

**Green, yet rows are missing?** A file that cannot be read and a row that cannot be typed do not make this red.
They are in the ledger: `select path, reason from ops.export_file where feed = '{feed}' and status = 'rejected'`,
and `select * from ops.quarantined_row where feed = '{feed}'`. After the file, the contract or an alias is mended,
`lachan replay {feed}` takes the quarantined rows again. *Skipped* means: nothing new, and nothing that waits for a build.

## What it does
{title}: {description}
Runs at `{schedule}` ({timezone}), takes every file that the ledger does not know, however old. With `since` and
`until` it looks at the exports of these days only. New rows wake `build`.
"""  # noqa: E501  # a paragraph or a table row of the page is one line


BROKEN_DOC = """
## When this is red
The contract of this feed cannot be used, so none of its exports is loaded; all other feeds go on. Nothing is lost:
once the contract is mended, the next run takes what has landed since.

> {error}

Mend `contracts/{feed}.yaml` as the message says; `lachan ingest {feed}` tries it without a scheduler. Within a minute
this DAG is the feed's usual one again.
"""
BROKEN_AT = "30 6 * * *"


def ingest_dag(feed: Feed) -> DAG:
    """The DAG of one feed."""
    with DAG(
        f"ingest__{feed.name}",
        description=f"Pull and load the exports of {feed.name}",
        doc_md=DOC.format(
            feed=feed.name,
            title=feed.title,
            description=feed.description,
            schedule=feed.polling_schedule,
            timezone=TIMEZONE,
        ).strip(),
        schedule=CronTriggerTimetable(feed.polling_schedule, **CLOCK),
        default_args=DEFAULT_ARGS | {"owner": feed.owner},
        tags=["ingest", feed.name],
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=6),
        params={
            name: Param(None, type=["null", "string"], format="date", description=f"{words} export day to look at")
            for name, words in (("since", "First"), ("until", "Last"))
        },
    ) as dag:

        @task(outlets=[feed_asset(feed.name)])
        def load() -> dict[str, int]:
            """Find, check and load new files; skipped when there are none."""
            from lachan.load.ingest import count_pending, ingest

            context = get_current_context()
            since, until = (
                date.fromisoformat(day) if (day := context["params"][name]) else None for name in ("since", "until")
            )
            report = ingest(settings.load(), feed, ledger_run_id(context), since, until)
            log.info("%s: %s", feed.name, report)
            if report.files_rejected or report.rows_quarantined:
                log.warning(
                    "%s: %d files rejected, %d rows quarantined; see ops.export_file and ops.quarantined_row",
                    feed.name,
                    report.files_rejected,
                    report.rows_quarantined,
                )
            if not report.files_loaded and not count_pending(settings.load(), feed):
                raise AirflowSkipException(f"nothing new to build from: {report}")
            return asdict(report)

        load()
    return dag


def broken_dag(name: str, error: ContractError) -> DAG:
    """The DAG of a feed whose contract is broken: it says so, in red, each morning until it is mended."""
    with DAG(
        f"ingest__{name}",
        description=f"BROKEN CONTRACT: {error}"[:500],
        doc_md=BROKEN_DOC.format(feed=name, error=error).strip(),
        schedule=CronTriggerTimetable(BROKEN_AT, **CLOCK),
        default_args=DEFAULT_ARGS,
        tags=["ingest", "broken"],
        max_active_runs=1,
    ) as dag:

        @task
        def load() -> None:
            """Fail with what is wrong with the contract, as it is now."""
            if fault := survey(settings.load().contracts).broken.get(name):
                raise fault

        load()
    return dag


contracts = survey(settings.load().contracts)
dags = [
    *(ingest_dag(feed) for feed in contracts.feeds.values()),
    *(broken_dag(name, error) for name, error in contracts.broken.items() if name not in contracts.feeds),
]
globals().update({dag.dag_id: dag for dag in dags})
