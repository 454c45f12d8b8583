"""The compose files of deploy/: what each adds to docker-compose.yml, and which secrets a worker is not given."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from lachan.settings import PROJECT

BASE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
OVERLAYS: dict[str, dict[str, Any]] = {
    file.parent.name: yaml.safe_load(file.read_text()) for file in (PROJECT / "deploy").glob("*/compose.yml")
}
LOADS = {"postgres_certificate", "pseudonym_key", "landing_options"}
NOT_OF_WORKERS = {
    "LACHAN_BOARD_LISTEN", "LACHAN_WARD_GEOMETRY", "LACHAN_HEARTBEAT_URL", "LACHAN_RETENTION",
    "LACHAN_BACKUP", "LACHAN_BACKUP_RECIPIENTS", "LACHAN_BACKUP_KEEP",
}  # fmt: skip


def test_every_overlay_publishes_on_this_machine_only_and_uses_secrets_that_exist() -> None:
    assert set(OVERLAYS) == {"celery", "edge", "monitoring", "citus", "province"}
    for name, overlay in OVERLAYS.items():
        known = set(BASE["secrets"]) | set(overlay.get("secrets", {}))
        for service in overlay["services"].values():
            assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", [])), name
            assert set(service.get("secrets", [])) <= known, name


@pytest.mark.parametrize(("name", "secret"), [("celery", "broker_address"), ("edge", "airflow_jwt_key")])
def test_a_worker_has_what_a_task_needs_and_neither_airflows_database_nor_its_keys(name: str, secret: str) -> None:
    worker = OVERLAYS[name]["services"]["worker"]
    assert set(worker["secrets"]) == LOADS | {secret}
    given = {key for key in worker["environment"] if key.startswith("LACHAN_")}
    of_scheduler = {key for key in BASE["services"]["scheduler"]["environment"] if key.startswith("LACHAN_")}
    assert given == of_scheduler - NOT_OF_WORKERS
    assert not [key for key in worker["environment"] if re.match("AIRFLOW__(DATABASE|CORE__FERNET|API__SECRET)", key)]
    assert (
        BASE["services"]["scheduler"]["environment"].items()
        >= {
            key: value
            for key, value in worker["environment"].items()
            if key.startswith(("LACHAN_LANDING", "LACHAN_PSEUDONYM", "AIRFLOW__WORKERS__"))
        }.items()
    )


def test_the_nodes_of_citus_are_set_up_like_the_server_that_they_extend_and_only_they_reach_the_workers() -> None:
    services = OVERLAYS["citus"]["services"]
    nodes = [services[name] for name in ("postgres", "warehouse-1", "warehouse-2")]
    base = BASE["services"]["postgres"]
    assert all(node["command"][: len(base["command"])] == base["command"] for node in nodes)
    assert all(f">{node['environment']['PGPASSFILE']}\n" in node["entrypoint"][2] for node in nodes)
    for worker in nodes[1:]:
        assert worker["networks"] == ["nodes"] and "ports" not in worker
        assert worker["environment"].items() >= base["environment"].items()
        assert set(worker["secrets"]) == set(base["secrets"])
    assert OVERLAYS["citus"]["networks"] == {"nodes": {"internal": True}}
    assert services["init"]["command"] == [*BASE["services"]["init"]["command"], "--distributed"]


@pytest.mark.parametrize("name", ["celery", "edge"])
def test_the_services_of_airflow_agree_on_the_executor(name: str) -> None:
    services = OVERLAYS[name]["services"]
    chosen = {
        services[each]["environment"]["AIRFLOW__CORE__EXECUTOR"] for each in ("api-server", "scheduler", "worker")
    }
    assert len(chosen) == 1 and chosen != {BASE["services"]["scheduler"]["environment"]["AIRFLOW__CORE__EXECUTOR"]}
    assert services["init"]["build"]["args"] == {"EXTRA_REQUIREMENTS": "requirements-workers.txt"}


def test_the_lock_of_the_workers_repeats_nothing_of_the_main_one_and_names_no_address() -> None:
    main, extra = (
        (PROJECT / name).read_text(encoding="utf-8") for name in ("requirements.txt", "requirements-workers.txt")
    )
    pinned = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
    assert not {name for name, _ in pinned.findall(main)} & {name for name, _ in pinned.findall(extra)}
    versions = dict(pinned.findall(extra))
    assert {"apache-airflow-providers-celery", "apache-airflow-providers-edge3", "redis"} <= set(versions)
    assert int(versions["celery"].split(".")[1]) < 7, "celery 5.7 has removed what the provider calls"
    assert "://" not in extra and extra.count("--hash=sha256:") >= len(versions)
