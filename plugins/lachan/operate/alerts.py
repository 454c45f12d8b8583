"""What an alert is, which kinds there are, and where the page about each kind is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lachan.settings import Settings

Kind = Literal[
    "missing_export",
    "batch_held",
    "quarantine_waiting",
    "file_rejected",
    "file_inaccessible",
    "stray_file",
    "contract_broken",
    "ward_unknown",
    "rows_implausible",
    "group_held",
    "archive_off",
    "archive_file_missing",
    "backup_old",
    "city_old",
    "not_published",
    "audit_failed",
    "disk_low",
    "key_missing",
    "clock_wrong",
    "dag_failed",
    "source_stale",
]
Severity = Literal["warning", "critical"]

AGENCY_KINDS: tuple[Kind, ...] = (
    "missing_export",
    "batch_held",
    "quarantine_waiting",
    "file_rejected",
    "file_inaccessible",
    "stray_file",
    "rows_implausible",
)
"""Kinds about which the agency that delivers a feed can do something itself."""

RUNBOOKS = "docs/operations"
"""Folder of the checkout with one page for each kind of alert."""


@dataclass(frozen=True)
class Alert:
    """One problem that a person should look at; `key` identifies it from one run to the next.

    `feed` is empty for an alert about all feeds. `about` says in Vietnamese which day, file or group it is about, for
    mails: without the name of a file or the text of an error.
    """

    key: str
    kind: Kind
    feed: str
    severity: Severity
    message: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.message} ({runbook(self.kind)})"


def runbook(kind: str) -> str:
    """The page about a kind of alert, as a path in the checkout."""
    return f"{RUNBOOKS}/{kind}.md"


def runbook_text(settings: Settings, kind: str) -> str | None:
    """The text of the page (Markdown); None where there is no such page."""
    if kind not in get_args(Kind):
        return None
    page = settings.project / runbook(kind)
    return page.read_text(encoding="utf-8") if page.is_file() else None
