"""Each morning: exports that did not come, batches held, quarantine and files that wait for a person."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task
from common import CLOCK, DEFAULT_ARGS

DOC = """
## When this is red
Something needs a person, and the log of `look` says what, feed by feed. The open alerts are also in
`select * from ops.alert where cleared_at is null`; an alert clears itself once its cause is gone.

| alert | it means | do |
|---|---|---|
| `missing_export` | a feed's export of a day did not come in time | call the feed's owner (named in the alert); when the file lands, `ingest` takes it by itself |
| `batch_held` | the gate held a batch: its rows are in `raw`, not in the figures | read the reason and ask the owner: right after all, `lachan release FILE_ID --why …`; wrong, a corrected file, which is checked afresh; none will come, `lachan discard FILE_ID --why …` |
| `quarantine_waiting` | rows wait in quarantine for over a day | `select * from ops.quarantined_row where replayed_by is null`; mend contract or file, then `lachan replay`; never to be mended, `lachan discard FILE_ID --why …` |
| `file_rejected` | a file could not be read and no good one followed for that day | the reason is in the alert; ask the owner for the export again, or `lachan discard FILE_ID --why …` |
| `contract_broken` | a contract cannot be used, so nothing of that feed is loaded | the alert names file, place and reason; see also its red `ingest` DAG |
| `stray_file` (warning) | a file lies among the exports whose name says no day | let its owner rename it or take it away, or `lachan discard FILE_ID --why …` |
| `ward_unknown` (warning) | rows name a ward that no rule can read; they count for the city only | `select * from marts.ward_spelling_to_resolve`: ask the sender, then add a line to `dbt_project/seeds/ward_alias.csv` |

`lachan watch` does the same by hand. Warnings alone do not make this red.
"""  # noqa: E501  # a paragraph or a table row of the page is one line

with DAG(
    "watch",
    description="Raise alerts for exports that did not come, and for what waits for a person",
    doc_md=DOC.strip(),
    schedule=CronTriggerTimetable("30 7 * * *", **CLOCK),
    default_args=DEFAULT_ARGS,
    tags=["watch"],
    max_active_runs=1,
):

    @task
    def look() -> int:
        """Raise, keep and clear alerts; fails when a critical one is open."""
        from lachan import settings
        from lachan.operate.watch import require_no_critical, watch

        run = get_current_context()["dag_run"]
        alerts = watch(settings.load(), run.run_after)
        require_no_critical(alerts)
        return len(alerts)

    look()
