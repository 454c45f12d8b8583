"""Settings and secrets of an installation; the only module that reads the LACHAN_… environment variables."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import tempfile
import tomllib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from lachan.cities import CODE, City, database, own_settings, read_city
from lachan.variables import SettingError as SettingError
from lachan.variables import Variables

PROJECT = Path(__file__).resolve().parents[2]
TIMEZONE = "Asia/Ho_Chi_Minh"
LANDING_IGNORE = "~$*,.*,*.part,*.partial,*.filepart,*.crdownload,*.tmp,*.swp,Thumbs.db,desktop.ini"
"""Default of LACHAN_LANDING_IGNORE: lock files, hidden files, unfinished uploads, and what file managers leave."""

ARCHIVE_KEEP_DAYS = 731
"""Default of LACHAN_ARCHIVE_KEEP_DAYS: two years. Figures are compared with those of the year before, so a delivery may
have to be replayed until the year after its own has ended; then nothing justifies keeping the names in it."""

BACKUP_KEEP = 14
"""Default of LACHAN_BACKUP_KEEP: two weeks of daily backups, so that damage that is noticed late has one before it."""


PROVINCE = "province"
"""What belongs to a province as a whole, and to no city, is in a folder of this name in LACHAN_ARCHIVE and the like."""

DEFAULT_CITY = "380"
"""Default of LACHAN_CITY: the city whose registers come with the release."""


@dataclass(frozen=True)
class Settings:
    """The settings of the environment; the defaults suit a single machine without containers.

    `city` is the code of the city, None for the province as a whole. `cities` is the folder of the cities of a province
    (docs/cities.md), None in an installation of one city. In a province each city has a home and a `database` of its
    own, and `server_home` is the home that they share.

    `project` is the checkout (contracts, dbt project, expectations). `home` is the folder of all state. `landing` is
    the address of the landing zone. In it, files and folders whose names match one of the patterns in `landing_ignore`
    are ignored, and files modified less than `landing_min_age` ago are left for the next run. `sftp_known_hosts` is the
    path of a known_hosts file or the fingerprint of the key of the SFTP server, empty for the user's own file.
    `heartbeat_url` is called after each run of `watch`, if it is not empty. `recipients` is the table of who gets which
    mail; `board_url` is the address of the board in these mails, empty if they should have no links.
    `metrics_token_file` holds the token by which the board gives its metrics. `reports` is the folder into which
    reports are filed. `retention` is the file of what an office keeps for another time than usual. `ward_geometry` is a
    GeoJSON file with the areas of wards, if there is one. `dsn_override` is LACHAN_DSN.

    `archive` is the folder of encrypted originals. `archive_recipients` are the public keys (age) to which they are
    encrypted: empty for an office that wants no archive, None where nothing was decided. `archive_identity` is the file
    of private keys that opens them, `archive_keep_days` for how many days after its last delivery a content is kept.

    `backup` is the folder of backups, None for an office that makes them by other means. `backup_recipients` are the
    public keys (age) to which they are encrypted, `backup_keep` is the number of backups that are kept.
    """

    project: Path
    home: Path
    landing: str = field(repr=False)
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
    city: str | None = DEFAULT_CITY
    cities: Path | None = None
    database: str | None = None
    shared_home: Path | None = None
    variables: Variables = field(default_factory=Variables, repr=False)

    @property
    def city_folder(self) -> Path:
        """Folder of the registers of the city. Raises SettingError for the province as a whole."""
        if self.city is None:
            raise SettingError("this is about one city, and none is named")
        return (self.cities or self.project / "dbt_project" / "cities") / self.city

    @property
    def city_names(self) -> City:
        """The code and the names of the city; raises SettingError as `read_city` does."""
        return read_city(self.city_folder)

    @property
    def server_home(self) -> Path:
        """The home of the embedded server, of Airflow, and of the passwords of the processes' logins."""
        return self.shared_home or self.home

    @property
    def contracts(self) -> Path:
        """Folder of the ODCS contracts."""
        return self.project / "contracts"

    @property
    def dsn(self) -> str:
        """Address of the warehouse: LACHAN_DSN, else the address of the embedded server with the login of its owner.

        In a province this is the address of the province's own database, and a city has another one on the same server.
        Only what migrates the warehouse or makes logins uses it as it is; everything else has its own `address`.

        Raises SettingError when LACHAN_DSN is not set and the embedded server has never been started, and for a city
        whose database is that of the province.
        """
        if self.database is None:
            return self.server_dsn
        from psycopg2.extensions import make_dsn, parse_dsn

        place = parse_dsn(self.server_dsn)
        if place.get("dbname") == self.database:
            raise SettingError(
                f"the database {self.database} is that of the province and cannot be that of the city {self.city} as "
                "well: let LACHAN_DSN name another one, or the settings.toml of the city"
            )
        return str(make_dsn(**place | {"dbname": self.database}))

    @property
    def server_dsn(self) -> str:
        """LACHAN_DSN, else the address of the embedded server; raises SettingError as `dsn` does."""
        if self.dsn_override:
            return self.dsn_override
        address = self.server_home / "postgres.dsn"
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
            return self.dsn
        own = {"user": f"lachan_{process}_login", "password": self.login_password(process)}
        return str(make_dsn(**place | own))

    def login_password(self, process: str) -> str:
        """The password of one process's login: LACHAN_LOGIN_<PROCESS>, else the generated one under `server_home`.

        The cities of a province share the logins of the processes, because a role is one of the whole server.
        """
        given = self.variables.given(f"LACHAN_LOGIN_{process.upper()}")
        return given or stored_secret(self.server_home, f"login_{process}")

    @cached_property
    def landing_options(self) -> dict[str, Any]:
        """fsspec storage options of the landing zone: LACHAN_LANDING_OPTIONS.

        Raises SettingError when they are no JSON object, or their file cannot be read here.
        """
        return _landing_options(self.variables.given("LACHAN_LANDING_OPTIONS"))

    @cached_property
    def pseudonym_keys(self) -> dict[int, bytes]:
        """Keys of the pseudonyms, 32 to 64 bytes, by their numbers: LACHAN_PSEUDONYM_KEY, else those under `home`.

        Where there is none, one is generated. Raises SettingError when one is not hexadecimal or has another length.
        """
        given = self.variables.given("LACHAN_PSEUDONYM_KEY")
        if given is not None:
            return _pseudonym_keys(given, self.variables.place("LACHAN_PSEUDONYM_KEY") or "")
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
        if (place := self.variables.place("LACHAN_PSEUDONYM_KEY")) is not None:
            return place
        files = self._key_files()
        return str(files[max(files)] if files else self._secret_file("pseudonym_key"))

    @property
    def has_pseudonym_key(self) -> bool:
        """Whether a key of the pseudonyms is given or was generated before."""
        return self.variables.place("LACHAN_PSEUDONYM_KEY") is not None or bool(self._key_files())

    def next_pseudonym_key(self) -> tuple[int, Path]:
        """Generate the key that follows the newest one under `home`; returns its number and its file.

        Raises SettingError where LACHAN_PSEUDONYM_KEY is set, to which the new key has to be added by hand.
        """
        number = max(self.pseudonym_keys) + 1
        if (place := self.variables.place("LACHAN_PSEUDONYM_KEY")) is not None:
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
        return stored_secret(self.home, name)


def stored_secret(home: Path, name: str) -> str:
    """A secret of the machine whose home this is; see `Settings.secret`."""
    path = home / "secrets" / name
    if not path.exists():
        for folder in (home, path.parent):
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
    text = (_project() / "pyproject.toml").read_text()
    return str(tomllib.loads(text)["project"]["version"])


def load(city: str | None = None) -> Settings:
    """Read the LACHAN_… variables; raises SettingError when one of them is invalid.

    `city` is the code of a city (default: LACHAN_CITY). Each value may stand in a file instead, which the variable with
    `_FILE` at its end names, as container engines hand over secrets.
    """
    folder = _folder_of_cities()
    code = city or Variables().given("LACHAN_CITY")
    if code is None and folder is None:
        return _read(Variables())
    known = known_cities()
    if code is None:
        raise SettingError(f"name one of the cities with --city or LACHAN_CITY: {', '.join(known)}")
    if code not in known:
        place = folder or _project() / "dbt_project" / "cities"
        raise SettingError(f"there is no city {code} in {place}; there are {', '.join(known) or 'none'}")
    if folder is None:
        return replace(_read(Variables()), city=code)
    own = own_settings(folder / code)
    found = _read(Variables(own, folder / code), code)
    board_url = f"{found.board_url}/{code}" if found.board_url else ""
    return replace(found, cities=folder, database=database(own, code), board_url=board_url)


def load_province() -> Settings:
    """The settings of a province as a whole: its own database, and the home that its cities share.

    The board of a province has no pages to which mails could link.

    Raises SettingError where LACHAN_CITIES is not set.
    """
    folder = _folder_of_cities()
    if folder is None:
        raise SettingError(
            "this is an installation of one city; LACHAN_CITIES makes one of a province (docs/cities.md)"
        )
    return replace(_read(Variables(), PROVINCE), city=None, cities=folder, shared_home=None, board_url="")


def load_installation() -> Settings:
    """The settings of the whole installation: those of the province, or of the one city."""
    return load_province() if is_province() else load()


def load_chosen(city: str | None) -> Settings:
    """The settings of the city that `city` or LACHAN_CITY names; where neither does, those of the whole installation.

    For the commands that are about a database, whatever is in it.
    """
    named = city or Variables().given("LACHAN_CITY")
    return load(named) if named else load_installation()


def known_cities() -> list[str]:
    """The codes of the cities whose registers this installation has. Raises SettingError if there is no such folder.

    A folder whose name is no code is none of a city, so a copy (`380.old`) may lie beside it.
    """
    folder = _folder_of_cities() or _project() / "dbt_project" / "cities"
    try:
        return sorted(
            each.name for each in folder.iterdir() if CODE.fullmatch(each.name) and (each / "city.csv").is_file()
        )
    except OSError as error:
        raise SettingError(f"the folder of cities {folder} cannot be read: {error.strerror} (LACHAN_CITIES)") from None


def served_cities() -> list[str]:
    """The codes of the cities that this installation runs: all of a province, else the one of LACHAN_CITY."""
    return known_cities() if _folder_of_cities() else [Variables().given("LACHAN_CITY") or DEFAULT_CITY]


def is_province() -> bool:
    """Whether this installation runs the cities of a province (LACHAN_CITIES)."""
    return _folder_of_cities() is not None


def _folder_of_cities() -> Path | None:
    return Variables().path("LACHAN_CITIES")


def _project() -> Path:
    return Variables().path("LACHAN_PROJECT") or PROJECT


def _read(variables: Variables, part: str | None = None) -> Settings:
    """The settings that the variables give.

    `part` is the code of a city of a province, or PROVINCE, whose folders are below those that the variables name; None
    in an installation of one city.
    """
    project = _project()
    root = Variables().path("LACHAN_HOME") or (project / ".lachan").resolve()
    own_home = variables.path("LACHAN_HOME") if variables.is_own("LACHAN_HOME") else None
    home = root if part is None or part == PROVINCE else own_home or root / "cities" / part
    given = variables.given

    def below(name: str, default: Path) -> Path:
        """A folder of the city: its own one, or its part of the province's."""
        place = variables.path(name)
        if place is None:
            return default.resolve()
        return place if part is None or variables.is_own(name) else place / part

    def address(name: str) -> str:
        """The address of a city: its own one, or its part of the province's; empty where there is none."""
        place = given(name) or ""
        return place if not place or part is None or variables.is_own(name) else f"{place.rstrip('/')}/{part}"

    if part is not None and Variables().place("LACHAN_PSEUDONYM_KEY"):
        raise SettingError(
            "LACHAN_PSEUDONYM_KEY would be one key for all cities, by which people could be followed from one to "
            "another; take it away, and name a key in the settings.toml of each city that has one (pseudonym_key_file)"
        )
    # A city names secrets for all services, of which not every one is given them: those are read when they are needed.
    if not variables.is_own("LACHAN_PSEUDONYM_KEY") and (key := given("LACHAN_PSEUDONYM_KEY")) is not None:
        _pseudonym_keys(key, variables.place("LACHAN_PSEUDONYM_KEY") or "")
    if not variables.is_own("LACHAN_LANDING_OPTIONS"):
        _landing_options(given("LACHAN_LANDING_OPTIONS"))
    archive_recipients = _archive_recipients(given("LACHAN_ARCHIVE_RECIPIENTS"))
    without_backup = (given("LACHAN_BACKUP") or "").strip() == "none"
    return Settings(
        project=project,
        home=home,
        landing=address("LACHAN_LANDING") or f"file://{home / 'landing'}",
        landing_ignore=tuple(
            pattern.strip() for pattern in (given("LACHAN_LANDING_IGNORE") or LANDING_IGNORE).split(",")
        ),
        landing_min_age=_landing_min_age(given("LACHAN_LANDING_MIN_AGE")),
        sftp_known_hosts=_sftp_known_hosts(given("LACHAN_SFTP_KNOWN_HOSTS")),
        archive=below("LACHAN_ARCHIVE", home / "archive"),
        archive_recipients=archive_recipients,
        archive_identity=variables.path("LACHAN_ARCHIVE_IDENTITY"),
        archive_keep_days=_count(variables, "LACHAN_ARCHIVE_KEEP_DAYS", ARCHIVE_KEEP_DAYS, "days"),
        backup=None if without_backup else below("LACHAN_BACKUP", home / "backup"),
        backup_recipients=_backup_recipients(given("LACHAN_BACKUP_RECIPIENTS")) or archive_recipients or (),
        backup_keep=_count(variables, "LACHAN_BACKUP_KEEP", BACKUP_KEEP, "backups"),
        board_listen=_board_listen(given("LACHAN_BOARD_LISTEN")),
        office=variables.path("LACHAN_OFFICE"),
        heartbeat_url=_web_address(variables, "LACHAN_HEARTBEAT_URL"),
        recipients=variables.path("LACHAN_RECIPIENTS"),
        board_url=_web_address(variables, "LACHAN_BOARD_URL").rstrip("/"),
        metrics_token_file=variables.path("LACHAN_METRICS_TOKEN_FILE"),
        reports=below("LACHAN_REPORTS", home / "reports"),
        retention=variables.path("LACHAN_RETENTION"),
        ward_geometry=variables.path("LACHAN_WARD_GEOMETRY"),
        dsn_override=Variables().given("LACHAN_DSN"),
        city=part or DEFAULT_CITY,
        shared_home=None if part is None else root,
        variables=variables,
    )


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


def _landing_options(given: str | None) -> dict[str, Any]:
    try:
        options = json.loads(given or "{}")
    except json.JSONDecodeError as error:
        raise SettingError(f"LACHAN_LANDING_OPTIONS is not JSON: {error}") from None
    if not isinstance(options, dict):
        raise SettingError("LACHAN_LANDING_OPTIONS must be a JSON object of fsspec storage options")
    return options


def _landing_min_age(given: str | None) -> timedelta:
    given = given or "0"
    if not given.isdecimal():
        raise SettingError(f"LACHAN_LANDING_MIN_AGE must be a whole number of seconds, not {given!r}")
    return timedelta(seconds=int(given))


def _archive_recipients(given: str | None) -> tuple[str, ...] | None:
    keys = (given or "").replace(",", " ").split()
    return () if keys == ["none"] else _public_keys("LACHAN_ARCHIVE_RECIPIENTS", keys, "`none` for no archive") or None


def _backup_recipients(given: str | None) -> tuple[str, ...]:
    keys = (given or "").replace(",", " ").split()
    return _public_keys("LACHAN_BACKUP_RECIPIENTS", keys, "nothing for the recipients of the archive")


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


def _count(variables: Variables, name: str, default: int, unit: str) -> int:
    given = variables.given(name) or str(default)
    if not given.isdecimal() or not int(given):
        raise SettingError(f"{name} must be a whole number of {unit}, at least 1, not {given!r}")
    return int(given)


def _sftp_known_hosts(given: str | None) -> str:
    given = (given or "").strip()
    if given.upper().startswith("SHA256:") and not re.fullmatch("SHA256:[A-Za-z0-9+/]{43}", given):
        raise SettingError(
            f"LACHAN_SFTP_KNOWN_HOSTS is no fingerprint: {given!r}; `ssh-keygen -l -f KEY` prints it as SHA256: and 43 "
            "characters"
        )
    return given


def _board_listen(given: str | None) -> tuple[str, int]:
    given = (given or "127.0.0.1:8138").strip()
    host, _, port = given.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingError(f"LACHAN_BOARD_LISTEN must be a host and a port, such as 127.0.0.1:8138, not {given!r}")
    return host.strip("[]"), int(port)


def _web_address(variables: Variables, name: str) -> str:
    address = (variables.given(name) or "").strip()
    if address and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", address):
        raise SettingError(f"{name} must be an address that begins with http:// or https://")
    return address
