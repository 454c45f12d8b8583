"""An SFTP server must be known by its key, and a silent one is given up."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from helpers.exports import deliver, row
from helpers.raw_rows import query
from helpers.sftp_servers import free_port, known_hosts_line, new_key, relay, sftp_server, silent_server
from lachan import settings as lachan_settings
from lachan.contract import Feed
from lachan.landing import Landing, LandingError
from lachan.landing import sftp as module
from lachan.load.ingest import IngestReport, ingest
from lachan.load.loader import SMALL_FILE_BYTES
from lachan.settings import SettingError, Settings

Connect = Callable[..., Settings]
LOGIN = new_key()


@pytest.fixture
def host_key() -> asyncssh.SSHKey:
    return new_key()


@pytest.fixture
def known_hosts(tmp_path: Path) -> Path:
    """The file that LACHAN_SFTP_KNOWN_HOSTS names; it does not exist yet."""
    return tmp_path / "known hosts"


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known_hosts: Path) -> Iterator[Connect]:
    """Settings for a server on a port of this machine; the landing zone is the folder `landing`."""
    (tmp_path / "id").write_bytes(LOGIN.export_private_key())
    (tmp_path / "landing").mkdir(exist_ok=True)
    monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", str(known_hosts))

    def settings(port: int, **options: Any) -> Settings:
        login = {"username": "lachan", "client_keys": [str(tmp_path / "id")]}
        monkeypatch.setenv("LACHAN_LANDING", f"sftp://127.0.0.1:{port}/")
        monkeypatch.setenv("LACHAN_LANDING_OPTIONS", json.dumps(login | options))
        return lachan_settings.load()

    yield settings


def refusal(settings: Settings) -> str:
    with pytest.raises(LandingError) as raised:
        Landing(settings)
    return str(raised.value)


def test_a_server_whose_key_is_in_the_file_of_known_hosts_is_read(
    connect: Connect, known_hosts: Path, host_key: asyncssh.SSHKey, tmp_path: Path, feeds: dict[str, Feed]
) -> None:
    (tmp_path / "landing" / "tips").mkdir()
    (tmp_path / "landing" / "tips" / "tin_bao_20240305.csv").write_text("x")
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port:
        known_hosts.write_text(known_hosts_line(port, host_key))
        assert len(Landing(connect(port)).find(feeds["tips"]).files) == 1


def test_without_a_setting_the_file_of_the_user_is_read(
    connect: Connect, host_key: asyncssh.SSHKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", "")
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port:
        assert f"{tmp_path}/.ssh/known_hosts, which does not exist" in refusal(connect(port))
        (tmp_path / ".ssh").mkdir()
        (tmp_path / ".ssh" / "known_hosts").write_text(known_hosts_line(port, host_key))
        Landing(connect(port))


@pytest.mark.parametrize("file", ["is missing", "knows another server"])
def test_a_server_that_is_not_known_is_refused_with_its_fingerprint(
    connect: Connect, known_hosts: Path, host_key: asyncssh.SSHKey, tmp_path: Path, file: str
) -> None:
    if file == "knows another server":
        known_hosts.write_text(known_hosts_line(free_port(), host_key))
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port:
        message = refusal(connect(port))
    assert f"landing zone sftp://127.0.0.1:{port}/: the server 127.0.0.1:{port} is not known" in message
    assert f"presents the ssh-ed25519 key {host_key.get_fingerprint()}" in message
    assert ("which does not exist" in message) == (file == "is missing")
    assert f"`ssh-keyscan -p {port} 127.0.0.1 >> '{known_hosts}'`" in message
    assert "set LACHAN_SFTP_KNOWN_HOSTS to the fingerprint" in message


def test_nothing_is_read_or_loaded_from_a_server_that_is_not_known(
    warehouse: Settings, feeds: dict[str, Feed], connect: Connect, host_key: asyncssh.SSHKey
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    with (
        sftp_server(warehouse.home / "landing", LOGIN, host_key) as port,
        pytest.raises(LandingError, match="is not known"),
    ):
        ingest(connect(port), feeds["tips"], "r")
    assert query(warehouse, "select count(*) from ops.export_file") == [(0,)]


def test_a_server_whose_key_has_changed_is_refused_with_both_fingerprints(
    connect: Connect, known_hosts: Path, host_key: asyncssh.SSHKey, tmp_path: Path
) -> None:
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port:
        known_hosts.write_text(known_hosts_line(port, former := new_key()))
        message = refusal(connect(port))
    assert f"the server 127.0.0.1:{port} is not the one that is known" in message
    assert f"presents the ssh-ed25519 key {host_key.get_fingerprint()}" in message
    assert f"expected is {former.get_fingerprint()} ('{known_hosts}')" in message
    assert f"ssh-keygen -R '[127.0.0.1]:{port}' -f '{known_hosts}'; ssh-keyscan" in message


def test_a_server_that_has_only_keys_of_another_type_is_refused(
    connect: Connect, known_hosts: Path, host_key: asyncssh.SSHKey, tmp_path: Path
) -> None:
    former = new_key("ecdsa-sha2-nistp256")
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port:
        known_hosts.write_text(known_hosts_line(port, former))
        message = refusal(connect(port))
    assert (
        f"presents the ssh-ed25519 key {host_key.get_fingerprint()}, expected is {former.get_fingerprint()}" in message
    )


def test_a_server_is_known_by_any_of_its_keys(
    connect: Connect, known_hosts: Path, host_key: asyncssh.SSHKey, tmp_path: Path
) -> None:
    keys = [host_key, new_key("ecdsa-sha2-nistp256"), new_key("ssh-rsa")]
    with sftp_server(tmp_path / "landing", LOGIN, *keys) as port:
        for key in keys:
            known_hosts.write_text(known_hosts_line(port, key))
            Landing(connect(port))


def test_a_revoked_key_is_refused(
    connect: Connect, known_hosts: Path, host_key: asyncssh.SSHKey, tmp_path: Path
) -> None:
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port:
        line = known_hosts_line(port, host_key)
        known_hosts.write_text(f"{line}@revoked {line}")
        assert "is refused: Host key is revoked" in refusal(connect(port))


def test_a_pinned_fingerprint_needs_no_file(
    connect: Connect, host_key: asyncssh.SSHKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port:
        monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", host_key.get_fingerprint())
        Landing(connect(port))
        monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", other := new_key().get_fingerprint())
        message = refusal(connect(port))
    assert f"presents the ssh-ed25519 key {host_key.get_fingerprint()}" in message
    assert f"expected is {other} (LACHAN_SFTP_KNOWN_HOSTS)" in message
    assert "set LACHAN_SFTP_KNOWN_HOSTS to it" in message


def test_a_pinned_fingerprint_does_not_fall_back_to_the_file_of_the_user(
    connect: Connect, host_key: asyncssh.SSHKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", new_key().get_fingerprint())
    (tmp_path / ".ssh").mkdir()
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port:
        (tmp_path / ".ssh" / "known_hosts").write_text(known_hosts_line(port, host_key))
        assert "is not the one that is known" in refusal(connect(port))


def test_an_address_without_a_server_is_an_error(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(free_port())
    monkeypatch.setenv("LACHAN_LANDING", "sftp:///exports")
    assert "the address names no server; correct LACHAN_LANDING" in refusal(lachan_settings.load())


def test_what_is_no_fingerprint_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACHAN_SFTP_KNOWN_HOSTS", "SHA256:abc")
    with pytest.raises(SettingError, match="LACHAN_SFTP_KNOWN_HOSTS is no fingerprint: 'SHA256:abc'"):
        lachan_settings.load()


def test_a_file_of_known_hosts_that_cannot_be_read_is_named(connect: Connect, known_hosts: Path) -> None:
    known_hosts.write_text("nonsense")
    assert f"known hosts {known_hosts} cannot be read (Invalid known hosts entry" in refusal(connect(free_port()))
    known_hosts.unlink()
    known_hosts.mkdir()
    assert "Is a directory" in refusal(connect(free_port()))


def test_the_options_can_trust_any_server_and_say_so(
    connect: Connect, host_key: asyncssh.SSHKey, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port, caplog.at_level(logging.WARNING):
        Landing(connect(port, known_hosts=None))
        assert "any server that answers at 127.0.0.1 is trusted" in caplog.text
        assert "is not a path" in refusal(connect(port, known_hosts=["one", "two"]))


# --- silence --------------------------------------------------------------------------------------------------


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The limits of a connection, so short that a test can wait for them."""
    short = {"login_timeout": 0.5, "connect_timeout": 3, "keepalive_interval": 0.2, "keepalive_count_max": 3}
    assert short.keys() == module.GIVE_UP.keys()
    monkeypatch.setattr(module, "GIVE_UP", short)
    return short


def test_a_silent_server_is_given_up_within_about_a_minute() -> None:
    limits = module.GIVE_UP
    assert limits["login_timeout"] <= limits["connect_timeout"] <= 60
    assert limits["keepalive_interval"] * (limits["keepalive_count_max"] + 1) <= 60


def test_a_server_that_accepts_the_connection_and_says_nothing_is_an_error(
    connect: Connect, short_limits: dict[str, float]
) -> None:
    begun = time.monotonic()
    with silent_server() as port:
        message = refusal(connect(port))
        assert time.monotonic() - begun < 10
        assert f"sftp://127.0.0.1:{port}/: Login timeout expired; check that it is reachable" in message
        assert "no answer within the time limit" in refusal(connect(port, connect_timeout=0.1))


@pytest.mark.parametrize("falls_silent", ["before the listing", "in a file"])
def test_a_server_that_falls_silent_in_use_is_an_error(
    connect: Connect,
    known_hosts: Path,
    host_key: asyncssh.SSHKey,
    tmp_path: Path,
    feeds: dict[str, Feed],
    short_limits: dict[str, float],
    falls_silent: str,
) -> None:
    (tmp_path / "landing" / "tips").mkdir()
    (tmp_path / "landing" / "tips" / "tin_bao_20240305.csv").write_bytes(bytes(1 << 22))
    with sftp_server(tmp_path / "landing", LOGIN, host_key) as port, relay(port) as relayed:
        known_hosts.write_text(known_hosts_line(relayed.port, host_key))
        landing = Landing(connect(relayed.port))
        if falls_silent == "before the listing":
            relayed.is_silent = True
        begun = time.monotonic()
        with pytest.raises(LandingError) as raised:
            [file] = landing.find(feeds["tips"]).files
            with landing.open(file) as opened:
                assert len(opened.read(1000)) == 1000
                relayed.is_silent = True
                opened.read()
        assert time.monotonic() - begun < 10
    assert f"landing zone sftp://127.0.0.1:{relayed.port}/: " in str(raised.value)


@pytest.mark.parametrize("rows", [3, 2_000])
def test_an_error_of_the_server_in_a_file_does_not_reject_the_file(
    warehouse: Settings,
    feeds: dict[str, Feed],
    connect: Connect,
    known_hosts: Path,
    host_key: asyncssh.SSHKey,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
) -> None:
    file = deliver(warehouse, feeds["tips"], [row("tips", n, content="a" * 800) for n in range(rows)])
    assert (file.stat().st_size > SMALL_FILE_BYTES) == (rows > 3)
    read, failures = asyncssh.SFTPServer.read, [True]

    def fail_once(*arguments: Any) -> Any:
        if failures:
            failures.pop()
            raise asyncssh.SFTPFailure("error of the disk")
        return read(*arguments)

    monkeypatch.setattr(asyncssh.SFTPServer, "read", fail_once)
    with sftp_server(warehouse.home / "landing", LOGIN, host_key) as port:
        known_hosts.write_text(known_hosts_line(port, host_key))
        assert ingest(connect(port), feeds["tips"], "r1") == IngestReport(files_inaccessible=1)
        assert query(warehouse, "select reason from ops.inaccessible_file") == [("error of the disk",)]
        assert ingest(connect(port), feeds["tips"], "r2").rows_loaded == rows
