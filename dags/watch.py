"""The DAG `watch`: each morning, raise alerts for missing exports, held files, quarantined rows and the like."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, TriggerRule, get_current_context, task
from common import (
    BESIDE_THE_SCHEDULER,
    TIMETABLE_OPTIONS,
    current_settings,
    dag_of,
    ledger_run_id,
    of_each_city,
)
from lachan.settings import is_province
from notices import send_waiting

DOC = """
## When this is red
At least one critical problem needs a person. The log of the task `look` lists each problem and what to do. All open
alerts are also in `select * from ops.alert where cleared_at is null`. An alert is cleared by the next run after its
cause has been removed.

Each kind of alert has a page that says what to do, `docs/operations/KIND.md`; the board shows the same page (Vận hành,
*Loại* of an alert).

The first run of a day writes the digest to the people in the table of recipients (docs/operations/README.md, Mails). An
error `RecipientsError` means that this table cannot be used; the alerts themselves are stored then.

`freshness` runs `dbt source freshness` on the ledger. If it fails, `look` raises all other alerts and those of the last
check; its log contains the error of dbt, which a build shows as well.

In a province there is one of these DAGs for each city, and one for the province as a whole, which looks at its own
backups and at the age of what was collected of each city.

Warnings alone do not make this DAG red. `lachan watch` does the same without Airflow, but sends no mails.
"""


def watch_dags(city: str | None) -> list[DAG]:
    """The DAG that raises the alerts of a city, or those of a province as a whole."""
    of_province = city is None and is_province()
    with dag_of(
        city,
        "watch",
        DOC,
        tags=["watch"],
        description="Raise alerts for missing exports and for problems that need a person",
        schedule=CronTriggerTimetable("30 7 * * *", **TIMETABLE_OPTIONS),
    ) as dag:

        @task
        def freshness() -> dict[str, str]:
            """Let dbt judge the freshness of its sources by the ledger; `look` raises the alerts."""
            from lachan.transform.freshness import check_freshness

            found = check_freshness(current_settings(), ledger_run_id(get_current_context()))
            return {each.feed: each.status for each in found}

        @task(trigger_rule=TriggerRule.ALL_DONE, executor=BESIDE_THE_SCHEDULER)
        def look() -> int:
            """Raise, keep and clear alerts, and send the digest; fails when a critical alert is open."""
            from lachan.operate.digest import write_digests
            from lachan.operate.watch import require_no_critical, watch

            context, config = get_current_context(), current_settings()
            now = context["dag_run"].run_after
            alerts = watch(config, now, ledger_run_id(context))
            write_digests(config, now)
            send_waiting(config)
            require_no_critical(alerts)
            return len(alerts)

        look() if of_province else freshness() >> look()
    return [dag]


globals().update(of_each_city(watch_dags, of_province=True))
