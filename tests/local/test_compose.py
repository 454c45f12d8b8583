"""docker-compose.yml: ports on 127.0.0.1 only, and no default passwords."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from lachan.settings import PROJECT

COMPOSE = PROJECT / "docker-compose.yml"


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


def test_secrets_come_from_the_env_file_and_have_no_default() -> None:
    text = COMPOSE.read_text()
    secrets = re.findall(r"\$\{(\w+)([^}]*)\}", text)
    optional = {name for name, rest in secrets if rest.startswith((":-", "-"))}
    landing = {f"LACHAN_LANDING{which}" for which in ("", "_OPTIONS", "_IGNORE", "_MIN_AGE")}
    landing.add("LACHAN_SFTP_KNOWN_HOSTS")
    assert optional == landing, "only where the exports are, and which are read, has a default, no secret"
    secrets = [(name, rest) for name, rest in secrets if name not in optional]
    required = {name for name, rest in secrets if rest.startswith(":?")}
    assert {name for name, _ in secrets} == required, "each must be required with a message at least once"
    example = dict(
        line.split("=", 1) for line in (PROJECT / ".env.example").read_text().splitlines() if re.match(r"\w+=", line)
    )
    assert set(example) == required
    assert not any(example.values())
    values = re.findall(r"^ +(\w*(?:PASSWORD|SECRET|SECRET_KEY|FERNET_KEY|PSEUDONYM_KEY)): (\S+)", text, re.MULTILINE)
    assert len(values) == 7
    assert all(value.startswith("${") for _, value in values)


def test_the_database_has_the_major_version_of_the_embedded_server(services: dict[str, dict[str, object]]) -> None:
    from lachan.local.postgres import MAJOR

    assert services["postgres"]["image"] == f"postgres:{MAJOR}"


def test_the_image_runs_as_an_ordinary_user() -> None:
    users = re.findall(r"^USER (\S+)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["lachan"]


def test_the_env_file_is_never_committed() -> None:
    assert ".env" in Path(PROJECT / ".gitignore").read_text().splitlines()


def test_no_service_that_keeps_running_knows_the_login_of_the_servers_owner(
    services: dict[str, dict[str, object]],
) -> None:
    know = {name for name, service in services.items() if "POSTGRES_PASSWORD" in yaml.safe_dump(service)}
    assert know == {"postgres", "init"}
