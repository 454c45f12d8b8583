"""The compose files: ports on 127.0.0.1 only, secrets only where they are needed, limits and TLS in production."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from lachan.settings import PROJECT

COMPOSE = PROJECT / "docker-compose.yml"
PRODUCTION = PROJECT / "docker-compose.production.yml"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, object]]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_there_are_exactly_these_services(services: dict[str, dict[str, object]]) -> None:
    assert set(services) == {"postgres", "init", "api-server", "board", "scheduler", "dag-processor"}


def test_ports_are_published_on_this_machine_only(services: dict[str, dict[str, object]]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(str(port).startswith("127.0.0.1:") for port in ports)


def test_every_long_running_service_has_a_healthcheck(services: dict[str, dict[str, object]]) -> None:
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["init"]


def test_secrets_are_files_that_the_script_makes(tmp_path: Path) -> None:
    made = subprocess.run(
        ["sh", PROJECT / "deploy" / "make-secrets.sh", tmp_path / "a b"], check=True, capture_output=True, text=True
    )
    files = {file.name: file.read_bytes() for file in (tmp_path / "a b").iterdir()}
    named = yaml.safe_load(COMPOSE.read_text())["secrets"]
    assert named == {name: {"file": f"${{SECRETS_FOLDER:-./secrets}}/{name}"} for name in named}
    overlays = [yaml.safe_load(file.read_text()) for file in (PROJECT / "deploy").glob("*/compose.yml")]
    of_overlays = {name for overlay in overlays for name in overlay.get("secrets", {})}
    assert set(files) == set(named) | of_overlays and made.stdout.count("made ") == len(files)
    assert (tmp_path / "a b").stat().st_mode & 0o777 == 0o700
    subprocess.run(["sh", PROJECT / "deploy" / "make-secrets.sh", tmp_path / "a b"], check=True, capture_output=True)
    assert {file.name: file.read_bytes() for file in (tmp_path / "a b").iterdir()} == files, "a second run keeps them"
    of_cities = ["sh", PROJECT / "deploy" / "make-secrets.sh", tmp_path / "a b", "380", "381"]
    subprocess.run(of_cities, check=True, capture_output=True)
    keys = [(tmp_path / "a b" / "cities" / code / "pseudonym_key").read_text() for code in ("380", "381")]
    assert len({*keys, files["pseudonym_key"].decode()}) == 3 and all(len(key) == 65 for key in keys)


def test_no_secret_is_in_the_environment_or_the_arguments_of_a_service(services: dict[str, dict[str, object]]) -> None:
    variables = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text() + PRODUCTION.read_text()))
    landing = {f"LACHAN_LANDING{which}" for which in ("", "_IGNORE", "_MIN_AGE")} | {"LANDING_FOLDER"}
    archive = {"LACHAN_ARCHIVE_RECIPIENTS", "LACHAN_ARCHIVE_KEEP_DAYS"}
    others = {"LACHAN_SFTP_KNOWN_HOSTS", "LACHAN_HEARTBEAT_URL", "SECRETS_FOLDER", "AIRFLOW_BASE_URL"}
    office = {
        "LACHAN_RETENTION",
        "LACHAN_RECIPIENTS",
        "LACHAN_BOARD_URL",
        "LACHAN_OFFICE",
        "OFFICE_FOLDER",
        "LACHAN_WARD_GEOMETRY",
    }
    production = {"BOARD_NAME", "AIRFLOW_NAME", "CADDY_IMAGE", "POSTGRES_IMAGE", "PYTHON_IMAGE"}
    backup = {"LACHAN_RETENTION", "LACHAN_BACKUP", "LACHAN_BACKUP_RECIPIENTS", "LACHAN_BACKUP_KEEP", "BACKUP_FOLDER"}
    assert variables == landing | archive | backup | office | others | production | {"POSTGRES_SHARED_BUFFERS"}
    example = (PROJECT / ".env.example").read_text()
    of_province = set(re.findall(r"\$\{(\w+)", (PROJECT / "deploy" / "province" / "compose.yml").read_text()))
    assert variables | of_province == set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))


def test_each_service_is_given_the_secrets_that_it_needs(services: dict[str, dict[str, object]]) -> None:
    given = {
        name: {each for each in service["secrets"] if each != "postgres_certificate"}
        for name, service in services.items()
    }
    database = {"airflow_database", "airflow_fernet_key"}
    assert given == {
        "postgres": {"postgres_owner_password", "postgres_certificate_key"},
        "init": database | {"warehouse_owner", "airflow_admin_password", "login_monitor"},
        "api-server": database | {"airflow_api_key", "airflow_jwt_key"},
        "board": {"login_monitor", "metrics_token"},
        "scheduler": database | {"airflow_jwt_key", "pseudonym_key", "landing_options"},
        "dag-processor": database,
    }
    with_logins = {
        name for name, service in services.items() if any("logins:" in str(v) for v in service.get("volumes", []))
    }
    assert with_logins == {"init", "api-server", "scheduler"}


def test_the_database_has_the_major_version_of_the_embedded_server(services: dict[str, dict[str, object]]) -> None:
    from lachan.local.postgres import MAJOR

    assert services["postgres"]["image"] == f"postgres:{MAJOR}"


def test_the_image_runs_as_an_ordinary_user() -> None:
    users = re.findall(r"^USER (\S+)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["lachan"]


def test_secrets_are_never_committed() -> None:
    assert {".env", "/secrets/"} <= set((PROJECT / ".gitignore").read_text().splitlines())


def test_only_the_service_that_loads_writes_the_archive(services: dict[str, dict[str, object]]) -> None:
    for what in ("LACHAN_ARCHIVE_RECIPIENTS", "archive:/archive"):
        assert {name for name, service in services.items() if what in yaml.safe_dump(service)} == {"scheduler"}, what
    assert "LACHAN_ARCHIVE_IDENTITY" not in COMPOSE.read_text()


def test_production_adds_tls_limits_and_the_local_time_to_every_service(services: dict[str, dict[str, object]]) -> None:
    overlay = yaml.safe_load(PRODUCTION.read_text())["services"]
    assert overlay.keys() == services.keys() | {"proxy"}
    for name, service in overlay.items():
        assert {"mem_limit", "cpus", "pids_limit"} <= service.keys(), name
        assert service["environment"]["TZ"] == "Asia/Ho_Chi_Minh", name
    assert {name for name, service in overlay.items() if "ports" in service} == {"proxy"}
    front = {name for name, service in overlay.items() if "front" in service.get("networks", ())}
    assert front == {"proxy", "board", "api-server"}, "PostgreSQL and what runs tasks are not in the proxy's network"
    address = overlay["proxy"]["networks"]["front"]["ipv4_address"]
    believed = {
        name for name, service in overlay.items() if service["environment"].get("FORWARDED_ALLOW_IPS") == address
    }
    assert believed == {"board", "api-server"}


def test_production_starts_only_from_images_that_are_pinned_by_the_office() -> None:
    text = PRODUCTION.read_text()
    for image in ("CADDY_IMAGE", "POSTGRES_IMAGE", "PYTHON_IMAGE"):
        assert f"${{{image}:?" in text, "without a value Compose stops"
    assert "FROM ${PYTHON_IMAGE}" in (PROJECT / "Dockerfile").read_text()
