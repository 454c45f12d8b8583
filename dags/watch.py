"""The DAG `watch`: each morning, raise alerts for missing exports, held files, quarantined rows and the like."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task
from common import DEFAULT_ARGS, TIMETABLE_OPTIONS, current_settings, ledger_run_id

DOC = """
## When this is red
At least one critical problem needs a person. The log of the task `look` lists each problem and what to do. All open
alerts are also in `select * from ops.alert where cleared_at is null`. An alert is cleared by the next run after its
cause has been removed.

| alert | cause | what to do |
|---|---|---|
| `missing_export` | The export of a day did not arrive in time | Ask the owner of the feed (named in the alert) for it. The next run of the feed's `ingest` DAG loads it |
| `batch_held` | The gate holds a file: its rows are in `raw`, but not in the figures | Read the reason and ask the owner. The file is correct: `lachan release FILE_ID --why …`. It is wrong: let the owner deliver a corrected file, which is checked as a new one. No corrected file will come: `lachan discard FILE_ID --why …` |
| `file_rejected` | A file could not be read, and no readable file followed for that day | The alert contains the reason. Ask the owner for the export again; if none will come, `lachan discard FILE_ID --why …` |
| `file_inaccessible` (a warning if its name has no day) | A file or folder cannot be opened or read: a permission, a link that leads nowhere or to a folder, a folder with the name of a file, an error of the disk | The alert contains the reason. Let its owner make it readable or remove it; each run of `ingest` tries again. What is no export can be ignored by its name (`LACHAN_LANDING_IGNORE`) |
| `contract_broken` | The contract of a feed is invalid, so no file of the feed is loaded | Correct the contract: the alert names file, place and reason. The feed's `ingest` DAG is red too |
| `quarantine_waiting` (warning) | Rows have been in quarantine for more than a day | `select * from ops.quarantined_row where replayed_by is null and discarded_why is null`. Correct the contract and run `lachan replay`, or let the owner deliver a corrected file. The rows cannot be corrected: `lachan discard FILE_ID --why …` |
| `stray_file` (warning) | A file among the exports has a name that does not contain its day as the contract requires | Ask its owner to rename or remove it, or `lachan discard FILE_ID --why …` |
| `ward_unknown` (warning) | Rows contain a ward name that no rule recognises; they are counted for the city, but for no ward | `select * from marts.ward_spelling_to_resolve`. Ask the sender which ward is meant, then add a line to `dbt_project/seeds/ward_alias.csv` |
| `group_held` | The build or the audit of a group of indicators failed: its figures stay as they were last published | The alert contains the reason. Correct it and build again (`lachan build`, or *Clear* the failed task of `build`) |
| `archive_off` (warning) | `LACHAN_ARCHIVE_RECIPIENTS` is not set, so no original is archived | Set it to the public keys of those who may open the archive, or to `none` (docs/privacy.md) |
| `archive_file_missing` | Files of the archive are gone | Correct `LACHAN_ARCHIVE`, or restore the files from a backup |
| `rows_implausible` (warning) | Dates lie further from the day of their export than the contract finds plausible | `select * from marts.implausible_row`. Ask the agency for a correction; if the dates are right, change `plausible` in the contract |

Warnings alone do not make this DAG red. `lachan watch` does the same without Airflow.
"""  # noqa: E501  # a paragraph or a table row of the page is one line

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
