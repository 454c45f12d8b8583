"""The board in a real browser that reaches nothing else: every page, as each role, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from board.conftest import WARD
from helpers.browsers import browser, log_in, served
from helpers.raw_rows import query
from lachan.board import office
from lachan.board.sessions import Sessions
from lachan.settings import Settings
from playwright.sync_api import Browser, Page

MARCH = "calendar_month@2024-03-01"
WIDTHS = (1280, 390)
PAGES = {
    "analyst": [
        f"/tong-quan?ky={MARCH}",
        "/chi-tieu",
        f"/chi-tieu/tips_received?ky={MARCH}",
        "/mo-hinh",
        "/phuong-xa",
        f"/phuong-xa/{WARD}?ky={MARCH}",
        f"/bao-cao?ky={MARCH}",
        f"/bao-cao/cong-bo?tu=0&den=1&ky={MARCH}",
        "/tu-dien",
        "/tu-dien?bang=reporting.figure",
    ],
    "reporter": [f"/tong-quan?ky={MARCH}", f"/bao-cao?ky={MARCH}"],
    "ward": [f"/tong-quan?ky={MARCH}", f"/chi-tieu/tips_received?ky={MARCH}", f"/phuong-xa/{WARD}?ky={MARCH}"],
    "steward": [
        "/van-hanh",
        "/van-hanh/lich?nguon=tips",
        "/van-hanh/cach-ly",
        "/van-hanh/kiem-tra",
        "/van-hanh/tep/1",
        "/van-hanh/cong-van",
        "/van-hanh/cong-van/hotline-113",
        "/van-hanh/dia-danh",
    ],
}
Passwords = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address(city: Settings) -> Iterator[str]:
    sessions = Sessions(city.dsn)
    with served(office.create(city, sessions)) as found:
        yield found
    sessions.end_all()


@pytest.fixture
def desk(chromium: Browser, address: str, passwords: Passwords) -> Iterator[Page]:
    """A page of an analyst on a desk."""
    context = chromium.new_context(viewport={"width": WIDTHS[0], "height": 900}, accept_downloads=True)
    page = context.new_page()
    log_in(page, address, *passwords["analyst"])
    yield page
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("role", PAGES)
def test_every_page_opens_without_an_error_and_asks_nothing_of_the_outside(
    chromium: Browser, address: str, passwords: Passwords, role: str, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    log_in(page, address, *passwords[role])
    errors.clear()
    for path in PAGES[role]:
        answer = page.goto(address + path)
        assert answer is not None and answer.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        assert page.evaluate("document.styleSheets[0].cssRules.length") > 10, "the style sheet is there"
    assert errors == []
    assert requests and all(url.startswith(f"{address}/") for url in requests)
    context.close()


def test_a_figure_is_followed_to_its_lines(desk: Page, address: str) -> None:
    desk.goto(f"{address}/tong-quan?ky={MARCH}")
    card = desk.locator("article.card", has_text="Số tin tiếp nhận").first
    shown = card.locator(".value a").inner_text()
    card.locator(".value a").click()
    assert "/so-lieu/" in desk.url
    assert desk.locator(".mark.good").inner_text() == "Cộng các dòng bằng đúng số đã công bố"
    lines = desk.locator("#dong tbody tr").all_inner_texts()
    assert sum(int(line.split("\t")[0]) for line in lines) == int(shown)
    assert all(re.search(r"tips/2024/03/tin_bao_\d{8}\.csv\t\d+$", line) for line in lines)


def test_a_table_is_sorted_and_filtered(desk: Page, address: str) -> None:
    desk.goto(f"{address}/chi-tieu/patrols_performed?ky={MARCH}")
    values = desk.locator("#phuong-xa tbody tr td:nth-child(3)")
    desk.locator("#phuong-xa th button", has_text="Giá trị").click()
    numbers = [int(text) for text in values.all_inner_texts()]
    assert len(numbers) > 30 and numbers == sorted(numbers)
    desk.locator("#phuong-xa th button", has_text="Giá trị").click()
    assert [int(text) for text in values.all_inner_texts()] == numbers[::-1]
    desk.fill("#phuong-xa input.filter", "dong ve")
    visible = [row for row in desk.locator("#phuong-xa tbody tr").all() if row.is_visible()]
    assert [row.locator("td").first.inner_text() for row in visible] == ["Đông Vệ"]


def test_another_window_is_chosen_and_its_address_can_be_sent(desk: Page, address: str) -> None:
    desk.goto(f"{address}/tong-quan?ky={MARCH}")
    desk.select_option("select[name=ky]", "calendar_year@2024-01-01")
    desk.wait_for_url("**ky=calendar_year*")
    assert desk.locator("h1").inner_text() == "Năm 2024"


def test_a_download_is_read_back(desk: Page, address: str, city: Settings, tmp_path: Path) -> None:
    desk.goto(f"{address}/chi-tieu/patrols_performed?ky={MARCH}")
    with desk.expect_download() as started:
        desk.locator("#phuong-xa .take a", has_text="XLSX").click()
    started.value.save_as(tmp_path / "wards.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "wards.xlsx").active
    assert sheet is not None
    values = {row[0].value: row[2].value for row in sheet.iter_rows(min_row=2)}
    computed = query(
        city,
        "select ward_name, value::int from reporting.figure where indicator_key = 'patrols_performed'"
        f" and window_key = '{MARCH}' and ward_basis = 'as_was' and breakdown_value = 'total' and ward_key <> 'city'",
    )
    assert values == dict(computed) and len(values) > 30


def test_a_reader_logs_out(desk: Page, address: str) -> None:
    desk.goto(f"{address}/tong-quan")
    desk.click("text=Đăng xuất")
    desk.wait_for_url("**/dang-nhap")
    desk.goto(f"{address}/tong-quan")
    assert "/dang-nhap?tiep=" in desk.url


def test_it_works_without_scripts_and_prints_without_navigation(
    chromium: Browser, address: str, passwords: Passwords
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, address, *passwords["analyst"])
    page.goto(f"{address}/tong-quan?ky={MARCH}")
    assert page.locator("article.card").count() > 30
    page.emulate_media(media="print")
    assert not page.locator("nav").first.is_visible() and page.locator("h1").is_visible()
    context.close()
