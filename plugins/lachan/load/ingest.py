"""Loads and replays the exports of a feed; each file is committed as a whole."""

from __future__ import annotations

from contextlib import closing
from datetime import date

from lachan.contract import Contracts, Feed, survey
from lachan.landing import Landing
from lachan.load.loader import IngestReport, Loader
from lachan.load.replay import Replayer
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.load_session import load_session

__all__ = ["IngestReport", "count_pending", "ingest", "replay"]


def ingest(
    settings: Settings, feed: Feed, run_id: str, since: date | None = None, until: date | None = None
) -> IngestReport:
    """Load every file of a feed that is in the landing zone and not yet in the ledger.

    `since` and `until` (both inclusive) limit the load to files whose export date is in this range. A file whose
    content cannot be understood is entered in the ledger as rejected, with the reason; a record that cannot be loaded
    goes to quarantine; a file that cannot be opened or read is entered in ops.inaccessible_file and tried again by the
    next run. Raises LandingError if the landing zone or the feed's folder cannot be reached, WarehouseError if the
    warehouse cannot be reached or lacks a migration or a column of the contract, SettingError if the pseudonym key is
    not the one of the rows in the warehouse, and ArchiveError if the archive cannot be written; files committed before
    the error stay loaded.
    """
    landing = Landing(settings, lambda: settings.pseudonym_key)
    with (
        load_session(settings.address("loader"), feed) as session,
        closing(Loader(settings, feed, landing, run_id, session)) as loader,
    ):
        return loader.load_new(since, until)


def count_pending(settings: Settings, feed: Feed) -> int:
    """Count the loaded files of a feed that the gate has not judged yet, from this run or any earlier one."""
    with transaction(settings.address("loader"), "loader") as cursor:
        cursor.execute("select count(*) from ops.export_file where feed = %s and gate = 'pending'", (feed.name,))
        return int((cursor.fetchone() or (0,))[0])


def replay(settings: Settings, feed: Feed | None, run_id: str, why: str = "", by: str = "") -> IngestReport:
    """Try to load rejected files and quarantined rows again, of one feed, or of all feeds if `feed` is None.

    For use after a contract was corrected. A file that is not in the landing zone any more, or not with the same bytes,
    is read from the archive if `settings.archive_identity` opens it; a file that was itself corrected counts as a new
    file, which `ingest` loads. Each successful replay is entered in the ledger as a separate load, and in ops.decision
    with `why` and the name of the person (`by`). Raises the same errors as `ingest`, and IdentityFileError. If `feed`
    is None, also raises ContractError if any contract is broken, after the feeds with valid contracts have been
    replayed.
    """
    contracts = survey(settings.contracts) if feed is None else Contracts({feed.name: feed}, {})
    landing = Landing(settings, lambda: settings.pseudonym_key)
    total = IngestReport()
    for each in contracts.feeds.values():
        with (
            load_session(settings.address("loader"), each) as session,
            closing(Replayer(settings, each, landing, run_id, session)) as replayer,
        ):
            total += replayer.replay(why, by)
    contracts.raise_if_broken()
    return total
