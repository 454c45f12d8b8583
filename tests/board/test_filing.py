"""Reports that are filed when an administrative window closes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from helpers.raw_rows import query
from lachan.report.errors import ReportError
from lachan.report.filing import FILED_BY, file_reports
from lachan.settings import Settings

CLOSED = "administrative_month@2024-02-15"  # to 14/03/2024; the last export is of 11/03/2024


@pytest.fixture
def filing(city: Settings, tmp_path: Path) -> Settings:
    return replace(city, reports=tmp_path / "reports")


def noted(settings: Settings) -> list[tuple[str, str]]:
    return query(
        settings,
        "select file_kind, sha256 from reporting.handout"
        f" where handed_out_by = '{FILED_BY}' and window_key = '{CLOSED}' order by handout_no",
    )


def test_an_incomplete_window_waits_then_is_filed_once_and_says_that_days_are_missing(filing: Settings) -> None:
    before = len(noted(filing))
    early = file_reports(filing, date(2024, 3, 15))
    assert CLOSED in early.waiting and not (filing.reports / CLOSED).exists() and "waiting for exports" in str(early)
    filed = file_reports(filing, date(2024, 3, 19))
    files = sorted((filing.reports / CLOSED).iterdir())
    assert (
        [path.name for path in files]
        == ["bao-cao-lan-2.docx", "bao-cao-lan-2.xlsx"]
        == sorted(path.name for path in filed.files if path.parent.name == CLOSED)
    )
    assert any("chưa trọn" in paragraph.text for paragraph in Document(str(files[0])).paragraphs)
    hashes = {(path.suffix[1:], hashlib.sha256(path.read_bytes()).hexdigest()) for path in files}
    assert len(noted(filing)) == before + 2 and set(noted(filing)[before:]) == hashes
    again = file_reports(filing, date(2024, 3, 20))
    assert again.files == () and CLOSED in again.known and "no new report to file; filed before" in str(again)
    assert len(noted(filing)) == before + 2
    files[0].unlink()
    assert file_reports(filing, date(2024, 3, 20)).files == (files[0],)
    assert hashlib.sha256(files[0].read_bytes()).hexdigest() in {sha256 for _, sha256 in hashes}


def test_without_a_closed_window_it_says_so(filing: Settings) -> None:
    assert "no administrative window has closed" in str(file_reports(filing, date(2026, 11, 27)))
    assert not filing.reports.exists()


def test_a_folder_that_cannot_be_made_is_named(filing: Settings) -> None:
    filing.reports.write_text("a file")
    with pytest.raises(ReportError, match="LACHAN_REPORTS"):
        file_reports(filing, date(2024, 3, 19))
