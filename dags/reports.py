"""The DAG `reports`: file the reports of administrative windows that have closed."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from common import TIMETABLE_OPTIONS, current_settings, dag_of, of_each_city

DOC = """
## When this is red
A report could not be written; the log of the task `file` says which and why. What was filed before is unchanged, and
readers can make every report themselves: on the board, or with `lachan report WINDOW --to FILE.docx`.

| error in the log | what to do |
|---|---|
| the template … cannot be filled in | Correct the tag in the paragraph that the message shows, in Word |
| the office's data cannot be read, …; the keys are … | Correct the YAML file that `LACHAN_OFFICE` names |
| … cannot be written, … cannot be made | Make the folder of `LACHAN_REPORTS` writable for the login of the worker |

Then *Clear* `file`: it writes what is missing.

## What it does
Each morning: each administrative window (closed on the 14th) that ended in the last two months is written as DOCX and
XLSX to `LACHAN_REPORTS`, in a folder of its name, and noted in `reporting.handout`. A window that lacks exports waits
five days for them. A publication that changes a figure of the window later adds a file with its number; no file is ever
changed. *Skipped* means that there was nothing new; the log says why.
"""


def reports_dags(city: str | None) -> list[DAG]:
    """The DAG that files the reports of a city."""
    with dag_of(
        city,
        "reports",
        DOC,
        tags=["publish"],
        description="File the reports of administrative windows that have closed",
        schedule=CronTriggerTimetable("15 7 * * *", **TIMETABLE_OPTIONS),
    ) as dag:

        @task
        def file() -> list[str]:
            """Write the reports that are missing; skipped when none is."""
            from zoneinfo import ZoneInfo

            from lachan.report.filing import file_reports
            from lachan.settings import TIMEZONE

            run_after = get_current_context()["dag_run"].run_after
            filed = file_reports(current_settings(), run_after.astimezone(ZoneInfo(TIMEZONE)).date())
            if not filed.files:
                raise AirflowSkipException(str(filed))
            return [str(path) for path in filed.files]

        file()
    return [dag]


globals().update(of_each_city(reports_dags))
