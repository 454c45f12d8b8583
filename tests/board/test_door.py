"""The door of the office: who gets in, as whom, for how long, and who does not."""

from __future__ import annotations

from collections.abc import Callable

import psycopg2
import pytest
from board.conftest import HTML, WARD, Clock, token_of
from helpers.raw_rows import query
from lachan.board import sessions as board_sessions
from lachan.board.routes import ROUTES
from lachan.settings import Settings
from lachan.warehouse.logins import add_login, end_login
from starlette.routing import Route
from starlette.testclient import TestClient

PUBLIC = {"/dang-nhap"}
LogIn = Callable[[str], TestClient]
Passwords = dict[str, tuple[str, str]]


def addresses(client: TestClient) -> list[str]:
    """Every path that the application knows, with something in the place of each parameter."""
    paths = [route.path for route in client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]
    return [path.replace("{", "").replace("}", "") for path in paths]


def test_no_route_answers_a_reader_who_is_not_logged_in(anonymous: TestClient) -> None:
    walked = addresses(anonymous)
    assert len(walked) >= len(ROUTES) + 4
    for path in [*walked, "/static/nothing", "/không/có", "/openapi.json", "/docs"]:
        for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
            answer = anonymous.request(method, path)
            if path in PUBLIC:
                assert answer.status_code in (200, 303, 401, 405, 503), (method, path)
                continue
            refused = {401, 405} if path == "/metrics" else {401}  # it asks for a token instead of a session
            assert answer.status_code in refused, (method, path)
            assert "Toàn thành phố" not in answer.text


def test_only_the_assets_of_the_login_page_are_public(anonymous: TestClient) -> None:
    for name in ("board.css", "board.js", "icon.svg"):
        assert anonymous.get(f"/static/{name}").status_code == 200
    for name in ("..%2fapp.py", "app.py", "../templates/page.html"):
        assert anonymous.get(f"/static/{name}").status_code == 401


def test_a_browser_comes_back_to_the_page_that_it_asked_for(anonymous: TestClient, passwords: Passwords) -> None:
    sent = anonymous.get("/tong-quan?ky=calendar_month@2024-03-01", headers=HTML)
    assert sent.status_code == 303
    page = anonymous.get(sent.headers["location"])
    assert 'name="tiep" value="/tong-quan?ky=calendar_month@2024-03-01"' in page.text
    name, password = passwords["reporter"]
    form = {"ten": name, "mat_khau": password, "tiep": "/tong-quan?ky=calendar_month@2024-03-01"}
    answer = anonymous.post("/dang-nhap", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/tong-quan?ky=calendar_month@2024-03-01")
    assert "Tháng 3/2024" in anonymous.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_login_leads_to_no_other_site(anonymous: TestClient, passwords: Passwords, target: str) -> None:
    name, password = passwords["reporter"]
    answer = anonymous.post("/dang-nhap", data={"ten": name, "mat_khau": password, "tiep": target})
    assert answer.headers["location"] == "/"


def test_the_cookie_holds_no_password_and_no_script_reads_it(anonymous: TestClient, passwords: Passwords) -> None:
    name, password = passwords["analyst"]
    answer = anonymous.post("/dang-nhap", data={"ten": name, "mat_khau": password})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    assert name not in cookie and password.lower() not in cookie


def test_queries_run_as_the_login_of_the_reader(city: Settings, log_in: LogIn) -> None:
    for role in ("analyst", "reporter", "ward"):
        assert log_in(role).get("/tong-quan").status_code == 200
    seen = query(city, "select distinct usename from pg_stat_activity where application_name = 'lachan board'")
    assert {name for (name,) in seen} == {"board_analyst", "board_reporter", "ward_14782_20210201"}


def test_a_ward_sees_its_own_figures_only(log_in: LogIn, analyst: TestClient) -> None:
    ward = log_in("ward")
    page = ward.get("/chi-tieu/tips_received?ky=calendar_month@2024-03-01").text
    assert "Đông Vệ" in page and "Toàn thành phố" not in page and "Lam Sơn" not in page
    assert "Lam Sơn" in analyst.get("/chi-tieu/tips_received?ky=calendar_month@2024-03-01").text
    assert ward.get("/chi-tieu/tips_received?phuong=14773@2021-02-01").status_code == 404
    assert ward.get(f"/chi-tieu/tips_received?phuong={WARD}").status_code == 200
    assert ward.get(f"/so-lieu/{'0' * 32}").status_code == 403


@pytest.mark.parametrize("role", ["steward"])
def test_a_steward_sees_no_figures(log_in: LogIn, role: str) -> None:
    for path in ("/tong-quan", "/chi-tieu", f"/so-lieu/{'0' * 32}"):
        assert log_in(role).get(path).status_code == 403


def test_a_wrong_password_and_an_unknown_name_are_told_alike(anonymous: TestClient, passwords: Passwords) -> None:
    wrong = anonymous.post("/dang-nhap", data={"ten": passwords["analyst"][0], "mat_khau": "x"})
    unknown = anonymous.post("/dang-nhap", data={"ten": "nobody", "mat_khau": "x"})
    assert wrong.status_code == unknown.status_code == 401
    assert "không đúng" in wrong.text and "không đúng" in unknown.text


def test_logins_of_the_platform_itself_do_not_get_in(city: Settings, anonymous: TestClient) -> None:
    parts = psycopg2.extensions.parse_dsn(city.dsn)
    answer = anonymous.post("/dang-nhap", data={"ten": parts["user"], "mat_khau": parts["password"]})
    assert answer.status_code == 401 and "không phải của một người đọc" in answer.text


def test_failed_logins_slow_down(anonymous: TestClient, clock: Clock, passwords: Passwords) -> None:
    name, password = passwords["analyst"]
    waits = []
    for _ in range(6):
        answer = anonymous.post("/dang-nhap", data={"ten": name, "mat_khau": "wrong"})
        if answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            right = anonymous.post("/dang-nhap", data={"ten": name, "mat_khau": password})
            assert right.status_code == 429, "a right password must wait as well"
            clock.now += waits[-1]
            assert anonymous.post("/dang-nhap", data={"ten": name, "mat_khau": "wrong"}).status_code == 401
    assert waits == [1, 2, 4]
    clock.now += 300
    assert anonymous.post("/dang-nhap", data={"ten": name, "mat_khau": password}).status_code == 303


def test_sessions_end(log_in: LogIn, clock: Clock) -> None:
    idle, busy = log_in("analyst"), log_in("reporter")
    clock.now += board_sessions.IDLE_SECONDS - 1
    assert busy.get("/tong-quan").status_code == 200
    clock.now += 2
    assert idle.get("/tong-quan").status_code == 401
    while clock.now < 1000 + board_sessions.LONGEST_SECONDS:
        assert busy.get("/tong-quan").status_code == 200
        clock.now += board_sessions.IDLE_SECONDS - 1
    assert busy.get("/tong-quan").status_code == 401


def test_a_login_that_is_ended_ends_its_sessions(city: Settings, anonymous: TestClient) -> None:
    name, password = add_login(city.dsn, "board_leaving", "reporter")
    assert anonymous.post("/dang-nhap", data={"ten": name, "mat_khau": password}).status_code == 303
    assert anonymous.get("/tong-quan").status_code == 200
    end_login(city.dsn, name)
    assert anonymous.get("/tong-quan", headers=HTML).headers["location"] == "/"
    assert anonymous.get("/", headers=HTML).headers["location"].startswith("/dang-nhap")


def test_one_login_has_few_sessions_at_once(city: Settings, log_in: LogIn) -> None:
    clients = [log_in("reporter") for _ in range(board_sessions.SESSIONS_OF_ONE_LOGIN + 2)]
    assert [client.get("/tong-quan").status_code for client in clients] == [401, 401, 200, 200, 200]
    count = "select count(*) from pg_stat_activity where usename = 'board_reporter'"
    assert query(city, count) == [(board_sessions.SESSIONS_OF_ONE_LOGIN,)]


def test_logging_out_needs_the_token_of_the_session_and_ends_it(analyst: TestClient) -> None:
    page = analyst.get("/tong-quan").text
    assert analyst.post("/dang-xuat").status_code == 403
    assert analyst.post("/dang-xuat", data={"ma_phien": "x"}).status_code == 403
    token = {"ma_phien": token_of(page)}
    assert analyst.post("/dang-xuat", data=token, headers={"origin": "https://evil.example"}).status_code == 403
    assert analyst.post("/dang-xuat", data=token, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert analyst.get("/tong-quan").status_code == 200
    assert analyst.post("/dang-xuat", data=token).status_code == 303
    assert analyst.get("/tong-quan").status_code == 401


def test_another_site_cannot_log_a_browser_in(anonymous: TestClient, passwords: Passwords) -> None:
    name, password = passwords["analyst"]
    form = {"ten": name, "mat_khau": password}
    assert anonymous.post("/dang-nhap", data=form, headers={"origin": "https://evil.example"}).status_code == 403


def test_every_answer_forbids_outside_sources_frames_of_others_and_caching(
    anonymous: TestClient, analyst: TestClient
) -> None:
    answers = [anonymous.get("/dang-nhap"), anonymous.get("/"), analyst.get("/tong-quan"), analyst.get("/khong-co")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
        assert "http" not in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
