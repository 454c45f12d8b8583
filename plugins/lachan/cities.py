"""The folder of a city (docs/cities.md): who it is (`city.csv`), and in a province its own settings."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lachan.variables import SettingError

OWN_SETTINGS = frozenset({
    "HOME", "DATABASE", "LANDING", "LANDING_OPTIONS", "LANDING_IGNORE", "LANDING_MIN_AGE", "SFTP_KNOWN_HOSTS",
    "PSEUDONYM_KEY", "ARCHIVE", "ARCHIVE_RECIPIENTS", "ARCHIVE_IDENTITY", "ARCHIVE_KEEP_DAYS", "BACKUP",
    "BACKUP_RECIPIENTS", "BACKUP_KEEP", "OFFICE", "RECIPIENTS", "REPORTS", "RETENTION", "WARD_GEOMETRY",
    "HEARTBEAT_URL",
})  # fmt: skip
"""Settings that a city of a province may have of its own: in its `settings.toml`, in small letters, without LACHAN_."""


CODE = re.compile("[0-9]+")
"""The code of a city in the register of administrative units, by which its folder is named."""

_DAG_OF_CITY = re.compile("c([0-9]+)__")


def dag_id(name: str, city: str | None) -> str:
    """The id of a DAG of a city of a province; in an installation of one city (None) its name."""
    return name if city is None else f"c{city}__{name}"


def city_of_dag(dag: str) -> str | None:
    """The city to which the id of a DAG belongs, None if to no single one of a province."""
    found = _DAG_OF_CITY.match(dag)
    return found[1] if found else None


@dataclass(frozen=True)
class City:
    """A city as its file `city.csv` names it: the code, the full name, and the name as a place."""

    code: str
    name_vi: str
    place_vi: str


def read_city(folder: Path) -> City:
    """The city of a folder. Raises SettingError when its `city.csv` is missing, or is not about this one city."""
    file = folder / "city.csv"
    try:
        with file.open(encoding="utf-8", newline="") as text:
            [city] = [City(row["city_code"], row["name_vi"], row["place_vi"]) for row in csv.DictReader(text)]
    except (OSError, ValueError, KeyError) as error:
        raise SettingError(
            f"{file} must have the columns city_code, name_vi, place_vi and one row: {error}; docs/cities.md"
        ) from None
    if city.code != folder.name:
        raise SettingError(f"{file} is about {city.code}, and its folder is named {folder.name}: correct one of them")
    return city


def has_published_figures(folder: Path) -> bool:
    """Whether the city has published figures of 2024 with which the computed ones are compared."""
    with (folder / "published_2024.csv").open(encoding="utf-8", newline="") as text:
        return any(csv.DictReader(text))


def own_settings(folder: Path) -> dict[str, str]:
    """The settings in the file of a city, by the names of the variables."""
    file = folder / "settings.toml"
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingError(f"{file} cannot be read: {error}") from None
    for name, value in given.items():
        if name.upper().removesuffix("_FILE") not in OWN_SETTINGS or not isinstance(value, str):
            settings = ", ".join(sorted(OWN_SETTINGS)).lower()
            raise SettingError(f"{file}: {name} is no setting of a city with a text as its value; there are {settings}")
    return {f"LACHAN_{name.upper()}": value for name, value in given.items()}


def database(own: Mapping[str, str], code: str) -> str:
    """The name of the database of a city of a province. Raises SettingError for a name that needs quotes."""
    name = own.get("LACHAN_DATABASE") or f"lachan_{code}"
    if not re.fullmatch("[a-z][a-z0-9_]{0,62}", name):
        raise SettingError(f"database = {name!r}: take small letters, digits and _")
    return name
