"""Ingest from a local folder, SFTP and S3 has the same result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from helpers.exports import MODELS, deliver, encode, row
from helpers.raw_rows import query
from helpers.sftp_servers import free_port, known_hosts_line, new_key, sftp_server
from lachan import settings as lachan_settings
from lachan.contract import Feed
from lachan.landing import Landing, LandingError, without_hash
from lachan.load.ingest import IngestReport, ingest, replay
from lachan.load.loader import SMALL_FILE_BYTES
from lachan.operate.watch import watch
from lachan.settings import Settings

Feeds = dict[str, Feed]
BUCKET = "exports"


def with_landing(monkeypatch: pytest.MonkeyPatch, url: str, **options: Any) -> Settings:
    monkeypatch.setenv("LACHAN_LANDING", url)
    monkeypatch.setenv("LACHAN_LANDING_OPTIONS", json.dumps(options))
    return lachan_settings.load()


def fill(settings: Settings, feeds: Feeds) -> None:
    """Deliver a file of each feed with sample rows, and a file that belongs to no feed."""
    for name in MODELS:
        deliver(settings, feeds[name], [row(name, 1), row(name, 2)])
    (settings.home / "landing" / "readme.txt").write_text("not a feed")


def ingest_all(settings: Settings, feeds: Feeds) -> IngestReport:
    return sum((ingest(settings, feed, "r") for feed in feeds.values()), IngestReport())


ALL = IngestReport(files_loaded=len(MODELS), rows_read=2 * len(MODELS), rows_loaded=2 * len(MODELS))


def test_a_local_folder_whose_name_holds_spaces(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(warehouse, feeds)
    folder = tmp_path / "vùng đệm #1 50%"
    (tmp_path / "landing").rename(folder)
    for address in (str(folder), f"file://{folder}"):
        settings = with_landing(monkeypatch, address)
        assert len(Landing(settings).find(feeds["tips"]).files) == 1, address
    assert ingest_all(settings, feeds) == ALL
    assert ingest_all(settings, feeds) == IngestReport()


def test_the_landing_zone_of_a_home_whose_name_holds_spaces(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(warehouse, feeds)
    home = tmp_path / "nhà của tôi 100%"
    home.mkdir()
    (tmp_path / "landing").rename(home / "landing")
    monkeypatch.setenv("LACHAN_HOME", str(home))
    assert ingest_all(lachan_settings.load(), feeds) == ALL


LEGACY = b"b\xe1o_c\xe1o"  # encoded as Windows-1258


def deliver_legacy(settings: Settings, feeds: Feeds) -> None:
    """Deliver a valid file and two files whose names are not UTF-8; one of these fits the pattern of the contract."""
    folder = deliver(settings, feeds["tips"], [row("tips", 1)]).parent
    for name in (b"tin_bao_20240306_" + LEGACY + b".csv", LEGACY + b".csv"):
        (folder / os.fsdecode(name)).write_bytes(encode(feeds["tips"], [row("tips", 2)]))


def names_of_rejected(settings: Settings) -> list[str]:
    found = query(settings, "select path, reason from ops.export_file where status = 'rejected' order by path")
    assert all(reason.startswith("file_name: ") for _, reason in found)
    return [without_hash(path.rpartition("/")[2]) for path, _ in found]


def test_a_file_whose_name_is_not_utf8_is_rejected_and_others_are_loaded(warehouse: Settings, feeds: Feeds) -> None:
    deliver_legacy(warehouse, feeds)
    tips = feeds["tips"]
    assert ingest(warehouse, tips, "r1") == IngestReport(files_loaded=1, files_rejected=2, rows_read=1, rows_loaded=1)
    assert names_of_rejected(warehouse) == [r"b\xx1o_c\xx1o.csv", r"tin_bao_20240306_b\xx1o_c\xx1o.csv"]
    assert ingest(warehouse, tips, "r2") == IngestReport()
    assert replay(warehouse, tips, "r3") == IngestReport()


def test_a_file_name_with_control_characters_cannot_forge_a_line(
    warehouse: Settings, feeds: Feeds, caplog: pytest.LogCaptureFixture
) -> None:
    folder = deliver(warehouse, feeds["tips"], [row("tips", 1)]).parent
    forged = "tin_bao_20240306_\x1b[31m\n2024-03-06 INFO all is well\u202e.csv"
    (folder / forged).write_bytes(encode(feeds["tips"], [row("tips", 2)]))
    assert ingest(warehouse, feeds["tips"], "r1").files_rejected == 1
    assert names_of_rejected(warehouse) == [r"tin_bao_20240306_␛[99m␊9999-99-99 xxxx xxx xx xxxx\u999e.csv"]
    messages = [alert.message for alert in watch(warehouse, datetime(2024, 3, 7, 12, tzinfo=UTC))]
    assert any("xxx xx xxxx" in message for message in messages)
    assert all(message.isprintable() for message in (*messages, *caplog.messages))


def ingest_large_files(settings: Settings, feeds: Feeds, after_delivery: Callable[[], object] = lambda: None) -> None:
    """Ingest a file that is streamed, and one with the same bytes, which is only hashed."""
    rows = [row("tips", number) | {"content": "a" * 19_000} for number in range(100, 200)]
    for name, report in (
        ("20240307", IngestReport(files_loaded=1, rows_read=100, rows_loaded=100)),
        ("20240307_gui_lai", IngestReport(files_duplicate=1, rows_read=100, rows_duplicate=100)),
    ):
        assert deliver(settings, feeds["tips"], rows, name).stat().st_size > SMALL_FILE_BYTES
        after_delivery()
        assert ingest_all(settings, feeds) == report


# --- SFTP ---------------------------------------------------------------------------------------------------


def put_links_and_a_pipe(file: Path) -> None:
    """Put a link to a file beside it, and four entries that cannot be read: three links, and a named pipe."""
    file.with_name("tin_bao_20240311.csv").symlink_to(file.name)
    file.with_name("tin_bao_20240312.csv").symlink_to("nowhere.csv")
    file.with_name("tin_bao_20240313.csv").symlink_to("tin_bao_20240313.csv")
    file.with_name("latest").symlink_to(".")
    os.mkfifo(file.with_name("tin_bao_20240314.csv"))


def test_sftp(warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fill(warehouse, feeds)
    key, host_key, options = new_key(), new_key(), {"username": "lachan", "client_keys": [str(tmp_path / "id")]}
    (tmp_path / "id").write_bytes(key.export_private_key())
    monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", str(tmp_path / "known_hosts"))
    with sftp_server(tmp_path / "landing", key, host_key) as port:
        (tmp_path / "known_hosts").write_text(known_hosts_line(port, host_key))
        settings = with_landing(monkeypatch, f"sftp://127.0.0.1:{port}/", **options)
        assert ingest_all(settings, feeds) == ALL
        assert ingest_all(settings, feeds) == IngestReport()
        deliver(warehouse, feeds["tips"], [row("tips", 3)], "20240306")
        assert ingest_all(settings, feeds) == IngestReport(files_loaded=1, rows_read=1, rows_loaded=1)
        [(delivered,)] = query(settings, "select min(delivered_at) > now() - interval '1 hour' from ops.export_file")
        assert delivered, "the time of delivery is the modification time of the file on the server"
        ingest_large_files(settings, feeds)
        deliver_legacy(warehouse, feeds)
        assert ingest_all(settings, feeds).files_rejected == 2
        assert len(names_of_rejected(settings)) == 2
        put_links_and_a_pipe(deliver(warehouse, feeds["tips"], [row("tips", 4)], "20240310"))
        assert ingest_all(settings, feeds) == IngestReport(
            files_loaded=1, files_duplicate=1, rows_read=2, rows_loaded=1, rows_duplicate=1, files_inaccessible=4
        )
        assert ingest_all(settings, feeds) == IngestReport(files_inaccessible=4)
        missing = with_landing(monkeypatch, f"sftp://127.0.0.1:{port}/nowhere", **options)
        with pytest.raises(LandingError, match="nowhere does not exist"):
            ingest_all(missing, feeds)


def test_an_sftp_server_that_denies_access(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host_key = new_key()
    monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", host_key.get_fingerprint())
    with sftp_server(tmp_path / "landing", new_key(), host_key) as port:
        url = f"sftp://lachan:s3cretword@127.0.0.1:{port}/"
        with pytest.raises(LandingError, match="Permission denied") as raised:
            ingest(with_landing(monkeypatch, url, client_keys=None), feeds["tips"], "r")
    assert f"sftp://lachan@127.0.0.1:{port}/" in str(raised.value)
    assert "s3cretword" not in str(raised.value)


# --- S3 -----------------------------------------------------------------------------------------------------


@pytest.fixture
def s3_options(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Storage options for an empty bucket on an S3 server that runs for this test."""
    import boto3
    from moto.server import ThreadedMotoServer

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadedMotoServer("127.0.0.1", port=free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="lachan",
        aws_secret_access_key="s3cretword",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET)
    yield {"endpoint_url": endpoint, "key": "lachan", "secret": "s3cretword"}
    server.stop()


def upload(settings: Settings, options: dict[str, Any], prefix: str) -> None:
    import s3fs

    files = s3fs.S3FileSystem(**options, skip_instance_cache=True)
    files.put(f"{settings.home / 'landing'}/", f"{BUCKET}/{prefix}", recursive=True)


def mark_folders(options: dict[str, Any], *keys: str) -> None:
    """Put the empty objects by which tools mark folders."""
    import s3fs

    for key in keys:
        s3fs.S3FileSystem(**options, skip_instance_cache=True).call_s3("put_object", Bucket=BUCKET, Key=key, Body=b"")


def test_s3(warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, s3_options: dict[str, Any]) -> None:
    fill(warehouse, feeds)
    upload(warehouse, s3_options, "city/")
    settings = with_landing(monkeypatch, f"s3://{BUCKET}/city", **s3_options)
    assert ingest_all(settings, feeds) == ALL
    assert ingest_all(settings, feeds) == IngestReport()
    deliver(warehouse, feeds["tips"], [row("tips", 1), row("tips", 2), row("tips", 3)])  # replaces a loaded file
    upload(warehouse, s3_options, "city/")
    assert ingest_all(settings, feeds).rows_loaded == 3, "a cached listing would not show the replaced file"
    ingest_large_files(settings, feeds, lambda: upload(warehouse, s3_options, "city/"))
    assert replay(settings, feeds["tips"], "r") == IngestReport()
    mark_folders(s3_options, "city/", "city/tips/", "city/tips/2024/03/", "city/tips/tin_bao_20240315.csv/")
    assert ingest_all(settings, feeds) == IngestReport(files_inaccessible=1), "a folder with the name of a file"
    missing = with_landing(monkeypatch, "s3://no-such-bucket/city", **s3_options)
    with pytest.raises(LandingError, match="no-such-bucket"):
        ingest_all(missing, feeds)


# --- unreachable ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["sftp", "s3", "local", "gopher"])
def test_the_error_for_an_unreachable_landing_zone_names_it_without_its_password(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str
) -> None:
    port = free_port()
    url, shown_url, options = {
        "sftp": (f"sftp://lachan:s3cretword@127.0.0.1:{port}/x", f"sftp://lachan@127.0.0.1:{port}/x", {}),
        "s3": (
            "s3://exports/city",
            "s3://exports/city",
            {
                "endpoint_url": f"http://127.0.0.1:{port}",
                "key": "k",
                "secret": "s3cretword",
                "config_kwargs": {"retries": {"max_attempts": 0}},
            },
        ),
        "local": (f"file://{tmp_path}/away", f"file://{tmp_path}/away", {}),
        "gopher": ("gopher://lachan:s3cretword@127.0.0.1/x", "gopher://lachan@127.0.0.1/x", {}),
    }[scheme]
    with pytest.raises(LandingError) as raised:
        ingest(with_landing(monkeypatch, url, **options), feeds["tips"], "r")
    assert shown_url in str(raised.value)
    assert "s3cretword" not in str(raised.value)
    assert "LACHAN_LANDING" in str(raised.value)
    assert raised.value.__cause__ is None or "s3cretword" not in str(raised.value.__cause__)
    assert query(warehouse, "select count(*) from ops.export_file") == [(0,)]
