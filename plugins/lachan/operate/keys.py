"""Decisions about the keys of the pseudonyms."""

from __future__ import annotations

from lachan.privacy.pseudonyms import prefix
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run


class KeyDecisionError(ValueError):
    """The decision does not apply to the key; the message says why."""


def end_key(settings: Settings, number: int, why: str, by: str) -> None:
    """End the overlap of an earlier key: which of its pseudonyms and of later ones are one person is forgotten.

    Rows that still have pseudonyms of this key keep them. Raises KeyDecisionError for the newest key, and for one that
    is not there or has ended.
    """
    with transaction(settings.address("steward"), "steward") as cursor:
        cursor.execute("select max(number) from ops.pseudonym_key")
        [newest] = cursor.fetchone() or (None,)
        cursor.execute("select from ops.pseudonym_key where number = %s and ended_at is null", (number,))
        if cursor.fetchone() is None or number == newest:
            raise KeyDecisionError(
                f"key number {number} is not an earlier key whose overlap goes on; ops.pseudonym_key lists the keys"
            )
        run(cursor, "operate/end_key", number=number, prefix=prefix(number), why=why, by=by)
