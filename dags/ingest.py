"""One DAG `ingest__<feed>` per contract: load the export files that are not yet in the ledger."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import date

import lachan.load  # noqa: F401  # isort: skip  # must come first: sets the memory allocator before polars is imported
from airflow.sdk import DAG, CronTriggerTimetable, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from common import (
    TIMETABLE_OPTIONS,
    current_settings,
    dag_of,
    feed_asset,
    known_contracts,
    ledger_run_id,
    of_each_city,
)
from lachan.contract import ContractError, Feed
from lachan.settings import TIMEZONE

log = logging.getLogger(__name__)

DOC = """
## When this is red
No data is damaged: a file is either loaded completely or not at all, and it is safe to run this DAG again at any time.
Open the log of the task `load`; its last error states the cause and the place.

| error in the log | cause | what to do |
|---|---|---|
| the server … is not known, or not the one that is known | The SFTP server presents a key that is not in `LACHAN_SFTP_KNOWN_HOSTS` | Compare the fingerprint in the message with the one that the server's administrator states; do what the message says only if they agree |
| landing zone not found, not reachable, access denied | The folder of the export files could not be read | Check `LACHAN_LANDING` and the server or share that it names, then *Clear* `load`. Airflow has already retried it three times |
| the pseudonym key … is not the one of the rows in the warehouse, or this machine has none | The worker has another key than the one that loaded first | Set `LACHAN_PSEUDONYM_KEY` to the key that the message describes, then *Clear* `load` |
| the archive … cannot be used, … cannot be written | The folder of the originals is gone, full, or not writable for the loader, and nothing is loaded that cannot be archived | Correct the folder (`LACHAN_ARCHIVE`), then *Clear* `load`. Airflow has already retried it three times |
| contract … | The contract of this feed is invalid | Correct `contracts/{feed}.yaml` at the place that the message names |
| connection refused, OperationalError | PostgreSQL cannot be reached | On one machine run `make up`; otherwise look at the log of the database server. Then *Clear* `load` |
| anything else | A defect in Lá Chắn | Run `lachan ingest {feed}` to reproduce it without Airflow |

**Everything is green, but rows are missing?** A file with a content that cannot be understood, and a row whose values do
not fit the contract, do not make this DAG red. List them with `select path, reason from ops.export_file where feed =
'{feed}' and status = 'rejected'` and `select * from ops.quarantined_row where feed = '{feed}'`. After you have corrected
the contract (for example added a synonym of a header), `lachan replay {feed}` loads them again. A file that its owner
has corrected is a new file, which the next run loads.

Nor does a file that cannot be opened or read (`select path, reason from ops.inaccessible_file where feed = '{feed}'`),
one that was still being written (`files_waiting`), or one that is ignored by its name (`files_ignored`); the log names
each. Every run tries the first two kinds again.

*Skipped* means that there was no new file, and that no loaded file of this feed is waiting for the gate.

## What it does
{title}: {description}
Runs at `{schedule}` ({timezone}) and loads every file that is not yet in the ledger, however old it is. The parameters
`since` and `until` limit a run to the exports of those days. New rows start the DAG `build`.
"""  # noqa: E501  # a paragraph or a table row of the page is one line


BROKEN_DOC = """
## When this is red
The contract of this feed is invalid, so none of its exports is loaded. All other feeds are loaded as usual. Nothing is
lost: after the contract is corrected, the next run loads everything that has arrived in the meantime.

> {error}

Correct `contracts/{feed}.yaml` as the message says. `lachan ingest {feed}` checks it without Airflow. When Airflow has
parsed the DAG files again (within about five minutes), this DAG loads the feed as usual.
"""
BROKEN_AT = "30 6 * * *"


def ingest_dag(feed: Feed, city: str | None) -> DAG:
    """Build the DAG that loads one feed of a city."""
    with dag_of(
        city,
        f"ingest__{feed.name}",
        DOC.format(
            feed=feed.name,
            title=feed.title,
            description=feed.description,
            schedule=feed.polling_schedule,
            timezone=TIMEZONE,
        ),
        tags=["ingest", feed.name],
        description=f"Load the new exports of {feed.name}",
        schedule=CronTriggerTimetable(feed.polling_schedule, **TIMETABLE_OPTIONS),
        owner=feed.owner,
        params={
            name: Param(None, type=["null", "string"], format="date", description=f"{position} export day to load")
            for name, position in (("since", "First"), ("until", "Last"))
        },
    ) as dag:

        @task(outlets=[feed_asset(feed.name, city)])
        def load() -> dict[str, int]:
            """Find, check and load new files; skipped when there are none."""
            from lachan.load.ingest import count_pending, ingest

            context = get_current_context()
            since, until = (
                date.fromisoformat(day) if (day := context["params"][name]) else None for name in ("since", "until")
            )
            config = current_settings()
            report = ingest(config, feed, ledger_run_id(context), since, until)
            log.info("%s: %s", feed.name, report)
            for count, what in (
                (report.files_rejected, "files rejected; see ops.export_file"),
                (report.rows_quarantined, "rows quarantined; see ops.quarantined_row"),
                (report.files_inaccessible, "files cannot be read; see ops.inaccessible_file"),
                (report.files_waiting, "files left for the next run, because they may still be being written"),
            ):
                if count:
                    log.warning("%s: %d %s", feed.name, count, what)
            if not report.files_loaded and not count_pending(config, feed):
                raise AirflowSkipException(f"nothing new to build from: {report}")
            return asdict(report)

        load()
    return dag


def broken_dag(name: str, error: ContractError, city: str | None) -> DAG:
    """Build the DAG of a feed whose contract is invalid: it fails each morning until the contract is corrected."""
    with dag_of(
        city,
        f"ingest__{name}",
        BROKEN_DOC.format(feed=name, error=error),
        tags=["ingest", "broken"],
        description=f"BROKEN CONTRACT: {error}"[:500],
        schedule=CronTriggerTimetable(BROKEN_AT, **TIMETABLE_OPTIONS),
    ) as dag:

        @task
        def load() -> None:
            """Fail with the error of the contract, read again now; succeeds once the contract has been corrected."""
            if current_error := known_contracts().broken.get(name):
                raise current_error

        load()
    return dag


CONTRACTS = known_contracts()


def ingest_dags(city: str | None) -> list[DAG]:
    """The DAGs that load the feeds of a city."""
    return [
        *(ingest_dag(feed, city) for feed in CONTRACTS.feeds.values()),
        *(broken_dag(name, error, city) for name, error in CONTRACTS.broken.items() if name not in CONTRACTS.feeds),
    ]


globals().update(of_each_city(ingest_dags))
