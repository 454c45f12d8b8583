"""The keys of the pseudonyms: only those by which the rows in the warehouse were pseudonymised may load more."""

from __future__ import annotations

import logging
import socket
from typing import Any

from lachan.privacy.pseudonyms import key_fingerprint
from lachan.settings import SettingError, Settings
from lachan.warehouse.load_session import LoadSession

log = logging.getLogger(__name__)

_CONSEQUENCE = (
    "With another key, a person would get a second pseudonym and would not be recognised again. Nothing was loaded. "
    "Set LACHAN_PSEUDONYM_KEY to the key with which the warehouse was loaded first"
)


class PseudonymKey:
    """The keys of this machine, compared with the fingerprints in the warehouse (ops.pseudonym_key).

    `number` and `value` are those of the newest key, with which is loaded. `earlier` are the keys before it that this
    machine has and whose overlap has not ended, by number. A key with the number after the newest one of the warehouse
    begins a rotation. Raises SettingError when a key is not the one of the rows in the warehouse, when this machine has
    no key or only old ones although the warehouse has rows, and when one is too short. A new key is generated only for
    a warehouse without rows.
    """

    def __init__(self, settings: Settings, session: LoadSession) -> None:
        self._session = session
        self._place = settings.pseudonym_key_place
        stored = self._stored()
        found_at = stored[max(stored)]["found_at"] if stored else None
        has_rows = bool(session.select("load/has_rows")["has_rows"][0])
        if (stored or has_rows) and not settings.has_pseudonym_key:
            raise SettingError(
                f"this machine has no pseudonym key (LACHAN_PSEUDONYM_KEY is not set, and there is no {self._place}), "
                f"but the warehouse has rows with pseudonyms. {_CONSEQUENCE}{_where(found_at)}"
            )
        self._keys = settings.pseudonym_keys
        self.number = max(self._keys)
        self.value = self._keys[self.number]
        self._require_known(stored)
        self._is_stored = stored.keys() >= self._keys.keys()
        ended = {number for number, key in stored.items() if key["is_ended"]}
        self.earlier = {n: key for n, key in self._keys.items() if n != self.number and n not in ended}

    def store(self) -> None:
        """Store the fingerprints before the first rows are loaded; commits.

        Raises SettingError when another process has stored that of another key in the meantime.
        """
        if self._is_stored:
            return
        found_at = f"{self._place} on {socket.gethostname()}"
        for number, key in sorted(self._keys.items()):
            self._session.run(
                "load/insert_key_fingerprint", number=number, fingerprint=key_fingerprint(key), place=found_at
            )
        self._session.commit()
        self._require_known(self._stored())
        self._is_stored = True

    def _stored(self) -> dict[int, dict[str, Any]]:
        return {row["number"]: row for row in self._session.select("load/keys_of_warehouse").iter_rows(named=True)}

    def _require_known(self, stored: dict[int, dict[str, Any]]) -> None:
        for number, key in self._keys.items():
            if number in stored and stored[number]["fingerprint"] != key_fingerprint(key):
                which = "the pseudonym key" if len(self._keys) == 1 else f"the pseudonym key number {number}"
                raise SettingError(
                    f"{which} in {self._place} is not the one of the rows in the warehouse. "
                    f"{_CONSEQUENCE}{_where(stored[number]['found_at'])}"
                )
        newest = max(stored, default=self.number)
        if self.number < newest:
            raise SettingError(
                f"the pseudonym keys were rotated: the warehouse is loaded with key number {newest}, and {self._place} "
                f"has number {self.number} at most. Nothing was loaded. Add the newer key to LACHAN_PSEUDONYM_KEY "
                f"(1:…,{newest}:…){_where(stored[newest]['found_at'])}"
            )
        if self.number > newest + 1:
            raise SettingError(
                f"the pseudonym key in {self._place} has number {self.number}, and the newest one of the warehouse "
                f"number {newest}: the next one has to be number {newest + 1}. Nothing was loaded"
            )
        if self.number > newest and newest not in self._keys:
            log.warning(
                "key number %d begins without number %d in %s, so nobody is recognised across the rotation",
                self.number, newest, self._place,
            )  # fmt: skip


def _where(found_at: str | None) -> str:
    """Where the right key may be; `found_at` is where the first load found it, or None if that is not known."""
    found = f": it was found in {found_at}" if found_at else ""
    return f"{found} (a generated key is in the file secrets/pseudonym_key of the LACHAN_HOME of the first machine)"
