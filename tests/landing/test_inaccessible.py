"""What lies in the landing zone but is no readable, finished export: it is reported, and stops nothing else."""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers.exports import deliver, encode, row, with_labels
from helpers.raw_rows import query
from helpers.rights import bound_by_permissions
from helpers.sftp_servers import new_key, sftp_server
from lachan import settings as lachan_settings
from lachan.cli import main
from lachan.contract import Feed
from lachan.landing import HashedFile, Landing, LandingError
from lachan.load.ingest import IngestReport, ingest, replay
from lachan.load.loader import SMALL_FILE_BYTES
from lachan.operate.alerts import Alert
from lachan.operate.watch import watch
from lachan.settings import Settings

Feeds = dict[str, Feed]
ONE_LOADED = IngestReport(files_loaded=1, rows_read=1, rows_loaded=1)
DAY = date(2024, 3, 6)


def without_permission(path: Path) -> None:
    path.write_bytes(b"x")
    path.chmod(0)


def dangling_link(path: Path) -> None:
    path.symlink_to("nowhere.csv")


def circular_link(path: Path) -> None:
    path.symlink_to(path.name)


def link_to_a_folder(path: Path) -> None:
    path.symlink_to(path.parent)


def folder(path: Path) -> None:
    path.mkdir()
    (path / "part-0000.csv").write_bytes(b"x")


def link_out_of_the_landing_zone(path: Path) -> None:
    path.symlink_to(__file__)


def named_pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


FAULTS: dict[Callable[[Path], None], str] = {
    without_permission: "Permission denied",
    dangling_link: "a link whose target does not exist",
    circular_link: "Too many levels of symbolic links",
    link_to_a_folder: "a link to a folder, not a file",
    folder: "a folder, not a file",
    link_out_of_the_landing_zone: "a link to a file outside of the landing zone",
    named_pipe: "not a regular file",
    device: "not a regular file",
}


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        (path / "part-0000.csv").unlink()
        path.rmdir()
    else:
        path.unlink()


def inaccessible(settings: Settings) -> list[tuple[Any, ...]]:
    return query(settings, "select feed, path, export_date, reason from ops.inaccessible_file order by path")


def alerts_of_files(settings: Settings) -> list[Alert]:
    return [alert for alert in watch(settings, datetime.now(UTC)) if "file" in alert.kind]


def ledger(settings: Settings) -> list[tuple[Any, ...]]:
    return query(settings, "select path, status, rows_loaded from ops.export_file order by file_id")


@pytest.fixture(autouse=True)
def _permissions_bind() -> Iterator[None]:
    with bound_by_permissions():
        yield


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_file_that_cannot_be_read_is_reported_and_tried_again(
    warehouse: Settings, feeds: Feeds, fault: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    tips = feeds["tips"]
    bad = deliver(warehouse, tips, [row("tips", 1)], "20240305").with_name("tin_bao_20240306.csv")
    fault(bad)
    path = "tips/2024/03/tin_bao_20240306.csv"

    assert ingest(warehouse, tips, "r1") == replace(ONE_LOADED, files_inaccessible=1)
    assert f"{path} cannot be read: {FAULTS[fault]}" in caplog.text
    assert [(feed, where, day) for feed, where, day, _ in inaccessible(warehouse)] == [("tips", path, DAY)]
    assert FAULTS[fault] in inaccessible(warehouse)[0][3]
    assert ingest(warehouse, tips, "r2") == IngestReport(files_inaccessible=1), "tried again at every run"
    [alert] = alerts_of_files(warehouse)
    assert (alert.kind, alert.severity) == ("file_inaccessible", "critical"), "the name has a day: an export is missing"
    assert path in alert.message and FAULTS[fault] in alert.message
    assert not ledger(warehouse)[1:], "nothing is known about its bytes"

    remove(bad)
    assert alerts_of_files(warehouse) == [], "reported as long as it is there"
    deliver(warehouse, tips, [row("tips", 2)], "20240306")
    assert ingest(warehouse, tips, "r3") == ONE_LOADED
    assert inaccessible(warehouse) == []


@pytest.mark.parametrize("rows", [3, 2_000])
def test_an_error_in_the_middle_of_a_file_stops_only_that_file(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", n, content="hỏng " * 200) for n in range(rows)], "20240305")
    deliver(warehouse, feeds["tips"], [row("tips", 5_000)], "20240306")
    for name in ("read", "readinto"):
        original = getattr(HashedFile, name)

        def fail_on_bad_block(file: HashedFile, *arguments: Any, original: Any = original) -> Any:
            data = original(file, *arguments)
            if "hỏng".encode() in (data if isinstance(data, bytes) else bytes(arguments[0])):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return data

        monkeypatch.setattr(HashedFile, name, fail_on_bad_block)
    assert ingest(warehouse, feeds["tips"], "r1") == replace(ONE_LOADED, files_inaccessible=1)
    assert [reason for *_, reason in inaccessible(warehouse)] == [os.strerror(errno.EIO)]
    monkeypatch.undo()
    assert ingest(warehouse, feeds["tips"], "r2").rows_loaded == rows


def test_an_unreadable_subfolder_is_reported_and_the_others_are_read(warehouse: Settings, feeds: Feeds) -> None:
    closed = deliver(warehouse, feeds["tips"], [row("tips", 1)]).parents[1] / "04"
    closed.mkdir(mode=0)
    assert ingest(warehouse, feeds["tips"], "r1") == replace(ONE_LOADED, files_inaccessible=1)
    assert inaccessible(warehouse) == [("tips", "tips/2024/04", None, "Permission denied")]
    [alert] = alerts_of_files(warehouse)
    assert (alert.kind, alert.severity) == ("file_inaccessible", "warning")
    closed.chmod(0o700)
    (closed / "tin_bao_20240401.csv").write_bytes(encode(feeds["tips"], [row("tips", 2)]))
    assert ingest(warehouse, feeds["tips"], "r2") == ONE_LOADED
    assert alerts_of_files(warehouse) == []


@pytest.fixture(params=["a local folder", "SFTP"])
def zone(
    request: pytest.FixtureRequest, warehouse: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Settings]:
    """Settings with the landing zone of the home, read as a folder or through an SFTP server bound by permissions."""
    if request.param == "a local folder":
        yield warehouse
        return
    login, host_key = new_key(), new_key()
    (tmp_path / "id").write_bytes(login.export_private_key())
    options = {"username": "lachan", "client_keys": [str(tmp_path / "id")]}
    with sftp_server(tmp_path / "landing", login, host_key) as port:
        monkeypatch.setenv("LACHAN_LANDING", f"sftp://127.0.0.1:{port}/")
        monkeypatch.setenv("LACHAN_LANDING_OPTIONS", json.dumps(options))
        monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", host_key.get_fingerprint())
        yield lachan_settings.load()


@contextmanager
def closed(folder: Path, mode: int) -> Iterator[None]:
    """The folder has these permissions during the block."""
    folder.chmod(mode)
    try:
        yield
    finally:
        folder.chmod(0o700)


CLOSED = {"neither listed nor entered": 0, "entered but not listed": 0o300, "listed but not entered": 0o400}


@pytest.mark.parametrize("mode", CLOSED.values(), ids=CLOSED.keys())
@pytest.mark.parametrize("folder", ["2024", "2024/03", "2024/03/phường/Đông Vệ"])
def test_a_folder_that_cannot_be_read_is_reported_at_every_depth(
    zone: Settings, feeds: Feeds, folder: str, mode: int
) -> None:
    tips = feeds["tips"]
    top = zone.home / "landing" / "tips"
    (top / folder).mkdir(parents=True)
    (top / folder / "tin_bao_20240305.csv").write_bytes(encode(tips, [row("tips", 1)]))
    (top / "tin_bao_20240306.csv").write_bytes(encode(tips, [row("tips", 2)]))
    with closed(top / folder, mode):
        assert ingest(zone, tips, "r1") == replace(ONE_LOADED, files_inaccessible=1)
        [(_, path, day, reason)] = inaccessible(zone)
        shown = f"tips/{folder}" if folder.isascii() else "tips/2024/03/xxxxxx/xxxx xx"
        assert (str(path).partition("~")[0], day) == (shown, None), "a name that no contract has is shown masked"
        assert "permission denied" in reason.lower()
        [alert] = alerts_of_files(zone)
        assert (alert.kind, alert.severity) == ("file_inaccessible", "warning")
        assert shown in alert.message
        assert ingest(zone, tips, "r2", since=date(2024, 3, 5)) == IngestReport(files_inaccessible=1), (
            "a run of some days does not know which days the folder has"
        )
    assert ingest(zone, tips, "r3") == ONE_LOADED
    assert inaccessible(zone) == [] and alerts_of_files(zone) == []


@pytest.mark.parametrize("mode", CLOSED.values(), ids=CLOSED.keys())
@pytest.mark.parametrize("folder", ["landing", "landing/tips"])
def test_a_landing_zone_or_a_feeds_folder_that_cannot_be_read_is_an_error(
    zone: Settings, feeds: Feeds, folder: str, mode: int
) -> None:
    deliver(zone, feeds["tips"], [row("tips", 1)])
    with closed(zone.home / folder, mode):
        if folder == "landing" and mode == CLOSED["entered but not listed"]:
            assert ingest(zone, feeds["tips"], "r1") == ONE_LOADED, "only the folders of the feeds are listed"
            return
        with pytest.raises(LandingError, match=r"(?i)permission denied"):
            ingest(zone, feeds["tips"], "r1")
    assert ledger(zone) == []


@pytest.mark.parametrize("is_link", [False, True], ids=["a file", "a link that leads nowhere"])
def test_what_is_in_place_of_a_feeds_folder_is_an_error(zone: Settings, feeds: Feeds, is_link: bool) -> None:
    place = zone.home / "landing" / "tips"
    if is_link:
        place.symlink_to("share that is not mounted")
    else:
        place.write_text("")
    with pytest.raises(LandingError, match="tips is not a folder"):
        ingest(zone, feeds["tips"], "r1")
    place.unlink()
    assert ingest(zone, feeds["tips"], "r2") == IngestReport(), "a feed's folder may not exist yet"


def test_what_was_read_before_the_landing_zone_went_away_is_loaded(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("20240305", "20240306", "20240307"):
        deliver(warehouse, feeds["tips"], [row("tips", int(day))], day)
    read = HashedFile.read

    def read_and_lose_the_landing_zone(file: HashedFile, size: int = -1) -> bytes:
        data = read(file, size)
        if b"240306" in data:
            (warehouse.home / "landing").rename(warehouse.home / "away")
        return data

    monkeypatch.setattr(HashedFile, "read", read_and_lose_the_landing_zone)
    with pytest.raises(LandingError, match="No such file"):
        ingest(warehouse, feeds["tips"], "r1")
    assert [path.rpartition("_")[2] for path, _, _ in ledger(warehouse)] == ["20240305.csv"]
    assert inaccessible(warehouse) == [], "no file is to blame"


def test_the_command_reads_the_other_feeds(
    warehouse: Settings, feeds: Feeds, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that cannot be read is no error; a feed's folder that cannot be read is one, after all feeds were read."""
    bad = deliver(warehouse, feeds["camera_extractions"], [row("camera_extractions", 1)])
    dangling_link(bad.with_name("trich_xuat_20240306.txt"))
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    assert main(["ingest"]) == 0
    assert "camera_extractions: files_loaded 1" in capsys.readouterr().out
    assert [status for _, status, _ in ledger(warehouse)] == ["loaded", "loaded"]

    (warehouse.home / "landing" / "camera_extractions").chmod(0)
    deliver(warehouse, feeds["tips"], [row("tips", 2)], "20240306")
    try:
        assert main(["ingest"]) == 2
    finally:
        (warehouse.home / "landing" / "camera_extractions").chmod(0o700)
    assert "camera_extractions" in capsys.readouterr().err
    assert len(ledger(warehouse)) == 3, "tips was read, although it comes after"


def test_a_run_of_some_days_leaves_what_it_did_not_look_at(warehouse: Settings, feeds: Feeds) -> None:
    good = deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240305")
    for name in ("tin_bao_20240306.csv", "tin_bao_20240307.csv", "ghi_chu.txt"):
        dangling_link(good.with_name(name))
    assert ingest(warehouse, feeds["tips"], "r1").files_inaccessible == 3
    for name in ("tin_bao_20240306.csv", "tin_bao_20240307.csv", "ghi_chu.txt"):
        good.with_name(name).unlink()
    assert ingest(warehouse, feeds["tips"], "r2", since=date(2024, 3, 7)) == IngestReport()
    left = sorted(path.rpartition("/")[2].partition("~")[0] for _, path, _, _ in inaccessible(warehouse))
    assert left[0] == "tin_bao_20240306.csv" and left[1].strip("x_") == ".txt" and len(left) == 2


def test_a_loaded_file_that_cannot_be_read_any_more_stays_in_force(warehouse: Settings, feeds: Feeds) -> None:
    path = deliver(warehouse, feeds["tips"], [row("tips", 1)])
    ingest(warehouse, feeds["tips"], "r1")
    content = path.read_bytes()
    path.unlink()
    dangling_link(path)
    assert ingest(warehouse, feeds["tips"], "r2") == IngestReport(files_inaccessible=1)
    assert query(warehouse, "select standing from ops.delivery") == [("loaded",)]
    path.unlink()
    path.write_bytes(content)
    assert ingest(warehouse, feeds["tips"], "r3") == IngestReport(), "the same bytes are not loaded again"


def test_a_replay_goes_on_after_a_file_that_cannot_be_read(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    for day in ("20240305", "20240306"):
        path = deliver(warehouse, tips, [row("tips", 1, channel="Zalo"), row("tips", 2, tip_id=f"TB-{day}")], day)
    ingest(warehouse, tips, "r1")
    path.with_name("tin_bao_20240305.csv").chmod(0)
    assert replay(warehouse, with_labels(tips, "channel", {"Zalo": "hotline"}), "r2") == ONE_LOADED


# --- links ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [10, SMALL_FILE_BYTES])
def test_a_link_to_a_file_is_read_as_the_file_and_a_replaced_target_is_noticed(
    warehouse: Settings, feeds: Feeds, length: int
) -> None:
    target = warehouse.home / "landing" / "_store" / "large.csv"
    target.parent.mkdir()
    target.write_bytes(encode(feeds["tips"], [row("tips", n, content="a" * (length // 100 + 1)) for n in range(101)]))
    link = warehouse.home / "landing" / "tips" / "tin_bao_20240305.csv"
    link.parent.mkdir()
    link.symlink_to("../_store/large.csv")
    for age in (90, 60):
        os.utime(target, times=(datetime.now(UTC).timestamp() - age,) * 2)
        assert ingest(warehouse, feeds["tips"], f"r{age}").rows_loaded == 101
        assert ingest(warehouse, feeds["tips"], f"again {age}") == IngestReport()
        target.write_bytes(target.read_bytes().replace(b"0912 345 678", b"0912 345 679"))


# --- files that are still being written -------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [3, 2_000])
@pytest.mark.parametrize("listed_bytes", [0, 100])
def test_a_file_whose_upload_ends_after_the_listing_is_loaded_whole_by_the_next_run(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, rows: int, listed_bytes: int
) -> None:
    path = deliver(warehouse, feeds["tips"], [row("tips", n, content="a" * 800) for n in range(rows)])
    whole = path.read_bytes()
    path.write_bytes(whole[:listed_bytes])
    find = Landing.find

    def find_before_the_upload_ends(*arguments: Any) -> Any:
        found = find(*arguments)
        path.write_bytes(whole)
        return found

    read, lengths = HashedFile.read, []

    def read_and_measure(file: HashedFile, size: int = -1) -> bytes:
        lengths.append(len(data := read(file, size)))
        return data

    monkeypatch.setattr(Landing, "find", find_before_the_upload_ends)
    monkeypatch.setattr(HashedFile, "read", read_and_measure)
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(files_waiting=1)
    assert ledger(warehouse) == []
    assert lengths == [listed_bytes + 1], "a file that grew is not read to its end"
    monkeypatch.undo()
    assert ingest(warehouse, feeds["tips"], "r2").rows_loaded == rows


def test_a_file_that_is_renamed_after_the_listing_is_loaded_by_the_next_run(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240305")
    find = Landing.find

    def find_before_the_file_is_renamed(*arguments: Any) -> Any:
        found = find(*arguments)
        path.rename(path.with_name("tin_bao_20240306.csv"))
        return found

    monkeypatch.setattr(Landing, "find", find_before_the_file_is_renamed)
    assert ingest(warehouse, feeds["tips"], "r1") == IngestReport(files_waiting=1)
    monkeypatch.undo()
    assert ingest(warehouse, feeds["tips"], "r2") == ONE_LOADED
    assert inaccessible(warehouse) == []


@pytest.mark.parametrize("change", ["grows", "is written over", "is removed"])
@pytest.mark.parametrize("rows", [3, 2_000])
@pytest.mark.parametrize("readable", [True, False])
def test_what_changes_while_it_is_read_is_neither_loaded_nor_rejected(
    warehouse: Settings,
    feeds: Feeds,
    monkeypatch: pytest.MonkeyPatch,
    caplog: Any,
    change: str,
    rows: int,
    readable: bool,
) -> None:
    path = deliver(warehouse, feeds["tips"], [row("tips", n, content="a" * 800) for n in range(rows)], "20240305")
    before = path.read_bytes() if readable else path.read_bytes().replace(b";", b":")
    path.write_bytes(before)
    os.utime(path, times=(1, 1))
    deliver(warehouse, feeds["tips"], [row("tips", 5_000)], "20240306")  # read after it
    deliver(warehouse, feeds["tips"], [row("tips", 5_001)], "20240307")
    read, readinto = HashedFile.read, HashedFile.readinto

    def change_file() -> None:
        if not path.exists() or path.stat().st_mtime != 1:
            return
        if change == "is removed":
            path.unlink()
        else:
            path.write_bytes(before + before if change == "grows" else before[::-1])

    def read_and_change(file: HashedFile, *arguments: Any) -> Any:
        data = (readinto if arguments and isinstance(arguments[0], memoryview) else read)(file, *arguments)
        change_file()
        return data

    monkeypatch.setattr(HashedFile, "read", read_and_change)
    monkeypatch.setattr(HashedFile, "readinto", read_and_change)
    report = ingest(warehouse, feeds["tips"], "r1")
    assert report == IngestReport(files_loaded=2, rows_read=2, rows_loaded=2, files_waiting=1)
    assert "tin_bao_20240305.csv" in caplog.text
    assert sorted(name.rpartition("_")[2] for name, _, _ in ledger(warehouse)) == ["20240306.csv", "20240307.csv"]
    monkeypatch.undo()
    deliver(warehouse, feeds["tips"], [row("tips", 1)], "20240305")
    assert ingest(warehouse, feeds["tips"], "r2") == ONE_LOADED


def test_a_file_younger_than_the_minimum_age_waits(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LACHAN_LANDING_MIN_AGE", "3600")
    settings = lachan_settings.load()
    path = deliver(settings, feeds["tips"], [row("tips", 1)])
    assert ingest(settings, feeds["tips"], "r1") == IngestReport(files_waiting=1)
    assert ledger(settings) == []
    os.utime(path, times=(datetime.now(UTC).timestamp() - 3_601,) * 2)
    assert ingest(settings, feeds["tips"], "r2") == ONE_LOADED


def test_a_file_from_a_clock_far_ahead_does_not_wait_for_ever(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LACHAN_LANDING_MIN_AGE", "60")
    settings = lachan_settings.load()
    path = deliver(settings, feeds["tips"], [row("tips", 1)])
    os.utime(path, times=((datetime.now(UTC) + timedelta(seconds=30)).timestamp(),) * 2)
    assert ingest(settings, feeds["tips"], "r1").files_waiting == 1
    os.utime(path, times=((datetime.now(UTC) + timedelta(days=900)).timestamp(),) * 2)
    assert ingest(settings, feeds["tips"], "r2") == ONE_LOADED


# --- files that are ignored -------------------------------------------------------------------------------------

IGNORED = (
    "~$tin_bao_20240306.csv",
    ".~lock.tin_bao_20240306.csv#",
    ".tin_bao_20240306.csv",
    "tin_bao_20240306.csv.part",
    "tin_bao_20240306.csv.filepart",
    "TIN_BAO_20240306.TMP",
    "Thumbs.db",
    ".snapshot/tin_bao_20240306.csv",
)


def test_lock_files_and_unfinished_uploads_are_ignored_and_counted(
    warehouse: Settings, feeds: Feeds, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    good = deliver(warehouse, feeds["tips"], [row("tips", 1)])
    for name in IGNORED:
        (good.parent / name).parent.mkdir(exist_ok=True)
        without_permission(good.parent / name)
    assert ingest(warehouse, feeds["tips"], "r1") == replace(ONE_LOADED, files_ignored=len(IGNORED))
    assert "tips/2024/03/~$tin_bao_20240306.csv" in caplog.text
    assert alerts_of_files(warehouse) == []
    (good.parent / "tin_bao_20240306.csv.part").unlink()
    deliver(warehouse, feeds["tips"], [row("tips", 2)], "20240306")
    assert ingest(warehouse, feeds["tips"], "r2") == replace(ONE_LOADED, files_ignored=len(IGNORED) - 1)


def test_what_is_ignored_is_a_setting(warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    good = deliver(warehouse, feeds["tips"], [row("tips", 1)])
    for name in ("tin_bao_20240305.csv.bak", "tin_bao_20240305.csv.part", "Ảnh chụp"):
        (good.parent / name).write_bytes(b"x")
    monkeypatch.setenv("LACHAN_LANDING_IGNORE", "*.bak, ảnh *")
    report = ingest(lachan_settings.load(), feeds["tips"], "r1")
    assert report == replace(ONE_LOADED, files_rejected=1, files_ignored=2)
