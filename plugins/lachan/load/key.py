"""The key of the pseudonyms: only the one by which the rows in the warehouse were pseudonymised may load more."""

from __future__ import annotations

import socket

from lachan.privacy.pseudonyms import key_fingerprint
from lachan.settings import SettingError, Settings
from lachan.warehouse.load_session import LoadSession

_CONSEQUENCE = (
    "With another key, a person would get a second pseudonym and would not be recognised again. Nothing was loaded. "
    "Set LACHAN_PSEUDONYM_KEY to the key with which the warehouse was loaded first"
)


class PseudonymKey:
    """The key of this machine, compared with the fingerprint in the warehouse (ops.pseudonym_key).

    Raises SettingError when it is not the key of the rows in the warehouse, when this machine has no key although the
    warehouse has rows, and when it is too short. A new key is generated only for a warehouse without rows.
    """

    def __init__(self, settings: Settings, session: LoadSession) -> None:
        self._session = session
        self._place = settings.pseudonym_key_place
        [(stored, found_at, has_rows)] = session.select("load/key_of_warehouse").iter_rows()
        if (stored or has_rows) and not settings.has_pseudonym_key:
            raise SettingError(
                f"this machine has no pseudonym key (LACHAN_PSEUDONYM_KEY is not set, and there is no {self._place}), "
                f"but the warehouse has rows with pseudonyms. {_CONSEQUENCE}{_where(found_at)}"
            )
        self.value = settings.pseudonym_key
        self._fingerprint = key_fingerprint(self.value)
        self._is_stored = stored is not None
        if stored is not None:
            self._require_equal(stored, found_at)

    def store(self) -> None:
        """Store the fingerprint before the first rows are loaded; commits.

        Raises SettingError when another process has stored that of another key in the meantime.
        """
        if self._is_stored:
            return
        self._session.run("load/insert_key_fingerprint", fingerprint=self._fingerprint, place=self._found_at)
        self._session.commit()
        [(stored, found_at, _)] = self._session.select("load/key_of_warehouse").iter_rows()
        self._require_equal(stored, found_at)
        self._is_stored = True

    @property
    def _found_at(self) -> str:
        return f"{self._place} on {socket.gethostname()}"

    def _require_equal(self, stored: str, found_at: str) -> None:
        if stored != self._fingerprint:
            raise SettingError(
                f"the pseudonym key in {self._place} is not the one of the rows in the warehouse. "
                f"{_CONSEQUENCE}{_where(found_at)}"
            )


def _where(found_at: str | None) -> str:
    """Where the right key may be; `found_at` is where the first load found it, or None if that is not known."""
    found = f": it was found in {found_at}" if found_at else ""
    return f"{found} (a generated key is in the file secrets/pseudonym_key of the LACHAN_HOME of the first machine)"
