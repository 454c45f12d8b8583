"""`python -m bench.board`: how long the pages of the board take, on the warehouse of LACHAN_HOME.

The figures of a year must be published there (`make run`), or, with `--years 10`, the sample's exports of ten years are
loaded and published first, unless LACHAN_HOME has figures already. Pages are asked for in months, quarters and years
drawn from all, and for every indicator and ward, so most charts are drawn anew. Nothing else should run on the machine.
"""

from __future__ import annotations

import argparse
import itertools
import random
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
from lachan import settings as lachan_settings
from lachan.board import charts, office
from lachan.local import postgres
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.logins import add_login, end_login
from rich.console import Console
from rich.table import Table
from starlette.testclient import TestClient

from bench.history import FIRST, LAST

REQUESTS = 100
TARGET_MS, TARGET_MS_OF_MANY_YEARS = 300.0, 500.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.board", description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=1, help="years of history that are published (default: 1)")
    years = parser.parse_args().years
    target = TARGET_MS if years == 1 else TARGET_MS_OF_MANY_YEARS
    settings = lachan_settings.load()
    if years > 1 and not (settings.home / "postgres.dsn").exists():
        _publish(years)
    if settings.dsn_override is None:
        postgres.start(settings.home)
    started = time.perf_counter()
    charts.warm_up()
    console = Console(highlight=False)
    console.print(f"first chart, imports included: {time.perf_counter() - started:.2f} s (target: ≤ 2 s)")
    table = Table("page", "requests", "median ms", "p95 ms", "slowest ms", f"p95 ≤ {target:.0f} ms")
    everything: list[float] = []
    for role, pages in _pages(settings).items():
        with _logged_in(settings, role) as client:
            for name, addresses in pages.items():
                times = [_milliseconds(client, address) for address in itertools.islice(addresses, REQUESTS)]
                everything += times
                _add(table, name, times, target)
    _add(table, "all", everything, target)
    console.print(table)


def _publish(years: int) -> None:
    """Load and publish some years of the sample, with the commands that a person would use."""
    first = max(FIRST, LAST.replace(year=LAST.year - years) + timedelta(days=1))
    for command in (
        ["migrate"],
        ["sample", "--from", str(first), "--to", str(LAST)],
        ["ingest"],
        ["build"],
    ):
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "lachan", *command], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"bench: lachan {command[0]} failed: {done.stderr[-2000:]}")
        print(f"lachan {command[0]}: {time.perf_counter() - started:.0f} s", flush=True)


def _pages(settings: Settings) -> dict[str, dict[str, Iterator[str]]]:
    with transaction(settings.dsn, "analyst") as cursor:
        cursor.execute(
            "select array_agg(distinct window_key) filter (where window_kind in ('month', 'quarter', 'year')),"
            " (select array_agg(indicator_key) from reference.indicators),"
            " (select array_agg(distinct ward_key) from reporting.figure_series where ward_code is not null"
            "  and ward_basis = 'as_was'),"
            " (select array_agg(figure_id) from (select figure_id from reporting.figure where ward_key = 'city'"
            "  and breakdown_dim = 'total' and window_kind = 'year' order by numerator desc limit 50) as largest)"
            " from reporting.figure_window"
        )
        windows, indicators, wards, figures = cursor.fetchone() or ([], [], [], [])
    random.Random(138).shuffle(windows)
    every = list(zip(itertools.cycle(windows), itertools.cycle(indicators), itertools.cycle(wards), range(REQUESTS)))
    today = time.strftime("%Y-%m-%d")
    return {
        "analyst": {
            "Tổng quan": (f"/tong-quan?ky={window}" for window, *_ in every),
            "Chỉ tiêu": (f"/chi-tieu/{indicator}?ky={window}" for window, indicator, *_ in every),
            "Chỉ tiêu, as of a day": (
                f"/chi-tieu/{indicator}?ky={window}&ngay={today}" for window, indicator, *_ in every
            ),
            "Từ số đến dòng, the longest": (f"/so-lieu/{figure}" for figure in figures),
            "Mô hình": itertools.repeat("/mo-hinh"),
            "Phường, xã": (f"/phuong-xa/{ward}?ky={window}" for window, _, ward, _ in every),
            "Báo cáo": (f"/bao-cao?ky={window}" for window, *_ in every),
            "Các lần công bố": (f"/bao-cao/cong-bo?tu=0&den=1&ky={window}" for window, *_ in every),
        },
        "steward": {
            "Vận hành": itertools.repeat("/van-hanh"),
            "Lịch nhận tệp": itertools.repeat("/van-hanh/lich?nguon=tips"),
            "Dòng bị cách ly": itertools.repeat("/van-hanh/cach-ly"),
        },
    }


@contextmanager
def _logged_in(settings: Settings, role: str) -> Iterator[httpx.Client]:
    name, password = add_login(settings.dsn, f"bench_{secrets.token_hex(4)}", role)
    try:
        client = TestClient(office.create(settings))
        client.post("/dang-nhap", data={"ten": name, "mat_khau": password or ""})
        yield client
    finally:
        end_login(settings.dsn, name)


def _milliseconds(client: httpx.Client, address: str) -> float:
    started = time.perf_counter()
    answer = client.get(address)
    taken = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"bench: {address} answers {answer.status_code}")
    return taken


def _add(table: Table, name: str, times: list[float], target: float) -> None:
    middle, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    verdict = "met" if high <= target else "missed"
    table.add_row(name, str(len(times)), f"{middle:.0f}", f"{high:.0f}", f"{max(times):.0f}", verdict)


if __name__ == "__main__":
    main()
