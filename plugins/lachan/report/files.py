"""`lachan report`: a report as a file, whose kind follows from its name."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lachan.report.content import Report, ReportError
from lachan.report.document import to_docx
from lachan.report.office import read_office
from lachan.report.workbook import to_csv, to_xlsx
from lachan.settings import Settings

KINDS = ("docx", "xlsx", "csv")


def render(settings: Settings, report: Report, kind: str) -> bytes:
    """The report as a file of one of KINDS. Raises ReportError."""
    if kind == "docx":
        return to_docx(report, read_office(settings.office))
    if kind == "xlsx":
        return to_xlsx(report)
    if kind == "csv":
        return to_csv(report)
    raise ReportError(f"a report can be a file that ends with .docx, .xlsx or .csv, not {kind!r}")


def write(path: Path, content: bytes) -> None:
    """Write a file wholly or not at all. Raises ReportError."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as draft:
            draft.write(content)
        Path(draft.name).chmod(0o644)
        Path(draft.name).replace(path)
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror}") from None
