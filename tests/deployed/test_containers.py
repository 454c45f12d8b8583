"""The production form in real containers: a week, restarts, a full disk, a wrong secret, the cities of a province.

Needs a running Docker with the images lachan (`docker build --tag lachan .`), postgres:18 and caddy:2; make_images.sh
makes stand-ins where no registry can be reached.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from http.client import HTTPSConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from helpers.pipeline import process
from helpers.raw_rows import query
from lachan.cities import dag_id
from lachan.contract import read_contracts
from lachan.settings import PROJECT, Settings
from lachan_sample import write_city
from lachan_sample.other_cities import write_cities

IMAGES = ("lachan", "postgres:18", "caddy:2")
FEEDS = sorted(contract.stem for contract in (PROJECT / "contracts").glob("*.yaml"))
LONG_RUNNING = {"postgres", "proxy", "api-server", "board", "scheduler", "dag-processor"}
DISK_BYTES = 900 * 2**20
FIGURES = """
select count(*) || ' ' || md5(string_agg(figure_id || ' ' || coalesce(value::text, ''), ',' order by figure_id))
from reporting.figure
"""
PUBLISHED_DAYS = """
select count(distinct export_date) from ops.delivery
where feed = 'tips' and standing = 'accepted' and exists (select from reporting.publication where published_at > since)
"""
PROVINCE_FIGURES = """
select string_agg(distinct city_code, ' ' order by city_code) from province.stored_figure
where window_key = 'calendar_week@2024-02-26'
"""
LOADED_TWICE = """
select count(*)
from (select from ops.export_file where status = 'loaded' group by path, sha256 having count(*) > 1) as twice
"""


def has_engine() -> bool:
    """Whether Docker runs and has the images."""
    if shutil.which("docker") is None:
        return False
    images = subprocess.run(["docker", "image", "inspect", *IMAGES], capture_output=True, check=False)
    return images.returncode == 0


pytestmark = [
    pytest.mark.proof,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(
        "LACHAN_PROOFS" not in os.environ or not has_engine(), reason=f"needs Docker with {', '.join(IMAGES)}"
    ),
]


class Stack:
    """The two compose files as one project of its own; ports other than the proxy's are not published.

    With `cities` it is a province with synthetic cities of these codes.
    """

    def __init__(self, folder: Path, disk_of_postgres: str | None = None, cities: Sequence[str] = ()) -> None:
        self.folder = folder
        self._disk_of_postgres = disk_of_postgres
        self.secrets = folder / "secrets"
        make_secrets = ["sh", PROJECT / "deploy" / "make-secrets.sh", self.secrets, *cities]
        subprocess.run(make_secrets, check=True, capture_output=True)
        self.cities = write_cities(folder / "cities", *cities)
        for code in cities:
            own = f'pseudonym_key_file = "/run/secrets/cities/{code}/pseudonym_key"\n'
            (self.cities / code / "settings.toml").write_text(own)
        names = "subjectAltName=DNS:board.test,DNS:airflow.test"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=board.test", "-addext", names, "-keyout", self.secrets / "tls_certificate_key", "-out",
             self.secrets / "tls_certificate"], check=True, capture_output=True)  # fmt: skip
        (self.secrets / "tls_certificate_key").chmod(0o444)
        (folder / "office").mkdir()
        (folder / "env").write_text(
            f"LANDING_FOLDER={folder}/landing\nSECRETS_FOLDER={self.secrets}\nOFFICE_FOLDER={folder}/office\n"
            "LACHAN_ARCHIVE_RECIPIENTS=none\nLACHAN_LANDING_MIN_AGE=0\nBOARD_NAME=board.test\nAIRFLOW_NAME=airflow.test\n"
            "POSTGRES_IMAGE=postgres:18\nCADDY_IMAGE=caddy:2\nPYTHON_IMAGE=python:3.12-slim\n"
            f"CITIES_FOLDER={self.cities}\n"
        )
        self._name = f"lachan{os.getpid()}"
        files = ["docker-compose.yml", "docker-compose.production.yml"]
        self._files = [self._file(name) for name in [*files, *(["deploy/province/compose.yml"] if cities else [])]]

    def _file(self, name: str) -> str:
        """A compose file without what would meet another installation on this machine: its name, ports, the build."""
        content = yaml.safe_load((PROJECT / name).read_text())
        content.pop("name", None)
        for service, parts in content["services"].items():
            parts.pop("build", None)
            parts.pop("ports", None)
            if service == "proxy":
                parts["ports"] = ["127.0.0.1::443"]
        if self._disk_of_postgres and "postgres" in content.get("volumes", {}):
            content["volumes"]["postgres"] = {"driver_opts": {"type": "ext4", "device": self._disk_of_postgres}}
        path = self.folder / name.replace("/", "-")
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        return f"--file={path}"

    def compose(self, *arguments: str, check: bool = True, given: str | None = None) -> str:
        """Run Compose (its second or first version) with `given` as its input, and return what it printed."""
        is_second = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
        program = ["docker", "compose"] if is_second else ["docker-compose"]
        options = [
            "--project-name",
            self._name,
            "--project-directory",
            str(PROJECT),
            "--env-file",
            f"{self.folder}/env",
        ]
        done = subprocess.run(
            [*program, *options, *self._files, *arguments], capture_output=True, text=True, check=False, input=given
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done.stdout + done.stderr

    def query(self, text: str, database: str = "lachan") -> str:
        """One value of a database, as the owner of the server."""
        line = 'PGPASSWORD=$(cat /run/secrets/postgres_owner_password) psql -h 127.0.0.1 -U lachan -d "$1" -tAc "$0"'
        command = ["exec", "-T", "postgres", "sh", "-c", line, " ".join(text.split()), database]
        return self.compose(*command, check=False).strip()

    def page(self, name: str, path: str) -> int:
        """The status with which the proxy answers a request to a name, whose certificate is checked."""
        [port] = re.findall(r"127\.0\.0\.1:(\d+)", self.compose("port", "proxy", "443"))
        trusted = ssl.create_default_context(cafile=self.secrets / "tls_certificate")
        connection = HTTPSConnection(name, timeout=30)
        connection.sock = trusted.wrap_socket(
            socket.create_connection(("127.0.0.1", int(port)), timeout=30), server_hostname=name
        )
        connection.request("GET", path)
        return connection.getresponse().status

    def health(self) -> dict[str, str]:
        """The health of each long-running service."""
        found = {}
        for service in LONG_RUNNING:
            container = self.compose("ps", "-q", service).split()[-1]
            state = ["docker", "inspect", "--format", "{{.State.Health.Status}}", container]
            found[service] = subprocess.run(state, capture_output=True, text=True, check=True).stdout.strip()
        return found

    def wait_until_healthy(self) -> None:
        """Wait for all services; the limit is the test's own."""
        wait_for(lambda: set(self.health().values()) == {"healthy"})

    def ingest(self, *feeds: str, check: bool = True, city: str | None = None) -> None:
        """Start the ingest of some feeds, in a province those of a city; the build follows by itself."""
        for feed in feeds:
            dag = dag_id(f"ingest__{feed}", city)
            self.compose("exec", "-T", "scheduler", "python", "-m", "airflow", "dags", "trigger", dag, check=check)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    while not condition():
        time.sleep(3)


@contextmanager
def started(disk_of_postgres: str | None = None, cities: Sequence[str] = ()) -> Iterator[Stack]:
    """The stack, all healthy; removed with its volumes afterwards."""
    with TemporaryDirectory(prefix="lachan-containers-") as folder:
        Path(folder).chmod(0o755)
        made = Stack(Path(folder), disk_of_postgres, cities)
        (made.folder / "landing").mkdir()
        try:
            made.compose("up", "--detach")
            made.wait_until_healthy()
            yield made
        finally:
            made.compose("down", "--volumes", "--timeout", "30", check=False)


@pytest.fixture
def stack() -> Iterator[Stack]:
    with started() as made:
        yield made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[str]:
    """A block device with a file system that has room for PostgreSQL and some days."""
    image = tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    found = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=True)
    device = found.stdout.strip()
    try:
        yield device
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def test_a_week_is_published_and_survives_every_restart(stack: Stack) -> None:
    landing = stack.folder / "landing"
    write_city(landing, date(2024, 3, 1), date(2024, 3, 7))
    stack.ingest(*FEEDS)
    wait_for(lambda: stack.query(PUBLISHED_DAYS) == "7")
    figures = stack.query(FIGURES)
    assert int(figures.split()[0]) > 10_000

    for service in ("api-server", "board", "scheduler", "dag-processor"):
        touched = stack.compose("exec", "-T", service, "touch", "/opt/lachan/x", check=False)
        assert "Read-only file system" in touched, service
    assert stack.page("board.test", "/dang-nhap") == stack.page("airflow.test", "/api/v2/monitor/health") == 200

    for service in sorted(LONG_RUNNING):
        stack.compose("restart", "--timeout", "60", service)
        stack.wait_until_healthy()
    assert stack.query(FIGURES) == figures
    stack.compose("stop", "--timeout", "60")
    stack.compose("up", "--detach")
    stack.wait_until_healthy()
    assert stack.query(FIGURES) == figures
    write_city(landing, date(2024, 3, 1), date(2024, 3, 8))
    stack.ingest("tips")
    wait_for(lambda: stack.query(PUBLISHED_DAYS) == "8")
    assert stack.query(FIGURES) != figures

    owner = stack.secrets / "warehouse_owner"
    right = owner.read_text()
    owner.chmod(0o644)
    owner.write_text(re.sub(r"lachan:\w+@", "lachan:wrong@", right))
    refused = stack.compose("run", "--rm", "init", check=False)
    assert "restore the secrets from then" in refused and "Traceback" not in refused
    owner.write_text("")
    assert "init: the secret warehouse_owner is empty" in stack.compose("run", "--rm", "init", check=False)


def test_a_person_is_found_from_a_container_that_has_key_and_owner(stack: Stack) -> None:
    """As docs/privacy.md says; no running service has both."""
    write_city(stack.folder / "landing", date(2024, 3, 1), date(2024, 3, 2))
    stack.ingest("tips")
    wait_for(lambda: stack.query(PUBLISHED_DAYS) == "2")
    [export] = (stack.folder / "landing").rglob("tin_bao_20240301.csv")
    rows = csv.DictReader(io.StringIO(export.read_text(encoding="utf-8-sig")), delimiter=";")
    phone = next(row["Số điện thoại"] for row in rows if row["Số điện thoại"])
    key = ["--volume", f"{stack.secrets}/pseudonym_key:/key:ro", "-e", "LACHAN_PSEUDONYM_KEY_FILE=/key"]
    command = ["run", "--rm", "-T", *key, "init", "lachan", "person", "find", "--why", "letter 1"]
    found = stack.compose(*command, given=f"{phone}\n")
    assert re.search(r"informant_phone.*[1-9]", found) and phone not in found
    assert stack.query("select count(*) from ops.person_request where action = 'find' and why = 'letter 1'") == "1"


def test_a_province_runs_its_cities_with_keys_that_only_the_scheduler_has(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = ("380", "381")
    with started(cities=codes) as stack:
        monkeypatch.setenv("LACHAN_CITIES", str(stack.cities))
        for code in codes:
            write_city(stack.folder / "landing" / code, date(2024, 3, 1), date(2024, 3, 7), city=code)
            stack.ingest(*FEEDS, city=code)
        for code in codes:
            wait_for(lambda code=code: stack.query(PUBLISHED_DAYS, f"lachan_{code}") == "7")
        wait_for(lambda: stack.query(PROVINCE_FIGURES) == " ".join(codes))

        state = "ls /var/lib/lachan/cities/381 /var/lib/lachan/cities/381/secrets"
        assert "pseudonym_key" not in stack.compose("exec", "-T", "scheduler", "sh", "-c", state, check=False)
        for service in sorted(LONG_RUNNING - {"postgres", "proxy"}):
            found = stack.compose("exec", "-T", service, "ls", "/run/secrets/cities", check=False)
            assert found.split() == list(codes) if service == "scheduler" else "No such file" in found, service
        for path in ("/dang-nhap", "/380/dang-nhap", "/381/dang-nhap"):
            assert stack.page("board.test", path) == 200


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("losetup") is None, reason="makes a file system: root, losetup")
def test_a_full_disk_of_the_server_loses_nothing(
    small_disk: str, new_warehouse: Callable[..., AbstractContextManager[Settings]], tmp_path: Path
) -> None:
    """What could not be stored is loaded by the next run when there is room again, and nothing twice."""
    filler = "/var/lib/postgresql/filler"
    with started(small_disk) as stack:
        landing = stack.folder / "landing"
        write_city(landing, date(2024, 3, 1), date(2024, 3, 3))
        stack.ingest(*FEEDS)
        wait_for(lambda: stack.query(PUBLISHED_DAYS) == "3")
        figures = stack.query(FIGURES)

        filled = stack.compose("exec", "-T", "postgres", "dd", "if=/dev/zero", f"of={filler}", "bs=64k", check=False)
        assert "No space left" in filled
        write_city(landing, date(2024, 3, 1), date(2024, 3, 6))
        stack.ingest(*FEEDS, check=False)
        time.sleep(120)
        assert "No space left" in stack.compose("logs", "scheduler", "postgres", check=False)
        assert stack.query(PUBLISHED_DAYS) != "6"

        stack.compose("run", "--rm", "--no-deps", "--entrypoint", "rm", "postgres", filler)
        stack.compose("restart", "--timeout", "60", "postgres")  # PostgreSQL waits for ever after such a crash
        stack.wait_until_healthy()
        assert stack.query(FIGURES) == figures or stack.query(PUBLISHED_DAYS) == "6"
        stack.ingest(*FEEDS)
        wait_for(lambda: stack.query(PUBLISHED_DAYS) == "6")
        assert stack.query(LOADED_TWICE) == "0"
        figures = stack.query(FIGURES)
    with new_warehouse(tmp_path, is_built=True) as alone:
        write_city(tmp_path / "landing", date(2024, 3, 1), date(2024, 3, 6))
        process(alone, read_contracts(alone.contracts), "r")
        assert query(alone, FIGURES) == [(figures,)]
