"""The words about faults are those of docs/exports.md, the page that agencies have."""

from __future__ import annotations

import re

from lachan.contract import Feed
from lachan.report import faults
from lachan.settings import PROJECT


def test_every_fault_is_told_in_the_words_of_the_page_for_agencies() -> None:
    page = (PROJECT / "docs" / "exports.md").read_text(encoding="utf-8")
    [of_files] = re.findall(r"## Tệp bị từ chối\n(.*?)\n## ", page, re.S)
    [of_rows] = re.findall(r"## Dòng được giữ lại\n(.*?)\n## ", page, re.S)
    for text, known in ((of_files, faults.FILES), (of_rows, faults.ROWS)):
        listed = {
            rule: meaning.replace("`", "")
            for rules, meaning in re.findall(r"^\| (`[^|]+`) \| (.+) \|$", text, re.M)
            for rule in re.findall("`([a-z_]+)`", rules)
        }
        assert listed == known


def test_a_row_is_explained_with_the_headers_and_values_of_the_contract(feeds: dict[str, Feed]) -> None:
    reasons = [
        {"column": "channel", "rule": "enum", "expected": "one of …", "found": "xxxx"},
        {"column": "received_at", "rule": "format", "expected": "…", "found": "99/99"},
        {"column": "", "rule": "field_count", "expected": "…", "found": "…"},
    ]
    told = faults.of_row(feeds["tips"], reasons)
    assert "Kênh tiếp nhận: nhãn không có trong hợp đồng; cần một trong: Đường dây nóng" in told
    assert "Thời gian tiếp nhận: ngày, giờ" in told and told.endswith("số ô của dòng khác số cột")
    masked = {
        "tip_id": "xx-9999",
        "channel": "xxxx",
        "informant_name": "(14 characters)",
        "updated_at": "(9 characters)",
    }
    assert (
        faults.found(feeds["tips"], reasons, masked) == "Mã tin: xx-9999, Kênh tiếp nhận: xxxx, Cập nhật lúc: (9 ký tự)"
    )
    assert faults.found(feeds["tips"], [], {"": "xx;99"}) == "xx;99"
    assert faults.of_file("missing_column: there is no Mã tin") == "thiếu cột bắt buộc (there is no Mã tin)"
    assert faults.of_file(None) == ""
