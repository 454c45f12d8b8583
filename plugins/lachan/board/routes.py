"""The pages of the board: those of a city, and those of a province."""

from __future__ import annotations

from lachan.board.pages import (
    dictionary,
    indicators,
    letters,
    models,
    operations,
    overview,
    province,
    report,
    spellings,
    trace,
    wards,
)
from lachan.board.request import Route

_FIGURES = frozenset({"analyst", "reporter", "ward"})
_CITY = frozenset({"analyst", "reporter"})
_OPERATIONS = frozenset({"steward"})

ROUTES = (
    Route("/tong-quan", overview.view, _FIGURES, "Tổng quan"),
    Route("/chi-tieu", indicators.catalogue, _FIGURES, "Chỉ tiêu"),
    Route("/chi-tieu/{indicator}", indicators.view, _FIGURES),
    Route("/so-lieu/{figure}", trace.view, _CITY),
    Route("/mo-hinh", models.view, _CITY, "Mô hình"),
    Route("/phuong-xa", wards.listing, _FIGURES, "Phường, xã"),
    Route("/phuong-xa/{ward}", wards.view, _FIGURES),
    Route("/bao-cao", report.view, _CITY, "Báo cáo"),
    Route("/bao-cao/cong-bo", report.publications, _CITY),
    Route("/van-hanh", operations.view, _OPERATIONS, "Vận hành"),
    Route("/van-hanh/lich", operations.calendar, _OPERATIONS),
    Route("/van-hanh/cach-ly", operations.quarantine, _OPERATIONS),
    Route("/van-hanh/kiem-tra", operations.verdicts, _OPERATIONS),
    Route("/van-hanh/cong-van", letters.listing, _OPERATIONS),
    Route("/van-hanh/cong-van/{agency}", letters.view, _OPERATIONS),
    Route("/van-hanh/dia-danh", spellings.view, _OPERATIONS),
    Route("/van-hanh/luot", operations.run, _OPERATIONS),
    Route("/van-hanh/tep/{file}", operations.file, _OPERATIONS),
    Route("/van-hanh/huong-dan/{kind}", operations.runbook, _OPERATIONS),
    Route("/tu-dien", dictionary.view, _CITY | _OPERATIONS, "Từ điển"),
)

PROVINCE_ROUTES = (Route("/toan-tinh", province.view, _CITY, "Toàn tỉnh"),)
