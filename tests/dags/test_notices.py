"""People are told by mail, through Airflow and a real mail server, what failed, what is missing, and what is over."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from helpers.mail_servers import Mailbox, mail_server
from helpers.raw_rows import load_empty_days, query
from lachan.settings import PROJECT, TIMEZONE, Settings

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

FRESHNESS = "freshness"  # starts dbt; tests/operate/test_freshness.py runs it
OWNER, HOTLINE = "truc@city.example", "hotline@city.example"
RETRIED = """
from datetime import timedelta

from airflow.sdk import DAG, task
from common import DEFAULT_ARGS

AT_ONCE = {"retries": 2, "retry_delay": timedelta(0), "retry_exponential_backoff": 0, "retry_policy": None}
with DAG("retried", default_args=DEFAULT_ARGS | AT_ONCE):

    @task
    def reach() -> None:
        raise ConnectionError("hotline 0912345678 of Nguyễn Văn An")

    reach()
"""
TOO_LONG = """
import time
from datetime import timedelta

from airflow.sdk import DAG, task
from common import DEFAULT_ARGS

with DAG("too_long", default_args=DEFAULT_ARGS | {"execution_timeout": timedelta(seconds=1), "retries": 0}):

    @task
    def hang() -> None:
        while True:
            time.sleep(1)

    hang()
"""


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class Post:
    """A mail server that can go away, and its mailbox."""

    def __init__(self) -> None:
        self.box, self.port = Mailbox(), free_port()
        self._running = ExitStack()

    def start(self) -> None:
        self._running.enter_context(mail_server(self.box, self.port))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture
def post(airflow_home: Path, warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """A running mail server, and a configured connection and table of recipients."""
    server = Post()
    server.start()
    table = warehouse.home / "recipients.yaml"
    table.write_text(
        f"- {{to: {OWNER}, agencies: all, gets: [failures, digest]}}\n"
        f"- {{to: {HOTLINE}, agencies: [hotline-113], gets: [digest]}}\n"
    )
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "lachan@city.example", "retry_limit": 0}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": server.port, "extra": extra}
    monkeypatch.setenv("LACHAN_RECIPIENTS", str(table))
    monkeypatch.setenv("LACHAN_BOARD_URL", "https://board.example/")
    monkeypatch.setenv("AIRFLOW_CONN_LACHAN_SMTP", json.dumps(connection))
    yield server
    server.stop()


def parsed(folder: Path) -> dict[str, Any]:
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    bag = DagBag(folder)
    assert bag.import_errors == {}
    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(bag, "dags-folder", None)
    return dict(bag.dags)


def test_a_failure_is_told_once_its_recovery_once_and_neither_while_the_server_is_away(
    dagbag: DagBag, warehouse: Settings, post: Post, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(PROJECT / "contracts", tmp_path / "project" / "contracts")
    shutil.copytree(PROJECT / "expectations", tmp_path / "project" / "expectations")
    contract = tmp_path / "project" / "contracts" / "tips.yaml"
    contract.write_text("id: tips\n", encoding="utf-8")
    monkeypatch.setenv("LACHAN_PROJECT", str(tmp_path / "project"))
    ingest = parsed(PROJECT / "dags")["ingest__tips"]

    assert str(ingest.test().state) == "failed"
    [(to, subject, text)] = post.box.take()
    assert (to, subject) == (OWNER, "[Lá Chắn] Bị lỗi: ingest__tips, bước load")
    assert "ContractError" in text and "is a required property" not in text, "the type of the error, not its text"
    assert 'href="https://board.example/van-hanh/huong-dan/dag_failed"' in text
    assert str(ingest.test().state) == "failed"
    assert post.box.take() == [], "the same cause is told once"
    assert query(warehouse, "select kind, about, cleared_at from ops.alert") == [
        ("dag_failed", "ingest__tips, bước load", None)
    ]

    post.stop()
    shutil.copy(PROJECT / "contracts" / "tips.yaml", contract)
    assert str(ingest.test().state) == "success", "a server that is away fails no task"
    waiting = "select subject, tries, last_error, sent_at from ops.mail where sent_at is null"
    assert query(warehouse, waiting) == [
        ("[Lá Chắn] Đã chạy lại được: ingest__tips, bước load", 1, "ConnectionRefusedError", None)
    ]
    post.start()
    assert str(ingest.test().state) == "success"
    [(to, subject, text)] = post.box.take()
    assert (to, subject) == (OWNER, "[Lá Chắn] Đã chạy lại được: ingest__tips, bước load")
    assert query(warehouse, waiting) == []
    assert query(warehouse, "select count(*) from ops.alert_history where cleared_by like 'ingest__tips.%'") == [(1,)]
    assert str(ingest.test().state) == "success" and post.box.take() == []

    (tmp_path / "retried.py").write_text(RETRIED, encoding="utf-8")
    assert str(parsed(tmp_path / "retried.py")["retried"].test().state) == "failed"
    [(_, subject, text)] = post.box.take()
    assert subject == "[Lá Chắn] Bị lỗi: retried, bước reach", "one mail for three tries"
    assert "0912345678" not in text and "Nguyễn" not in text

    (tmp_path / "too_long.py").write_text(TOO_LONG, encoding="utf-8")
    assert str(parsed(tmp_path / "too_long.py")["too_long"].test().state) == "failed"
    [(_, subject, text)] = post.box.take()
    assert subject == "[Lá Chắn] Bị lỗi: too_long, bước hang" and "AirflowTaskTimeout" in text


def test_watch_sends_a_digest_a_day_of_what_is_new_open_and_over(
    dagbag: DagBag, warehouse: Settings, post: Post
) -> None:
    today = datetime.now(ZoneInfo(TIMEZONE)).replace(hour=12)
    days = today.date() - timedelta(days=8), today.date() - timedelta(days=1)
    load_empty_days(warehouse, *days, "camera_extractions", "patrol_rosters", "model_activities", "mass_work_events")
    watch = dagbag.dags["watch"]

    assert str(watch.test(run_after=today, mark_success_pattern=FRESHNESS).state) == "failed", (
        "tips and registers are missing"
    )
    digests = {to: (subject, text) for to, subject, text in post.box.take()}
    assert set(digests) == {OWNER, HOTLINE}, "no mail about the DAG watch itself"
    subject, text = digests[HOTLINE]
    assert subject == f"[Lá Chắn] Việc cần xử lý ngày {today:%d/%m/%Y}: 7 mới, 0 còn mở, 0 đã xong"
    assert f"Chưa nhận được tệp – Tin báo, tố giác của quần chúng: ngày {days[1]:%d/%m/%Y} (nghiêm trọng" in text
    assert 'href="https://board.example/van-hanh/huong-dan/missing_export"' in text
    assert "Danh mục mắt camera" not in text and "Danh mục mắt camera" in digests[OWNER][1]
    assert str(watch.test(run_after=today + timedelta(minutes=5), mark_success_pattern=FRESHNESS).state) == "failed"
    assert post.box.take() == [], "one digest a day"

    load_empty_days(warehouse, days[0], days[1] - timedelta(days=1), "tips")
    watch.test(run_after=today + timedelta(days=1), mark_success_pattern=FRESHNESS)
    [subject] = [subject for to, subject, _ in post.box.take() if to == HOTLINE]
    assert subject.endswith(": 1 mới, 1 còn mở, 6 đã xong"), "yesterday's is still open, today's is new"


def test_without_a_table_nothing_is_written(dagbag: DagBag, warehouse: Settings, post: Post, monkeypatch: Any) -> None:
    monkeypatch.delenv("LACHAN_RECIPIENTS")
    load_empty_days(warehouse, date(2024, 3, 1), date(2024, 3, 1), "tips")
    assert str(dagbag.dags["watch"].test(mark_success_pattern=FRESHNESS).state) == "failed"
    assert query(warehouse, "select count(*) from ops.mail") == [(0,)] and post.box.take() == []
    assert query(warehouse, "select count(*) > 0 from ops.alert where kind = 'missing_export'") == [(True,)]
