"""What a person decides about a file that waits: it counts after all, or it is given up for good."""

from __future__ import annotations

from dataclasses import dataclass

from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.acceptance import accept, discard_file, discard_quarantined_rows, standing


class ReleaseError(ValueError):
    """A file that is to be released is not one that the gate holds."""


class DiscardError(ValueError):
    """Nothing of a file waits for a person, so there is nothing to discard; the message says what became of it."""


@dataclass(frozen=True)
class Discarded:
    """What was given up: the whole file or only its quarantined rows, and how many later deliveries repeat it."""

    feed: str
    whole_file: bool
    quarantined_rows: int
    repeated_by: int


def release(settings: Settings, file_id: int, why: str) -> None:
    """Accept a file that the gate holds, because a person has looked at it; `why` is kept.

    Raises ReleaseError when the gate holds no such file.
    """
    with transaction(settings.dsn, "loader") as cursor:
        if not accept(cursor, [file_id], {file_id: f"released: {why}"}, gate="held"):
            listing = "select file_id, path, gate_reason from ops.export_file where gate = 'held'"
            raise ReleaseError(f"the gate holds no file {file_id}; `{listing}` lists those it holds")


def discard(settings: Settings, file_id: int, why: str) -> Discarded:
    """Give up a held or rejected file for good, or the quarantined rows of an accepted one; `why` is kept.

    The ledger keeps the file, raw and quarantine keep its rows; staging never sees them, a replay leaves them
    alone, and no alert speaks of them. Raises DiscardError for a file of which nothing waits.
    """
    with transaction(settings.dsn, "loader") as cursor:
        found = standing(cursor, file_id)
        if found is None:
            raise DiscardError(f"the ledger knows no file {file_id}; `lachan watch` names those that wait")
        whole = found.gate == "held" or (found.status == "rejected" and found.gate == "none")
        if not whole and not (found.gate == "accepted" and found.waiting_rows):
            raise DiscardError(f"nothing of file {file_id} waits for a person: {_became(found.status, found.gate)}")
        if whole:
            discard_file(cursor, file_id, why)
        discard_quarantined_rows(cursor, file_id, why)
    return Discarded(found.feed, whole, found.waiting_rows, found.repeated_by if whole else 0)


def _became(status: str, gate: str) -> str:
    return {
        "pending": "the gate has not judged it yet; build first",
        "accepted": "its rows are in the figures; a corrected file with a newer state of them replaces them",
        "discarded": "it is discarded already",
    }.get(gate, f"it is a {status} delivery, and nothing of it was loaded")
