"""A month of the synthetic city, loaded and published as the DAGs do it, and a reader of each role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from lachan.board import office
from lachan.board.sessions import Sessions
from lachan.board.throttle import Throttle
from lachan.cities import read_city
from lachan.contract import read_contracts
from lachan.load.ingest import ingest
from lachan.publish.publication import publish
from lachan.quality.audit import audit
from lachan.quality.gate import gate
from lachan.report.content import published_report
from lachan.report.files import KINDS, render
from lachan.report.office import read_office
from lachan.settings import PROJECT, Settings
from lachan.transform.build import build
from lachan.warehouse import transaction
from lachan.warehouse.logins import add_login, end_login
from lachan_sample import write_city
from starlette.testclient import TestClient

WARD, MARCH = "14782@2021-02-01", "calendar_month@2024-03-01"
ROLES = ("analyst", "reporter", "steward", "ward")
HTML = {"accept": "text/html"}


@pytest.fixture(scope="session")
def city(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Iterator[Settings]:
    """The first days of March 2024, published; then one more day and a corrected file, as a second publication.

    The reports of the month after the first publication are kept in `reports of then`, in the home.
    """
    with TemporaryDirectory(prefix="lachan board ") as home, new_warehouse(Path(home), is_built=True) as settings:
        write_city(Path(home) / "landing", date(2024, 3, 1), date(2024, 3, 11))
        for run_id, until in (("r1", date(2024, 3, 10)), ("r2", date(2024, 3, 11))):
            for feed in read_contracts(settings.contracts).values():
                ingest(settings, feed, run_id, None, until)
            gate(settings, run_id)
            build(settings, run_id)
            audit(settings, run_id)
            publish(settings, run_id, "new exports")
            if run_id == "r1":
                with transaction(settings.dsn) as cursor:  # as if it had been three days ago
                    for table, column in (
                        ("figure_change", "changed_at"),
                        ("publication", "published_at"),
                        ("stored_sentence", "published_at"),
                    ):
                        cursor.execute(f"update reporting.{table} set {column} = {column} - interval '3 days'")
                _keep_reports(settings, Path(home) / "reports of then")
                _correct(Path(home) / "landing" / "tips" / "2024" / "03" / "tin_bao_20240304.csv")
        yield settings


def _keep_reports(settings: Settings, folder: Path) -> None:
    folder.mkdir()
    office = read_office(None, read_city(PROJECT / "dbt_project/cities/380"))
    for ward in ("city", WARD):
        report = published_report(settings, MARCH, ward, None, office.charts, "analyst")
        (folder / f"{ward}.as_of").write_text(report.as_of.isoformat())
        for kind in KINDS:
            (folder / f"{ward}.{kind}").write_bytes(render(report, kind, office))


def _correct(export: Path) -> None:
    """Deliver an export again without its last row."""
    lines = export.read_bytes().splitlines(keepends=True)
    export.write_bytes(b"".join(lines[:-1]))


@pytest.fixture(scope="session")
def passwords(city: Settings) -> Iterator[dict[str, tuple[str, str]]]:
    """Name and password of a login of each role."""
    made = {}
    for role in ROLES:
        name, password = add_login(city.dsn, f"board_{role}", role, WARD if role == "ward" else None)
        made[role] = (name, password or "")
    yield made
    for name, _ in made.values():
        end_login(city.dsn, name)


class Clock:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def anonymous(city: Settings, clock: Clock) -> Iterator[TestClient]:
    """A client of the office's door that is not logged in."""
    sessions = Sessions(city.dsn, clock)
    yield TestClient(
        office.create(city, sessions, Throttle(clock)), follow_redirects=False, raise_server_exceptions=False
    )
    sessions.end_all()


@pytest.fixture
def log_in(anonymous: TestClient, passwords: dict[str, tuple[str, str]]) -> Callable[[str], TestClient]:
    """Logs a client in as a role."""

    def as_role(role: str) -> TestClient:
        client = TestClient(anonymous.app, follow_redirects=False, raise_server_exceptions=False)
        name, password = passwords[role]
        answer = client.post("/dang-nhap", data={"ten": name, "mat_khau": password, "tiep": ""})
        assert answer.status_code == 303, answer.text
        return client

    return as_role


@pytest.fixture
def analyst(log_in: Callable[[str], TestClient]) -> TestClient:
    return log_in("analyst")


def token_of(page: str) -> str:
    """The secret of the forms on a page."""
    found = re.search('name="ma_phien" value="([^"]+)"', page)
    assert found
    return found.group(1)
