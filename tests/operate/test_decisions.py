"""Releasing and discarding files, and the effects on gate, replay and repeated deliveries."""

from __future__ import annotations

import pytest
from helpers.exports import deliver, row, with_labels
from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import IngestReport, ingest, replay
from lachan.operate.decisions import DecisionError, Discarded, discard, release
from lachan.quality.gate import gate
from lachan.settings import Settings

Feeds = dict[str, Feed]
LEDGER = "select gate, acceptance_no is null, gate_reason from ops.export_file order by file_id"


@pytest.fixture
def held(warehouse: Settings, feeds: Feeds) -> Settings:
    """A file that the gate holds because its rows are of another day than its name; one row is in quarantine."""
    rows = [row("tips", n, channel="Zalo" if n == 1 else "Hòm thư") for n in range(1, 14)]
    deliver(warehouse, feeds["tips"], rows, "20240310")
    ingest(warehouse, feeds["tips"], "r1")
    assert gate(warehouse, "r1").held == 1
    return warehouse


def only_file(settings: Settings) -> int:
    return int(query(settings, "select min(file_id) from ops.export_file")[0][0])


def test_a_held_file_is_discarded_for_good(held: Settings, feeds: Feeds) -> None:
    file_id = only_file(held)
    assert discard(held, file_id, "of another office", "officer") == Discarded(
        "tips", True, quarantined_rows=1, repeated_by=0
    )
    [(state, unnumbered, reason)] = query(held, LEDGER)
    assert (state, unnumbered) == ("discarded", True)
    assert reason.startswith("discarded: of another office; was held: share_dated_elsewhere")
    assert query(held, "select discarded_why from ops.quarantined_row") == [("of another office",)]
    assert query(held, "select count(*) from raw.tips") == [(12,)], "raw keeps its rows"
    assert gate(held, "r2").accepted == 0
    with pytest.raises(DecisionError):
        release(held, file_id, "after all", "officer")
    with pytest.raises(DecisionError, match="it is discarded already"):
        discard(held, file_id, "again", "officer")


def test_a_replay_does_not_load_a_discarded_file(held: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    corrected = with_labels(tips, "channel", {"Zalo": "hotline"})
    deliver(held, tips, b"", "20240311")
    ingest(held, tips, "r2")
    discard(held, only_file(held), "wrong", "officer")
    discard(held, only_file(held) + 1, "empty, and none will come", "officer")
    assert replay(held, corrected, "r3") == IngestReport()
    assert query(held, LEDGER)[1] == ("discarded", True, "discarded: empty, and none will come")


def test_discarded_bytes_are_ignored_under_their_name_and_judged_under_another(held: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    discard(held, only_file(held), "the day in its name is wrong", "officer")
    path = held.home / "landing" / "tips" / "2024" / "03" / "tin_bao_20240310.csv"
    path.touch()
    assert ingest(held, tips, "r2") == IngestReport()
    path.rename(path.with_name("tin_bao_20240305.csv"))
    assert ingest(held, tips, "r3").files_loaded == 1
    assert gate(held, "r3").accepted == 1


def test_a_duplicate_of_a_discarded_file_is_loaded_by_the_next_ingest(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    rows = [row("tips", n) for n in range(1, 14)]
    for name in ("20240304", "20240305", "20240306"):  # the middle name has the right day
        deliver(warehouse, tips, rows, name)
    assert ingest(warehouse, tips, "r1").files_duplicate == 2
    assert gate(warehouse, "r1").held == 1
    assert ingest(warehouse, tips, "r2") == IngestReport(), "the held file may still be released"
    assert discard(warehouse, only_file(warehouse), "wrong day", "officer").repeated_by == 2
    assert ingest(warehouse, tips, "r3") == IngestReport(
        files_loaded=1, files_duplicate=1, rows_read=26, rows_loaded=13, rows_duplicate=13
    )
    assert ingest(warehouse, tips, "r4") == IngestReport()
    assert gate(warehouse, "r4").accepted == 1
    assert query(warehouse, "select to_char(export_date, 'DD') from ops.export_file where gate = 'accepted'") == [
        ("05",)
    ]


def test_for_an_accepted_file_only_the_quarantine_is_discarded(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1), row("tips", 2, channel="Zalo")])
    ingest(warehouse, tips, "r1")
    with pytest.raises(DecisionError, match="the gate has not judged it yet"):
        discard(warehouse, only_file(warehouse), "too early", "officer")
    gate(warehouse, "r1")
    assert discard(warehouse, only_file(warehouse), "a test", "officer") == Discarded("tips", False, 1, 0)
    assert query(warehouse, "select gate from ops.export_file") == [("accepted",)]
    with pytest.raises(DecisionError, match="its rows are in the figures; `lachan retract 1 --why"):
        discard(warehouse, only_file(warehouse), "again", "officer")
    with pytest.raises(DecisionError, match="has no file 138138"):
        discard(warehouse, 138138, "?", "officer")
