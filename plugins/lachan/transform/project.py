"""The files of the dbt project, and those of the city that it is built for. Importing this does not import dbt."""

from __future__ import annotations

import hashlib
import os

from lachan.settings import Settings

_BUILT_FROM = ("models", "seeds", "macros", "tests", "dbt_project.yml", "profiles.yml")


def project_files(settings: Settings) -> dict[str, str]:
    """The files from which dbt builds, by their path in the project, each with the SHA-256 of its content.

    The paths of the registers of the city begin with `city/`.
    """
    project, city = settings.project / "dbt_project", settings.city_folder
    places = [project / name for name in _BUILT_FROM]
    files = [file for place in places for file in [place, *sorted(place.rglob("*"))] if file.is_file()]
    named = {str(file.relative_to(project)): file for file in files}
    named |= {f"city/{file.name}": file for file in sorted(city.glob("*.csv"))}
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in named.items()}


def city_seeds(settings: Settings) -> str:
    """The folder of the registers of the city, as dbt wants to have it: relative to its project."""
    return os.path.relpath(settings.city_folder, settings.project / "dbt_project")
