"""The files of the office: filed reports, and what settings name (data and template of reports, recipients, map)."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import BinaryIO

from lachan.backup.errors import BackupRefused
from lachan.settings import Settings


def write_office_files(settings: Settings, target: BinaryIO) -> None:
    """Write a tar archive: `reports/…` are the filed reports, `office/…` the files that settings name.

    Raises OSError when a file that exists cannot be read.
    """
    with tarfile.open(fileobj=target, mode="w|") as archive:
        if settings.reports.is_dir():
            archive.add(settings.reports, "reports")
        for file in _named_files(settings):
            archive.add(file, f"office/{file.name}")


def restore_office_files(settings: Settings, source: BinaryIO) -> list[Path]:
    """Extract reports into LACHAN_REPORTS, and the other files into `office` of the home; returns these folders.

    Raises BackupRefused when they have other files than the backup; those of a restore that was interrupted may be
    there. Raises OSError when they cannot be written.
    """
    places = {"reports": settings.reports, "office": settings.home / "office"}
    with tarfile.open(fileobj=source, mode="r:") as archive:
        members = {name: [each for each in archive if each.name.startswith(f"{name}/")] for name in places}
        for name, place in places.items():
            of_backup = {place / each.name.partition("/")[2] for each in members[name]}
            if others := sorted(set(place.rglob("*")) - of_backup):
                raise BackupRefused(
                    f"{place} is not empty (it has {others[0].name}), and a restore writes over nothing: move its "
                    "files away, or name another folder (LACHAN_REPORTS, LACHAN_HOME)"
                )
        for name, place in places.items():
            for each in members[name]:
                archive.extract(each.replace(name=each.name.partition("/")[2]), place, filter="data")
    return [place for name, place in places.items() if members[name]]


def _named_files(settings: Settings) -> list[Path]:
    """The files that settings name; of LACHAN_OFFICE also the documents beside it, one of which is the template."""
    office = settings.office
    beside = [] if office is None else [*office.parent.glob("*.docx"), office]
    named = [*beside, settings.recipients, settings.ward_geometry]
    return sorted({file for file in named if file is not None and file.is_file()})
