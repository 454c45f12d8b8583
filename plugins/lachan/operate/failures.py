"""Failed tasks as alerts: one alert and one mail for a cause, however often it repeats, and one when it is over."""

from __future__ import annotations

import logging
from datetime import datetime

from lachan.operate import mails
from lachan.operate.alerts import Alert
from lachan.operate.recipients import Recipient, RecipientsError, recipients
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

log = logging.getLogger(__name__)


def task_failed(settings: Settings, dag: str, task: str, error: str, now: datetime) -> None:
    """Raise the alert of a task that has failed for good; `error` is the type of its error, without its text.

    Who gets `failures` is written to only when the alert was not open yet: what repeats has told it already.
    """
    alert = Alert(
        _key(dag, task), "dag_failed", "", "critical",
        f"the task {task} of the DAG {dag} failed ({error}). Read its log; the documentation of the DAG in Airflow "
        "begins with what to do.",
        f"{dag}, bước {task}",
    )  # fmt: skip
    with transaction(settings.address("steward"), "steward") as cursor:
        [(since,)] = run(cursor, "operate/upsert_alert", alert=alert, now=now).fetchall()
        body = mails.render(settings, "failure.html", alert=alert, error=error, since=since, dag=dag)
        for each in _readers(settings):
            subject = f"[Lá Chắn] Bị lỗi: {alert.about}"
            mails.write(cursor, mails.Mail(f"{alert.key}@{since.isoformat()}", each.to, subject, body), now)


def task_succeeded(settings: Settings, dag: str, task: str, run_id: str, now: datetime) -> None:
    """Clear the alert of a task, if it is open, and write to who gets `failures` that it is over."""
    with transaction(settings.address("steward"), "steward") as cursor:
        cleared = run(cursor, "operate/clear_failure", alert_key=_key(dag, task), run_id=run_id, now=now).fetchall()
        for (since,) in cleared:
            about = f"{dag}, bước {task}"
            body = mails.render(settings, "recovery.html", about=about, since=since, now=now)
            for each in _readers(settings):
                key = f"{_key(dag, task)}@{since.isoformat()}:over"
                mails.write(cursor, mails.Mail(key, each.to, f"[Lá Chắn] Đã chạy lại được: {about}", body), now)


def _readers(settings: Settings) -> list[Recipient]:
    """Who gets `failures`; nobody while the table cannot be used, because the alert is more important."""
    try:
        return recipients(settings, "failures")
    except RecipientsError as error:
        log.error("nobody can be written to: %s", error)
        return []


def _key(dag: str, task: str) -> str:
    return f"dag_failed:{dag}:{task}"
