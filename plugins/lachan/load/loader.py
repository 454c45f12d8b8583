"""Loads the new files of a feed: small files share a transaction, each large file is streamed in one of its own."""

from __future__ import annotations

import gc
import io
import logging
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import polars as pl
import psycopg2

from lachan.archive.keeper import Keeper
from lachan.archive.store import ArchiveError
from lachan.contract import Feed, survey
from lachan.contract.raw_table import raw_schema
from lachan.landing import (
    FileChanged,
    FileInaccessible,
    FoundFile,
    HashedFile,
    InaccessibleFile,
    Landing,
    LandingError,
)
from lachan.load.decode import Batch, Export, UnreadableFile, open_export
from lachan.load.key import PseudonymKey
from lachan.load.open_columns import read_registers
from lachan.load.pipeline import map_ahead
from lachan.load.rows import Checked, EarlierRecords, check, quarantine_unusable
from lachan.privacy.deidentify import deidentify, links
from lachan.privacy.erasure import without_erased
from lachan.settings import SettingError, Settings
from lachan.warehouse import WarehouseError, ledger
from lachan.warehouse.ledger import Entry
from lachan.warehouse.load_session import LoadSession
from lachan.warehouse.quarantine import Quarantined, quarantine

log = logging.getLogger(__name__)

SMALL_FILE_BYTES = 1 << 20
BUNDLE_BYTES = 1 << 19
BUNDLE_FILES = 1_000
QUARANTINE_FLUSH_ROWS = 5_000
LINKS_FLUSH_BATCHES = 16
_MIN_AGE_AT_READ = timedelta(seconds=2)
"""A file read sooner after its modification may have changed again without a change of its fingerprint."""


@dataclass(frozen=True)
class IngestReport:
    """The outcome of a load: numbers of files by status, and of the records read by what happened to them.

    Of the last three kinds nothing is in the ledger: files that cannot be opened or read, files that are left for the
    next run because they may still be being written, and files that are ignored by their names.
    """

    files_loaded: int = 0
    files_duplicate: int = 0
    files_rejected: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    files_inaccessible: int = 0
    files_waiting: int = 0
    files_ignored: int = 0

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> IngestReport:
        """Sum up the ledger entries of the files that were loaded, duplicate or rejected."""
        statuses = [entry.status for entry in entries]
        return cls(
            statuses.count("loaded"),
            statuses.count("duplicate"),
            statuses.count("rejected"),
            sum(entry.rows_read for entry in entries),
            sum(entry.rows_loaded for entry in entries),
            sum(entry.rows_quarantined for entry in entries),
            sum(entry.rows_duplicate for entry in entries),
        )

    def __add__(self, other: IngestReport) -> IngestReport:
        """Add up the counts of both reports."""
        return IngestReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


class Original(NamedTuple):
    """A delivery in force that others may repeat: its first load, its number of records, and its path."""

    file_id: int
    rows: int
    path: str


class Loader:
    """Loads the files of one feed within one session."""

    def __init__(self, settings: Settings, feed: Feed, landing: Landing, run_id: str, session: LoadSession) -> None:
        self._settings = settings
        self._feed = feed
        self._landing = landing
        self._run_id = run_id
        self._session = session
        self._key = PseudonymKey(settings, session)
        self._links: list[pl.DataFrame] = []
        erased = session.select("load/erased_items", feed_name=feed.name)
        self._erased = {name: set(keys) for name, keys in erased.iter_rows()}
        self._erased_items = sorted(set().union(*self._erased.values()))
        self._archive = Keeper(settings, session, run_id, self._key.value)
        self._min_age = settings.landing_min_age
        self._registers = read_registers(settings.city_folder)
        self._other_feeds = [other for other in survey(settings.contracts).feeds.values() if other.name != feed.name]
        self._table = f"raw.{feed.name}"
        self._ledger_files = ledger.known_files(session)
        self._known_sizes = set(self._ledger_files["size_bytes"])
        standing = pl.col("standing")
        may_be_repeated = self._ledger_files.filter(standing.is_in(["loaded", "accepted"]), pl.col("rows_read") > 0)
        self._originals: dict[str, Original] = {
            self._content_key(sha256, day): Original(*original)
            for sha256, day, *original in may_be_repeated.select(
                "sha256", "export_date", "file_id", "rows_read", "path"
            ).iter_rows()
        }
        gone = self._ledger_files.filter(standing.is_in(["superseded", "discarded", "retracted"]))
        self._no_longer_in_force = set(gone["file_id"])

    def close(self) -> None:
        """Remove what was encrypted for the archive and not loaded."""
        self._archive.close()

    def _content_key(self, sha256: str, export_date: date | None) -> str:
        """The key that a repeated delivery shares with its original.

        For snapshots it includes the export date, because a register may be unchanged on another day.
        """
        return f"{sha256}@{export_date}" if self._feed.delivery == "snapshot" else sha256

    def _content_key_of(self, entry: Entry) -> str:
        return self._content_key(entry.sha256, entry.export_date)

    def _original_of(self, entry: Entry) -> Original | None:
        """The delivery in force, at another path, whose content the file repeats.

        A content that was at the same path before is no repeat: what is there last replaces what was there.
        """
        original = self._originals.get(self._content_key_of(entry))
        return original if original is not None and original.path != entry.path else None

    def _keep_original(self, entry: Entry) -> None:
        self._originals[self._content_key_of(entry)] = Original(entry.file_id, entry.rows_read, entry.path)

    def _lost_its_original(self, known: dict[str, Any] | None) -> bool:
        """Whether a file is known as a repeat of one that is no longer in force, so that it must be loaded itself."""
        return known is not None and known["duplicate_of"] in self._no_longer_in_force

    def load_new(self, since: date | None = None, until: date | None = None) -> IngestReport:
        """Load every file of the feed that is in the landing zone and not yet in the ledger.

        A file that cannot be read is stored in ops.inaccessible_file and tried again by the next run; a file that may
        still be being written is left for the next run. When a LandingError is raised, what was read before is loaded.
        """
        latest = {row["path"]: row for row in self._ledger_files.iter_rows(named=True)}
        deliveries = Counter(self._ledger_files.select("path", "sha256").iter_rows())
        found = self._landing.find(self._feed, since, until)
        inaccessible = found.inaccessible
        waiting: list[str] = []
        total = IngestReport()
        bundle: list[tuple[Entry, bytes]] = []
        bundled = 0
        for file in found.files:
            known = latest.get(file.path)
            must_load = self._lost_its_original(known)
            is_archived = known is None or not self._archive.never_had(known["sha256"])
            if not must_load and is_archived and _unchanged(file, known):
                continue
            # the absolute value, so that a file whose time is far in the future does not wait for ever
            if abs(datetime.now(UTC) - file.delivered_at) < self._min_age:
                waiting.append(f"{file.path} was modified less than {self._min_age.total_seconds():.0f} s ago")
                continue
            try:
                small = file.size <= SMALL_FILE_BYTES
                # a large file of a new size cannot be a repeat, so it is hashed while it is loaded, not before
                is_new = not small and file.size not in self._known_sizes and file.export_date is not None
                entry, data = (self._entry(file), b"") if is_new else self._read(file, keep=small)
                self._known_sizes.add(file.size)
                is_known = known is not None and known["sha256"] == entry.sha256 and not must_load
                if not is_known or self._archive.never_had(entry.sha256):
                    self._archive_content(file, entry, data)
                entry.delivery_no = deliveries[file.path, entry.sha256]
                if is_known:
                    ledger.renew_fingerprint(self._session, entry)
                    self._archive.enter([entry.sha256])
                    self._session.commit()
                elif small or file.export_date is None or self._original_of(entry) is not None:
                    bundle.append((entry, data))
                    bundled += len(data)
                else:  # file_ids follow the order of export days, so the files found earlier are loaded first
                    total += self._load_bundle(bundle)
                    bundle, bundled = [], 0
                    total += self._load_large(file, entry)
            except FileChanged as error:
                self._session.rollback()
                waiting.append(str(error))
            except FileInaccessible as error:
                self._session.rollback()
                inaccessible.append(InaccessibleFile(file.path, file.export_date, str(error)))
            except LandingError:
                self._session.rollback()
                self._load_bundle(bundle)
                raise
            if bundled > BUNDLE_BYTES or len(bundle) >= BUNDLE_FILES:
                total += self._load_bundle(bundle)
                bundle, bundled = [], 0
        total += self._load_bundle(bundle)
        if total.files_loaded > self._ledger_files.height / 10:
            ledger.renew_statistics(self._session)
            self._session.commit()
        self._keep_inaccessible(inaccessible, since, until)
        for text in waiting:
            log.warning("%s; the next run will load it", text)
        if found.ignored:
            log.info("ignored by their names (LACHAN_LANDING_IGNORE): %s", ", ".join(found.ignored))
        return total + IngestReport(
            files_inaccessible=len(inaccessible), files_waiting=len(waiting), files_ignored=len(found.ignored)
        )

    def _keep_inaccessible(
        self, inaccessible: Sequence[InaccessibleFile], since: date | None, until: date | None
    ) -> None:
        """Store the files that cannot be read, in place of those that an earlier run could not read on these days."""
        for file in inaccessible:
            log.warning("%s cannot be read: %s; the next run will try again", file.path, file.reason)
        values = {
            "feed_name": self._feed.name,
            "paths": [file.path for file in inaccessible],
            "days": [file.export_date for file in inaccessible],
            "reasons": [file.reason for file in inaccessible],
        }
        self._session.run("load/delete_accessible_files", **values, since=since, until=until)
        self._session.run("load/upsert_inaccessible_files", **values)
        self._session.commit()

    def _read(self, file: FoundFile, *, keep: bool) -> tuple[Entry, bytes]:
        """Hash a file; return its ledger entry, and its bytes if `keep` is true. Raises what `Landing.open` raises."""
        with self._landing.open(file) as opened:
            hashed = HashedFile(opened)
            # not to the end: a file that has grown since it was listed may be large, and is left for the next run
            data = hashed.read(file.size + 1) if keep else b""
            while not keep and hashed.read(1 << 20):
                pass
        return self._entry(file, hashed.sha256()), data

    def _archive_content(self, file: FoundFile, entry: Entry, data: bytes) -> None:
        """Archive a file whose hash is known, unless the archive has its content; without `data`, it is read again.

        A large file that may be loaded is archived while it is loaded instead.
        """
        if data or not file.size:
            self._archive.add(entry.sha256, data)
        elif entry.sha256 and self._archive.lacks(entry.sha256):
            self._read_into_archive(file)

    def _read_into_archive(self, file: FoundFile) -> str:
        """Read a file for the archive only; returns its hash."""
        with self._archive.stream() as archived, self._landing.open(file) as opened:
            hashed = HashedFile(opened, archived.write)
            while hashed.read(1 << 20):
                pass
            archived.end(hashed.sha256())
        return hashed.sha256()

    def _enter(self, entries: Sequence[Entry]) -> None:
        """Enter files in the ledger, and their contents in that of the archive."""
        ledger.enter(self._session, entries)
        self._archive.enter(entry.sha256 for entry in entries)

    def _entry(self, file: FoundFile, sha256: str = "") -> Entry:
        """Make a file's ledger entry. Without `sha256`, the hash is computed while the file is loaded."""
        return Entry(
            self._feed.name,
            file.path,
            sha256,
            file.fingerprint,
            file.export_date,
            file.size,
            file.delivered_at,
            self._run_id,
        )

    def _open(self, entry: Entry, file: BinaryIO) -> Export:
        if entry.export_date is None:
            raise UnreadableFile(
                "file_name",
                f"the name does not fit {self._feed.path!r} of the contract, or has bytes that are not UTF-8, or "
                "control characters",
            )
        export = open_export(file, entry.size_bytes, self._feed, self._other_feeds)
        entry.encoding, entry.unknown_columns = export.encoding, list(export.unknown_columns)
        entry.warnings, entry.notes, entry.missing_identities = export.warnings, export.notes, export.missing_identities
        return export

    # --- small files ------------------------------------------------------------------------------------------

    def _load_bundle(self, bundle: Sequence[tuple[Entry, bytes]]) -> IngestReport:
        """Load small files in one transaction; if one of them cannot be checked, each in a transaction of its own."""
        if not bundle:
            return IngestReport()
        try:
            return self._load_together([(replace(entry), data) for entry, data in bundle])
        except UnreadableFile as error:
            self._session.rollback()
            self._links.clear()
            if len(bundle) > 1:
                return sum((self._load_bundle([each]) for each in bundle), IngestReport())
            entry = replace(bundle[0][0], file_id=self._session.new_file_ids(1)[0])
            _reject(entry, error)
            self._enter([entry])
            self._session.commit()
            return IngestReport.of([entry])

    def _load_together(self, bundle: Sequence[tuple[Entry, bytes]]) -> IngestReport:
        """Load small files in one transaction. Raises UnreadableFile if the records of one cannot be checked."""
        entries = [entry for entry, _ in bundle]
        for entry, file_id in zip(entries, self._session.new_file_ids(len(entries)), strict=True):
            entry.file_id = file_id
        frames: list[pl.DataFrame] = []
        quarantined: list[Quarantined] = []
        new_originals: dict[str, Entry] = {}
        repeats: list[Entry] = []
        for entry, data in bundle:
            if self._original_of(entry) is not None or self._content_key_of(entry) in new_originals:
                repeats.append(entry)
                continue
            try:
                with _faults_as_unreadable(entry):
                    batches = list(self._open(entry, io.BytesIO(data)).batches)
            except UnreadableFile as error:
                _reject(entry, error)
                continue
            # a file with only a header is no original: it has the same bytes on every day without records
            if any(batch.text.height for batch in batches):
                new_originals[self._content_key_of(entry)] = entry
            for batch in batches:
                if batch.text.height:
                    file_ids = pl.Series("file_id", np.full(batch.text.height, entry.file_id))
                    frames.append(batch.text.hstack([batch.lines, file_ids]))
                quarantined += quarantine_unusable(self._feed, entry.file_id, batch)
        with _faults_as_unreadable(entries[0]):
            good = self._check_together(frames, quarantined, entries)
        for entry in new_originals.values():
            self._keep_original(entry)
        for entry in repeats:  # all records of a repeated delivery count as duplicates of the original's
            original = self._originals[self._content_key_of(entry)]
            entry.status, entry.duplicate_of = "duplicate", original.file_id
            entry.count(duplicate=original.rows)
        if good.height:
            self._key.store()
        self._enter(entries)
        quarantine(self._session, self._feed.name, quarantined)
        self._session.append(self._table, good)
        self._enter_links()
        self._session.commit()
        return IngestReport.of(entries)

    def _check_together(
        self, frames: list[pl.DataFrame], quarantined: list[Quarantined], entries: Sequence[Entry]
    ) -> pl.DataFrame:
        """Check and de-identify the records of many files at once; return the good rows.

        Adds the invalid records to `quarantined`, and the numbers of records to the entry of each file.
        """
        by_id = {entry.file_id: entry for entry in entries}
        good = [pl.DataFrame(schema=raw_schema(self._feed))]
        by_unknown_columns = defaultdict(list)  # so that no file gets the unknown columns of another
        for frame in frames:
            by_unknown_columns[tuple(by_id[frame["file_id"][0]].unknown_columns)].append(frame)
        for group in by_unknown_columns.values():
            combined = pl.concat(group, how="diagonal")
            batch = Batch(combined.drop("file_id", "line_no"), combined["line_no"], [], has_nul=True)
            checked = self._deidentify(check(self._feed, batch, combined["file_id"], EarlierRecords(), self._registers))
            good.append(checked.good)
            quarantined += checked.quarantined
            for file_id, count in checked.good["file_id"].value_counts().iter_rows():
                by_id[file_id].count(loaded=count)
            for file_id, count in checked.duplicates.items():
                by_id[file_id].count(duplicate=count)
            for file_id in {file_id for file_id, _ in checked.identities}:
                by_id[file_id].count_identities(checked.identities)
        for record in quarantined:
            by_id[record.file_id].count(quarantined=1)
        return pl.concat(good)

    # --- large files ------------------------------------------------------------------------------------------

    def _load_large(self, file: FoundFile, entry: Entry) -> IngestReport:
        """Stream one file in a transaction of its own; reading and checking overlap with the COPY."""
        fault: UnreadableFile | None = None
        with self._archive.stream() as archived, self._landing.open(file) as opened:
            hashed = HashedFile(opened, archived.write)
            try:
                with _faults_as_unreadable(entry):
                    export = self._open(entry, cast(BinaryIO, hashed))
                    self._key.store()
                    ledger.enter(self._session, [entry])
                    self._stream(entry, export)
            except UnreadableFile as error:
                fault = error
            else:
                archived.end(hashed.sha256())
        if fault is not None:
            self._session.rollback()
            self._links.clear()
            entry.sha256 = self._read_into_archive(file)
            _reject(entry, fault)
            self._enter([entry])
        else:
            entry.sha256 = hashed.sha256()
            ledger.complete(self._session, entry)
            self._archive.enter([entry.sha256])
            self._keep_original(entry)
        self._session.commit()
        gc.collect()  # reference cycles hold blocks of the file, which would add to those of the next
        return IngestReport.of([entry])

    def _stream(self, entry: Entry, export: Export) -> None:
        """COPY the good rows of a file batch by batch.

        Whenever more than QUARANTINE_FLUSH_ROWS quarantined records have been collected, or links of many batches in a
        rotation of the key, the COPY ends, they are written, and a new COPY begins, so that memory use does not grow
        with the file.
        """
        quarantined: list[Quarantined] = []
        finished = False

        def good_rows(ready: Iterator[Checked]) -> Iterator[pl.DataFrame]:
            nonlocal finished
            for checked in ready:
                quarantined.extend(checked.quarantined)
                entry.count(checked.good.height, len(checked.quarantined), sum(checked.duplicates.values()))
                entry.count_identities(checked.identities)
                yield checked.good
                if len(quarantined) > QUARANTINE_FLUSH_ROWS or len(self._links) > LINKS_FLUSH_BATCHES:
                    return
            finished = True

        checks = map(self._check(entry.file_id), export.batches)
        with closing(export.batches), map_ahead(checks, self._deidentify) as ready:
            while not finished:
                self._session.append_stream(self._table, raw_schema(self._feed), good_rows(ready))
                quarantine(self._session, self._feed.name, quarantined)
                quarantined.clear()
                self._enter_links()

    def _check(self, file_id: int) -> Callable[[Batch], Checked]:
        """Return a function that checks the batches of one file; it must be called with them in their order.

        It adds the malformed records of a batch to those in quarantine.
        """
        earlier = EarlierRecords()

        def check_batch(batch: Batch) -> Checked:
            ids = pl.repeat(file_id, batch.text.height, dtype=pl.Int64, eager=True)
            checked = check(self._feed, batch, ids, earlier, self._registers)
            checked.quarantined.extend(quarantine_unusable(self._feed, file_id, batch))
            return checked

        return check_batch

    def _deidentify(self, checked: Checked) -> Checked:
        """Replace the good rows by de-identified ones, without people who were erased (ops.erased_item).

        In a rotation, note who has which pseudonym of earlier keys.
        """
        key = self._key
        if key.earlier and checked.good.height:
            rows = checked.good.filter(~pl.col(self._feed.key[0]).is_in(self._erased_items))
            self._links.append(links(self._feed, rows, (key.number, key.value), key.earlier))
        good = deidentify(self._feed, checked.good, checked.source_text, key.value, key.number)
        return replace(checked, good=without_erased(self._feed, good, self._erased))

    def _enter_links(self) -> None:
        """Store which pseudonyms of the loaded rows and of earlier keys are those of one person."""
        if self._links:
            found = pl.concat(self._links).unique()
            self._links.clear()
            self._session.run(
                "load/insert_pseudonym_links",
                feed_name=self._feed.name,
                column_names=found["column_name"].to_list(),
                pseudonyms=found["pseudonym"].to_list(),
                earlier=found["earlier_pseudonym"].to_list(),
            )


def _unchanged(file: FoundFile, known: dict[str, object] | None) -> bool:
    """Whether `known`, the ledger's latest row for the path, proves that the file has not changed since.

    Besides equal fingerprints, this needs a reading at least _MIN_AGE_AT_READ after the file's last modification.
    """
    if known is None or known["fingerprint"] != file.fingerprint:
        return False
    return known["read_at"] - file.delivered_at > _MIN_AGE_AT_READ  # type: ignore[operator, no-any-return]  # datetimes


@contextmanager
def _faults_as_unreadable(entry: Entry) -> Iterator[None]:
    """Raise whatever a library raises for the content of a file as UnreadableFile, so that only this file is rejected.

    Errors of the landing zone, the warehouse and the settings, and a lack of memory, are not due to the content.
    """
    try:
        yield
    except (
        UnreadableFile,
        LandingError,
        FileChanged,
        FileInaccessible,
        OSError,
        MemoryError,
        psycopg2.Error,
        WarehouseError,
        SettingError,
        ArchiveError,
    ):
        raise
    except BaseException as error:  # a panic of polars is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        # without the text of the error, which may quote the file
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s cannot be read: %s\n%s", entry.path, type(error).__name__, frames)
        raise UnreadableFile(
            "reader_failed",
            f"the file cannot be read ({type(error).__name__}); the log has the details, report it with the file",
        ) from None


def _reject(entry: Entry, error: UnreadableFile) -> None:
    entry.reject(str(error))
    log.warning("%s rejected: %s", entry.path, error)
