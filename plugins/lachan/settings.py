"""Settings and secrets of an installation; the only module that reads the LACHAN_… environment variables."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import tempfile
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
TIMEZONE = "Asia/Ho_Chi_Minh"
LANDING_IGNORE = "~$*,.*,*.part,*.partial,*.filepart,*.crdownload,*.tmp,*.swp,Thumbs.db,desktop.ini"
"""Default of LACHAN_LANDING_IGNORE: lock files, hidden files, unfinished uploads, and what file managers leave."""

ARCHIVE_KEEP_DAYS = 731
"""Default of LACHAN_ARCHIVE_KEEP_DAYS: two years. Figures are compared with those of the year before, so a delivery may
have to be replayed until the year after its own has ended; then nothing justifies keeping the names in it."""

BACKUP_KEEP = 14
"""Default of LACHAN_BACKUP_KEEP: two weeks of daily backups, so that damage that is noticed late has one before it."""


class SettingError(ValueError):
    """A LACHAN_… setting is missing or wrong; the message names it and states what to do."""


@dataclass(frozen=True)
class Settings:
    """The settings of the environment; the defaults suit a single machine without containers.

    `project` is the checkout (contracts, dbt project, expectations). `home` is the folder of all state. `landing` is
    the address of the landing zone, `landing_options` are its fsspec storage options. In it, files and folders whose
    names match one of the patterns in `landing_ignore` are ignored, and files modified less than `landing_min_age` ago
    are left for the next run. `sftp_known_hosts` is the path of a known_hosts file or the fingerprint of the key of the
    SFTP server, empty for the user's own file. `heartbeat_url` is called after each run of `watch`, if it is not empty.
    `recipients` is the table of who gets which mail; `board_url` is the address of the board in these mails, empty if
    they should have no links. `metrics_token_file` holds the token by which the board gives its metrics.
    `reports` is the folder into which reports are filed. `retention` is the file of what an office keeps for another
    time than usual. `ward_geometry` is a GeoJSON file with the areas of wards, if
    there is one. `dsn_override` is LACHAN_DSN.

    `archive` is the folder of encrypted originals. `archive_recipients` are the public keys (age) to which they are
    encrypted: empty for an office that wants no archive, None where nothing was decided. `archive_identity` is the file
    of private keys that opens them, `archive_keep_days` for how many days after its last delivery a content is kept.

    `backup` is the folder of backups, None for an office that makes them by other means. `backup_recipients` are the
    public keys (age) to which they are encrypted, `backup_keep` is the number of backups that are kept.
    """

    project: Path
    home: Path
    landing: str = field(repr=False)
    landing_options: dict[str, Any] = field(repr=False)
    landing_ignore: tuple[str, ...]
    landing_min_age: timedelta
    sftp_known_hosts: str
    archive: Path
    archive_recipients: tuple[str, ...] | None
    archive_identity: Path | None
    archive_keep_days: int
    backup: Path | None
    backup_recipients: tuple[str, ...]
    backup_keep: int
    board_listen: tuple[str, int]
    office: Path | None
    heartbeat_url: str = field(repr=False)
    recipients: Path | None
    board_url: str
    metrics_token_file: Path | None
    reports: Path
    retention: Path | None
    ward_geometry: Path | None
    dsn_override: str | None = field(repr=False)

    @property
    def contracts(self) -> Path:
        """Folder of the ODCS contracts."""
        return self.project / "contracts"

    @property
    def dsn(self) -> str:
        """Address of the warehouse: LACHAN_DSN, else the address of the embedded server with the login of its owner.

        Only what migrates the warehouse or makes logins uses it as it is; everything else has its own `address`.

        Raises SettingError when LACHAN_DSN is not set and the embedded server has never been started.
        """
        if self.dsn_override:
            return self.dsn_override
        address = self.home / "postgres.dsn"
        if not address.exists():
            raise SettingError(
                "no warehouse: LACHAN_DSN is not set and the embedded server has not been started; "
                "run `lachan dsn` (starts it) or set LACHAN_DSN"
            )
        return address.read_text().strip()

    def address(self, process: str) -> str:
        """Address of the warehouse with the login that one process has there: that of its role (`loader`, …).

        If LACHAN_DSN names a login, it is used by every process. Otherwise each has the one that `lachan migrate` has
        made for it, with a password under `home`. Raises SettingError as `dsn` does.
        """
        from psycopg2.extensions import make_dsn, parse_dsn

        place = parse_dsn(self.dsn)
        if self.dsn_override and "user" in place:
            return self.dsn_override
        own = {"user": f"lachan_{process}_login", "password": self.login_password(process)}
        return str(make_dsn(**place | own))

    def login_password(self, process: str) -> str:
        """The password of one process's login: LACHAN_LOGIN_<PROCESS>, else the generated one under `home`."""
        return _given(f"LACHAN_LOGIN_{process.upper()}") or self.secret(f"login_{process}")

    @cached_property
    def pseudonym_keys(self) -> dict[int, bytes]:
        """Keys of the pseudonyms, 32 to 64 bytes, by their numbers: LACHAN_PSEUDONYM_KEY, else those under `home`.

        Where there is none, one is generated. Raises SettingError when one is not hexadecimal or has another length.
        """
        given = _given("LACHAN_PSEUDONYM_KEY")
        if given is not None:
            return _pseudonym_keys(given, _place("LACHAN_PSEUDONYM_KEY") or "")
        if not self._key_files():
            self.secret("pseudonym_key")
        return {number: _pseudonym_key(file.read_text(), str(file)) for number, file in self._key_files().items()}

    @property
    def pseudonym_key(self) -> bytes:
        """The key with the highest number; raises SettingError as `pseudonym_keys` does."""
        return self.pseudonym_keys[max(self.pseudonym_keys)]

    @property
    def pseudonym_key_place(self) -> str:
        """Where the newest key of the pseudonyms is: the setting that gives it, else a file of the home."""
        if (place := _place("LACHAN_PSEUDONYM_KEY")) is not None:
            return place
        files = self._key_files()
        return str(files[max(files)] if files else self._secret_file("pseudonym_key"))

    @property
    def has_pseudonym_key(self) -> bool:
        """Whether a key of the pseudonyms is given or was generated before."""
        return _place("LACHAN_PSEUDONYM_KEY") is not None or bool(self._key_files())

    def next_pseudonym_key(self) -> tuple[int, Path]:
        """Generate the key that follows the newest one under `home`; returns its number and its file.

        Raises SettingError where LACHAN_PSEUDONYM_KEY is set, to which the new key has to be added by hand.
        """
        number = max(self.pseudonym_keys) + 1
        if (place := _place("LACHAN_PSEUDONYM_KEY")) is not None:
            raise SettingError(
                f"the keys are in {place}: add `,{number}:` and the output of `openssl rand -hex 32` to "
                "it, with the number of the present one before it (`1:…`), on every machine that loads"
            )
        name = f"pseudonym_key_{number}"
        self.secret(name)
        return number, self._secret_file(name)

    def _key_files(self) -> dict[int, Path]:
        first = self._secret_file("pseudonym_key")
        numbered = first.parent.glob("pseudonym_key_*")
        found = {int(number): file for file in numbered if (number := file.name[len("pseudonym_key_") :]).isdecimal()}
        return ({1: first} if first.exists() else {}) | dict(sorted(found.items()))

    def has_secret(self, name: str) -> bool:
        """Whether a secret of this machine was generated before, or is given to this service."""
        return self._secret_file(name).exists()

    def _secret_file(self, name: str) -> Path:
        return self.home / "secrets" / name

    def secret(self, name: str) -> str:
        """A secret of this machine (64 hex digits), generated on first use, in a file that only its owner can read.

        The file is created atomically, so concurrent processes all read the same complete secret.
        """
        path = self._secret_file(name)
        if not path.exists():
            for folder in (self.home, path.parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:  # mode 0600
                draft.write(secrets.token_hex(32))
                draft.flush()
                os.fsync(draft.fileno())
                with contextlib.suppress(FileExistsError):
                    os.link(draft.name, path)
        return path.read_text().strip()


def release() -> str:
    """The version of the release, as pyproject.toml in the checkout states it."""
    text = ((_path("LACHAN_PROJECT") or PROJECT) / "pyproject.toml").read_text()
    return str(tomllib.loads(text)["project"]["version"])


def load() -> Settings:
    """Read the LACHAN_… variables; raises SettingError when one of them is invalid.

    Each value may stand in a file instead, which the variable with `_FILE` at its end names, as container engines hand
    over secrets.
    """
    project = _path("LACHAN_PROJECT") or PROJECT
    home = _path("LACHAN_HOME") or (project / ".lachan").resolve()
    try:
        options = json.loads(_given("LACHAN_LANDING_OPTIONS") or "{}")
    except json.JSONDecodeError as error:
        raise SettingError(f"LACHAN_LANDING_OPTIONS is not JSON: {error}") from None
    if (key := _given("LACHAN_PSEUDONYM_KEY")) is not None:
        _pseudonym_keys(key, _place("LACHAN_PSEUDONYM_KEY") or "")
    if not isinstance(options, dict):
        raise SettingError("LACHAN_LANDING_OPTIONS must be a JSON object of fsspec storage options")
    return Settings(
        project=project,
        home=home,
        landing=_given("LACHAN_LANDING") or f"file://{home / 'landing'}",
        landing_options=options,
        landing_ignore=tuple(
            pattern.strip() for pattern in (_given("LACHAN_LANDING_IGNORE") or LANDING_IGNORE).split(",")
        ),
        landing_min_age=_landing_min_age(),
        sftp_known_hosts=_sftp_known_hosts(),
        archive=_path("LACHAN_ARCHIVE") or (home / "archive").resolve(),
        archive_recipients=_archive_recipients(),
        archive_identity=_path("LACHAN_ARCHIVE_IDENTITY"),
        archive_keep_days=_count("LACHAN_ARCHIVE_KEEP_DAYS", ARCHIVE_KEEP_DAYS, "days"),
        backup=_backup(home),
        backup_recipients=_backup_recipients(),
        backup_keep=_count("LACHAN_BACKUP_KEEP", BACKUP_KEEP, "backups"),
        board_listen=_board_listen(),
        office=_path("LACHAN_OFFICE"),
        heartbeat_url=_web_address("LACHAN_HEARTBEAT_URL"),
        recipients=_path("LACHAN_RECIPIENTS"),
        board_url=_web_address("LACHAN_BOARD_URL").rstrip("/"),
        metrics_token_file=_path("LACHAN_METRICS_TOKEN_FILE"),
        reports=_path("LACHAN_REPORTS") or (home / "reports").resolve(),
        retention=_path("LACHAN_RETENTION"),
        ward_geometry=_path("LACHAN_WARD_GEOMETRY"),
        dsn_override=_given("LACHAN_DSN"),
    )


def _place(name: str) -> str | None:
    """The variable that gives a setting: its own, or the one that names a file. Raises SettingError if both are set."""
    places = [place for place in (name, f"{name}_FILE") if place in os.environ]
    if len(places) > 1:
        raise SettingError(f"{name} and {name}_FILE are both set; set one of them")
    return places[0] if places else None


def _given(name: str) -> str | None:
    """The value of a setting, None where it is not set. The end of the last line of a file does not belong to it."""
    place = _place(name)
    if place is None or place == name:
        return os.environ.get(name)
    try:
        return Path(os.environ[place]).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{place} names {os.environ[place]!r}, which cannot be read: {error}") from None


def _pseudonym_keys(given: str, place: str) -> dict[int, bytes]:
    """The keys of LACHAN_PSEUDONYM_KEY: hexadecimal digits, or several keys with numbers (`1:…,2:…`)."""
    if ":" not in given:
        return {1: _pseudonym_key(given, place)}
    keys: dict[int, bytes] = {}
    for part in given.split(","):
        number, _, key = part.strip().partition(":")
        if not key or not number.isdecimal() or not int(number) or int(number) in keys:
            raise SettingError(f"{place}: each key needs a number of its own before it, such as 1:…,2:…")
        keys[int(number)] = _pseudonym_key(key, f"key {number} of {place}")
    return keys


def _pseudonym_key(given: str, place: str) -> bytes:
    try:
        key = bytes.fromhex(given)
    except ValueError:
        raise SettingError(f"{place} is not hexadecimal; generate a key with `openssl rand -hex 32`") from None
    if not 32 <= len(key) <= 64:
        raise SettingError(
            f"{place} has {len(key)} bytes; 32 to 64 are needed (64 to 128 hex digits); "
            "`openssl rand -hex 32` generates such a key"
        )
    return key


def _landing_min_age() -> timedelta:
    given = _given("LACHAN_LANDING_MIN_AGE") or "0"
    if not given.isdecimal():
        raise SettingError(f"LACHAN_LANDING_MIN_AGE must be a whole number of seconds, not {given!r}")
    return timedelta(seconds=int(given))


def _archive_recipients() -> tuple[str, ...] | None:
    given = (_given("LACHAN_ARCHIVE_RECIPIENTS") or "").replace(",", " ").split()
    return (
        () if given == ["none"] else _public_keys("LACHAN_ARCHIVE_RECIPIENTS", given, "`none` for no archive") or None
    )


def _backup_recipients() -> tuple[str, ...]:
    """Those of the backups, else those of the archive."""
    given = (_given("LACHAN_BACKUP_RECIPIENTS") or "").replace(",", " ").split()
    own = _public_keys("LACHAN_BACKUP_RECIPIENTS", given, "nothing for the recipients of the archive")
    return own or _archive_recipients() or ()


def _public_keys(name: str, given: list[str], otherwise: str) -> tuple[str, ...]:
    for key in given:
        if key.upper().startswith("AGE-SECRET-KEY-"):
            raise SettingError(
                f"{name} holds a private key, which whoever reads settings may have seen; make a "
                "new pair with `lachan archive key FILE`, and set the public key (age1…)"
            )
        if not re.fullmatch("age1[02-9ac-hj-np-z]{20,}", key):
            raise SettingError(
                f"{name}: {key!r} is not a public key of age (age1…); give those of at least two "
                f"people separated by commas, or {otherwise}"
            )
    return tuple(dict.fromkeys(given))


def _backup(home: Path) -> Path | None:
    given = _given("LACHAN_BACKUP")
    return None if given == "none" else _path("LACHAN_BACKUP") or (home / "backup").resolve()


def _count(name: str, default: int, unit: str) -> int:
    given = _given(name) or str(default)
    if not given.isdecimal() or not int(given):
        raise SettingError(f"{name} must be a whole number of {unit}, at least 1, not {given!r}")
    return int(given)


def _sftp_known_hosts() -> str:
    given = (_given("LACHAN_SFTP_KNOWN_HOSTS") or "").strip()
    if given.upper().startswith("SHA256:") and not re.fullmatch("SHA256:[A-Za-z0-9+/]{43}", given):
        raise SettingError(
            f"LACHAN_SFTP_KNOWN_HOSTS is no fingerprint: {given!r}; `ssh-keygen -l -f KEY` prints it as SHA256: and 43 "
            "characters"
        )
    return given


def _board_listen() -> tuple[str, int]:
    given = (_given("LACHAN_BOARD_LISTEN") or "127.0.0.1:8138").strip()
    host, _, port = given.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingError(f"LACHAN_BOARD_LISTEN must be a host and a port, such as 127.0.0.1:8138, not {given!r}")
    return host.strip("[]"), int(port)


def _path(name: str) -> Path | None:
    """The file or folder that a setting names, None where it names none."""
    given = _given(name)
    return Path(given).resolve() if given else None


def _web_address(name: str) -> str:
    address = (_given(name) or "").strip()
    if address and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", address):
        raise SettingError(f"{name} must be an address that begins with http:// or https://")
    return address
