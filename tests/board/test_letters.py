"""The letter to an agency: what it should correct, from the board and the command line, read back."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from board.test_operations import LogIn, deliver
from board.test_pages import rows_of
from docx import Document
from docx.shared import Pt
from helpers.raw_rows import query
from lachan import cli
from lachan.report.document import written_date
from lachan.settings import TIMEZONE, Settings
from starlette.testclient import TestClient

AGENCY = "hotline-113"
PATH = f"/van-hanh/cong-van/{AGENCY}"


@pytest.fixture(scope="module")
def faulty(city: Settings) -> Iterator[int]:
    """The number of a file that could not be read."""
    name = "tin_bao_20240311_gui_lai.csv"
    yield deliver(city, name, "no header of the contract\nof this letter\n")
    Path(city.home / "landing" / "tips" / "2024" / "03" / name).unlink()


@pytest.fixture
def steward(log_in: LogIn) -> TestClient:
    return log_in("steward")


def lines(document: Any) -> list[str]:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


def test_the_letter_has_the_layout_of_the_decree_and_what_is_to_be_corrected(
    city: Settings, steward: TestClient, faulty: int
) -> None:
    answer = steward.get(f"{PATH}?tai=cong-van.docx")
    document = Document(io.BytesIO(answer.content))
    section = document.sections[0]
    margins = section.top_margin, section.bottom_margin, section.left_margin, section.right_margin
    assert [round(margin.mm) for margin in margins] == [20, 20, 30, 20]
    assert document.styles["Normal"].font.name == "Times New Roman"
    left, right = document.tables[0].rows[1].cells
    today = datetime.now(ZoneInfo(TIMEZONE)).date()
    assert left.text == "Số:        /BCĐ138\nV/v đề nghị bổ sung, sửa số liệu"
    assert left.paragraphs[1].runs[0].font.size == Pt(12)
    assert right.text == f"Thanh Hóa, {written_date(today)}"
    found = lines(document)
    assert "Kính gửi: Trực ban hình sự, Công an thành phố" in found
    assert not any("{{" in text or "{%" in text for text in found)
    [(path, reason)] = query(city, f"select path, reason from ops.export_file where file_id = {faulty}")
    place = found.index(path.rpartition("/")[2])
    assert reason.partition(": ")[2][:40] in found[place + 1]
    missing = query(city, "select period_to from marts.expected_export where feed = 'tips' and standing = 'missing'")
    assert not missing or any(f"{day:%d/%m/%Y}" in found for (day,) in missing)


def test_the_workbook_has_every_row_with_file_and_line_masked(city: Settings, steward: TestClient, faulty: int) -> None:
    book = openpyxl.load_workbook(io.BytesIO(steward.get(f"{PATH}?tai=cong-van.xlsx").content))
    waiting = query(
        city,
        "select path, line_no from ops.quarantined_row as waiting inner join ops.export_file as file using (file_id)"
        " where waiting.feed = 'tips' and replayed_by is null and discarded_why is null",
    )
    rows = [[cell.value for cell in row] for row in book["Dòng sai trong tệp"].iter_rows(min_row=2)]
    assert {(row[0], row[1]) for row in rows} == set(waiting) and len(rows) == len(waiting) > 0
    for row in rows:
        assert row[2] and not re.search(r"\b0\d{9}\b", row[3]), "no telephone number"
    files = [row[2].value for row in book["Tệp không đọc được"].iter_rows(min_row=2)]
    assert any(name.endswith("20240311_gui_lai.csv") for name in files)


def test_the_same_letter_comes_from_the_command_line_and_both_are_noted(
    city: Settings,
    steward: TestClient,
    faulty: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LACHAN_HOME", str(city.home))
    monkeypatch.setenv("LACHAN_DSN", city.dsn)
    for kind in ("docx", "xlsx"):
        file = tmp_path / f"cong-van.{kind}"
        assert cli.main(["letter", AGENCY, "--to", str(file), "--by", "Văn thư"]) == 0
        assert steward.get(f"{PATH}?tai=cong-van.{kind}").content == file.read_bytes()
    assert "Tệp không đọc được: " in capsys.readouterr().out
    noted = query(
        city,
        "select handed_out_by, login, file_kind, agency, sha256 from reporting.handout where document = 'letter'"
        " order by handout_no desc limit 2",
    )
    sha256 = hashlib.sha256((tmp_path / "cong-van.xlsx").read_bytes()).hexdigest()
    assert [(name, kind, agency, hash_) for name, _, kind, agency, hash_ in noted] == [
        ("board_steward", "xlsx", AGENCY, sha256),
        ("Văn thư", "xlsx", AGENCY, sha256),
    ]
    assert noted[0][1] == "board_steward"
    shown = rows_of(steward.get("/van-hanh/cong-van?tai=da-phat-hanh.csv").text)
    assert shown[0]["SHA-256"] == sha256


def test_the_agencies_are_listed_with_what_waits_for_them(city: Settings, steward: TestClient, faulty: int) -> None:
    rows = {row["Mã"]: row for row in rows_of(steward.get("/van-hanh/cong-van?tai=dau-moi.csv").text)}
    assert set(rows) == {"camera-room", "fire-desk", "hotline-113", "movement-desk", "patrol-desk"}
    assert int(rows[AGENCY]["Tệp không đọc được"]) >= 1 and int(rows[AGENCY]["Dòng sai"]) > 0
    page = steward.get(PATH).text
    assert "Tệp không đọc được" in page and "20240311_gui_lai.csv" in page


@pytest.mark.parametrize("agency", ["nobody", "'; drop table ops.alert; --", "<script>alert(1)</script>", "=1+1"])
def test_an_unknown_agency_gets_no_letter(
    city: Settings,
    steward: TestClient,
    agency: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = steward.get("/van-hanh/cong-van/" + agency.replace("/", "%2F"))
    assert answer.status_code == 404 and "<script>alert" not in answer.text
    monkeypatch.setenv("LACHAN_HOME", str(city.home))
    monkeypatch.setenv("LACHAN_DSN", city.dsn)
    file = tmp_path / "no.docx"
    assert cli.main(["letter", agency, "--to", str(file)]) == 2
    assert "there are camera-room, fire-desk" in capsys.readouterr().err and not file.exists()


@pytest.mark.parametrize("role", ["analyst", "reporter", "ward"])
def test_nobody_else_sees_what_an_agency_should_correct(log_in: LogIn, role: str) -> None:
    for path in ("/van-hanh/cong-van", PATH, f"{PATH}?tai=cong-van.docx"):
        assert log_in(role).get(path).status_code == 403
