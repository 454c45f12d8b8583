"""Connections to an SFTP server: only to one whose host key is known, and given up when the server is silent."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path
from typing import Any

import asyncssh
import fsspec
from fsspec.utils import infer_storage_options

from lachan.printable import printable

log = logging.getLogger(__name__)

GIVE_UP: dict[str, float] = {
    "login_timeout": 30,
    "connect_timeout": 45,
    "keepalive_interval": 15,
    "keepalive_count_max": 3,
}
"""Options of asyncssh, times in seconds. A server that says nothing is given up 30 s after it accepted the connection,
after 45 s where it does not even do that, and in use after 60 s: three requests without an answer, one every 15 s."""

DEFAULT_KNOWN_HOSTS = "~/.ssh/known_hosts"
FINGERPRINT = "SHA256:"
HOST_KEY_TYPES = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256"
"""Asked for after those that are known for the server, so that one with a key of another type shows its fingerprint."""

SSH_PORT = 22


class ServerRefused(Exception):
    """The server is not one that is known; the message says what it presented, what was expected and what to do."""


def open_file_system(address: str, options: dict[str, Any], known_hosts: str) -> tuple[Any, str]:
    """Connect to an SFTP server; returns the file system of fsspec and the path of the address.

    `options` are those of the landing zone, and take precedence over what is set here. `known_hosts` is the path of a
    known_hosts file or the fingerprint of the server's key (SHA256:…); when it is empty, ~/.ssh/known_hosts is read.
    Raises ServerRefused when the server's key is not known, and the errors of asyncssh and of the operating system.
    """
    place = infer_storage_options(address) | options
    trusted = options.get("known_hosts", known_hosts)
    if not place.get("host"):
        raise ServerRefused("the address names no server; correct LACHAN_LANDING (sftp://SERVER/FOLDER)")
    # servers send names as bytes; surrogateescape keeps those that are not UTF-8
    names = {"path_errors": "surrogateescape", **options.get("sftp_client_kwargs", {})}
    options = {**GIVE_UP, **options, "sftp_client_kwargs": names, "skip_instance_cache": True}
    if trusted is None:
        log.warning(
            "known_hosts is null in LACHAN_LANDING_OPTIONS: any server that answers at %s is trusted, and gets the "
            "password; remove it and set LACHAN_SFTP_KNOWN_HOSTS",
            place["host"],
        )
        return fsspec.core.url_to_fs(address, **options)  # type: ignore[no-any-return]  # fsspec has no types
    if not isinstance(trusted, str):
        raise ServerRefused("known_hosts in LACHAN_LANDING_OPTIONS is not a path; set LACHAN_SFTP_KNOWN_HOSTS instead")
    check = _HostKeyCheck(place["host"], int(place.get("port") or SSH_PORT), trusted)
    options = {"server_host_key_algs": f"+{HOST_KEY_TYPES}"} | options
    options |= {"known_hosts": check.known_hosts, "client_factory": lambda: check}
    try:
        return fsspec.core.url_to_fs(address, **options)  # type: ignore[no-any-return]  # fsspec has no types
    except asyncssh.HostKeyNotVerifiable as error:
        raise ServerRefused(check.refusal(error)) from error


class _HostKeyCheck(asyncssh.SSHClient):
    """Compares the server's key with a pinned fingerprint, and keeps the key for the message when it is refused."""

    def __init__(self, host: str, port: int, trusted: str) -> None:
        self._place = (host, "", port)
        self._presented: asyncssh.SSHKey | None = None
        self._pinned = trusted if trusted.startswith(FINGERPRINT) else ""
        self._file = Path(trusted or DEFAULT_KNOWN_HOSTS).expanduser()
        self.known_hosts = asyncssh.import_known_hosts("") if self._pinned else self._read_file()

    def _read_file(self) -> asyncssh.SSHKnownHosts:
        try:
            return asyncssh.import_known_hosts(self._file.read_text(encoding="utf-8", errors="replace"))
        except FileNotFoundError:
            return asyncssh.import_known_hosts("")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ServerRefused(
                f"the file of known hosts {self._file} cannot be read ({printable(reason)}); correct the file, its "
                "permissions, or LACHAN_SFTP_KNOWN_HOSTS"
            ) from error

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether a key that is not in the file of known hosts is the pinned one."""
        self._place, self._presented = (host, addr, port), key
        return bool(key.get_fingerprint() == self._pinned)

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """The same for the key that signed the server's certificate, if the server has one."""
        return self.validate_host_public_key(host, addr, port, key)

    def refusal(self, error: asyncssh.DisconnectError) -> str:
        """Why the server is refused, and what to do."""
        host, _, port = self._place
        is_default = port == SSH_PORT
        server = host if is_default else f"{host}:{port}"
        file = shlex.quote(str(self._file))
        if self._presented is None:
            return f"the server {server} is refused: {error.reason}; see its entries in {file}"
        shown = f"it presents the {self._presented.get_algorithm()} key {self._presented.get_fingerprint()}"
        ask = "Ask the administrator of the server for the fingerprint of its key; only if it is the one shown here"
        scan = f"ssh-keyscan {host} >> {file}" if is_default else f"ssh-keyscan -p {port} {host} >> {file}"
        expected = self._pinned or ", ".join(self._known_fingerprints())
        if not expected:
            absent = "" if self._file.exists() else ", which does not exist"
            return (
                f"the server {server} is not known: {shown}, and there is no key for it in {file}{absent}. "
                f"{ask}, run `{scan}`, or set LACHAN_SFTP_KNOWN_HOSTS to the fingerprint"
            )
        if self._pinned:
            source, remedy = "LACHAN_SFTP_KNOWN_HOSTS", "set LACHAN_SFTP_KNOWN_HOSTS to it"
        else:
            entry = shlex.quote(host if is_default else f"[{host}]:{port}")
            source, remedy = file, f"run `ssh-keygen -R {entry} -f {file}; {scan}`"
        return (
            f"the server {server} is not the one that is known: {shown}, expected is {expected} ({source}). "
            f"It has a new key, or another server answers in its place; no login was sent to it. {ask}, {remedy}"
        )

    def _known_fingerprints(self) -> list[str]:
        """The fingerprints of the keys that the file of known hosts has for the server."""
        host, addr, port = self._place
        keys = self.known_hosts.match(host, addr, None if port == SSH_PORT else port)[0]
        return list(dict.fromkeys(key.get_fingerprint() for key in keys))  # each is found by name and by address
