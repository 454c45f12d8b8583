"""Decisions of a person about a file: release it into the figures, or discard it for good."""

from __future__ import annotations

from dataclasses import dataclass

from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.acceptance import accept, discard_file, discard_quarantined_rows, file_state


class ReleaseError(ValueError):
    """The file that is to be released is not held by the gate."""


class DiscardError(ValueError):
    """The file is not one that can be discarded; the message gives its state."""


@dataclass(frozen=True)
class Discarded:
    """What was discarded: the whole file or only its quarantined rows, and how many later deliveries have its bytes."""

    feed: str
    whole_file: bool
    quarantined_rows: int
    repeated_by: int


def release(settings: Settings, file_id: int, why: str) -> None:
    """Accept a held file, because a person has checked it; `why` is stored in its gate reason.

    Raises ReleaseError when the file is not held.
    """
    with transaction(settings.dsn, "loader") as cursor:
        if not accept(cursor, [file_id], {file_id: f"released: {why}"}, gate="held"):
            listing = "select file_id, path, gate_reason from ops.export_file where gate = 'held'"
            raise ReleaseError(f"the gate holds no file {file_id}; `{listing}` lists those it holds")


def discard(settings: Settings, file_id: int, why: str) -> Discarded:
    """Discard a held or rejected file, or the quarantined rows of an accepted one, for good; `why` is stored.

    The ledger keeps the file, and raw and quarantine keep its rows, but builds, replays and alerts ignore them. Raises
    DiscardError for a file that is neither held nor rejected and has no quarantined rows to discard.
    """
    with transaction(settings.dsn, "loader") as cursor:
        found = file_state(cursor, file_id)
        if found is None:
            raise DiscardError(f"the ledger has no file {file_id}; `lachan watch` lists the files that wait")
        whole = found.gate == "held" or (found.status == "rejected" and found.gate == "none")
        if not whole and not (found.gate == "accepted" and found.waiting_rows):
            raise DiscardError(f"nothing of file {file_id} waits for a person: {_why_not(found.status, found.gate)}")
        if whole:
            discard_file(cursor, file_id, why)
        discard_quarantined_rows(cursor, file_id, why)
    return Discarded(found.feed, whole, found.waiting_rows, found.repeated_by if whole else 0)


def _why_not(status: str, gate: str) -> str:
    return {
        "pending": "the gate has not judged it yet; build first",
        "accepted": "its rows are in the figures; a corrected file with a newer state of them replaces them",
        "discarded": "it is discarded already",
    }.get(gate, f"it is a {status} delivery, and nothing of it was loaded")
