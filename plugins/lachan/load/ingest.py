"""Take every export that the ledger does not know into the warehouse, whole files at a time."""

from __future__ import annotations

from datetime import date

from lachan.contract import Contracts, Feed, survey
from lachan.landing import Landing
from lachan.load.loader import IngestReport, Loader
from lachan.load.replay import Replayer
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.load_session import load_session

__all__ = ["IngestReport", "ingest", "replay", "waiting"]


def ingest(
    settings: Settings, feed: Feed, run_id: str, since: date | None = None, until: date | None = None
) -> IngestReport:
    """Load every file of a feed that the landing zone holds and the ledger does not know.

    `since` and `until` (included) narrow by the day that a file reports. A file that cannot be read is entered
    in the ledger as rejected, with the reason; a record that cannot be loaded goes to quarantine. Raises
    LandingError or WarehouseError when one of the two cannot be reached; what was committed before stays.
    """
    landing = Landing(settings)
    with load_session(settings.dsn, feed.name) as session:
        return Loader(settings, feed, landing, run_id, session).load_new(since, until)


def waiting(settings: Settings, feed: Feed) -> int:
    """How many loaded files of a feed have not been judged by the gate yet, whoever loaded them."""
    with transaction(settings.dsn, "loader") as cursor:
        cursor.execute("select count(*) from ops.export_file where feed = %s and gate = 'pending'", (feed.name,))
        return int((cursor.fetchone() or (0,))[0])


def replay(settings: Settings, feed: Feed | None, run_id: str) -> IngestReport:
    """Try again what could not be loaded: rejected files and quarantined rows, of one feed or of all.

    For use after a contract was mended. The files must still lie in the landing zone with the same bytes; a
    file that was mended itself is a new file, which `ingest` takes. What succeeds is entered as a load of its
    own. Raises as `ingest` does, and ContractError when all feeds were asked for and the contract of one is broken;
    the others have been replayed by then.
    """
    contracts = survey(settings.contracts) if feed is None else Contracts({feed.name: feed}, {})
    landing = Landing(settings)
    total = IngestReport()
    for each in contracts.feeds.values():
        with load_session(settings.dsn, each.name) as session:
            total += Replayer(settings, each, landing, run_id, session).replay()
    contracts.raise_if_broken()
    return total
