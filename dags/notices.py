"""Airflow notifiers: when a task fails for good and when it succeeds again, people are told by mail.

They never fail a task. Where LACHAN_RECIPIENTS names nobody, they only raise and clear the alert. The mails go out
through the connection `lachan_smtp`; without it, or while the server is away, they wait in ops.mail for the next task.
"""

from __future__ import annotations

import logging
import resource
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier, Context

if TYPE_CHECKING:
    from lachan.settings import Settings

log = logging.getLogger(__name__)

CONNECTION = "lachan_smtp"


class TellFailure(BaseNotifier):
    """For `on_failure_callback`, which Airflow calls after the last retry.

    A `watch` that found critical alerts has done its work: its digest tells them.
    """

    def notify(self, context: Context) -> None:
        """Raise the alert of the task, write to people, and send what waits."""
        from common import current_settings  # which imports this module

        error = context.get("exception")
        if type(error).__name__ == "CriticalAlerts":
            TellSuccess().notify(context)
            return
        from lachan.operate.failures import task_failed

        try:
            config = current_settings(context)
            name = type(error).__name__ if isinstance(error, BaseException) else "the process ended"
            task_failed(config, context["dag"].dag_id, context["ti"].task_id, name, datetime.now(UTC))
            send_waiting(config)
        except Exception:
            log.exception("nobody could be told that the task failed")


class TellSuccess(BaseNotifier):
    """For `on_success_callback` and `on_skipped_callback`: a task that has nothing to do works again, too."""

    def notify(self, context: Context) -> None:
        """Clear the alert of the task, if there is one, write to people, and send what waits."""
        from common import current_settings, ledger_run_id  # which imports this module
        from lachan.operate.failures import task_succeeded

        try:
            config = current_settings(context)
            task_succeeded(
                config, context["dag"].dag_id, context["ti"].task_id, ledger_run_id(context), datetime.now(UTC)
            )
            send_waiting(config)
        except Exception:
            log.exception("nobody could be told that the task works again")


class MeasureMemory(BaseNotifier):
    """For `on_success_callback`: the peak memory of a task's process as a gauge among Airflow's own metrics."""

    def notify(self, context: Context) -> None:
        """Send the gauge `lachan.step_peak_bytes`; does nothing where Airflow's metrics are not configured."""
        from airflow.sdk.observability import stats

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        of = {"dag_id": context["dag"].dag_id, "task_id": context["ti"].task_id}
        stats.gauge("lachan.step_peak_bytes", peak, tags=of)


def send_waiting(config: Settings) -> None:
    """Send the mails that wait; what cannot be sent is logged, and waits on."""
    from airflow.providers.smtp.hooks.smtp import SmtpHook
    from lachan.operate.mails import deliver

    def send(to: str, subject: str, html: str, message_id: str) -> None:
        with SmtpHook(smtp_conn_id=CONNECTION) as smtp:
            headers = {"Message-ID": message_id}
            smtp.send_email_smtp(to=to, subject=subject, html_content=html, custom_headers=headers)

    try:
        deliver(config, send)
    except Exception:
        log.exception("mails could not be sent")
