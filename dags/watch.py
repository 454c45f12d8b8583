"""The DAG `watch`: each morning, raise alerts for missing exports, held files, quarantined rows and the like."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task
from common import DEFAULT_ARGS, TIMETABLE_OPTIONS, current_settings, ledger_run_id

DOC = """
## When this is red
At least one critical problem needs a person. The log of the task `look` lists each problem and what to do. All open
alerts are also in `select * from ops.alert where cleared_at is null`. An alert is cleared by the next run after its
cause has been removed.

Each kind of alert has a page that says what to do, `docs/operations/KIND.md`; the board shows the same page (Vận hành,
*Loại* of an alert).

Warnings alone do not make this DAG red. `lachan watch` does the same without Airflow.
"""

with DAG(
    "watch",
    description="Raise alerts for missing exports and for problems that need a person",
    doc_md=DOC.strip(),
    schedule=CronTriggerTimetable("30 7 * * *", **TIMETABLE_OPTIONS),
    default_args=DEFAULT_ARGS,
    tags=["watch"],
    max_active_runs=1,
):

    @task
    def look() -> int:
        """Raise, keep and clear alerts; fails when a critical alert is open."""
        from lachan.operate.watch import require_no_critical, watch

        context = get_current_context()
        alerts = watch(current_settings(), context["dag_run"].run_after, ledger_run_id(context))
        require_no_critical(alerts)
        return len(alerts)

    look()
