"""LibreOffice opens the DOCX and XLSX, with the layout and the letters that they have in Word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lachan.report.document import to_docx
from lachan.report.letter import Letter, Section, render
from lachan.report.office import Office
from lachan.report.workbook import to_xlsx
from report.test_report import figure, report

OFFICE = Office("THÀNH PHỐ THANH HÓA", "Thanh Hóa", charts=("tips_received",), signer="Nguyễn Văn Ví Dụ")


def test_libreoffice_opens_reports_and_letters(tmp_path: Path) -> None:
    soffice, pdftotext = shutil.which("soffice"), shutil.which("pdftotext")
    if soffice is None or pdftotext is None:
        pytest.skip("no LibreOffice here (Debian: apt-get install libreoffice-writer libreoffice-calc poppler-utils)")
    wards = [figure(f"1478{n}@2021-02-01", ward_name=f"Phường {n}", value=Decimal(900 + n)) for n in range(3)]
    windows = tuple(
        {
            "window_key": f"calendar_year@{year}-01-01",
            "label": f"Năm {year}",
            "value": Decimal(year),
            "is_complete": True,
        }
        for year in (2023, 2024)
    )
    definition = report().definitions[0] | {"indicator_key": "tips_received", "label_vi": "Số tin", "unit": "tin"}
    full = report(figures=(figure(), *wards), trends={"tips_received": windows}, definitions=(definition,))
    rows = (("tips/tin_bao_20240305.csv", 7, "Kênh tiếp nhận: nhãn không có trong hợp đồng", "Mã tin: xx-99"),)
    heads = ("Tệp", "Dòng", "Lý do", "Giá trị (đã che)")
    letter = Letter("hotline-113", "Trực ban hình sự", date(2024, 3, 9), (Section("Dòng sai", "Sửa.", heads, rows),))
    (tmp_path / "bao-cao.docx").write_bytes(to_docx(full, OFFICE))
    (tmp_path / "so-lieu.xlsx").write_bytes(to_xlsx(full))
    (tmp_path / "cong-van.docx").write_bytes(render(letter, "docx", OFFICE))
    (tmp_path / "dong-sai.xlsx").write_bytes(render(letter, "xlsx", OFFICE))
    files = sorted(tmp_path.glob("*.[dx]*"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [soffice, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, *files]
    done = subprocess.run(command, capture_output=True, timeout=300, env=os.environ | {"HOME": str(tmp_path)})
    assert all(file.with_suffix(".pdf").exists() for file in files), done.stderr.decode()
    texts = {}
    for file in files:
        found = subprocess.run([pdftotext, "-layout", file.with_suffix(".pdf"), "-"], check=True, capture_output=True)
        texts[file.name] = re.sub(r"\s+", " ", found.stdout.decode())
    for text in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Hình 2.",
        "1.692",
        "Nguyễn Văn Ví Dụ",
        "NGUỒN CỦA TỪNG SỐ LIỆU",
    ):
        assert text in texts["bao-cao.docx"]
    assert "Kính gửi: Trực ban hình sự" in texts["cong-van.docx"] and "đã che" in texts["cong-van.docx"]
    assert "Toàn thành phố" in texts["so-lieu.xlsx"] and "tin_bao_20240305.csv" in texts["dong-sai.xlsx"]
