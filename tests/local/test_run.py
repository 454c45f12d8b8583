"""The complete pipeline with the real scheduler: new exports, then a run without new exports, then the shutdown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import httpx
import psutil
import pytest
from helpers.homes import temporary_home
from lachan.contract import read_contracts
from lachan.local import run as local
from lachan.local import show
from lachan.local.home import claim
from lachan.local.postgres import start
from lachan.local.rest import Rest
from lachan.maintain.retention import read_retentions, undeclared_files
from lachan.settings import PROJECT, Settings, load
from lachan.warehouse import connect
from lachan_sample import write_city

FEEDS = tuple(read_contracts(PROJECT / "contracts"))


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a home whose sample covers four days instead of a year."""
    with temporary_home("lachan-run-") as home:
        monkeypatch.setenv("LACHAN_HOME", str(home))
        for name in ("LACHAN_DSN", "LACHAN_LANDING"):
            monkeypatch.delenv(name, raising=False)
        settings = load()
        write_city(settings.home / "landing", date(2024, 3, 1), date(2024, 3, 4))
        claim(settings.home)
        (settings.home / "run").mkdir()
        (settings.home / "run" / "sample.done").touch()
        yield settings


def published(settings: Settings) -> list[tuple[object, ...]]:
    with closing(connect(settings.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*), max(ctid::text) from reporting.figure_state")
        return cursor.fetchall()


def test_exports_become_published_figures_once(days: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    children_before = set(psutil.Process().children(recursive=True))
    with local._stack(days, {}) as (airflow, rest), show.Progress() as progress:
        first = local._pipeline(days, airflow, rest, progress)
        figures = published(days)
        second = local._pipeline(days, airflow, rest, progress)
        assert published(days) == figures
        tasks = {(task.dag, task.run, task.task): task.state for task in rest.tasks([*first, *second])}
        started = set(psutil.Process().children(recursive=True)) - children_before
        children = [each for each in started if each.status() != "zombie"]
        assert len(children) > 3
        the_board_shows_the_figures_to_users_of_airflow(airflow.url, rest)

    assert figures[0][0] > 0
    assert {each.dag for each in first} == {f"ingest__{feed}" for feed in FEEDS} | {"build"}
    assert {each.dag for each in second} == {f"ingest__{feed}" for feed in FEEDS}
    assert [tasks[each.dag, each.id, "load"] for each in second] == ["skipped"] * len(FEEDS)
    assert "failed" not in tasks.values()
    output = capsys.readouterr().out
    assert "ingest__tips.load success" in output
    assert "build.publish success" in output
    assert [each for each in children if each.is_running() and each.status() != "zombie"] == []
    assert not list((days.home / "run").glob("*.pid"))
    assert undeclared_files(days.home, read_retentions(days)) == [], "a folder that grows has a stated retention"


def the_board_shows_the_figures_to_users_of_airflow(url: str, rest: Rest) -> None:
    address = f"{url}/lachan/tong-quan?ky=calendar_month@2024-03-01"
    assert httpx.get(address, trust_env=False).status_code == 401
    page = httpx.get(address, trust_env=False, headers=rest._client.headers)
    assert page.status_code == 200 and "Toàn thành phố" in page.text and page.text.count("<article") > 30


def test_a_second_run_in_the_same_home_is_refused(days: Settings) -> None:
    with (
        local._exclusive_use(days.home),
        pytest.raises(local.RunError, match="lachan down"),
        local._exclusive_use(days.home),
    ):
        pass


def test_clean_deletes_the_home(days: Settings) -> None:
    start(days.home)
    local.clean(days)
    assert not days.home.exists()
