"""Instants as people write them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lachan.settings import TIMEZONE


def end_of_day(day: date) -> datetime:
    """The last instant of a local day."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(TIMEZONE)) - timedelta(microseconds=1)


def instant(text: str) -> datetime:
    """An instant in ISO 8601; without a zone it is local time, and a day alone is its end. Raises ValueError."""
    if len(text) == len("2024-12-31"):
        return end_of_day(date.fromisoformat(text))
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(TIMEZONE))
