"""The deployed form: its services as processes, with the environment that the compose files give them."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import psycopg2
import pytest
import yaml
from helpers.homes import temporary_home
from lachan.local import postgres
from lachan.local.deployed import main
from lachan.settings import PROJECT, SettingError
from psycopg2.extensions import parse_dsn

PROBE = """
from airflow.api_fastapi.app import cached_app
from starlette.testclient import TestClient
with TestClient(cached_app(apps="core"), follow_redirects=False) as client:
    for name, password in (("admin", "{password}"), ("admin", "wrong")):
        answer = client.post("/auth/token", json=dict(username=name, password=password))
        header = dict(authorization="Bearer " + answer.json().get("access_token", ""))
        print(answer.status_code, client.get("/lachan/van-hanh", headers=header).status_code,
              client.get("/api/v2/dags", headers=header).status_code)
    for path in ("/auth/login/", "/users/list/", "/auth/users/list/", "/auth/docs", "/docs", "/lachan/tong-quan"):
        print(path, client.get(path).status_code)
"""


NAMES = {"BOARD_NAME": "board.test", "AIRFLOW_NAME": "airflow.test"}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home whose server the service `init` has prepared, twice; the secrets are in its folder `services`."""
    with temporary_home("lachan-deployed-") as home:
        folder = home / "services"
        subprocess.run(["sh", PROJECT / "deploy" / "make-secrets.sh", folder], check=True, capture_output=True)
        owner = postgres.start(home)
        port = (home / "postgres" / "port").read_text().strip()
        for file in (folder / "airflow_database", folder / "warehouse_owner"):
            file.chmod(0o600)
            file.write_text(file.read_text().replace("postgres:5432", f"127.0.0.1:{port}"))
        password = parse_dsn((folder / "warehouse_owner").read_text().strip())["password"]
        with psycopg2.connect(owner) as connection, connection.cursor() as cursor:
            cursor.execute("alter role lachan password %s", (password,))
        init = [sys.executable, "-c", "import sys; from pathlib import Path; from lachan.local.deployed import main; "
                f"sys.exit(main(Path({str(folder)!r})))"]  # fmt: skip
        for _ in range(2):
            done = subprocess.run(
                init, env=environment("init", home, folder), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
        yield home


def service_of(file: str, service: str) -> dict[str, object]:
    """What a compose file says of a service, with NAMES and the defaults of the other variables filled in."""
    text = (PROJECT / file).read_text()
    for name, value in NAMES.items():
        text = re.sub(rf"(?<!\$)\$\{{{name}:[^}}]*\}}", value, text)
    text = re.sub(r"(?<!\$)\$\{(\w+):-([^}]*)\}", r"\2", text)
    return yaml.safe_load(text)["services"][service]


def environment(service: str, home: Path, folder: Path, *overlays: str) -> dict[str, str]:
    """The environment of a service, with this machine's addresses and paths in place of the containers'."""
    given: dict[str, object] = {}
    for file in ("docker-compose.yml", *overlays):
        given |= service_of(file, service)["environment"]  # type: ignore[operator]
    port = (home / "postgres" / "port").read_text().strip()
    places = {"$$": "$", "/run/secrets": str(folder), "postgres:5432": f"127.0.0.1:{port}"}
    made = {}
    for name, value in given.items():
        text = "" if value is None else str(value)
        for there, here in places.items():
            text = text.replace(there, here)
        made[name] = text
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return inherited | made | {
        "PGSSLMODE": "disable",  # the embedded server has no TLS
        "PYTHONPATH": str(PROJECT / "plugins"),
        "LACHAN_HOME": str(home / "state"),
        "LACHAN_PROJECT": str(PROJECT),
        "AIRFLOW_HOME": str(home / "state" / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
    }  # fmt: skip


@pytest.mark.proof
def test_the_deployed_form_is_prepared_twice_and_its_users_are_those_of_airflow(home: Path) -> None:
    folder = home / "services"
    assert (home / "state" / "secrets" / "login_loader").exists()

    admin = (folder / "airflow_admin_password").read_text().strip()
    probe = [sys.executable, "-c", PROBE.format(password=admin)]
    done = subprocess.run(
        probe, env=environment("api-server", home, folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers = [line for line in done.stdout.splitlines() if re.fullmatch(r"(\S+ \d{3}|\d{3} \d{3} \d{3})", line)]
    assert answers == [
        "201 200 200",
        "401 401 401",
        "/auth/login/ 200",
        "/users/list/ 200",  # the start page of Airflow's interface, which asks for the login itself
        "/auth/users/list/ 302",
        "/auth/docs 404",
        "/docs 404",
        "/lachan/tong-quan 401",
    ]


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("caddy") is None, reason="needs Debian's package caddy")
def test_people_reach_board_and_airflow_by_tls_only(home: Path, tmp_path: Path) -> None:
    """The proxy of the production overlay in front of both servers, with the commands that the overlay gives them."""
    folder, overlay = home / "services", "docker-compose.production.yml"
    names = ",".join(f"DNS:{name}" for name in NAMES.values())
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=board.test", "-addext", f"subjectAltName={names}", "-keyout", tmp_path / "tls_certificate_key",
         "-out", tmp_path / "tls_certificate"], check=True, capture_output=True)  # fmt: skip
    plain, secure, health, board, airflow = free_ports(5)
    loopback = {"FORWARDED_ALLOW_IPS": "127.0.0.1"}  # in place of the proxy's address in its network
    command = service_of(overlay, "api-server")["command"]
    proxy = {"TLS_FOLDER": str(tmp_path), "HTTP_PORT": str(plain), "HTTPS_PORT": str(secure),
             "HEALTH_PORT": str(health), "BOARD_ADDRESS": f"127.0.0.1:{board}",
             "AIRFLOW_ADDRESS": f"127.0.0.1:{airflow}",
             "HOME": str(tmp_path)}  # fmt: skip
    caddy = ["caddy", "run", "--adapter", "caddyfile", "--config", str(PROJECT / "deploy" / "Caddyfile")]
    of_board = environment("board", home, folder, overlay) | {"LACHAN_BOARD_LISTEN": f"127.0.0.1:{board}"}
    of_airflow = environment("api-server", home, folder, overlay) | {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(airflow),
    }
    add = [sys.executable, "-m", "lachan", "login", "add", "mai", "--as", "reporter"]
    owner = environment("init", home, folder)
    password = subprocess.run(add, env=owner, check=True, capture_output=True, text=True).stdout.split()[-1]

    def ask(name: str, method: str, path: str, **more: object) -> HTTPResponse:
        """One request to the proxy, which resolves the name by TLS (SNI)."""
        trusted = ssl.create_default_context(cafile=tmp_path / "tls_certificate")
        connection = HTTPSConnection("127.0.0.1", secure, timeout=30)
        connection.sock = trusted.wrap_socket(
            socket.create_connection(("127.0.0.1", secure), timeout=30), server_hostname=name
        )
        headers = {"Host": f"{name}:{secure}", **more.get("headers", {})}  # type: ignore[dict-item]
        connection.request(method, path, body=more.get("body"), headers=headers)  # type: ignore[arg-type]
        return connection.getresponse()

    with ExitStack() as running:
        processes = []
        for process, variables in (
            ([sys.executable, "-m", *service_of("docker-compose.yml", "board")["command"]], of_board | loopback),
            ([sys.executable, "-m", *command], of_airflow | loopback),
            (caddy, {"PATH": os.environ["PATH"]} | NAMES | proxy),
        ):
            log = running.enter_context((tmp_path / f"{Path(process[0]).name}.log").open("a+b"))
            started = subprocess.Popen(process, env=variables, stdout=log, stderr=log, start_new_session=True)
            running.callback(started.wait)
            running.callback(started.terminate)
            processes.append(started)
        wait_for(lambda: plainly(health, "/").status == 200, processes)
        wait_for(lambda: ask("board.test", "GET", "/dang-nhap").status == 200, processes)
        wait_for(lambda: ask("airflow.test", "GET", "/api/v2/monitor/health").status == 200, processes)

        moved = plainly(plain, "/tong-quan", Host="board.test")
        assert (moved.status, moved.headers["Location"].split(":")[0]) == (308, "https")
        with pytest.raises(ssl.SSLError):
            ask("other.test", "GET", "/")
        page = ask("board.test", "GET", "/dang-nhap")
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert plainly(board, "/metrics").status == 401 and ask("board.test", "GET", "/metrics").status == 404
        assert ask("airflow.test", "POST", "/execution/task-instances/x/run").status == 404
        assert ask("airflow.test", "GET", "/api/v2/dags").status == 401

        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://board.test:{secure}"}
        entered = ask(
            "board.test", "POST", "/dang-nhap", headers=form, body=urlencode({"ten": "mai", "mat_khau": password})
        )
        assert entered.status == 303, entered.read()
        assert "secure" in entered.headers["Set-Cookie"].lower(), "over TLS only, by what the proxy states"
        foreign = form | {"Origin": "https://elsewhere.test"}
        body = urlencode({"ten": "mai", "mat_khau": password})
        assert ask("board.test", "POST", "/dang-nhap", headers=foreign, body=body).status == 403

        admin = {"username": "admin", "password": (folder / "airflow_admin_password").read_text().strip()}
        as_json = {"Content-Type": "application/json"}
        token = json.load(ask("airflow.test", "POST", "/auth/token", headers=as_json, body=json.dumps(admin)))
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        assert ask("airflow.test", "GET", "/api/v2/dags", headers=bearer).status == 200
        away = ask("airflow.test", "GET", "/auth/users/list/")
        assert away.status == 302 and "http://" not in away.headers["Location"], "no way back to the plain address"


def free_ports(number: int) -> list[int]:
    """Ports of 127.0.0.1 on which nothing listens."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def plainly(port: int, path: str, **headers: str) -> HTTPResponse:
    """One request without TLS."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def wait_for(condition: Callable[[], bool], processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait until a condition holds; a server that does not listen yet counts as no, one that has ended as a failure."""
    while True:  # the limit is the test's own
        assert [each.args for each in processes if each.poll() is not None] == []
        try:
            if condition():
                return
        except (OSError, HTTPException):
            pass
        time.sleep(0.3)


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "airflow_database").write_text("\n")
    with pytest.raises(SettingError, match=r"the secret warehouse_owner cannot be read: .*deploy/make-secrets\.sh"):
        main(tmp_path)
    (tmp_path / "warehouse_owner").write_text("\n")
    with pytest.raises(SettingError, match="the secret warehouse_owner is empty; delete its file"):
        main(tmp_path)
    (tmp_path / "warehouse_owner").write_text("postgresql://lachan@127.0.0.1/lachan\n")
    with pytest.raises(SettingError, match="the secret airflow_database is empty; delete its file"):
        main(tmp_path)
