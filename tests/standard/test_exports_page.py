"""docs/exports.md says what the decoder does: its examples are read, and its tables name every reason."""

from __future__ import annotations

import io
import re

import polars as pl
import pytest
from lachan.contract import Feed
from lachan.load.decode import UnreadableFile, open_export
from lachan.load.rows import EarlierRecords, check, quarantine_unusable
from lachan.settings import PROJECT

PAGE = (PROJECT / "docs" / "exports.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```csv (\S+) (.+)\n([\s\S]*?)^```", PAGE, re.MULTILINE)
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "plugins/lachan/load").rglob("*.py"))


def test_the_page_has_examples_of_every_kind() -> None:
    assert {kind for kind, _, _ in EXAMPLES} == {"đọc", "từ-chối", "giữ-lại"}


@pytest.mark.parametrize(("kind", "expected", "text"), EXAMPLES)
def test_an_example_is_read_as_the_page_says(feeds: dict[str, Feed], kind: str, expected: str, text: str) -> None:
    feed, data = feeds["mass_work_events"], text.encode()
    found: list[str] = []
    good = 0
    try:
        for batch in open_export(io.BytesIO(data), len(data), feed, feeds.values()).batches:
            ids = pl.repeat(1, batch.text.height, dtype=pl.Int64, eager=True)
            checked = check(feed, batch, ids, EarlierRecords(), {})
            good += checked.good.height
            quarantined = [*checked.quarantined, *quarantine_unusable(feed, 1, batch)]
            found += [reason.rule for record in quarantined for reason in record.reasons]
    except UnreadableFile as error:
        assert (kind, expected) == ("từ-chối", error.rule)
        return
    if kind == "đọc":
        assert (good, found) == (int(expected), [])
    else:
        assert (kind, found) == ("giữ-lại", expected.split()) and good > 0


def test_the_tables_name_every_reason() -> None:
    refused = set(re.findall(r'UnreadableFile\(\s*"(\w+)"', SOURCES))
    held = set(
        re.findall(
            r'(?:\brule\(|^RULE =|CellFault\(|Rule\(column, |Rule\(feed\.key\[0\], |Reason\("", )\s*"(\w+)"',
            SOURCES,
            re.MULTILINE,
        )
    )
    assert len(refused) > 12 and len(held) > 12
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*)\|", PAGE, re.MULTILINE))))
    assert refused | held == named
