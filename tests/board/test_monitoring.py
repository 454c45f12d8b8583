"""deploy/monitoring: a real Prometheus scrapes the board as it is deployed, and its rules notice what is wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
import pytest
from helpers.exports import deliver, row
from helpers.raw_rows import query
from lachan.board import metrics
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.quality.gate import gate
from lachan.settings import PROJECT, Settings
from lachan.warehouse.logins import use_role_login
from psycopg2.extensions import make_dsn, parse_dsn

MONITORING = PROJECT / "deploy" / "monitoring"
SECONDS = 120
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None,
    reason="needs Debian's package prometheus",
)


def expressions() -> list[str]:
    panels = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))["panels"]
    of_dashboard = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    of_rules = re.findall(r"^ +expr: (.+)$", (MONITORING / "rules.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(of_dashboard) > 15 and len(of_rules) > 10
    return of_dashboard + of_rules


def test_dashboard_and_rules_name_metrics_that_the_board_has() -> None:
    used = {name for each in expressions() for name in re.findall(r"\blachan_\w+", each)}
    declared = {name for name, _ in (*metrics._OF_FEEDS.values(), *metrics._OF_PLATFORM.values())}
    assert used == declared | {"lachan_alerts_open"}


@needs_prometheus
def test_each_rule_raises_its_alert_and_only_then() -> None:
    for arguments in (["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]):
        done = subprocess.run(
            ["promtool", *arguments], cwd=MONITORING, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    rules, tests = ((MONITORING / name).read_text(encoding="utf-8") for name in ("rules.yml", "rules_test.yml"))
    for alert in re.findall(r"alert: (\w+)", rules):
        assert re.search(rf"alertname: {alert}\n +exp_alerts:", tests), f"no test raises {alert}"
        assert re.search(rf"alertname: {alert}}}", tests), f"no test shows when {alert} is quiet"


@pytest.mark.proof
@needs_prometheus
def test_prometheus_scrapes_the_deployed_board_and_a_held_file_raises_its_alert(
    warehouse: Settings, feeds: dict[str, Feed], tmp_path: Path
) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1)])
    ingest(warehouse, feeds["tips"], "r1")
    secrets = tmp_path / "run secrets"
    secrets.mkdir()
    for name in ("login_monitor", "metrics_token"):
        (secrets / name).write_text(token_hex(32) + "\n")
    use_role_login(warehouse.dsn, "monitor", (secrets / "login_monitor").read_text().strip())
    with ExitStack() as stack:
        stack.callback(query, warehouse, "drop owned by lachan_monitor_login; drop role lachan_monitor_login")
        board = stack.enter_context(running_board(warehouse, tmp_path, secrets))
        ask = stack.enter_context(running_prometheus(tmp_path, board, secrets / "metrics_token"))
        wait_for(lambda: values(ask, 'up{job="lachan"} == 1'))
        wait_for(lambda: values(ask, "lachan_files_held"))
        assert values(ask, "lachan_files_held") == {"tips": 0.0}
        assert firing(ask) == set()
        for expression in expressions():
            assert ask("query", query=expression)["status"] == "success", expression

        deliver(warehouse, feeds["tips"], [row("tips", 2)], "20991231")
        ingest(warehouse, feeds["tips"], "r2")
        gate(warehouse, "r2")
        wait_for(lambda: "LachanFilesHeld" in firing(ask))
        assert values(ask, "lachan_files_held") == {"tips": 1.0}

        (secrets / "metrics_token").write_text(token_hex(32))
        wait_for(lambda: values(ask, 'up{job="lachan"} == 1'))  # both read the token again


@contextmanager
def running_board(warehouse: Settings, home: Path, secrets: Path) -> Iterator[int]:
    """The port of a board with the environment of docker-compose.yml: without a login but that of the metrics."""
    place = {name: value for name, value in parse_dsn(warehouse.dsn).items() if name not in ("user", "password")}
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LACHAN_")} | {
        "LACHAN_HOME": str(home / "board"),
        "LACHAN_DSN": make_dsn(**place),
        "LACHAN_BOARD_LISTEN": f"127.0.0.1:{port}",
        "LACHAN_LOGIN_MONITOR_FILE": str(secrets / "login_monitor"),
        "LACHAN_METRICS_TOKEN_FILE": str(secrets / "metrics_token"),
        "PYTHONPATH": str(PROJECT / "plugins"),
    }
    with process([sys.executable, "-m", "lachan", "board"], home / "board.log", environment):
        yield port
    made = {file.name for file in (home / "board" / "secrets").iterdir()}
    assert made <= {"login_reporter"}, "a password that the board needs was made up"  # people's logins replace this one


@contextmanager
def running_prometheus(folder: Path, board: int, token: Path) -> Iterator[Callable[..., Any]]:
    """Calls of the API of a Prometheus with the shipped configuration, which looks each second or two."""
    config = (MONITORING / "prometheus.yml").read_text(encoding="utf-8")
    for shipped, here in (
        ("board:8138", f"127.0.0.1:{board}"),
        ("/run/secrets/metrics_token", str(token)),
        ("scrape_interval: 60s", "scrape_interval: 2s"),
        ("scrape_timeout: 20s", "scrape_timeout: 2s"),
        ("evaluation_interval: 60s", "evaluation_interval: 1s"),
    ):
        assert shipped in config, shipped
        config = config.replace(shipped, here)
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    shutil.copy(MONITORING / "rules.yml", folder)
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]

    def ask(what: str, **parameters: str) -> Any:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/{what}", params=parameters, trust_env=False, timeout=30)
        return answer.json()

    with process(command, folder / "prometheus.log", dict(os.environ)):
        wait_for(lambda: httpx.get(f"http://127.0.0.1:{port}/-/ready", trust_env=False, timeout=30).is_success)
        yield ask


@contextmanager
def process(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[None]:
    with log.open("wb") as output:
        started = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            yield
            assert started.poll() is None, log.read_text()
        finally:
            started.terminate()
            started.wait(30)


def values(ask: Callable[..., Any], expression: str) -> dict[str, float]:
    """The value of each series by its feed; an empty name where it has none."""
    found = ask("query", query=expression)["data"]["result"]
    return {each["metric"].get("feed", ""): float(each["value"][1]) for each in found}


def firing(ask: Callable[..., Any]) -> set[str]:
    alerts = ask("alerts")["data"]["alerts"]
    return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(0.2)
    pytest.fail(f"not within {SECONDS} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
