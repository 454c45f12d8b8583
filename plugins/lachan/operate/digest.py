"""The daily digest: what is new, still open and cleared, for each agency and for who looks after the platform."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lachan import vietnamese
from lachan.contract import Feed, survey
from lachan.operate import mails
from lachan.operate.alerts import AGENCY_KINDS
from lachan.operate.recipients import Recipient, recipients
from lachan.settings import TIMEZONE, Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

STATES = {"new": "Mới", "open": "Còn mở", "cleared": "Đã xong"}


def write_digests(settings: Settings, now: datetime) -> int:
    """Write the digest of the day to each recipient for whom there is something to say; returns how many there were.

    A recipient gets one a day. It covers the time since the last one, or the last day. Raises RecipientsError.
    """
    written = 0
    feeds = survey(settings.contracts).feeds
    today = now.astimezone(ZoneInfo(TIMEZONE)).date()
    with transaction(settings.address("steward"), "steward") as cursor:
        for each in recipients(settings, "digest"):
            [(last,)] = run(cursor, "operate/last_digest", recipient=each.to).fetchall()
            rows = _rows(cursor, each, feeds, last or now - timedelta(days=1))
            if not rows:
                continue
            counts = ", ".join(f"{sum(row['state'] == key for row in rows)} {STATES[key].lower()}" for key in STATES)
            subject = f"[Lá Chắn] Việc cần xử lý ngày {vietnamese.day(today)}: {counts}"
            parts = [(name, [row for row in rows if row["state"] == key]) for key, name in STATES.items()]
            body = mails.render(settings, "digest.html", today=today, parts=parts, is_platform=each.agencies is None)
            mails.write(cursor, mails.Mail(f"digest:{today}", each.to, subject, body), now)
            written += 1
    return written


def _rows(cursor: Any, to: Recipient, feeds: Mapping[str, Feed], since: datetime) -> list[dict[str, Any]]:
    """The alerts that concern a recipient, each with the title of its feed."""
    found = run(cursor, "operate/digest", since=since)
    names = [column.name for column in found.description or ()]
    rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    kept = []
    for row in rows:
        feed = feeds.get(row["feed"])
        of_agency = feed is not None and to.agencies is not None and feed.owner in to.agencies
        if to.agencies is None or (of_agency and row["kind"] in AGENCY_KINDS):
            kept.append(row | {"title": feed.title if feed else row["feed"]})
    return kept
