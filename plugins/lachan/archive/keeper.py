"""Archives what a load reads: encrypted before the load's transaction ends, and entered in that transaction."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lachan.archive.keys import recipients
from lachan.archive.store import Encryption, Store
from lachan.settings import Settings
from lachan.warehouse.load_session import LoadSession


@dataclass(frozen=True)
class _Pending:
    draft: Path
    size: int


class Keeper:
    """The archive, as one load of a feed uses it; without recipients it keeps nothing.

    `key` is the pseudonym key (bytes). A file of the archive is named by a hash that is keyed with it: with a plain
    hash, whoever sees the names could test guesses at the content of a small file. Raises SettingError when a
    recipient is not a public key.
    """

    def __init__(self, settings: Settings, session: LoadSession, run_id: str, key: bytes) -> None:
        self._session = session
        self._run_id = run_id
        self._recipients = recipients(settings.archive_recipients or ())
        self._recipients_as_text = list(settings.archive_recipients or ())
        self._store = Store(settings.archive)
        self._name_key = hmac.digest(key, b"names of files in the archive", "sha256")
        self._pending: dict[str, _Pending] = {}
        known = session.select("archive/archived_contents").iter_rows() if self._recipients else ()
        self._is_kept: dict[str, bool] = dict(known)

    def lacks(self, sha256: str) -> bool:
        """Whether a content that was delivered just now has to be archived."""
        return bool(self._recipients) and not self._is_kept.get(sha256) and sha256 not in self._pending

    def never_had(self, sha256: str) -> bool:
        """Whether a content that was delivered before has to be archived, because it was loaded without archive."""
        return self.lacks(sha256) and sha256 not in self._is_kept

    def add(self, sha256: str, data: bytes) -> None:
        """Encrypt a small content, unless the archive has it. Raises ArchiveError when it cannot be written."""
        if self.lacks(sha256):
            self._pending[sha256] = _Pending(self._store.write(data, self._recipients), len(data))

    @contextmanager
    def stream(self) -> Iterator[Stream]:
        """Encrypt the content that the block writes, if the block ends it; otherwise nothing of it is kept."""
        if not self._recipients:
            yield Stream(self, None)
            return
        with self._store.stream(self._recipients) as encryption:
            yield Stream(self, encryption)

    def enter(self, hashes: Iterable[str]) -> None:
        """Enter the contents in the ledger of the archive, within the transaction of their load.

        Their files are complete and durable from then on. When the transaction is rolled back, they stay without an
        entry, and the next load of the same content writes them anew under the same names.
        """
        added = {sha256: self._pending.pop(sha256) for sha256 in dict.fromkeys(hashes) if sha256 in self._pending}
        if not added:
            return
        names = {sha256: f"{hmac.digest(self._name_key, sha256.encode(), 'sha256').hex()}.age" for sha256 in added}
        self._store.keep({each.draft: names[sha256] for sha256, each in added.items()})
        self._session.run(
            "archive/insert_archived_files",
            hashes=list(added),
            names=[names[sha256] for sha256 in added],
            sizes=[each.size for each in added.values()],
            recipients=self._recipients_as_text,
            run_id=self._run_id,
        )
        self._is_kept |= dict.fromkeys(added, True)

    def close(self) -> None:
        """Remove what was encrypted for loads that did not end."""
        self._store.remove(each.draft.name for each in self._pending.values())
        self._pending.clear()

    def _keep(self, sha256: str, draft: Path, size: int) -> None:
        self._pending[sha256] = _Pending(draft, size)


class Stream:
    """A content that is archived while it is read."""

    def __init__(self, keeper: Keeper, encryption: Encryption | None) -> None:
        self._keeper = keeper
        self._encryption = encryption
        self._size = 0

    def write(self, data: bytes | memoryview) -> None:
        """The next bytes. Raises ArchiveError when they cannot be written."""
        self._size += len(data)
        if self._encryption is not None:
            self._encryption.write(data)

    def end(self, sha256: str) -> None:
        """The content is complete, and has this hash. Raises ArchiveError when it could not be written."""
        if self._encryption is not None and self._keeper.lacks(sha256):
            self._keeper._keep(sha256, self._encryption.finish(), self._size)
