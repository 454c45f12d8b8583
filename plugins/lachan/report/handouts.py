"""What was handed out: every report and letter that leaves as a file is noted in reporting.handout."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lachan.report.content import Report
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

LONGEST_NAME = 200


@dataclass(frozen=True)
class Handout:
    """One file that is handed out: to whom, what it is, which published state it shows, and its hash.

    A report has `window_key` and `ward_key`, a letter `agency`.
    """

    handed_out_by: str
    document: str
    file_kind: str
    as_of: datetime
    sha256: str
    window_key: str | None = None
    ward_key: str | None = None
    agency: str | None = None
    publication_id: int | None = None


def of_report(report: Report, kind: str, content: bytes, by: str) -> Handout:
    """What has to be noted of a report."""
    return Handout(
        handed_out_by=by[:LONGEST_NAME],
        document="report",
        file_kind=kind,
        as_of=report.as_of,
        sha256=hashlib.sha256(content).hexdigest(),
        window_key=report.window_key,
        ward_key=report.ward_key,
        publication_id=report.publication_id,
    )


def note(cursor: Cursor, handout: Handout) -> None:
    """Note a handout in the transaction of a cursor, under the login of its session."""
    run(cursor, "report/note_handout", handout=handout)


def note_as(settings: Settings, role: str, handout: Handout) -> None:
    """Note a handout in a transaction of its own, with the platform's own login of a role."""
    with transaction(settings.address(role), role) as cursor:
        note(cursor, handout)
