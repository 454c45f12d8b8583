"""All rows of a warehouse are pseudonymised with one key, whatever machine loads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.exports import deliver, row, with_labels
from helpers.raw_rows import query
from lachan import settings as lachan_settings
from lachan.cli import main
from lachan.contract import Feed
from lachan.load.ingest import IngestReport, ingest, replay
from lachan.load.key import PseudonymKey
from lachan.load.loader import SMALL_FILE_BYTES
from lachan.privacy.pseudonyms import key_fingerprint
from lachan.settings import SettingError, Settings
from lachan.warehouse.load_session import load_session

Feeds = dict[str, Feed]
ONE_LOADED = IngestReport(files_loaded=1, rows_read=1, rows_loaded=1)
OTHER_KEY = "11" * 32


def stored(settings: Settings) -> list[tuple[Any, ...]]:
    return query(settings, "select fingerprint, found_at from ops.pseudonym_key")


def loaded(settings: Settings) -> list[tuple[Any, ...]]:
    return query(settings, "select (select count(*) from raw.tips), (select count(*) from ops.export_file)")


@pytest.fixture
def second_machine(warehouse: Settings, tmp_path: Path) -> Settings:
    """Settings of a machine with a home of its own, for the same warehouse and landing zone."""
    return replace(warehouse, home=tmp_path / "second machine")


def test_the_first_rows_store_the_fingerprint_of_the_key(warehouse: Settings, feeds: Feeds, tmp_path: Path) -> None:
    assert ingest(warehouse, feeds["tips"], "nothing to load") == IngestReport()
    deliver(warehouse, feeds["tips"], [], "20240304")
    deliver(warehouse, feeds["tips"], [row("tips", 1, channel="Zalo")], "20240303")
    assert ingest(warehouse, feeds["tips"], "no rows").rows_loaded == 0
    assert stored(warehouse) == []
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    assert ingest(warehouse, feeds["tips"], "r1") == ONE_LOADED
    [(fingerprint, found_at)] = stored(warehouse)
    key = (tmp_path / "secrets" / "pseudonym_key").read_text()
    assert fingerprint == key_fingerprint(bytes.fromhex(key))
    assert key not in fingerprint
    assert found_at.startswith(f"{tmp_path}/secrets/pseudonym_key on ")


@pytest.mark.parametrize("rows", [1, 2_000])
def test_a_second_machine_without_the_key_loads_nothing_and_makes_no_key(
    warehouse: Settings, second_machine: Settings, feeds: Feeds, rows: int
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240305")
    ingest(warehouse, feeds["tips"], "r1")
    many = [row("tips", n, content="a" * 800) for n in range(rows)]
    file = deliver(warehouse, feeds["tips"], many, "20240306")
    assert (file.stat().st_size > SMALL_FILE_BYTES) == (rows > 1)
    with pytest.raises(SettingError) as raised:
        ingest(second_machine, feeds["tips"], "r2")
    message = str(raised.value)
    assert "this machine has no pseudonym key (LACHAN_PSEUDONYM_KEY is not set" in message
    assert "a person would get a second pseudonym" in message
    assert f"it was found in {warehouse.home}/secrets/pseudonym_key on " in message
    assert "secrets/pseudonym_key of the LACHAN_HOME of the first machine" in message
    assert loaded(warehouse) == [(1, 1)]
    assert not second_machine.home.exists()


@pytest.mark.parametrize("rows", [1, 2_000])
def test_a_load_with_another_key_is_refused_and_one_with_the_same_key_is_not(
    warehouse: Settings, second_machine: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240305")
    ingest(warehouse, feeds["tips"], "r1")
    right = warehouse.pseudonym_key.hex()
    many = [row("tips", n, content="a" * 800) for n in range(rows)]
    deliver(warehouse, feeds["tips"], many, "20240306")
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", OTHER_KEY)
    with pytest.raises(SettingError, match="the pseudonym key in LACHAN_PSEUDONYM_KEY is not the one of the rows"):
        ingest(replace(second_machine), feeds["tips"], "r2")
    assert loaded(warehouse) == [(1, 1)]
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", right)
    assert ingest(replace(second_machine), feeds["tips"], "r3").rows_loaded == rows
    assert query(warehouse, "select count(distinct informant_phone) from raw.tips") == [(1,)]


def test_a_replay_with_another_key_is_refused(
    warehouse: Settings, second_machine: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1), row("tips", 2, channel="Zalo")])
    ingest(warehouse, tips, "r1")
    corrected = with_labels(tips, "channel", {"Zalo": "hotline"})
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", OTHER_KEY)
    with pytest.raises(SettingError, match="is not the one of the rows"):
        replay(second_machine, corrected, "r2")
    monkeypatch.delenv("LACHAN_PSEUDONYM_KEY")
    assert replay(warehouse, corrected, "r3") == ONE_LOADED


def test_the_first_rows_of_a_replay_store_the_fingerprint(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1, channel="Zalo")])
    ingest(warehouse, feeds["tips"], "r1")
    assert stored(warehouse) == []
    assert replay(warehouse, with_labels(feeds["tips"], "channel", {"Zalo": "hotline"}), "r2") == ONE_LOADED
    assert len(stored(warehouse)) == 1


@pytest.mark.parametrize("rows", [1, 2_000])
def test_of_two_machines_that_begin_at_the_same_time_only_one_loads(
    warehouse: Settings, second_machine: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """The one that found no fingerprint at its start is refused when another has stored one before it loads."""
    deliver(warehouse, feeds["tips"], [row("tips", n, content="a" * 800) for n in range(rows)])
    store = PseudonymKey.store

    def store_after_another_machine(key: PseudonymKey) -> None:
        monkeypatch.setattr(PseudonymKey, "store", store)
        with load_session(warehouse.dsn, feeds["patrol_rosters"]) as session:
            PseudonymKey(warehouse, session).store()
        store(key)

    monkeypatch.setattr(PseudonymKey, "store", store_after_another_machine)
    with pytest.raises(SettingError, match=r"the pseudonym key in .*second machine.* is not the one of the rows"):
        ingest(second_machine, feeds["tips"], "r1")
    assert loaded(warehouse) == [(0, 0)]
    assert ingest(warehouse, feeds["tips"], "r2").rows_loaded == rows


def test_no_new_key_is_made_for_rows_of_an_earlier_release(
    warehouse: Settings, second_machine: Settings, feeds: Feeds
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240305")
    ingest(warehouse, feeds["tips"], "r1")
    query(warehouse, "delete from ops.pseudonym_key")
    deliver(warehouse, feeds["tips"], [row("tips", 2)], "20240306")
    with pytest.raises(SettingError, match="this machine has no pseudonym key"):
        ingest(second_machine, feeds["tips"], "r2")
    assert ingest(warehouse, feeds["tips"], "r3") == ONE_LOADED
    assert len(stored(warehouse)) == 1


def test_the_command_says_what_is_wrong(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    assert main(["ingest", "tips"]) == 0
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", OTHER_KEY)
    assert main(["ingest", "tips"]) == 2
    error = capsys.readouterr().err
    assert "lachan ingest: the pseudonym key in LACHAN_PSEUDONYM_KEY is not the one of the rows" in error
    assert OTHER_KEY not in error


def test_the_loader_may_store_the_fingerprint_and_not_change_it(warehouse: Settings, feeds: Feeds) -> None:
    rights = query(
        warehouse,
        "select right_, has_table_privilege('lachan_loader', 'ops.pseudonym_key', right_)"
        " from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as right_",
    )
    assert dict(rights) == {"select": True, "insert": False, "update": False, "delete": False, "truncate": False}


def test_the_fingerprint_is_neither_the_key_nor_the_key_of_a_column(feeds: Feeds) -> None:
    from lachan.privacy.pseudonyms import _column_key

    key = bytes(range(32))
    assert key_fingerprint(key) != key_fingerprint(bytes(32))
    columns = {column.name for feed in feeds.values() for column in feed.columns}
    assert key_fingerprint(key) not in {key.hex(), *(_column_key(key, column) for column in columns)}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "LACHAN_PSEUDONYM_KEY has 0 bytes; 32 to 64 are needed"),
        ("ab" * 31, "LACHAN_PSEUDONYM_KEY has 31 bytes; 32 to 64 are needed"),
        ("ab" * 65, "LACHAN_PSEUDONYM_KEY has 65 bytes; 32 to 64 are needed"),
        ("a secret", "LACHAN_PSEUDONYM_KEY is not hexadecimal; generate a key with `openssl rand -hex 32`"),
    ],
)
def test_a_key_that_is_too_short_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, given: str, message: str) -> None:
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", given)
    with pytest.raises(SettingError, match=message):
        lachan_settings.load()


def test_a_file_with_a_key_that_is_too_short_is_refused_before_anything_is_loaded(
    warehouse: Settings, feeds: Feeds, tmp_path: Path
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "pseudonym_key").write_text("ab" * 16)
    with pytest.raises(SettingError, match="secrets/pseudonym_key has 16 bytes"):
        ingest(warehouse, feeds["tips"], "r1")
    assert loaded(warehouse) == [(0, 0)]
