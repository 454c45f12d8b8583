"""One pass over one feed: small files travel together in one transaction, a large file is streamed in its own."""

from __future__ import annotations

import io
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import BinaryIO, cast

import polars as pl

from lachan.contract import Feed, survey
from lachan.contract.raw_table import raw_schema
from lachan.landing import FoundFile, HashedFile, Landing, LandingError
from lachan.load.decode import Batch, Export, UnreadableFile, open_export
from lachan.load.pipeline import worked_ahead
from lachan.load.rows import Checked, Seen, check, quarantine_malformed
from lachan.privacy.deidentify import deidentify
from lachan.settings import Settings
from lachan.warehouse import ledger
from lachan.warehouse.ledger import Entry
from lachan.warehouse.load_session import LoadSession
from lachan.warehouse.quarantine import Quarantined, quarantine

log = logging.getLogger(__name__)

SMALL_FILE_BYTES = 1 << 20
BUNDLE_BYTES = 16 << 20
QUARANTINE_FLUSH_ROWS = 5_000
_RACY = timedelta(seconds=2)


@dataclass(frozen=True)
class IngestReport:
    """What one pass over a feed did: files by fate, and every record that was read by fate."""

    files_loaded: int = 0
    files_duplicate: int = 0
    files_rejected: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> IngestReport:
        """What became of these files."""
        fates = [entry.status for entry in entries]
        return cls(
            fates.count("loaded"),
            fates.count("duplicate"),
            fates.count("rejected"),
            sum(entry.rows_read for entry in entries),
            sum(entry.rows_loaded for entry in entries),
            sum(entry.rows_quarantined for entry in entries),
            sum(entry.rows_duplicate for entry in entries),
        )

    def __add__(self, other: IngestReport) -> IngestReport:
        """The report of both passes together."""
        return IngestReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


class Loader:
    """Loads one feed within one session."""

    def __init__(self, settings: Settings, feed: Feed, landing: Landing, run_id: str, session: LoadSession) -> None:
        self._feed = feed
        self._landing = landing
        self._run_id = run_id
        self._session = session
        self._key = settings.pseudonym_key
        self._others = [other for other in survey(settings.contracts).feeds.values() if other.name != feed.name]
        self._table = f"raw.{feed.name}"
        self._known = ledger.known_files(session)
        self._sizes = set(self._known["size_bytes"])
        kept = ~pl.col("gate").is_in(["held", "discarded"])
        loaded = self._known.filter(pl.col("status") == "loaded", pl.col("rows_read") > 0, kept)
        self._originals: dict[str, tuple[int, int]] = {
            self._content(sha256, day): (file_id, rows)
            for sha256, day, file_id, rows in loaded.select("sha256", "export_date", "file_id", "rows_read").iter_rows()
        }

    def _content(self, sha256: str, export_date: date | None) -> str:
        """What a repeated delivery has in common with its original; a register may be the same on another day."""
        return f"{sha256}@{export_date}" if self._feed.delivery == "snapshot" else sha256

    def _content_of(self, entry: Entry) -> str:
        return self._content(entry.sha256, entry.export_date)

    def load_new(self, since: date | None = None, until: date | None = None) -> IngestReport:
        """Load every file of the landing zone that the ledger does not know."""
        latest = {row["path"]: row for row in self._known.iter_rows(named=True)}
        contents = set(self._known.select("path", "sha256").iter_rows())
        failures: list[LandingError] = []
        total = IngestReport()
        bundle: list[tuple[Entry, bytes]] = []
        bundled = 0
        for file in self._landing.find(self._feed, since, until):
            if _unchanged(file, latest.get(file.path)):
                continue
            try:
                small = file.size <= SMALL_FILE_BYTES
                fresh = not small and file.size not in self._sizes and file.export_date is not None
                entry, data = (self._entry(file), b"") if fresh else self._read(file, keep=small)
                self._sizes.add(file.size)
                if (file.path, entry.sha256) in contents:
                    ledger.renew_fingerprint(self._session, entry)
                    self._session.commit()
                elif small or file.export_date is None or self._content_of(entry) in self._originals:
                    bundle.append((entry, data))
                    bundled += len(data)
                else:  # files are numbered in the order of their days: what was found before is loaded before
                    total += self._load_bundle(bundle)
                    bundle, bundled = [], 0
                    total += self._load_large(file, entry)
            except LandingError as error:
                self._session.rollback()
                log.warning("%s", error)
                failures.append(error)
            if bundled > BUNDLE_BYTES:
                total += self._load_bundle(bundle)
                bundle, bundled = [], 0
        total += self._load_bundle(bundle)
        if failures:
            raise failures[0]
        return total

    def _read(self, file: FoundFile, *, keep: bool) -> tuple[Entry, bytes]:
        """A file's entry for the ledger, and its bytes where they are to be kept."""
        with self._landing.open(file) as opened:
            hashed = HashedFile(opened)
            data = hashed.read() if keep else b""
            while not keep and hashed.read(1 << 20):
                pass
        return self._entry(file, hashed.sha256()), data

    def _entry(self, file: FoundFile, sha256: str = "") -> Entry:
        """A file's entry for the ledger; the hash of a large file that cannot be a repeat is found while it loads."""
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
                "file_name", f"the name does not fit {self._feed.path!r} of the contract, or is not UTF-8"
            )
        export = open_export(file, entry.size_bytes, self._feed, self._others)
        entry.encoding, entry.unknown_columns = export.encoding, list(export.unknown_columns)
        entry.warnings = export.warnings
        return export

    # --- small files ------------------------------------------------------------------------------------------

    def _load_bundle(self, bundle: Sequence[tuple[Entry, bytes]]) -> IngestReport:
        """Load small files in one transaction."""
        if not bundle:
            return IngestReport()
        entries = [entry for entry, _ in bundle]
        for entry, file_id in zip(entries, self._session.new_file_ids(len(entries)), strict=True):
            entry.file_id = file_id
        frames: list[pl.DataFrame] = []
        quarantined: list[Quarantined] = []
        fresh: dict[str, Entry] = {}
        repeats: list[Entry] = []
        for entry, data in bundle:
            if self._content_of(entry) in self._originals or self._content_of(entry) in fresh:
                repeats.append(entry)
                continue
            try:
                batches = list(self._open(entry, io.BytesIO(data)).batches)
            except UnreadableFile as error:
                _reject(entry, error)
                continue
            if any(batch.text.height for batch in batches):  # a header alone is the same file on any quiet day
                fresh[self._content_of(entry)] = entry
            for batch in batches:
                if batch.text.height:
                    mine = pl.lit(entry.file_id, pl.Int64).alias("file_id")
                    frames.append(batch.text.with_columns(batch.lines, mine))
                quarantined += quarantine_malformed(entry.file_id, batch.malformed)
        good = self._check_together(frames, quarantined, entries)
        self._originals |= {content: (entry.file_id, entry.rows_read) for content, entry in fresh.items()}
        for entry in repeats:  # a repeated delivery has the records of its original, all of them duplicates
            entry.status = "duplicate"
            entry.duplicate_of, rows = self._originals[self._content_of(entry)]
            entry.count(duplicate=rows)
        ledger.enter(self._session, entries)
        quarantine(self._session, self._feed.name, quarantined)
        self._session.append(self._table, good)
        self._session.commit()
        return IngestReport.of(entries)

    def _check_together(
        self, frames: list[pl.DataFrame], quarantined: list[Quarantined], entries: Sequence[Entry]
    ) -> pl.DataFrame:
        """Check the records of many files at once; extends `quarantined` and counts the records of each file."""
        by_id = {entry.file_id: entry for entry in entries}
        good = [pl.DataFrame(schema=raw_schema(self._feed))]
        alike = defaultdict(list)  # a file has the unknown columns of its own header, not its neighbours'
        for frame in frames:
            alike[tuple(by_id[frame["file_id"][0]].unknown_columns)].append(frame)
        for group in alike.values():
            everything = pl.concat(group, how="diagonal")
            batch = Batch(everything.drop("file_id", "line_no"), everything["line_no"], [], has_nul=True)
            checked = self._conceal(check(self._feed, batch, everything["file_id"], Seen()))
            good.append(checked.good)
            quarantined += checked.quarantined
            for file_id, count in checked.good["file_id"].value_counts().iter_rows():
                by_id[file_id].count(loaded=count)
            for file_id, count in checked.duplicates.items():
                by_id[file_id].count(duplicate=count)
        for record in quarantined:
            by_id[record.file_id].count(quarantined=1)
        return pl.concat(good)

    # --- large files ------------------------------------------------------------------------------------------

    def _load_large(self, file: FoundFile, entry: Entry) -> IngestReport:
        """Stream one file in a transaction of its own; reading and cleaning overlap with the COPY."""
        fault: UnreadableFile | None = None
        with self._landing.open(file) as opened:
            hashed = HashedFile(opened)
            try:
                export = self._open(entry, cast(BinaryIO, hashed))
                ledger.enter(self._session, [entry])
                self._stream(entry, export)
            except UnreadableFile as error:
                fault = error
        entry.sha256 = hashed.sha256() if fault is None else self._read(file, keep=False)[0].sha256
        if self._landing.fingerprint(file) != file.fingerprint:
            raise LandingError(f"{file.path}: changed while it was read; the next run takes it")
        if fault is not None:
            self._session.rollback()
            _reject(entry, fault)
            ledger.enter(self._session, [entry])
        else:
            ledger.complete(self._session, entry)
            self._originals[self._content_of(entry)] = (entry.file_id, entry.rows_read)
        self._session.commit()
        return IngestReport.of([entry])

    def _stream(self, entry: Entry, export: Export) -> None:
        """COPY the batches of a file as they come; quarantined records go in between, so that memory stays flat."""
        quarantined: list[Quarantined] = []
        finished = False

        def good(ready: Iterator[Checked]) -> Iterator[pl.DataFrame]:
            nonlocal finished
            for checked in ready:
                quarantined.extend(checked.quarantined)
                entry.count(checked.good.height, len(checked.quarantined), sum(checked.duplicates.values()))
                yield checked.good
                if len(quarantined) > QUARANTINE_FLUSH_ROWS:
                    return
            finished = True

        checks = map(self._check(entry.file_id), export.batches)
        with closing(export.batches), worked_ahead(checks, self._conceal) as ready:
            while not finished:
                self._session.append_stream(self._table, raw_schema(self._feed), good(ready))
                quarantine(self._session, self._feed.name, quarantined)
                quarantined.clear()

    def _check(self, file_id: int) -> Callable[[Batch], Checked]:
        """What is done with the batches of one file, in their order; malformed records go to quarantine."""
        seen = Seen()

        def check_batch(batch: Batch) -> Checked:
            ids = pl.repeat(file_id, batch.text.height, dtype=pl.Int64, eager=True)
            checked = check(self._feed, batch, ids, seen)
            checked.quarantined.extend(quarantine_malformed(file_id, batch.malformed))
            return checked

        return check_batch

    def _conceal(self, checked: Checked) -> Checked:
        """The same with good rows that name nobody."""
        return replace(checked, good=deidentify(self._feed, checked.good, checked.beside, self._key))


def _unchanged(file: FoundFile, before: dict[str, object] | None) -> bool:
    """Whether the ledger knows the file by its fingerprint; a fingerprint as young as its reading is not trusted."""
    if before is None or before["fingerprint"] != file.fingerprint:
        return False
    return before["read_at"] - file.delivered_at > _RACY  # type: ignore[operator, no-any-return]  # a moment


def _reject(entry: Entry, error: UnreadableFile) -> None:
    entry.reject(str(error))
    log.warning("%s rejected: %s", entry.path, error)
