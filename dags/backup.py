"""The DAG `backup`: each morning, after the day was published, an encrypted backup of everything but the keys."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from common import (
    BESIDE_THE_SCHEDULER,
    TIMETABLE_OPTIONS,
    current_settings,
    dag_of,
    ledger_run_id,
    of_each_city,
)

DOC = """
## When this is red
No backup was made today; those of earlier days are unchanged. The log of the task `make` says why.

| error in the log | what to do |
|---|---|
| there is nobody to encrypt it to | Set `LACHAN_BACKUP_RECIPIENTS` to the public keys of at least two people |
| the role lachan_backup may not read everything | Run `lachan migrate` with the login of a superuser of the server |
| the folder of backups … cannot be written | Make room on its disk, or let `LACHAN_BACKUP` name another folder |
| pg_dump ended with status …: … lock | A build held a table for long; *Clear* `make` when it has ended |

Then *Clear* `make`, or run `lachan backup`. The alert `backup_old` stays until there is a backup.

## What it does
The warehouse as of one moment, its roles and logins, Airflow's database, the files of the office, and the originals
that the archive has got since the last backup, all encrypted, to `LACHAN_BACKUP`; then the oldest backups beyond
`LACHAN_BACKUP_KEEP` are removed. No key is in it: docs/backup.md says which are needed for a restore. *Skipped* means
that `LACHAN_BACKUP` is `none`.
"""


def backup_dags(city: str | None) -> list[DAG]:
    """The DAG that makes the backup of a city."""
    with dag_of(
        city,
        "backup",
        DOC,
        tags=["backup"],
        description="Make an encrypted backup of everything but the keys",
        schedule=CronTriggerTimetable("15 8 * * *", **TIMETABLE_OPTIONS),
    ) as dag:

        @task(executor=BESIDE_THE_SCHEDULER)
        def make() -> str:
            """Make the backup of the day; skipped where backups are made by other means."""
            from lachan.backup.make import back_up

            config = current_settings()
            if config.backup is None:
                raise AirflowSkipException("LACHAN_BACKUP is `none`")
            return str(back_up(config, ledger_run_id(get_current_context())).place)

        make()
    return [dag]


globals().update(of_each_city(backup_dags, of_province=True))
