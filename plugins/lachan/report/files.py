"""`lachan report`: a report as a file, whose kind follows from its name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from lachan.report.content import Report
from lachan.report.document import to_docx
from lachan.report.errors import ReportError
from lachan.report.office import Office
from lachan.report.workbook import to_csv, to_xlsx

KINDS = ("docx", "xlsx", "csv")


def render(report: Report, kind: str, office: Office) -> bytes:
    """The report as a file of one of KINDS. Raises ReportError."""
    if kind == "docx":
        return to_docx(report, office)
    if kind == "xlsx":
        return to_xlsx(report)
    if kind == "csv":
        return to_csv(report)
    raise ReportError(
        f"a report can be a file that ends with .docx, .xlsx or .csv, not {kind!r}",
        f"Báo cáo chỉ có dạng .docx, .xlsx hoặc .csv, không có {kind!r}.",
    )


def write(path: Path, content: bytes, note: Callable[[], None] = lambda: None) -> None:
    """Write a file wholly or not at all; `note` is called just before it appears under its name. Raises ReportError."""
    draft: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            draft = Path(file.name)
            file.write(content)
        draft.chmod(0o644)
        note()
        draft.replace(path)
    except BaseException as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise ReportError(
            f"{path} cannot be written: {error.strerror}", f"Không ghi được {path}: {error.strerror}."
        ) from None
