"""The same figures again on schedule: windows close by the calendar, whether or not an export came."""

from __future__ import annotations

from airflow.sdk import DAG, MultipleCronTriggerTimetable
from common import CLOCK, DEFAULT_ARGS
from steps import audit, publish, transform

DOC = """
## When this is red
The published figures are the last good ones. The steps are those of `build` without the gate: see there for what
each red task means. `lachan build` does the same by hand.

If it was red at the administrative cut-off (the 15th, 00:05), the office's reports of the window that closed on the
14th wait for it: mend this before anything else, then *Clear* the red task.

## What it does
**transform** → **audit** → **publish** each day at 06:50, and at 00:05 on the 15th, when the administrative windows
(15th to 14th) have closed.
"""

with DAG(
    "refresh",
    description="Rebuild and republish each morning and at the administrative cut-off",
    doc_md=DOC.strip(),
    schedule=MultipleCronTriggerTimetable("50 6 * * *", "5 0 15 * *", **CLOCK),
    default_args=DEFAULT_ARGS,
    tags=["publish"],
    max_active_runs=1,
):
    transform() >> audit() >> publish("scheduled refresh")
