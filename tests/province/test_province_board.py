"""The boards of a province on one address: each city below its code, the province above them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.provinces import CITIES, Province
from lachan.board import office, provinces
from lachan.province.collect import collect
from lachan.province.readers import add_reader
from lachan.warehouse.logins import add_login, end_login
from starlette.testclient import TestClient

HTML = {"accept": "text/html"}


@pytest.fixture
def passwords(province: Province) -> Iterator[dict[str, str]]:
    """A reader of the province and one of a city; both cities have published a month that is complete."""
    for code, values in (("380", 1210), ("381", 7)):
        province.publish(code, ("total", values), label="Tin <nhận>")
    collect(province.whole, CITIES)
    own = {"tinh_board": province.whole.dsn, "pho_board": province.cities["381"].dsn}
    yield {name: add_login(dsn, name, "reporter")[1] or "" for name, dsn in own.items()}
    for name, dsn in own.items():
        end_login(dsn, name)


@pytest.fixture
def browser(province: Province) -> TestClient:
    return TestClient(provinces.create(province.whole, provinces.served(), office.create), follow_redirects=False)


def test_the_province_sees_its_cities_side_by_side_with_sum_and_age(
    province: Province, browser: TestClient, passwords: dict[str, str]
) -> None:
    add_reader(province.whole.dsn, "tinh_board")
    sent = browser.get("/toan-tinh?ky=m", headers=HTML)
    assert sent.headers["location"] == "/dang-nhap?tiep=%2Ftoan-tinh%3Fky%3Dm"
    form = {"ten": "tinh_board", "mat_khau": passwords["tinh_board"], "tiep": "/toan-tinh?ky=m"}
    assert browser.post("/dang-nhap", data=form).headers["location"] == "/toan-tinh?ky=m"
    assert browser.get("/").headers["location"] == "/toan-tinh"
    page = browser.get("/toan-tinh?ky=m").text
    assert "Tin &lt;nhận&gt;" in page
    assert [f">{number}</td>" in page for number in ("1.210", "7", "1.217")] == [True] * 3
    assert 'href="/381/"' in page and "Thành phố Ví Dụ 381" in page and "Công bố lần cuối" in page
    lines = browser.get("/toan-tinh?ky=m&tai=toan-tinh.csv").content.decode("utf-8-sig").splitlines()
    assert lines[1].split(";" if ";" in lines[1] else ",")[2:5] == ["1210", "7", "1217"]
    assert browser.get("/381/tong-quan").status_code == 401, "a session of the province is none of a city"


def test_a_person_of_a_city_logs_in_below_its_code_only(browser: TestClient, passwords: dict[str, str]) -> None:
    form = {"ten": "pho_board", "mat_khau": passwords["pho_board"]}
    assert [browser.post(f"{place}/dang-nhap", data=form).status_code for place in ("", "/380", "/381")] == [
        401,
        401,
        303,
    ]
    assert browser.get("/381/").headers["location"] == "/381/tong-quan"
    page = browser.get("/381/chi-tieu", headers=HTML)
    assert page.status_code in (200, 404, 503) and 'href="/381/static/board.css"' in page.text
    assert browser.get("/380/tong-quan").status_code == 401 and browser.get("/toan-tinh").status_code == 401
