"""The worked queries of docs/queries, run as an analyst on a small city, with the expected answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from helpers.raw_rows import query
from lachan.settings import PROJECT, Settings

QUERIES = PROJECT / "docs" / "queries"
REASONS = (
    "Không ghi nhận hoạt động nào trong 112 ngày (lần cuối 10/09/2024); "
    "xếp loại Tốt trong khi không ghi nhận hoạt động; xếp loại Tốt nhưng đã 250 ngày chưa rà soát"
)
ANSWERS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "cameras_down": ("*", [("Đông Vệ", 3, 1, 1, "CAM-2, CAM-3")]),
    "fewer_valuable_tips": ("*", [("Đông Vệ", 1, 2, -1, Decimal("-50.0"))]),
    "households_per_ward": ("*", [("Lam Sơn", 1, 20, 0), ("Đông Vệ", 2, 12, 1)]),
    "patrols_not_performed": (
        "planned_on::text, ward_name, patrol_type, status, shift_id, line_no",
        [
            ("2024-03-04", "Đông Hải", "people", "performed", "NO TIME", 4),
            ("2024-03-05", "Đông Hải", "people", "cancelled", "CANCELLED", 3),
        ],
    ),
    "request_to_extraction": (
        "*",
        [("Đội Hình sự", 3, Decimal("3.0"), Decimal("9.4")), ("Không rõ", 1, Decimal("2.0"), Decimal("2.0"))],
    ),
    "silent_models": (
        "model_name, host, ward_name, last_activity_on::text, days_since_last_activity, state, reasons_vi",
        [("Camera Đông Vệ", "Công an phường", "Đông Vệ", "2024-09-10", 112, "silent", REASONS)],
    ),
    "tips_by_units_of_today": (
        "year, recast_ward_name, tips_received",
        [
            (2023, "Phường Hạc Thành", 4),
            (2024, "Phường Hạc Thành", 3),
            (2024, "Chia tách, không phân bổ được", 1),
        ],
    ),
    "wards_without_a_model": ("wards_with, wards, coverage", [(2, 34, Decimal("0.0588"))]),
    "where_a_figure_comes_from": (
        "item_key, counts_from::text, ward_key, numerator, line_no",
        [
            ("LAM", "2024-03-05", "14773@2021-02-01", 1, 3),
            ("NEW", "2024-03-05", "14782@2021-02-01", 1, 2),
            ("PENDING", "2024-03-05", "14773@2021-02-01", 1, 2),
        ],
    ),
    "delivery_discipline": (
        "agency, feed, exports_expected, exports_late, exports_not_available, exports_corrected",
        [("movement-desk", "model_register", 5, 1, 4, 0), ("fire-desk", "fire_safety_register", 1, 0, 1, 0)],
    ),
    "changed_figures": (
        "label_vi, breakdown_label_vi, old_value, new_value, why",
        [
            ("Số tin chưa thẩm định", "Tổng số", 2, 1, "a late verdict: tips 2024-12-31 (correction)"),
            ("Số tin chưa thẩm định", "Đường dây nóng", 2, 1, "a late verdict: tips 2024-12-31 (correction)"),
            ("Số tin có giá trị", "Tổng số", 2, 3, "a late verdict: tips 2024-12-31 (correction)"),
            ("Số tin có giá trị", "Đường dây nóng", 2, 3, "a late verdict: tips 2024-12-31 (correction)"),
        ],
    ),
}
FILTERS = {
    "changed_figures": "where window_label_vi = 'Năm 2024'",
    "delivery_discipline": "where month = '2024-12-01' and (agency = 'fire-desk' or feed = 'model_register')",
}


def test_every_query_is_tested_and_listed() -> None:
    names = {file.stem for file in QUERIES.glob("*.sql")}
    assert names == set(ANSWERS)
    assert len(names) == 11
    index = (QUERIES / "README.md").read_text(encoding="utf-8")
    for name in names:
        assert f"({name}.sql)" in index
        lines = (QUERIES / f"{name}.sql").read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("-- ") and lines[0].endswith("?"), (
            f"{name}: line 1 must be the question in Vietnamese"
        )
        assert lines[1].startswith("-- ") and lines[1].endswith("?"), f"{name}: line 2 must be the question in English"
        assert lines[0].removeprefix("-- ") in index and lines[1].removeprefix("-- ") in index


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_query_answers(city: Settings, name: str) -> None:
    columns, expected = ANSWERS[name]
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8").rstrip().removesuffix(";")
    answer = query(city, f"select {columns} from (\n{text}\n) as answer {FILTERS.get(name, '')}", role="analyst")
    assert answer == expected
