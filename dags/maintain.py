"""The DAG `maintain`: each week, remove what has been kept long enough."""

from __future__ import annotations

import logging

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task
from common import (
    BESIDE_THE_SCHEDULER,
    TIMETABLE_OPTIONS,
    current_settings,
    dag_of,
    ledger_run_id,
    of_each_city,
)

log = logging.getLogger(__name__)

DOC = """
## When this is red
Nothing is damaged, and no figure waits for this: tables and folders grow until a later run removes what this one could not.
The error `NotMaintained` names each thing that could not be cleaned, and why; everything else was cleaned.

| error in the log | cause | what to do |
|---|---|---|
| canceling statement due to lock timeout | Another session holds rows that would go | Nothing; the next run takes them. If it comes back, end the session that holds them (`pg_stat_activity`) |
| Permission denied | A file of another user in the home | Give it to the user of the platform, or remove it |
| `airflow db clean` ended with status … | Airflow's own cleaning failed; its message follows | Run `airflow db clean --dry-run …` as docs/housekeeping.md shows |
| `RetentionError` | `LACHAN_RETENTION` or `expectations/retention.yaml` cannot be used | Correct the place that the message names |

Then *Clear* the task, or run `lachan maintain`; `lachan maintain --dry-run` only tells what would go.

## What it does
Each Sunday at 02:10: rows, files, originals of the archive and Airflow's own records that are older than
`expectations/retention.yaml` says. What figures, traces, revisions, retractions and replays rest on is kept for ever. What was
removed is in `select * from ops.removal order by removed_at desc`. docs/housekeeping.md has the reasons.
"""  # noqa: E501  # a paragraph or a table row of the page is one line


def maintain_dags(city: str | None) -> list[DAG]:
    """The DAG of the housekeeping of a city."""
    with dag_of(
        city,
        "maintain",
        DOC,
        tags=["maintain"],
        description="Remove what has been kept long enough",
        schedule=CronTriggerTimetable("10 2 * * 0", **TIMETABLE_OPTIONS),
    ) as dag:

        @task(executor=BESIDE_THE_SCHEDULER)
        def clean() -> dict[str, int]:
            """Remove what is older than its retention allows; returns the rows or files removed of each thing."""
            from lachan.maintain.run import maintain

            context = get_current_context()
            report = maintain(
                current_settings(), ledger_run_id(context), context["dag_run"].run_after, "maintain (DAG)"
            )
            for name in report.undeclared:
                log.warning("%s is kept without a stated time (expectations/retention.yaml)", name)
            return {each.thing: each.items for each in report.removed if each.items}

        clean()
    return [dag]


globals().update(of_each_city(maintain_dags, of_province=True))
