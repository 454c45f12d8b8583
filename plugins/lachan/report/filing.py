"""File the reports of administrative windows that have closed, as DOCX and XLSX, in a folder (LACHAN_REPORTS)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from lachan.report.content import published_report
from lachan.report.errors import ReportError
from lachan.report.files import render, write
from lachan.report.handouts import note_as, of_report
from lachan.report.office import Office, read_office
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.statements import run

KINDS = ("docx", "xlsx")
LOOK_BACK = timedelta(days=62)
"""Windows that closed earlier are not filed: two months, so that a platform that stood still catches up."""
WAIT_FOR_EXPORTS = timedelta(days=5)
"""How long an incomplete window waits for late exports; then its report is filed, and says that days are missing."""
FILED_BY = "reports (DAG)"


@dataclass(frozen=True)
class Filed:
    """The files that were written, the windows that wait for exports, and those that were filed before."""

    files: tuple[Path, ...]
    waiting: tuple[str, ...]
    known: tuple[str, ...]

    def __str__(self) -> str:
        parts = [
            f"{len(self.files)} files written" if self.files else "no new report to file",
            f"filed before: {', '.join(self.known)}" if self.known else "",
            f"waiting for exports: {', '.join(self.waiting)}" if self.waiting else "",
        ]
        if not (self.files or self.known or self.waiting):
            parts.append(f"no administrative window has closed in the {LOOK_BACK.days} days before")
        return "; ".join(filter(None, parts))


def file_reports(settings: Settings, on: date) -> Filed:
    """File each window that closed before the day `on`; again under another name when a publication has changed it.

    What is filed is noted as handed out. A file that exists is neither written again nor changed, so this can be
    repeated at any time. Raises ReportError.
    """
    office = read_office(settings.office, settings.city_names)
    files: list[Path] = []
    waiting, known = [], []
    for window, ends_on, is_complete, publication in _closed_windows(settings, on):
        folder = settings.reports / window
        missing = [kind for kind in KINDS if not _path(folder, publication, kind).exists()]
        if not missing:
            known.append(window)
        elif not is_complete and on - ends_on < WAIT_FOR_EXPORTS:
            waiting.append(window)
        else:
            files += _file(settings, office, window, folder, publication, missing)
    return Filed(tuple(files), tuple(waiting), tuple(known))


def _closed_windows(settings: Settings, on: date) -> list[tuple[str, date, bool, int]]:
    with transaction(settings.address("analyst"), "analyst") as cursor:
        return run(cursor, "report/closed_windows", since=on - LOOK_BACK, until=on).fetchall()


def _path(folder: Path, publication: int, kind: str) -> Path:
    return folder / f"bao-cao-lan-{publication}.{kind}"


def _file(
    settings: Settings, office: Office, window: str, folder: Path, publication: int, kinds: list[str]
) -> list[Path]:
    report = published_report(settings, window, trends=office.charts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(
            f"{folder} cannot be made: {error.strerror}; LACHAN_REPORTS names the folder of reports",
            f"Không tạo được thư mục {folder}: {error.strerror}.",
        ) from None
    paths = []
    for kind in kinds:
        content = render(report, kind, office)
        path = _path(folder, publication, kind)
        write(path, content, partial(note_as, settings, "reporter", of_report(report, kind, content, FILED_BY)))
        paths.append(path)
    return paths
