"""The key of the pseudonyms is rotated: who reports is still recognised, and old rows get new pseudonyms."""

from __future__ import annotations

import hmac
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.archives import with_archive
from helpers.exports import deliver, row
from helpers.pipeline import process
from helpers.raw_rows import query
from lachan.archive.store import ArchiveError
from lachan.cli import main
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.load.rekey import RekeyReport, rekey
from lachan.operate.keys import KeyDecisionError, end_key
from lachan.privacy.pseudonyms import key_fingerprint
from lachan.settings import SettingError, Settings
from lachan.settings import load as load_settings

Feeds = dict[str, Feed]
ONE, TWO, THREE = "11" * 32, "22" * 32, "33" * 32
PHONES = "select line_no, informant_phone from raw.tips order by file_id, line_no"


def with_keys(settings: Settings, monkeypatch: pytest.MonkeyPatch, keys: str) -> Settings:
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", keys)
    return replace(settings)


def many(first: int) -> list[dict[str, str]]:
    """Rows of a file that is streamed."""
    return [row("tips", n, informant_phone=f"09{n:08}", content="a" * 800) for n in range(first, first + 1_500)]


def test_an_informant_is_matched_across_a_rotation(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips, rosters = feeds["tips"], feeds["patrol_rosters"]
    both = f"1:{ONE},2:{TWO}"
    deliver(warehouse, tips, [row("tips", 1)], "20240305")
    deliver(warehouse, rosters, [row("patrol_rosters", 1)], "20240305")
    for feed in (tips, rosters):
        ingest(with_keys(warehouse, monkeypatch, ONE), feed, "r1")
    assert query(warehouse, "select count(*) from ops.pseudonym_link") == [(0,)]
    deliver(warehouse, tips, [row("tips", 2), row("tips", 3, informant_phone="0987 654 321")], "20240306")
    deliver(warehouse, tips, many(100), "20240307")
    deliver(warehouse, rosters, [row("patrol_rosters", 2, members="NV002, NV003")], "20240306")
    for feed in (tips, rosters):
        ingest(with_keys(warehouse, monkeypatch, both), feed, "r2")
    first, *later = [phone for _, phone in query(warehouse, PHONES)]
    assert first.startswith("p_")
    assert len(first) == 34
    assert all(phone.startswith("p2_") and len(phone) == 35 for phone in later)
    column_key = hmac.digest(bytes.fromhex(TWO), b"informant_phone", "sha256").hex().encode()
    assert later[0] == f"p2_{hmac.digest(column_key, b'0912345678', 'sha256').hex()[:32]}"
    same = (
        "select l.tip_id from raw.tips as e inner join ops.pseudonym_link as k on k.feed = 'tips' and k.column_name ="
        " 'informant_phone' and k.earlier_pseudonym = e.informant_phone inner join raw.tips as l"
        " on l.informant_phone = k.pseudonym where e.tip_id = 'TB-2024-000001'"
    )
    assert query(warehouse, same) == [("TB-2024-000002",)]
    assert query(warehouse, "select count(*) from ops.pseudonym_link where column_name = 'informant_phone'") == [
        (1_502,)
    ]
    officers = (
        "select distinct m from (select unnest(members) as m from raw.patrol_rosters) as each"
        " inner join ops.pseudonym_link on column_name = 'members' and earlier_pseudonym = m"
    )
    assert len(query(warehouse, officers)) == 1, "NV002 is on both rosters"
    assert query(warehouse, "select number, fingerprint from ops.pseudonym_key order by 1") == [
        (1, key_fingerprint(bytes.fromhex(ONE))),
        (2, key_fingerprint(bytes.fromhex(TWO))),
    ]

    with pytest.raises(KeyDecisionError, match="key number 2 is not an earlier key"):
        end_key(warehouse, 2, "why", "Mai")
    end_key(warehouse, 1, "the rotation is over", "Mai")
    assert query(warehouse, "select count(*) from ops.pseudonym_link") == [(0,)]
    assert query(warehouse, "select number, ended_by, ended_why from ops.pseudonym_key where ended_at is not null") == [
        (1, "Mai", "the rotation is over")
    ]
    deliver(warehouse, tips, [row("tips", 9)], "20240308")
    ingest(with_keys(warehouse, monkeypatch, both), tips, "r3")
    assert query(warehouse, "select count(*) from ops.pseudonym_link") == [(0,)]


def test_which_keys_may_load(warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    tips = feeds["tips"]

    def load_with(keys: str, day: str) -> None:
        deliver(warehouse, tips, [row("tips", int(day))], f"202403{day}")
        ingest(with_keys(warehouse, monkeypatch, keys), tips, "r")

    load_with(ONE, "05")
    with pytest.raises(SettingError, match="pseudonym key number 1 in LACHAN_PSEUDONYM_KEY is not the one of the rows"):
        load_with(f"1:{THREE},2:{TWO}", "06")
    with pytest.raises(
        SettingError, match="has number 3, and the newest one of the warehouse number 1: the next one has"
    ):
        load_with(f"3:{THREE}", "06")
    load_with(f"1:{ONE},2:{TWO}", "06")
    with pytest.raises(
        SettingError, match="is loaded with key number 2, and LACHAN_PSEUDONYM_KEY has number 1 at most"
    ):
        load_with(ONE, "07")
    with pytest.raises(SettingError, match="the pseudonym key in LACHAN_PSEUDONYM_KEY is not the one of the rows"):
        load_with(f"2:{THREE}", "07")
    assert query(warehouse, "select count(*) from raw.tips") == [(2,)]
    load_with(f"2:{TWO}", "07")
    load_with(f"3:{THREE}", "08")
    prefixes = "select distinct split_part(informant_phone, '_', 1) from raw.tips order by 1"
    assert query(warehouse, prefixes) == [("p",), ("p2",), ("p3",)]
    for wrong in (f"0:{ONE}", f"1:{ONE},1:{TWO}", f"x:{ONE}", f"{ONE},2:{TWO}"):
        monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", wrong)
        with pytest.raises(SettingError) as raised:
            load_settings()
        assert ONE not in str(raised.value)


def test_the_commands_rotate_a_generated_key_and_leave_a_given_one_to_its_owner(
    warehouse: Settings,
    feeds: Feeds,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240305")
    assert main(["ingest", "tips"]) == 0
    assert main(["key", "rotate"]) == 0
    file = tmp_path / "secrets" / "pseudonym_key_2"
    assert f"{file}: key number 2" in capsys.readouterr().out
    assert file.stat().st_mode & 0o777 == 0o600
    deliver(warehouse, feeds["tips"], [row("tips", 2)], "20240306")
    assert main(["ingest", "tips"]) == 0
    assert [phone[:3] for _, phone in query(warehouse, PHONES)] == ["p_" + query(warehouse, PHONES)[0][1][2], "p2_"]
    assert main(["key", "end", "1", "--why", "over"]) == 0
    assert main(["key", "end", "1", "--why", "over"]) == 2
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", file.read_text())
    assert main(["key", "rotate"]) == 2
    assert "the keys are in LACHAN_PSEUDONYM_KEY: add `,2:`" in capsys.readouterr().err


@pytest.mark.built_warehouse
@pytest.mark.proof
def test_all_rows_whose_originals_are_archived_get_new_pseudonyms_and_the_figures_stay(
    warehouse: Settings,
    feeds: Feeds,
    new_warehouse: Callable[..., AbstractContextManager[Settings]],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tips, rosters = feeds["tips"], feeds["patrol_rosters"]
    names = ("tips", "patrol_rosters")
    archived = with_archive(with_keys(warehouse, monkeypatch, ONE))
    deliver(archived, tips, [row("tips", 1), row("tips", 2, informant_name="", informant_phone="")], "20240305")
    deliver(archived, tips, many(100), "20240306")
    deliver(archived, rosters, [row("patrol_rosters", 1), row("patrol_rosters", 2, members="")], "20240305")
    process(archived, feeds, "r1", *names)
    figures = "select to_jsonb(f) - 'published_at' from reporting.figure as f order by figure_id"
    published = query(archived, figures)
    assert any(figure["numerator"] for (figure,) in published)
    raw = "select to_jsonb(t) - 'file_id' from raw.{} as t order by file_id, line_no"
    before = [query(archived, raw.format(name)) for name in names]
    shutil.rmtree(archived.home / "landing")
    (archived.home / "landing").mkdir()

    rotated = replace(with_keys(archived, monkeypatch, f"2:{TWO}"))  # without the earlier key, which may be lost
    with pytest.raises(ArchiveError, match="no private key is given"):
        rekey(replace(rotated, archive_identity=None), tips, "r2", "rotation", "Mai")
    assert rekey(rotated, tips, "r2", "rotation", "Mai") == RekeyReport(2, 1_501, 0)
    assert rekey(rotated, rosters, "r2", "rotation", "Mai") == RekeyReport(1, 1, 0)
    assert rekey(rotated, tips, "r3", "rotation", "Mai") == RekeyReport(0, 0, 0)
    after = [query(archived, raw.format(name)) for name in names]
    with new_warehouse(tmp_path_factory.mktemp("fresh")) as fresh:
        deliver(fresh, tips, [row("tips", 1), row("tips", 2, informant_name="", informant_phone="")], "20240305")
        deliver(fresh, tips, many(100), "20240306")
        deliver(fresh, rosters, [row("patrol_rosters", 1), row("patrol_rosters", 2, members="")], "20240305")
        for feed in (tips, rosters):
            ingest(fresh, feed, "r1")
        assert after == [query(fresh, raw.format(name)) for name in names], "as if loaded with the new key"
    assert before != after
    assert query(archived, "select count(*), min(read_by) from ops.archive_reading") == [(3, "Mai")]
    process(rotated, feeds, "r4", *names)
    assert query(archived, figures) == published
    relations = query(
        archived,
        "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace::regnamespace::text"
        " = any(array['raw', 'staging', 'intermediate', 'changes', 'marts', 'reporting'])",
    )
    assert ("staging.stg_tips",) in relations
    old, new = (
        {
            name
            for (name,) in relations
            if query(archived, f"select 1 from {name} as t where t::text ~ '{pattern}' limit 1")
        }
        for pattern in ("[^a-z0-9]p_[0-9a-f]{32}", "[^a-z0-9]p2_[0-9a-f]{32}")
    )
    assert old == set()
    assert new == {f"{schema}{name}" for schema in ("raw.", "staging.stg_") for name in names}


def test_rows_whose_originals_are_not_archived_keep_their_pseudonyms(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips = feeds["tips"]
    gone = deliver(warehouse, tips, [row("tips", 1)], "20240305")
    ingest(with_keys(warehouse, monkeypatch, ONE), tips, "r1")
    gone.unlink()
    archived = with_archive(with_keys(warehouse, monkeypatch, ONE))
    deliver(archived, tips, [row("tips", 2)], "20240306")
    ingest(archived, tips, "r2")
    rotated = with_keys(archived, monkeypatch, f"1:{ONE},2:{TWO}")
    assert rekey(rotated, tips, "r3", "rotation", "Mai") == RekeyReport(1, 1, 1)
    assert [phone.split("_")[0] for _, phone in query(warehouse, PHONES)] == ["p", "p2"]
