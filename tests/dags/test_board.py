"""The board within Airflow: each route asks Airflow who is there, and what this user may."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from helpers.raw_rows import load, query
from lachan import settings as lachan_settings
from lachan.settings import PROJECT, Settings
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

USERS = "admin:admin,operator:op,viewer:viewer"
VAN_HANH = "/lachan/van-hanh"


@pytest.fixture
def airflow_client(airflow_home: Path, warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of Airflow's API server with the plugin, on an empty warehouse."""
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", USERS)
    from airflow.api_fastapi.app import cached_app, purge_cached_app

    purge_cached_app()
    app = cached_app(apps="all")
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client
    purge_cached_app()


def token(client: TestClient, airflow_home: Path, name: str) -> dict[str, str]:
    """The header that a user of Airflow sends."""
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    password = SimpleAuthManager.get_passwords()[name]
    answer = client.post("/auth/token", json={"username": name, "password": password})
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


SEEN_BY_NOBODY = re.compile(
    # health, version, the start page of the interface, the login and its form, and addresses of older versions
    r"/execution/health(/ping)?|/api/v2/(monitor/health|version|auth/log(in|out))|(/auth)?/static/"
    r"|/auth/token(/cli)?|(/auth)?/\{rest_of_path:path\}|/health|/api/(v1/)?\{_:path\}"
)


def every_route_of_airflow_refuses_who_is_not_logged_in(client: TestClient) -> None:
    import lachan_plugin

    asked = 0
    assert client.get("/execution/health").status_code == 200, (
        "the routes of the tasks' API exist from the first request on"
    )
    for path, method in routes_of(client.app.routes):
        answer = client.request(method, re.sub(r"\{[^}]*\}", "1", path))
        asked += 1
        for header, value in lachan_plugin.HEADERS.items():
            assert answer.headers.get(header) and (path.startswith("/lachan") or answer.headers[header] == value)
        if path in lachan_plugin.DESCRIPTIONS:
            assert answer.status_code == 404 and not answer.content, path
        elif not SEEN_BY_NOBODY.fullmatch(path):
            assert answer.status_code in (401, 403), (method, path, answer.status_code)
    assert asked > 400


def routes_of(routes: Sequence[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Path and method of each route, those of mounted applications too."""
    for route in routes:
        if isinstance(route, Mount):
            mounted = getattr(route.app, "routes", None) or route.routes
            yield from routes_of(mounted, prefix + route.path) if mounted else [(f"{prefix}{route.path}/", "GET")]
        else:
            yield from ((prefix + route.path, method) for method in getattr(route, "methods", None) or {"GET"})


def test_airflow_says_who_reads_the_board(airflow_client: TestClient, airflow_home: Path, warehouse: Settings) -> None:
    client = airflow_client
    every_route_of_airflow_refuses_who_is_not_logged_in(client)
    every_route_refuses_who_is_not_logged_in(client)
    viewer, operator = (token(client, airflow_home, name) for name in ("viewer", "operator"))
    assert client.get("/lachan/", headers=viewer).headers["location"] == "/lachan/tong-quan"
    page = client.get(VAN_HANH, headers=viewer)
    assert page.status_code == 200 and ">viewer<" in page.text and 'href="/lachan/tong-quan"' in page.text
    assert client.get("/lachan/tong-quan", headers=viewer).status_code == 404, "nothing is published yet"
    assert client.get("/lachan/static/board.css", headers=viewer).status_code == 200
    client.cookies.set("_token", operator["authorization"].removeprefix("Bearer "))
    assert ">operator<" in client.get(VAN_HANH).text, "the browser sends the token as a cookie"
    client.cookies.clear()
    only_operators_decide(client, warehouse, viewer, operator)
    a_run_has_a_page(client, warehouse, viewer)


def every_route_refuses_who_is_not_logged_in(client: TestClient) -> None:
    from lachan.board import airflow

    board = airflow.create(lachan_settings.load())
    paths = [route.path for route in board.routes if isinstance(route, Route)]
    assert len(paths) > 15
    for path in [*paths, "/", "/x", "/static/board.css", "/openapi.json"]:
        address = "/lachan" + re.sub(r"\{(\w+)(:\w+)?\}", "1", path)
        for headers in ({}, {"authorization": "Bearer x"}, {"authorization": "Basic YTpi"}, {"cookie": "_token=x"}):
            for method in ("GET", "POST"):
                answer = client.request(method, address, headers=headers)
                assert answer.status_code == 401, (method, address, headers)


def only_operators_decide(
    client: TestClient, warehouse: Settings, viewer: dict[str, str], operator: dict[str, str]
) -> None:
    load(warehouse, "tips", date(2024, 3, 5), {"A": {}})
    [(file_id,)] = query(warehouse, "select file_id from ops.export_file")
    address = f"{VAN_HANH}/tep/{file_id}"
    assert "<textarea" not in client.get(address, headers=viewer).text
    page = client.get(address, headers=operator).text
    found = re.search('name="ma_phien" value="([0-9a-f]+)"', page)
    assert found
    form = {"ma_phien": found.group(1), "ly_do": "gửi nhầm tệp"}
    assert client.post(f"{address}/rut", headers=viewer, data=form).status_code == 403
    assert client.post(f"{address}/rut", headers=operator, data=form | {"ma_phien": "x"}).status_code == 403
    foreign = operator | {"origin": "https://evil.example"}
    assert client.post(f"{address}/rut", headers=foreign, data=form).status_code == 403
    assert query(warehouse, "select count(*) from ops.decision") == [(0,)]
    assert client.post(f"{address}/rut", headers=operator, data=form).headers["location"] == address
    assert query(warehouse, "select decision, decided_by, why from ops.decision") == [
        ("retracted", "operator", "gửi nhầm tệp")
    ]


def a_run_has_a_page(client: TestClient, warehouse: Settings, viewer: dict[str, str]) -> None:
    query(warehouse, "update ops.export_file set run_id = 'ingest__tips.manual__2024-03-06T00:00:00+00:00' returning 1")
    run = {"dag": "ingest__tips", "luot": "manual__2024-03-06T00:00:00+00:00"}
    for parameters, rows in (
        (run, 1),
        ({"dag": "ingest__tips"}, 1),
        (run | {"luot": "other"}, 0),
        ({"dag": "ingest"}, 0),
    ):
        page = client.get(f"{VAN_HANH}/luot", params=parameters, headers=viewer).text
        assert page.count("/lachan/van-hanh/tep/") == 2 * rows, parameters


def test_the_plugin_itself_imports_nothing_of_the_board(airflow_home: Path) -> None:
    code = "import lachan_plugin, sys; print(*{'lachan', 'lachan.board', 'altair'} & set(sys.modules))"
    completed = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT / "plugins", capture_output=True, text=True, check=True
    )
    assert completed.stdout.strip() == ""
