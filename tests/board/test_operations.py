"""Vận hành: what waits for a person, and that only those who may decide about it, from the board's own forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from board.conftest import token_of
from board.test_pages import rows_of
from helpers.raw_rows import query
from lachan.contract import read_contracts
from lachan.load.ingest import ingest
from lachan.settings import Settings
from starlette.testclient import TestClient

LogIn = Callable[[str], TestClient]
HEADER = "MÃ TIN;NGÀY TIẾP NHẬN"


@pytest.fixture
def steward(log_in: LogIn) -> TestClient:
    return log_in("steward")


def deliver(city: Settings, name: str, content: str) -> int:
    """Deliver a file of tips and load it; returns its number in the ledger."""
    path = city.home / "landing" / "tips" / "2024" / "03" / name
    path.write_text(content, encoding="utf-8")
    ingest(city, read_contracts(city.contracts)["tips"], "late")
    [(file_id,)] = query(city, "select max(file_id) from ops.export_file")
    return int(file_id)


@pytest.fixture
def unreadable(city: Settings, request: pytest.FixtureRequest) -> Iterator[int]:
    """The number of a file that could not be read."""
    name = f"tin_bao_20240311_{abs(hash(request.node.name)) % 10**6}.csv"
    yield deliver(city, name, f"no header of the contract\n{name}\n")
    Path(city.home / "landing" / "tips" / "2024" / "03" / name).unlink()


def standing(city: Settings, file_id: int) -> tuple[str, str | None, str | None]:
    [row] = query(city, f"select standing, decided_by, why from ops.delivery where file_id = {file_id}")
    return row[0], row[1], row[2]


def test_the_ledger_is_shown_by_feed_and_balances(city: Settings, steward: TestClient) -> None:
    rows = rows_of(steward.get("/van-hanh?tai=so-nhan.csv").text)
    feeds = query(city, "select count(distinct feed) from ops.export_file")
    assert len(rows) == feeds[0][0] >= 7 and {row["Cân đối"] for row in rows} == {"cân"}
    for row in rows:
        assert int(row["Đọc được"]) == int(row["Nạp"]) + int(row["Cách ly"]) + int(row["Trùng"])
    read = query(city, "select sum(rows_read) from ops.export_file")
    assert sum(int(row["Đọc được"]) for row in rows) == read[0][0]


def test_what_housekeeping_has_removed_is_shown(city: Settings, steward: TestClient) -> None:
    query(city, "select ops.note_removal('maintain.r1', 'logs/tasks', now() - interval '90 days', 7, 2500000)")
    [row] = rows_of(steward.get("/van-hanh?tai=don-dep.csv").text)
    assert (row["Nơi lưu"], row["Dòng hoặc tệp"], row["MB"]) == ("logs/tasks", "7", "2.50")
    query(city, "delete from ops.removal")


def test_the_calendar_leads_to_the_file_of_a_day(city: Settings, steward: TestClient) -> None:
    page = steward.get("/van-hanh/lich?nguon=tips").text
    [(missing, received)] = query(
        city,
        "select count(*) filter (where standing = 'missing'), count(*) filter (where standing = 'in_force')"
        " from marts.expected_export where feed = 'tips'",
    )
    assert received == 11 and page.count('class="day missing"') == missing + 1, "and the legend"
    found = re.search(r'href="(/van-hanh/tep/\d+)" title="05/03/2024: đã nhận"', page)
    assert found
    assert "tin_bao_20240305" in steward.get(found.group(1)).text


def test_quarantined_rows_are_shown_with_reason_and_masked(city: Settings, steward: TestClient) -> None:
    waiting = query(
        city, "select count(*) from ops.quarantined_row where replayed_by is null and discarded_why is null"
    )
    rows = rows_of(steward.get("/van-hanh/cach-ly?tai=dong.csv").text)
    assert len(rows) == waiting[0][0] > 0
    for row in rows:
        assert row["Lý do"] and not re.search(r"\b0\d{9}\b", row["Giá trị đã che"]), "no telephone number"


def test_verdicts_have_a_history(steward: TestClient) -> None:
    rows = rows_of(steward.get("/van-hanh/kiem-tra?tai=lich-su.csv").text)
    assert {row["Bước"] for row in rows} == {"gate", "audit"} and {row["Lượt chạy"] for row in rows} == {"r1", "r2"}


def test_what_waits_is_listed_with_its_reason(steward: TestClient, unreadable: int) -> None:
    rows = rows_of(steward.get("/van-hanh?tai=cho-quyet-dinh.csv").text)
    [row] = [row for row in rows if row["Số"] == str(unreadable)]
    assert row["Trạng thái"] == "không đọc được" and row["Lý do"]


def test_a_steward_discards_a_file_with_a_reason(city: Settings, steward: TestClient, unreadable: int) -> None:
    address = f"/van-hanh/tep/{unreadable}"
    page = steward.get(address).text
    form = {"ma_phien": token_of(page), "ly_do": "tệp thử của đầu mối"}
    assert steward.post(f"{address}/bo", data=form | {"ly_do": " "}).status_code == 400
    assert standing(city, unreadable)[0] == "rejected"
    answer = steward.post(f"{address}/bo", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert standing(city, unreadable) == ("discarded", "board_steward", "tệp thử của đầu mối")
    assert "tệp thử của đầu mối" in steward.get(address).text
    again = steward.post(f"{address}/bo", data=form)
    assert again.status_code == 400 and "Không quyết định được" in again.text


def test_a_steward_retracts_an_accepted_delivery(city: Settings, steward: TestClient) -> None:
    [(file_id,)] = query(
        city, "select file_id from ops.delivery where feed = 'mass_work_events' and standing = 'accepted' limit 1"
    )
    page = steward.get(f"/van-hanh/tep/{file_id}").text
    answer = steward.post(f"/van-hanh/tep/{file_id}/rut", data={"ma_phien": token_of(page), "ly_do": "gửi nhầm tệp"})
    assert answer.status_code == 303
    assert standing(city, file_id) == ("retracted", "board_steward", "gửi nhầm tệp")


def test_a_steward_replays_what_could_not_be_read(city: Settings, steward: TestClient, unreadable: int) -> None:
    page = steward.get(f"/van-hanh/tep/{unreadable}").text
    form = {"ma_phien": token_of(page), "ly_do": "hợp đồng đã sửa"}
    assert steward.post(f"/van-hanh/tep/{unreadable}/nap-lai", data=form).status_code == 303
    assert query(city, "select count(*) from ops.export_file where run_id like 'board.%'")[0][0] >= 0


@pytest.mark.parametrize("role", ["analyst", "reporter", "ward"])
def test_nobody_else_decides(city: Settings, log_in: LogIn, unreadable: int, role: str) -> None:
    client = log_in(role)
    token = token_of(client.get("/tong-quan").text)
    form = {"ma_phien": token, "ly_do": "thử xem có được không"}
    for decision in ("nhan", "bo", "rut", "nap-lai"):
        assert client.post(f"/van-hanh/tep/{unreadable}/{decision}", data=form).status_code == 403
    for path in (
        "/van-hanh",
        "/van-hanh/lich",
        "/van-hanh/cach-ly",
        "/van-hanh/kiem-tra",
        f"/van-hanh/tep/{unreadable}",
    ):
        assert client.get(path).status_code == 403
    assert standing(city, unreadable)[0] == "rejected"


def test_a_forged_request_decides_nothing(city: Settings, steward: TestClient, log_in: LogIn, unreadable: int) -> None:
    address = f"/van-hanh/tep/{unreadable}/bo"
    own = token_of(steward.get(f"/van-hanh/tep/{unreadable}").text)
    other = token_of(log_in("steward").get("/van-hanh").text)
    reason = {"ly_do": "một lý do đủ dài"}
    assert steward.post(address, data=reason).status_code == 403
    assert steward.post(address, data=reason | {"ma_phien": other}).status_code == 403
    for header in (
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ):
        assert steward.post(address, data=reason | {"ma_phien": own}, headers=header).status_code == 403
    assert steward.get(address).status_code in (404, 405)
    assert standing(city, unreadable)[0] == "rejected"


def test_the_age_of_the_last_watch_is_shown(city: Settings, steward: TestClient) -> None:
    assert "Chưa canh lần nào" in steward.get("/van-hanh").text
    for hours, mark in (("27", "mark warn"), ("3", "sub")):
        query(
            city,
            "insert into ops.watch_run (run_id, watched_at, critical, warnings, cleared, finished_at)"
            f" values ('test', now(), 0, 0, 0, now() - interval '{hours} hours')",
        )
        page = steward.get("/van-hanh").text
        assert re.search(f'<span class="{mark}">Lần canh gần nhất: [0-9/]+ [0-9:]+ ', page), page
    assert "(3 giờ trước)" in page
    query(city, "delete from ops.watch_run")


def test_an_alert_leads_to_its_runbook(city: Settings, steward: TestClient) -> None:
    query(
        city,
        "insert into ops.alert (alert_key, kind, feed, severity, message, first_seen, last_seen) values"
        " ('batch_held:x', 'batch_held', 'tips', 'critical', '<b>held</b>', now(), now()) on conflict do nothing",
    )
    page = steward.get("/van-hanh").text
    found = re.search(r'href="(/van-hanh/huong-dan/batch_held)">Tệp bị giữ lại', page)
    assert found and "&lt;b&gt;held" in page
    runbook = steward.get(found.group(1)).text
    assert "<h2>What to do</h2>" in runbook and "<code>lachan release FILE_ID --why" in runbook
    assert steward.get("/van-hanh/huong-dan/batch_held.md").status_code == 200, "as pages refer to each other"
    for kind in ("nothing", "..%2f..%2fREADME", "README.md%00", "x" * 3000):
        assert steward.get(f"/van-hanh/huong-dan/{kind}").status_code == 404, kind
    query(city, "delete from ops.alert where alert_key = 'batch_held:x'")


@pytest.mark.parametrize("path", ["/van-hanh/tep/0", "/van-hanh/tep/x", "/van-hanh/tep/99999999999999999999"])
def test_a_file_that_the_ledger_does_not_have(steward: TestClient, path: str) -> None:
    answer = steward.get(path)
    assert answer.status_code == 404 and "Sổ nhận không có tệp" in answer.text


@pytest.mark.parametrize("value", ["khong_co", "'; drop table ops.alert; --", "<script>alert(1)</script>"])
def test_a_hostile_feed_is_refused(steward: TestClient, value: str) -> None:
    answer = steward.get("/van-hanh/lich", params={"nguon": value})
    assert answer.status_code == 400 and "<script>alert" not in answer.text
    assert steward.get("/van-hanh/cach-ly", params={"nguon": value}).status_code in (200, 400)
