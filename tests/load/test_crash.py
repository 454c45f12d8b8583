"""If a load is killed at any moment, each file is loaded completely or not at all; the next run loads the rest."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from helpers.raw_rows import query
from lachan import settings as lachan_settings
from lachan.contract import Feed
from lachan.load.ingest import IngestReport, ingest
from lachan.load.loader import SMALL_FILE_BYTES
from lachan.settings import PROJECT, Settings
from lachan.warehouse import connect
from lachan_sample import write_city
from lachan_sample.bench import write_tips

KILLS = 5


@pytest.fixture(scope="module", params=["small files", "large file"])
def exports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of small exports, which are loaded in one transaction; or a large one, streamed in several COPYs."""
    landing = tmp_path_factory.mktemp(request.param)
    if request.param == "small files":
        write_city(landing, date(2024, 2, 1), date(2024, 2, 28))
    else:
        path = landing / "tips" / "2024" / "03" / "tin_bao_20240305.csv"
        write_tips(path, 40_000)
        assert path.stat().st_size > 2 * SMALL_FILE_BYTES
    return landing


@pytest.fixture
def city(warehouse: Settings, exports: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty warehouse whose landing zone holds the exports."""
    monkeypatch.setenv("LACHAN_LANDING", f"file://{exports}")
    return lachan_settings.load()


def files_of_tips(exports: Path) -> int:
    return len(list((exports / "tips").rglob("*.csv")))


def start(settings: Settings) -> subprocess.Popen[str]:
    """Start a load of tips in a separate process; returns when the load begins."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT / "plugins"),
        "LACHAN_HOME": str(settings.home),
        "LACHAN_DSN": settings.dsn,
        "LACHAN_PSEUDONYM_KEY": settings.pseudonym_key.hex(),
    }
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("load_until_killed.py")), "tips"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "loading\n"
    return process


def check_whole(settings: Settings) -> int:
    """Assert that each file is loaded completely or not at all; return the number of loaded files."""
    uneven = query(
        settings,
        "with raw as (select file_id, count(*) as n from raw.tips group by 1),"
        " quarantine as (select file_id, count(*) as n from ops.quarantined_row group by 1)"
        " select file_id, rows_loaded, raw.n, rows_quarantined, quarantine.n from ops.export_file"
        " full join raw using (file_id) full join quarantine using (file_id)"
        " where rows_loaded is distinct from coalesce(raw.n, 0)"
        " or rows_quarantined is distinct from coalesce(quarantine.n, 0)",
    )
    assert uneven == []
    return int(query(settings, "select count(*) from ops.export_file")[0][0])


def content(settings: Settings) -> list[tuple[Any, ...]]:
    """The contents of raw, ledger and quarantine, except file_ids and times of loading."""
    [(columns,)] = query(
        settings,
        "select string_agg(format('r.%I', column_name), ', ' order by ordinal_position) from"
        " information_schema.columns where table_schema = 'raw' and table_name = 'tips'"
        " and column_name <> 'file_id'",
    )
    return query(
        settings,
        f"select 'raw', f.path, count(*), md5(string_agg(row({columns})::text, '|' order by r.line_no))"
        " from raw.tips r join ops.export_file f using (file_id) group by 2 union all"
        " select 'ledger', path, rows_read, concat_ws(' ', sha256, status, reason, rows_loaded,"
        " rows_quarantined, rows_duplicate, gate, warnings) from ops.export_file union all"
        " select 'quarantine', f.path, q.line_no, q.reasons::text || q.masked_row::text"
        " from ops.quarantined_row q join ops.export_file f using (file_id) order by 1, 2, 3, 4",
    )


def empty(settings: Settings) -> None:
    query(settings, "truncate raw.tips, ops.quarantined_row, ops.batch_profile, ops.decision, ops.export_file")


@contextmanager
def copying(settings: Settings) -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether a load is running its COPY into raw.tips at the moment."""
    connection = connect(settings.dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:

        def is_copying() -> bool:
            cursor.execute(
                "select exists (select from pg_stat_progress_copy c"
                " where c.datname = current_database() and c.relid = 'raw.tips'::regclass"
                " and c.tuples_processed > 0)"
            )
            return bool((cursor.fetchone() or (False,))[0])

        yield is_copying
    connection.close()


def wait_for_sessions_to_end(settings: Settings) -> None:
    """Wait until the server has ended the session of a killed load, which holds the load lock until then."""
    deadline = time.monotonic() + 20
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    while query(settings, others) != [(0,)]:
        assert time.monotonic() < deadline, "the session of a killed load does not end"
        time.sleep(0.02)


def test_load_killed_at_any_moment_leaves_no_partly_loaded_file(
    city: Settings, feeds: dict[str, Feed], exports: Path
) -> None:
    files = files_of_tips(exports)
    undisturbed = start(city)
    began = time.monotonic()
    assert undisturbed.wait(120) == 0
    took = time.monotonic() - began
    assert check_whole(city) == files
    expected = content(city)
    chance = Random(138)
    moments = [chance.uniform(0, took) for _ in range(KILLS)]
    killed_in_copy = killed = 0
    for moment in [*moments, None]:  # None: as soon as the COPY runs
        empty(city)
        process = start(city)
        with copying(city) as is_copying:
            if moment is not None:
                time.sleep(moment)
            while moment is None and process.poll() is None and not is_copying():
                pass
            killed_in_copy += is_copying()
            process.kill()
        killed += process.wait(10) != 0
        wait_for_sessions_to_end(city)
        left = check_whole(city)
        report = ingest(city, feeds["tips"], "after")
        assert report.files_loaded + report.files_duplicate + report.files_rejected == files - left
        assert check_whole(city) == files
        assert content(city) == expected
    assert killed > KILLS // 2
    if files == 1:
        assert killed_in_copy, "no load was killed during its COPY, so the test did not cover that case"


def test_two_concurrent_loads_load_each_file_once(city: Settings, exports: Path) -> None:
    reports = [process.communicate(timeout=120)[0] for process in [start(city), start(city)]]
    assert sorted(str(IngestReport()) in report for report in reports) == [False, True]
    assert check_whole(city) == files_of_tips(exports)
    twice = "select file_id, line_no from raw.tips group by file_id, line_no having count(*) > 1"
    assert query(city, twice) == []


@pytest.mark.parametrize("exports", ["large file"], indirect=True)
def test_load_whose_session_the_server_ends_fails_and_can_be_repeated(city: Settings, feeds: dict[str, Feed]) -> None:
    process = start(city)
    ended: list[tuple[bool]] = []
    while process.poll() is None and not ended:
        ended = query(
            city, "select pg_terminate_backend(pid) from pg_stat_progress_copy where datname = current_database()"
        )
    assert ended == [(True,)]
    assert process.wait(60) != 0
    assert check_whole(city) == 0
    assert ingest(city, feeds["tips"], "after").files_loaded == 1
    assert check_whole(city) == 1
