"""Loads rejected files and quarantined rows again, after a contract was corrected."""

from __future__ import annotations

import io
import logging
from typing import Any

import polars as pl

from lachan.archive.reading import Reader, copies_of
from lachan.archive.store import ArchiveError
from lachan.landing import FileChanged, FileInaccessible, FoundFile
from lachan.load.decode import UnreadableFile
from lachan.load.loader import IngestReport, Loader
from lachan.warehouse import ledger
from lachan.warehouse.ledger import Entry
from lachan.warehouse.quarantine import quarantine

log = logging.getLogger(__name__)


class Replayer(Loader):
    """Replays the files of one feed within one session; each success is entered as a separate load."""

    def replay(self, why: str, by: str) -> IngestReport:
        """Try again to load the rejected files and the quarantined rows of the feed that nothing has corrected.

        What is loaded completes the delivery that it comes from, and stands in that delivery's order. Who replayed it
        (`by`) and why is kept for each load.

        Files that are gone from the landing zone, have other bytes now, or cannot be read now, are read from the
        archive; they are skipped where it lacks them or no private key is given.
        """
        files = {file.path: file for file in self._landing.find(self._feed).files}
        replayable = list(ledger.replayable(self._session).iter_rows(named=True))
        archive = self._archive_reader({row["sha256"] for row in replayable}, why or "replay", by or "replay")
        total = IngestReport()
        for row in replayable:
            found = self._from_landing_zone(files.get(row["path"]), row) or self._from_archive(archive, row)
            if found is None:
                continue
            entry, data = found
            is_whole_file = row["lines"] is None
            if is_whole_file and self._original_of(entry) is not None:
                continue
            entry.delivery_no, entry.replay_no = row["delivery_no"], row["replay_no"]
            entry.replay_of = row["delivery_id"]
            entry.file_id = self._session.new_file_ids(1)[0]
            decision = {"decision": "replayed", "file_id": entry.file_id, "why": why, "decided_by": by, "day": None}
            report = self._replay_file(entry, data, row["file_id"], row["lines"], decision)
            if is_whole_file and report.rows_read:
                self._keep_original(entry)
            total += report
        return total

    def _archive_reader(self, hashes: set[str], why: str, by: str) -> Reader:
        def note(**values: Any) -> None:
            self._session.run("archive/insert_reading", **values)
            self._session.commit()

        rows = self._session.select("archive/find_copies", hashes=list(hashes)).iter_rows()
        return Reader(self._settings, copies_of(rows), why, by, note)

    def _from_landing_zone(self, file: FoundFile | None, row: dict[str, Any]) -> tuple[Entry, bytes] | None:
        if file is None:
            return None
        try:
            entry, data = self._read(file, keep=True)
        except (FileChanged, FileInaccessible) as error:
            log.warning("%s cannot be read from the landing zone now: %s", file.path, error)
            return None
        if entry.sha256 != row["sha256"]:
            return None
        self._archive.add(entry.sha256, data)
        return entry, data

    def _from_archive(self, archive: Reader, row: dict[str, Any]) -> tuple[Entry, bytes] | None:
        try:
            data = archive.read(row["sha256"])
        except ArchiveError as error:
            log.warning("%s cannot be replayed: %s", row["path"], error)
            return None
        if data is None:
            log.warning(
                "%s is not in the landing zone any more, or not with the same bytes, and the archive has no copy of it "
                "or no private key is given (LACHAN_ARCHIVE_IDENTITY): it cannot be replayed",
                row["path"],
            )
            return None
        known = {name: row[name] for name in ("path", "sha256", "fingerprint", "export_date", "size_bytes")}
        return Entry(self._feed.name, delivered_at=row["delivered_at"], run_id=self._run_id, **known), data

    def _replay_file(
        self, entry: Entry, data: bytes, original_file_id: int, lines: list[int] | None, decision: dict[str, Any]
    ) -> IngestReport:
        """Load a whole file that was not loaded before (`lines` is None), or those of `lines` that are valid now.

        Enters nothing in the ledger if the file is still unreadable or none of `lines` is valid.
        """
        try:
            batches = self._open(entry, io.BytesIO(data)).batches
            checked = [self._deidentify(checked) for checked in map(self._check(entry.file_id), batches)]
        except UnreadableFile as error:
            log.warning("%s is still unreadable: %s", entry.path, error)
            return IngestReport()
        good = pl.concat([part.good for part in checked])
        quarantined = [record for part in checked for record in part.quarantined]
        if lines is not None:
            good = good.filter(pl.col("line_no").is_in(lines))
            quarantined = []
            if not good.height:
                return IngestReport()
        entry.count(
            good.height,
            len(quarantined),
            0 if lines is not None else sum(sum(p.duplicates.values()) for p in checked),
        )
        for part in checked if lines is None else ():
            entry.count_identities(part.identities)
        if good.height:
            self._key.store()
        self._enter([entry])
        quarantine(self._session, self._feed.name, quarantined)
        self._session.append(self._table, good)
        self._enter_links()
        self._session.run(
            "load/mark_replayed_rows",
            feed_name=self._feed.name,
            file_id=entry.file_id,
            original_file_id=original_file_id,
        )
        self._session.run("warehouse/insert_decision", **decision)
        self._session.commit()
        return IngestReport.of([entry])
