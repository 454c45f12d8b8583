"""The files of the dbt project. Importing this module does not import dbt."""

from __future__ import annotations

import hashlib

from lachan.settings import Settings

_BUILT_FROM = ("models", "seeds", "macros", "tests", "dbt_project.yml", "profiles.yml")


def project_files(settings: Settings) -> dict[str, str]:
    """The files from which dbt builds, by their path in the project, each with the SHA-256 of its content."""
    project = settings.project / "dbt_project"
    places = [project / name for name in _BUILT_FROM]
    files = [file for place in places for file in [place, *sorted(place.rglob("*"))] if file.is_file()]
    return {str(file.relative_to(project)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
