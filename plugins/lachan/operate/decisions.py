"""Decisions of people: release a held delivery, discard what waits, retract an accepted one, settle a ward's spelling.

Every decision is kept in ops.decision or ops.ward_alias_decision, with the reason, the name of the person and the login
of the session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import cursor as Cursor

from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.acceptance import (
    FileState,
    accept,
    discard_file,
    discard_quarantined_rows,
    file_state,
    find_deliveries,
    record_decision,
    retract_delivery,
    set_export_date,
)
from lachan.warehouse.statements import run


class DecisionError(ValueError):
    """The decision does not apply; the message says why, and of a file its state and the command that does."""


@dataclass(frozen=True)
class Discarded:
    """What was discarded: the whole file or only its quarantined rows, and how many other files have its bytes."""

    feed: str
    whole_file: bool
    quarantined_rows: int
    repeated_by: int


@dataclass(frozen=True)
class Retracted:
    """A delivery that was taken back: its first load, and where it was."""

    file_id: int
    feed: str
    path: str
    export_date: date | None


def release(settings: Settings, file_id: int, why: str, by: str, day: date | None = None) -> None:
    """Accept a held file, because a person (`by`) has checked it; `day` replaces a wrong export day of its name.

    Raises DecisionError for a file that is not held, and for one that a later file in force has corrected.
    """
    with transaction(settings.address("steward"), "steward") as cursor:
        found = _state(cursor, file_id)
        if found.standing != "held":
            raise DecisionError(f"file {file_id} is not held: {_advice(found, file_id)}")
        if found.corrected_by is not None:
            raise DecisionError(
                f"file {file_id} was corrected by file {found.corrected_by}, which is in force; if the held file was "
                f"right after all, `lachan retract {found.corrected_by} --why …` first"
            )
        record_decision(cursor, "released", file_id, why, by, day)
        if day is not None:
            set_export_date(cursor, file_id, day)
        accept(cursor, [file_id], {file_id: f"released: {why}"}, gate="held")


def discard(settings: Settings, file_id: int, why: str, by: str) -> Discarded:
    """Discard a held or rejected file, or the quarantined rows of an accepted one, for good.

    The ledger keeps the file, and raw and quarantine keep its rows, but builds, replays and alerts ignore them. Raises
    DecisionError for a file that is neither held nor rejected and has no quarantined rows to discard.
    """
    with transaction(settings.address("steward"), "steward") as cursor:
        found = _state(cursor, file_id)
        whole = found.standing in ("held", "rejected")
        if not whole and not (found.standing == "accepted" and found.waiting_rows):
            raise DecisionError(f"nothing of file {file_id} waits for a person: {_advice(found, file_id)}")
        record_decision(cursor, "discarded", file_id, why, by)
        if whole:
            discard_file(cursor, file_id, why)
        discard_quarantined_rows(cursor, file_id, why)
    return Discarded(found.feed, whole, found.waiting_rows, found.repeated_by if whole else 0)


def retract(
    settings: Settings,
    why: str,
    by: str,
    file_id: int | None = None,
    feed: str | None = None,
    day: date | None = None,
    path: str | None = None,
) -> list[Retracted]:
    """Take back accepted deliveries: one by its `file_id`, or those of a `feed` by export day or by path.

    Raw keeps their rows; from the next build on, everything that rests on them is as if they had never come, and the
    delivery that they had replaced is in force again. Raises DecisionError when there is none to take back.
    """
    with transaction(settings.address("steward"), "steward") as cursor:
        if file_id is not None:
            found = _state(cursor, file_id)
            if found.standing not in ("accepted", "superseded"):
                raise DecisionError(f"file {file_id} is not in force: {_advice(found, file_id)}")
        deliveries = find_deliveries(cursor, file_id, feed, day, path)
        if not deliveries:
            raise DecisionError(f"{feed} has no accepted delivery for {day or path}; the view ops.delivery lists all")
        for delivery_id, *_ in deliveries:
            record_decision(cursor, "retracted", delivery_id, why, by)
            retract_delivery(cursor, delivery_id, why)
    return [Retracted(*delivery) for delivery in deliveries]


def settle_ward(settings: Settings, spelling: str, ward_key: str | None, why: str, by: str) -> None:
    """Decide which unit a spelling of a ward means, or (None) that it is no unit; the next build follows.

    The decision counts from now on in place of an earlier one and of the seed ward_alias. Raises DecisionError for a
    spelling that does not wait for a decision, and for a unit that the register does not have.
    """
    with transaction(settings.address("steward"), "steward") as cursor:
        if not run(cursor, "operate/spelling_to_settle", spelling=spelling).fetchone():
            raise DecisionError(
                f"the spelling {spelling!r} waits for no decision; marts.ward_spelling_to_resolve has all"
            )
        code = name = None
        if ward_key is not None:
            unit = run(cursor, "operate/known_ward", ward=ward_key).fetchone()
            if unit is None:
                raise DecisionError(
                    f"no ward {ward_key!r} is known; marts.dim_ward lists all, such as 14782@2021-02-01"
                )
            code, name = unit
        values = {"spelling": spelling, "code": code, "unit_name": name, "why": why, "decided_by": by}
        run(cursor, "operate/insert_ward_alias_decision", **values)


def _state(cursor: Cursor, file_id: int) -> FileState:
    found = file_state(cursor, file_id)
    if found is None:
        raise DecisionError(f"the ledger has no file {file_id}; `lachan watch` lists the files that wait")
    return found


def _advice(found: FileState, file_id: int) -> str:
    return {
        "loaded": "the gate has not judged it yet; build first",
        "held": f"it is held; `lachan release {file_id}` or `lachan discard {file_id}` decides about it",
        "accepted": f"its rows are in the figures; `lachan retract {file_id} --why …` takes them back",
        "superseded": f"file {found.superseded_by} has replaced it",
        "discarded": "it is discarded already",
        "retracted": "it is retracted already",
        "rejected": f"it could not be read, so nothing of it is loaded; `lachan discard {file_id}` ends its alert",
        "duplicate": "it repeats another file, and nothing of it was loaded",
    }[found.standing]
