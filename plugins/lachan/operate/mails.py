"""Mails to people: written in Vietnamese into ops.mail, where they wait until the mail server takes them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lachan import vietnamese
from lachan.operate.alerts import runbook
from lachan.operate.limits import watch_limits
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

log = logging.getLogger(__name__)

Send = Callable[[str, str, str, str], None]
"""Sends a mail: recipient, subject, HTML, and an id that stays the same when it is sent again."""

ABOUT_ONE_MAIL = (SMTPRecipientsRefused, SMTPResponseException)
"""Errors by which a server that answers refuses one mail; it may take the next one."""

_TEMPLATES = Environment(
    loader=PackageLoader("lachan.operate"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"instant": vietnamese.instant, "day": vietnamese.day}


@dataclass(frozen=True)
class Mail:
    """A mail to one person; a second one with the same key and recipient is not written."""

    key: str
    recipient: str
    subject: str
    body: str


def render(settings: Settings, template: str, **values: Any) -> str:
    """The text of a mail, as HTML in which every value is escaped."""
    common = {
        "board": settings.board_url,
        "runbook": runbook,
        "kinds": vietnamese.ALERTS,
        "severities": vietnamese.SEVERITIES,
    }
    return _TEMPLATES.get_template(template).render(values | common)


def write(cursor: Any, mail: Mail, now: datetime) -> None:
    """Put a mail among those that wait."""
    run(cursor, "operate/insert_mail", mail=mail, now=now)


def deliver(settings: Settings, send: Send) -> int:
    """Send the mails that wait; returns how many the server took.

    An error of `send` is logged by its type and noted with the mail, which then waits for the next call. If the server
    is away, the others are not tried. If a process dies between sending a mail and noting it, the mail is sent again,
    with the same id.
    """
    if settings.recipients is None:
        return 0
    sent = 0
    with transaction(settings.address("steward"), "steward") as cursor:
        seconds = watch_limits(settings).mail_waits.total_seconds()
        waiting = run(cursor, "operate/waiting_mail", seconds=seconds).fetchall()
        for mail_id, recipient, subject, body in waiting:
            error: Exception | None = None
            try:
                send(recipient, subject, body, f"<lachan.{mail_id}@{recipient.partition('@')[2]}>")
            except Exception as raised:  # of any library by which a mail is sent
                error = raised
                log.warning("mail %s was not sent, and is kept for the next try: %s", mail_id, type(raised).__name__)
            name = type(error).__name__ if error else None
            run(cursor, "operate/record_sending", mail_id=mail_id, error=name)
            sent += error is None
            if isinstance(error, OSError) and not isinstance(error, ABOUT_ONE_MAIL):
                break
    return sent
