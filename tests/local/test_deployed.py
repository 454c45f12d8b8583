"""The deployed form: its init service and its API server, as processes with the environment of docker-compose.yml."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with temporary_home("lachan-deployed-") as home:
        yield home


def environment(service: str, home: Path, folder: Path) -> dict[str, str]:
    """The environment of a service, with this machine's addresses and paths in place of the containers'."""
    compose = (PROJECT / "docker-compose.yml").read_text()
    defaults = re.sub(r"(?<!\$)\$\{(\w+):-([^}]*)\}", r"\2", compose)
    given = yaml.safe_load(defaults)["services"][service]["environment"]
    port = (home / "postgres" / "port").read_text().strip()
    places = {"$$": "$", "/run/secrets": str(folder), "postgres:5432": f"127.0.0.1:{port}"}
    made = {}
    for name, value in given.items():
        text = str(value)
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
        done = subprocess.run(init, env=environment("init", home, folder), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
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


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"the secret airflow_database cannot be read: .*deploy/make-secrets\.sh"):
        main(tmp_path)
    (tmp_path / "airflow_database").write_text("\n")
    with pytest.raises(SettingError, match="the secret airflow_database is empty; delete its file"):
        main(tmp_path)
