"""A person's request: what is held is found, shown and erased; figures stay, and nothing brings the person back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from helpers.archives import opened, with_archive
from helpers.exports import deliver, row, with_labels
from helpers.raw_rows import query
from lachan.cli import main
from lachan.contract import Feed
from lachan.load.ingest import ingest, replay
from lachan.load.rekey import RekeyReport, rekey
from lachan.operate.person import Asked, Erased, Found, PersonError, erase, find
from lachan.publish.publication import publish
from lachan.quality.audit import audit
from lachan.quality.gate import gate
from lachan.settings import SettingError, Settings
from lachan.transform.build import build

Feeds = dict[str, Feed]
NAME, PHONE, STAFF = "Nguyễn Thị Mẫu", "0912 345 678", "NV002"
FIGURES = "select figure_id, value, numerator, denominator, revision_no from reporting.figure order by 1"
REVISIONS = "select count(*) from reporting.figure_revision"
TABLES = """
select format('%I.%I', table_schema, table_name) from information_schema.tables
where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'
"""
TIPS = (
    "select informant_name, informant_phone, content, outcome from raw.tips where tip_id = 'TB-2024-00000{}' order by 1"
)


def places_of(settings: Settings, text: str) -> list[str]:
    """The tables with a row in which a text stands."""
    found = []
    for (table,) in query(settings, TABLES):
        if query(settings, f"select count(*) from {table} as t where t::text like '%{text}%'") != [(0,)]:
            found.append(table)
    return sorted(found)


def published(settings: Settings) -> list[Any]:
    return [query(settings, FIGURES), query(settings, REVISIONS)]


def rebuild(settings: Settings, run: str) -> None:
    gate(settings, run)
    build(settings, run, full=True)
    audit(settings, run)
    publish(settings, run, run)


@pytest.mark.parametrize(
    "is_published", [False, pytest.param(True, marks=[pytest.mark.proof, pytest.mark.built_warehouse])]
)
def test_a_person_is_found_shown_and_erased_and_figures_stay(
    is_published: bool,
    warehouse: Settings,
    feeds: Feeds,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    archived = with_archive(warehouse)
    tips, rosters = feeds["tips"], feeds["patrol_rosters"]
    of_person = [
        row("tips", 1),
        row("tips", 2, informant_name="BÀ NGUYỄN THỊ MẪU (tổ 3)", informant_phone="+84 912.345.678"),
    ]
    others = [row("tips", 3, informant_name="Trần Văn Khác", informant_phone="0987 654 321", received_by="NV-77")]
    waiting = [
        row("tips", 4, channel="Zalo"),
        row("tips", 5, channel="Zalo", informant_name="", informant_phone="0987 654 321"),
    ]
    first = deliver(archived, tips, [*of_person, *others, *waiting], "20240305")
    deliver(archived, rosters, [row("patrol_rosters", 1), row("patrol_rosters", 2, members="NV003")], "20240305")
    for feed in (tips, rosters):
        ingest(archived, feed, "r1")
    if is_published:
        rebuild(archived, "r1")
    before = published(archived)
    assert bool(before[0]) == is_published
    asked = tmp_path / "who.txt"
    asked.write_text(f"{NAME}\n{PHONE}\n", encoding="utf-8")
    monkeypatch.setenv("LACHAN_ARCHIVE_RECIPIENTS", ",".join(archived.archive_recipients or ()))
    given = ["--from", str(asked), "--identity", str(archived.archive_identity), "--by", "Mai"]

    assert main(["person", "find", *given, "--why", "letter 12"]) == 0
    out = capsys.readouterr().out
    [(name, phone)] = query(archived, "select informant_name, informant_phone from raw.tips where line_no = 2")
    for table in ("raw.tips", *(["staging.stg_tips"] if is_published else [])):
        assert f"{table} informant_name {name}: 2 rows, exports of 2024-03-05 to 2024-03-05" in out
        assert f"{table} informant_phone {phone}: 2 rows" in out
    assert "quarantine tips: file 1, line 5\n" in out and "line 6" not in out
    shown = tmp_path / "held.json"
    assert main(["person", "show", *given, "--why", "letter 12", "--to", str(shown)]) == 0
    assert shown.stat().st_mode & 0o777 == 0o600
    assert [(each["line"], each["row"]["Nội dung"]) for each in json.loads(shown.read_text())] == [
        (2, "Có người lạ quanh khu nhà trọ"), (3, "Có người lạ quanh khu nhà trọ"),
    ]  # fmt: skip
    assert main(["person", "show", *given, "--why", "letter 12", "--to", str(shown)]) == 2
    assert main(["person", "erase", *given, "--why", f"asked by {NAME}"]) == 2
    assert "must not say who the person is" in capsys.readouterr().err

    assert main(["person", "erase", *given, "--why", "letter 13"]) == 0
    out = capsys.readouterr().out
    assert "erased from 3 items, in every table; 0 originals destroyed" in out
    assert "the archive still has the original tips/2024/03/tin_bao_20240305.csv, until " in out
    for number in (1, 2):
        assert query(archived, TIPS.format(number)) == [("erased", "erased", "[đã xóa]", None)]
    [(other_name, _, content, _)] = query(archived, TIPS.format(3))
    assert other_name.startswith("p_") and content == "Có người lạ quanh khu nhà trọ"
    assert places_of(archived, name) == places_of(archived, phone) == []
    quarantined = "select line_no, masked_row::text = '{}', discarded_why from ops.quarantined_row order by 1"
    assert query(archived, quarantined) == [
        (5, True, "a person was erased from it"), (6, False, None),
    ]  # fmt: skip
    requests = "select action, rows_by_feed, why, decided_by, login = session_user from ops.person_request order by 1"
    assert query(archived, requests) == [
        ("erase", {"tips": 4}, "letter 13", "Mai", True),
        ("find", {"tips": 4}, "letter 12", "Mai", True),
        ("show", {"tips": 4}, "letter 12", "Mai", True),
    ]
    assert published(archived) == before

    # nothing brings the person back: a replay, the same bytes again, the next state of an item, a new key
    if is_published:
        rebuild(archived, "r2")
        assert published(archived) == before
    mended = with_labels(tips, "channel", {"Zalo": "hotline"})
    assert replay(archived, mended, "r3", "mended", "Mai").rows_loaded == 1
    query(archived, "update ops.export_file set gate = 'retracted' where path like '%/tin_bao_20240305.csv'")
    first.rename(first.with_name("tin_bao_20240305_lai.csv"))
    assert ingest(archived, mended, "r4").rows_loaded == 5
    deliver(archived, tips, [row("tips", 1, updated_at="06/03/2024 09:00:00", outcome="Đã gọi bà Mẫu")], "20240306")
    assert ingest(archived, tips, "r5").rows_loaded == 1
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", f"1:{archived.pseudonym_key.hex()},2:{'22' * 32}")
    rotated = replace(archived)  # with the keys that the environment has now
    deliver(rotated, tips, [row("tips", 4, updated_at="07/03/2024 09:00:00", received_by="NV-77")], "20240307")
    assert ingest(rotated, tips, "r6").rows_loaded == 1
    assert rekey(rotated, mended, "r7", "rotation", "Mai").rows_left == 0
    assert rekey(rotated, mended, "r8", "rotation", "Mai") == RekeyReport(0, 0, 0)
    again = query(archived, TIPS.format(1)) + query(archived, TIPS.format(4))
    assert len(again) == 5 and {row[:3] for row in again} == {("erased", "erased", "[đã xóa]")}
    assert query(archived, TIPS.format(3))[0][0].startswith("p2_"), "the others have new pseudonyms"
    officers = "select distinct left(received_by, 3) from raw.tips where received_by is not null order by 1"
    assert query(archived, officers) == [("p2_",)], "those of the officers, too, also of the rows of the person"
    done = erase(rotated, feeds, Asked((NAME, PHONE)), "letter 13, again", "Mai")
    assert done == Erased(Found([], [], 0, [], frozenset()), 0, [], 0), "the second time nothing is left"

    # of a list only the person goes; what is loaded again has no names at all, and as many
    assert find(rotated, feeds, Asked((STAFF,)), "letter 14", "Mai").rows_by_feed == {"patrol_rosters": 1}
    done = erase(rotated, feeds, Asked((STAFF,)), "letter 14", "Mai", keep_texts=True, destroy_originals=True)
    assert (done.items, done.originals_destroyed, done.originals_kept) == (1, 1, [])
    members = "select members from raw.patrol_rosters where shift_id = 'CA-2024-000001' order by file_id"
    [[shift]] = query(archived, members)
    assert shift[1] == "erased" and shift[0].startswith("p_")
    assert all(b"NV001" not in content for content in opened(archived).values())
    deliver(archived, rosters, [row("patrol_rosters", 1, updated_at="06/03/2024 09:00:00")], "20240306")
    assert ingest(rotated, rosters, "r9").rows_loaded == 1
    assert query(archived, members)[1] == (["erased", "erased"],)
    assert ingest(rotated, rosters, "r10").rows_read == 0, (
        "what was destroyed is not archived because it still lies there"
    )


def test_who_may_ask_and_what_is_refused(
    warehouse: Settings,
    feeds: Feeds,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    ingest(warehouse, feeds["tips"], "r1")
    with pytest.raises(PersonError, match="nobody is asked for"):
        find(warehouse, feeds, Asked((" ",)), "why", "Mai")
    [(phone,)] = query(warehouse, "select informant_phone from raw.tips")
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", "33" * 32)
    with pytest.raises(SettingError, match="key number 1 in LACHAN_PSEUDONYM_KEY is not the one of the rows"):
        find(replace(warehouse), feeds, Asked((PHONE,)), "why", "Mai")
    monkeypatch.delenv("LACHAN_PSEUDONYM_KEY")
    (warehouse.home / "secrets" / "pseudonym_key").rename(tmp_path / "key")
    elsewhere = replace(warehouse)
    with pytest.raises(SettingError, match="this machine has no pseudonym key"):
        find(elsewhere, feeds, Asked((PHONE,)), "why", "Mai")
    assert not elsewhere.has_pseudonym_key, "none is generated"
    assert find(elsewhere, feeds, Asked(pseudonyms=(phone,)), "why", "Mai").keys_missing == [1]
    assert main(["person", "find", "--pseudonym", phone, "--why", "a look"]) == 0
    assert f"raw.tips informant_phone {phone}: 1 rows" in capsys.readouterr().out
    may = "select r from unnest(array['loader', 'steward', 'analyst', 'reporter']) as r"
    may += " where has_table_privilege('lachan_' || r, '{}', '{}')"
    assert query(warehouse, may.format("ops.person_request", "insert")) == []
    assert query(warehouse, may.format("ops.erased_item", "insert, delete")) == []
    assert query(warehouse, may.format("ops.erased_item", "select")) == [("loader",)]


def test_an_erasure_that_is_killed_changes_nothing(warehouse: Settings, feeds: Feeds, tmp_path: Path) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    ingest(warehouse, feeds["tips"], "r1")
    held = query(warehouse, "select * from raw.tips")
    asked = tmp_path / "who.txt"
    asked.write_text(PHONE, encoding="utf-8")
    command = [sys.executable, "-m", "lachan", "person", "erase", "--from", str(asked), "--why", "letter 13"]
    with closing(psycopg2.connect(warehouse.dsn)) as blocker:
        blocker.cursor().execute("lock ops.person_request")  # the last thing that an erasure writes
        process_ = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(warehouse.project / "plugins")})
        waiting = "select count(*) from pg_locks where not granted and relation = 'ops.person_request'::regclass"
        deadline = time.monotonic() + 60
        while query(warehouse, waiting) == [(0,)] and time.monotonic() < deadline and process_.poll() is None:
            time.sleep(0.1)
        assert query(warehouse, waiting) == [(1,)], "everything else is done"
        process_.send_signal(signal.SIGKILL)
        process_.wait()
    while query(warehouse, waiting) != [(0,)]:
        time.sleep(0.1)
    assert query(warehouse, "select * from raw.tips") == held
    assert query(warehouse, "select count(*) from ops.erased_item") == [(0,)]
    assert main(command[3:]) == 0
    assert query(warehouse, TIPS.format(1)) == [("erased", "erased", "[đã xóa]", None)]
