"""A load that is killed between the archive and the ledger loses nothing, and leaves nothing that counts."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.archives import opened, with_archive
from helpers.exports import deliver, row
from helpers.raw_rows import query
from lachan.archive.upkeep import contents
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.load.loader import SMALL_FILE_BYTES
from lachan.settings import PROJECT, Settings


@pytest.mark.parametrize(
    ("place", "number", "committed", "without_entry", "drafts"),
    [
        ("entered", 1, 0, 1, 0),  # the small file is loaded first, the large one in a transaction of its own
        ("entered", 2, 1, 1, 0),
        ("writing", 2, 1, 0, 1),
    ],
)
def test_a_load_that_is_killed_is_made_good_by_the_next(
    warehouse: Settings,
    feeds: dict[str, Feed],
    place: str,
    number: int,
    committed: int,
    without_entry: int,
    drafts: int,
) -> None:
    """A file without entry is complete, and the next load of its content adopts it; a draft never counts."""
    tips = feeds["tips"]
    small = deliver(warehouse, tips, [row("tips", 1)], "20240305")
    large = deliver(warehouse, tips, [row("tips", n, content="a" * 800) for n in range(2, 6_000)], "20240306")
    assert large.stat().st_size > 4 * SMALL_FILE_BYTES
    archived = with_archive(warehouse)
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT / "plugins"),
        "LACHAN_ARCHIVE_RECIPIENTS": ",".join(archived.archive_recipients or ()),
        "LACHAN_PSEUDONYM_KEY": archived.pseudonym_key.hex(),
    }
    command = [sys.executable, str(Path(__file__).with_name("load_until_killed.py")), place, str(number)]
    assert subprocess.run(command, env=environment, timeout=120).returncode == -signal.SIGKILL
    count = "select (select count(*) from ops.archived_file), (select count(*) from ops.export_file)"
    assert query(archived, count) == [(committed, committed)]
    found = contents(archived)
    assert (len(found.copies), len(found.without_entry), len(found.drafts)) == (committed, without_entry, drafts)

    assert ingest(archived, tips, "after").files_loaded == 2 - committed
    expected = {hashlib.sha256(path.read_bytes()).hexdigest(): path.read_bytes() for path in (small, large)}
    assert opened(archived) == expected
    found = contents(archived)
    assert (found.without_entry, len(found.drafts)) == ([], drafts)
