"""The original bytes of every delivery are in the archive, once, for those who hold a private key."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from helpers.archives import opened, with_archive
from helpers.exports import deliver, row, with_labels
from helpers.raw_rows import query
from lachan.archive.keys import IdentityFileError, write_identity
from lachan.archive.reading import read_to
from lachan.archive.store import ArchiveError
from lachan.archive.upkeep import contents, expire
from lachan.cli import main
from lachan.cli_archive import show_originals
from lachan.contract import Feed
from lachan.load.ingest import IngestReport, ingest, replay
from lachan.load.loader import SMALL_FILE_BYTES
from lachan.publish.trace import Line
from lachan.settings import SettingError, Settings, load

Feeds = dict[str, Feed]


@pytest.fixture
def archived(warehouse: Settings) -> Settings:
    return with_archive(warehouse)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def many(start: int, channel: str = "Đường dây nóng") -> list[dict[str, str]]:
    """Rows of a file that is larger than what is loaded in bundles."""
    return [row("tips", start + n, content="a" * 800, channel=channel) for n in range(1_500)]


def files_of(settings: Settings) -> set[str]:
    return {path.name for path in settings.archive.iterdir()} if settings.archive.exists() else set()


def test_every_delivery_is_archived_once_whatever_becomes_of_it(archived: Settings, feeds: Feeds) -> None:
    tips, rosters = feeds["tips"], feeds["patrol_rosters"]
    delivered = [
        deliver(archived, tips, [row("tips", 1)], "20240305"),
        deliver(archived, tips, [row("tips", 1)], "20240305_lai"),
        deliver(archived, tips, many(100), "20240306"),
        deliver(archived, tips, many(100), "20240306_lai"),
        deliver(archived, tips, b"not an export", "20240307"),
        deliver(archived, tips, b"\x81" * (SMALL_FILE_BYTES + 1), "20240308"),
        deliver(archived, tips, b"\x82" * (SMALL_FILE_BYTES + 2), "without a day"),
        deliver(archived, tips, b"", "20240309"),
        deliver(archived, rosters, [row("patrol_rosters", 1)], "20240305"),
    ]
    report = ingest(archived, tips, "r1") + ingest(archived, rosters, "r1")
    assert (report.files_loaded, report.files_duplicate, report.files_rejected) == (3, 2, 4)
    expected = {sha256(path.read_bytes()): path.read_bytes() for path in delivered}
    assert len(expected) == 7
    for key in ("steward.key", "escrow.key"):
        assert opened(archived, archived.home / key) == expected
    assert len(files_of(archived)) == 7, "nothing else is left in the folder"
    assert query(
        archived, "select count(*) from ops.export_file where sha256 in (select sha256 from ops.archived_file)"
    ) == [(9,)]
    assert not {name.removesuffix(".age") for name in files_of(archived)} & expected.keys(), "no plain hash is a name"
    assert archived.archive.stat().st_mode & 0o777 == 0o700
    raw = b"".join((archived.archive / name).read_bytes() for name in files_of(archived))
    assert "Nguyễn Thị Mẫu".encode() not in raw
    assert ingest(archived, tips, "r2") == IngestReport()


def test_without_recipients_nothing_is_archived_and_later_everything_that_is_still_there(
    warehouse: Settings, feeds: Feeds
) -> None:
    small = deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240305")
    large = deliver(warehouse, feeds["tips"], many(100), "20240306")
    hour_ago = datetime.now(UTC).timestamp() - 3600
    for path in (small, large):
        os.utime(path, (hour_ago, hour_ago))
    assert ingest(warehouse, feeds["tips"], "r1").files_loaded == 2
    assert files_of(warehouse) == set()
    archived = with_archive(warehouse)
    assert ingest(archived, feeds["tips"], "r2") == IngestReport()
    assert set(opened(archived)) == {sha256(small.read_bytes()), sha256(large.read_bytes())}


def test_nothing_is_loaded_that_cannot_be_archived(archived: Settings, feeds: Feeds) -> None:
    (archived.home / "a file").touch()
    broken = replace(archived, archive=archived.home / "a file" / "archive")
    for content in ([row("tips", 1)], many(1)):
        deliver(archived, feeds["tips"], content)
        with pytest.raises(ArchiveError, match=r"the archive .*a file/archive cannot be used: .*LACHAN_ARCHIVE"):
            ingest(broken, feeds["tips"], "r1")
        assert query(archived, "select (select count(*) from ops.export_file), (select count(*) from raw.tips)") == [
            (0, 0)
        ]


def test_a_wrong_recipient_is_refused_before_anything_is_loaded(
    archived: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = (archived.archive_recipients or ("",))[0]
    deliver(archived, feeds["tips"], [row("tips", 1)])
    mistyped = public[:-1] + ("q" if public[-1] != "q" else "p")
    with pytest.raises(SettingError, match="is not a public key of age"):
        ingest(replace(archived, archive_recipients=(mistyped,)), feeds["tips"], "r1")
    assert query(archived, "select count(*) from ops.export_file") == [(0,)]
    for given, message in (("age1short", "is not a public key of age"), ("AGE-SECRET-KEY-1ABC", "holds a private key")):
        monkeypatch.setenv("LACHAN_ARCHIVE_RECIPIENTS", given)
        with pytest.raises(SettingError, match=message):
            load()
    monkeypatch.setenv("LACHAN_ARCHIVE_RECIPIENTS", f"{public}, {public}")
    assert load().archive_recipients == (public,)
    monkeypatch.setenv("LACHAN_ARCHIVE_RECIPIENTS", "none")
    assert load().archive_recipients == ()


def test_an_original_is_read_by_whoever_holds_a_key_and_the_reading_is_noted_first(
    archived: Settings, feeds: Feeds, tmp_path: Path
) -> None:
    path = deliver(archived, feeds["tips"], [row("tips", 1)])
    ingest(archived, feeds["tips"], "r1")
    [(file_id,)] = query(archived, "select file_id from ops.export_file")
    read = tmp_path / "original.csv"
    read_to(archived, file_id, read, "a complaint", "Mai")
    assert read.read_bytes() == path.read_bytes()
    assert read.stat().st_mode & 0o777 == 0o600
    stranger = tmp_path / "stranger.key"
    write_identity(stranger)
    target = tmp_path / "other"
    with pytest.raises(ArchiveError, match="is opened by none of the private keys"):
        read_to(replace(archived, archive_identity=stranger), file_id, target, "curiosity", "Nam")
    with pytest.raises(ArchiveError, match="no private key is given"):
        read_to(replace(archived, archive_identity=None), file_id, target, "curiosity", "Nam")
    with pytest.raises(IdentityFileError, match="has no private key of age"):
        read_to(replace(archived, archive_identity=path), file_id, target, "curiosity", "Nam")
    with pytest.raises(ArchiveError, match="exists; choose another name"):
        read_to(archived, file_id, read, "again", "Mai")
    [name] = files_of(archived)
    encrypted = archived.archive / name
    encrypted.write_bytes(encrypted.read_bytes()[:-1])
    with pytest.raises(ArchiveError, match="is damaged"):
        read_to(archived, file_id, target, "a second complaint", "Mai")
    assert not target.exists()
    assert query(archived, "select read_by, why from ops.archive_reading order by read_at") == [
        ("Mai", "a complaint"),
        ("Nam", "curiosity"),
        ("Mai", "a second complaint"),
    ]


def test_what_is_gone_from_the_landing_zone_is_replayed_from_the_archive_with_equal_rows(
    archived: Settings, feeds: Feeds, new_warehouse: Callable[..., object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    tips = feeds["tips"]
    mended = with_labels(tips, "channel", {"Zalo": "hotline"})
    rows = [row("tips", 1), row("tips", 2, channel="Zalo"), row("tips", 3, channel="Zalo", content="gọi 0912 345 678")]
    content = (
        "select line_no, to_jsonb(t) - 'file_id' from raw.tips as t order by line_no, 2",
        "select path, sha256, export_date, delivery_no, replay_no, rows_read, rows_loaded, size_bytes, delivered_at"
        " from ops.export_file order by 1, replay_no",
        "select line_no, replayed_by is not null from ops.quarantined_row order by 1",
    )
    path = deliver(archived, tips, rows)
    ingest(archived, tips, "r1")
    with new_warehouse(tmp_path_factory.mktemp("other")) as other:  # type: ignore[attr-defined]
        other = replace(other, landing=archived.landing)
        shutil.copytree(archived.home / "secrets", other.home / "secrets")
        ingest(other, tips, "r1")
        assert replay(other, mended, "r2").rows_loaded == 2
        expected = [query(other, statement) for statement in content]
    path.unlink()
    assert replay(replace(archived, archive_identity=None), mended, "r2") == IngestReport()
    deliver(archived, tips, [row("tips", 9)])
    assert replay(archived, mended, "r3", "a new channel", "Mai").rows_loaded == 2
    assert [query(archived, statement) for statement in content] == expected
    assert query(archived, "select why, read_by, login = session_user from ops.archive_reading") == [
        ("a new channel", "Mai", True)
    ]


def test_a_rejected_file_is_replayed_from_the_archive(archived: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    path = deliver(archived, tips, [row("tips", 1)])
    unknown = replace(
        tips, columns=tuple(replace(c, headers=("Chưa có",)) if c.name == "channel" else c for c in tips.columns)
    )
    assert ingest(archived, unknown, "r1").files_rejected == 1
    path.unlink()
    assert replay(archived, tips, "r2").rows_loaded == 1


def test_the_lines_of_a_trace_are_shown_as_they_were_delivered(
    archived: Settings, feeds: Feeds, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(archived, feeds["tips"], [row("tips", 1), row("tips", 2, informant_name="Trần Văn Thử")])
    deliver(archived, feeds["patrol_rosters"], [row("patrol_rosters", 1)])
    ingest(archived, feeds["tips"], "r1")
    ingest(archived, feeds["patrol_rosters"], "r1")
    loaded = query(archived, "select feed, path, file_id from ops.export_file order by feed")
    lines = [
        Line("x", date(2024, 3, 5), "2024-03-05", "city", "total", 1, None, path, number, feed, file_id)
        for feed, path, file_id in loaded
        for number in (2, 3, None)
    ]
    show_originals(archived, lines, "a complaint", "Mai")
    out = capsys.readouterr().out
    assert "tin_bao_20240305.csv : 3: " in out
    assert "informant_name: Trần Văn Thử" in out
    assert "tuan_tra_20240305.xlsx : 2: " in out
    assert "NV001, NV002" in out
    assert "1 lines are not in the archive" in out
    assert query(archived, "select count(*) from ops.archive_reading where read_by = 'Mai'") == [(2,)]
    with pytest.raises(ArchiveError, match="no private key is given"):
        show_originals(replace(archived, archive_identity=None), lines, "a complaint", "Mai")


def test_a_content_is_destroyed_when_its_time_is_over_and_not_before(archived: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    path = deliver(archived, tips, [row("tips", 1)], "20240305")
    deliver(archived, tips, [row("tips", 2)], "20240306")
    ingest(archived, tips, "r1")
    query(
        archived, "update ops.export_file set loaded_at = loaded_at - interval '731 days' where path like '%20240305%'"
    )
    now = datetime.now(UTC) + timedelta(minutes=1)
    [due] = expire(archived, feeds, now, "over", "Mai", is_dry_run=True).copies
    assert due.paths == (f"tips/2024/03/{path.name}",)
    assert len(opened(archived)) == 2
    assert [copy.sha256 for copy in expire(archived, feeds, now, "over", "Mai").copies] == [due.sha256]
    assert set(opened(archived)) == {sha256(path.with_name("tin_bao_20240306.csv").read_bytes())}
    assert due.name not in files_of(archived)
    assert query(
        archived, "select archive_no, why, destroyed_by, login = session_user from ops.archive_destruction"
    ) == [(due.archive_no, "over (kept for 731 days after the last delivery)", "Mai", True)]
    with pytest.raises(ArchiveError, match="its copy was destroyed"):
        [(file_id,)] = query(archived, "select file_id from ops.export_file where path like '%20240305%'")
        read_to(archived, file_id, archived.home / "x", "why", "Mai")
    assert expire(archived, feeds, now, "over", "Mai").copies == []
    assert ingest(archived, tips, "r2") == IngestReport()
    assert len(opened(archived)) == 1, "what was destroyed is not archived again because it still lies there"
    path.rename(path.with_name("tin_bao_20240307.csv"))
    ingest(archived, tips, "r3")
    assert len(opened(archived)) == 2, "what is delivered again is"
    assert query(archived, "select max(copy_no) from ops.archived_file") == [(1,)]


def test_what_killed_loads_have_left_is_destroyed_when_no_load_can_need_it(archived: Settings, feeds: Feeds) -> None:
    deliver(archived, feeds["tips"], [row("tips", 1)])
    ingest(archived, feeds["tips"], "r1")
    [kept] = files_of(archived)
    old, young = "ab" * 32 + ".age", "cd" * 32 + ".age"
    for name, days in ((old, 8), (young, 6), (".draft-old", 2), (".draft-young", 0)):
        (archived.archive / name).write_bytes(b"x")
        moment = datetime.now(UTC).timestamp() - days * 86_400
        os.utime(archived.archive / name, (moment, moment))
    found = contents(archived)
    assert (found.without_entry, found.drafts) == ([old, young], [".draft-old", ".draft-young"])
    done = expire(archived, feeds, datetime.now(UTC), "why", "Mai")
    assert (done.copies, done.without_entry, done.drafts) == ([], [old], [".draft-old"])
    assert files_of(archived) == {kept, young, ".draft-young"}


def test_no_stage_can_change_what_the_archive_has_entered(archived: Settings, feeds: Feeds) -> None:
    roles = "'loader', 'auditor', 'transformer', 'publisher', 'steward', 'housekeeper', 'analyst', 'reporter'"
    may = query(
        archived,
        f"select r, t from (select 'lachan_' || unnest(array[{roles}]) as r) as roles, (select 'ops.' ||"
        " unnest(array['archived_file', 'archive_reading', 'archive_destruction']) as t) as tables"
        " where has_any_column_privilege(r, t, 'update') or has_table_privilege(r, t, 'delete')"
        " or has_table_privilege(r, t, 'truncate')",
    )
    assert may == []


def test_the_commands(
    warehouse: Settings,
    feeds: Feeds,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("LACHAN_ARCHIVE_RECIPIENTS")
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    assert main(["ingest", "tips"]) == 0
    assert "nothing is archived, because LACHAN_ARCHIVE_RECIPIENTS is not set" in capsys.readouterr().err
    key = tmp_path / "steward.key"
    assert main(["archive", "key", str(key)]) == 0
    assert key.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("LACHAN_ARCHIVE_RECIPIENTS", capsys.readouterr().out.strip())
    assert main(["archive", "key", str(key)]) == 2
    assert main(["ingest", "tips"]) == 0
    assert main(["archive", "list"]) == 0
    out = capsys.readouterr().out
    assert "tips/2024/03/tin_bao_20240305.csv" in out
    assert "1 contents" in out
    [(file_id,)] = query(warehouse, "select file_id from ops.export_file")
    read = tmp_path / "read.csv"
    given = ["--to", str(read), "--identity", str(key), "--why", "a complaint", "--by", "Mai"]
    assert main(["archive", "read", str(file_id), *given]) == 0
    assert read.read_bytes() == (warehouse.home / "landing/tips/2024/03/tin_bao_20240305.csv").read_bytes()
    assert main(["archive", "expire", "--dry-run"]) == 0
    assert "would destroy 0 contents" in capsys.readouterr().out
    assert len(files_of(warehouse)) == 1
