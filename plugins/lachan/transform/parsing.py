"""The parsed dbt project, kept between builds as long as no file of the project changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder

from lachan.settings import Settings


class ProjectInvalid(RuntimeError):
    """dbt cannot parse the project; the message is dbt's."""


def cache_file(settings: Settings, database: str, files: Mapping[str, str]) -> Path:
    """Where the parsed project is kept; the name follows from dbt's version, the place, the database and every file."""
    place = [str(settings.project.resolve()), str(settings.city_folder.resolve())]
    parsed_from = [version("dbt-core"), version("dbt-postgres"), place, database, files]
    digest = hashlib.sha256(json.dumps(parsed_from, sort_keys=True).encode()).hexdigest()
    return settings.home / "dbt" / "parsed" / f"{digest}.msgpack"


def parse(settings: Settings, database: str, files: Mapping[str, str], options: list[str]) -> Manifest:
    """The parsed project with these files (path and hash), from the cache if it was parsed before.

    dbt's own partial parsing compares a .yml file's modification time with the one stored when it first read the file.
    It therefore takes a file that is restored with its old time as unchanged, and keeps using the newer text.
    Raises ProjectInvalid.
    """
    kept = cache_file(settings, database, files)
    if not kept.exists():
        outcome = dbtRunner().invoke(["parse", "--no-write-json", *options])
        if not outcome.success:
            raise ProjectInvalid(str(outcome.exception))
        kept.parent.mkdir(parents=True, exist_ok=True)
        for other in kept.parent.glob("*.msgpack"):
            other.unlink(missing_ok=True)
        written = kept.with_suffix(".part")
        written.write_bytes((settings.home / "dbt" / "target" / "partial_parse.msgpack").read_bytes())
        written.replace(kept)
    return Manifest.from_msgpack(kept.read_bytes(), decoder=extended_mashumuro_decoder)
