"""The DAG `refresh`: on a schedule, build and publish what no run of `build` has published."""

from __future__ import annotations

from airflow.sdk import DAG, MultipleCronTriggerTimetable
from common import TIMETABLE_OPTIONS, dag_of, of_each_city
from steps import transform_audit_publish

DOC = """
## When this is red
Readers still see the figures of the last successful run of every group that failed; the other groups are published. The
tasks are those of the DAG `build` without the gate: its page explains each failed task. `lachan build` runs the same
steps without Airflow (and the gate before them).

**Urgent on the 15th.** If the run of 00:05 on the 15th failed, the office cannot report on the administrative window
that closed on the 14th: correct this before anything else, then *Clear* the failed task.

## What it does
**transform** → **audit** → **publish**, each day at 06:50, and at 00:05 on the 15th of each month, when the
administrative windows (from the 15th to the 14th) have closed. All three are *skipped* if nothing could change. They
have something to do after a retraction or another decision of a person, after a release, and after a run that failed.
"""


def refresh_dags(city: str | None) -> list[DAG]:
    """The DAG that publishes what is left of a city."""
    with dag_of(
        city,
        "refresh",
        DOC,
        tags=["publish"],
        description="Build and publish what is left, each morning and at the administrative cut-off",
        schedule=MultipleCronTriggerTimetable("50 6 * * *", "5 0 15 * *", **TIMETABLE_OPTIONS),
    ) as dag:
        transform_audit_publish("scheduled refresh", city=city)
    return [dag]


globals().update(of_each_city(refresh_dags))
