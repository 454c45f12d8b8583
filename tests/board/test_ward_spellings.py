"""Địa danh: a steward decides which unit a spelling of a ward means; nobody else, and no forged request, does."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest
from board.conftest import token_of
from board.test_operations import LogIn
from board.test_pages import HOSTILE, rows_of
from helpers.people import person
from helpers.raw_rows import query
from lachan.settings import Settings
from starlette.testclient import TestClient

PATH = "/van-hanh/dia-danh"
UNIT = "14782@2021-02-01"
DECISIONS = "select alias_name, current_code, current_name, why, decided_by, login from ops.ward_alias_decision"


@pytest.fixture
def spelling(city: Settings) -> Iterator[str]:
    """A spelling that waits for a decision, as a build leaves it."""
    found = "KCN Lễ Môn"
    query(
        city,
        f"insert into marts.ward_spelling_to_resolve values ('{found}', 3, 'tips: 3', '2024-03-05', '2024-03-05',"
        " 'Không thấy đơn vị nào gần giống', false, 'Hỏi nơi gửi')",
    )
    yield found
    query(city, "delete from marts.ward_spelling_to_resolve; delete from ops.ward_alias_decision")


@pytest.fixture
def steward(log_in: LogIn) -> TestClient:
    return log_in("steward")


def test_a_steward_decides_with_a_reason(city: Settings, steward: TestClient, spelling: str) -> None:
    waiting = rows_of(steward.get(f"{PATH}?tai=cho-quyet-dinh.csv").text)
    assert spelling in {row["Cách viết"] for row in waiting} and all(row["Đơn vị gợi ý"] for row in waiting)
    page = steward.get(PATH, params={"cach_viet": spelling}).text
    assert f"<option selected>{spelling}</option>" in page and f'value="{UNIT}"' in page
    form = {"ma_phien": token_of(page), "cach_viet": spelling, "don_vi": UNIT, "ly_do": "đã hỏi nơi gửi"}
    for wrong in ({"ly_do": " "}, {"don_vi": ""}, {"don_vi": "14782@1999-01-01"}, {"cach_viet": "Đông Vệ"}):
        assert steward.post(PATH, data=form | wrong).status_code == 400
    assert query(city, DECISIONS) == []
    answer = steward.post(PATH, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    name = "board_steward"
    assert query(city, DECISIONS) == [
        (spelling, "14782", "Phường Đông Vệ", "đã hỏi nơi gửi", name, query(city, "select session_user")[0][0])
    ]
    shown = rows_of(steward.get(f"{PATH}?tai=quyet-dinh.csv").text)
    assert (shown[0]["Cách viết"], shown[0]["Đơn vị"], shown[0]["Người"]) == (spelling, "Phường Đông Vệ (14782)", name)
    assert steward.post(PATH, data=form | {"don_vi": "khong"}).status_code == 303
    assert query(city, f"{DECISIONS} order by decision_no desc limit 1")[0][:3] == (spelling, None, None)


@pytest.mark.parametrize("role", ["analyst", "reporter", "ward"])
def test_nobody_else_decides(city: Settings, log_in: LogIn, spelling: str, role: str) -> None:
    client = log_in(role)
    form = {
        "ma_phien": token_of(client.get("/tong-quan").text),
        "cach_viet": spelling,
        "don_vi": UNIT,
        "ly_do": "thử xem",
    }
    assert client.post(PATH, data=form).status_code == 403
    assert client.get(PATH).status_code == 403
    assert query(city, DECISIONS) == []


def test_a_forged_request_decides_nothing(city: Settings, steward: TestClient, log_in: LogIn, spelling: str) -> None:
    form = {"cach_viet": spelling, "don_vi": UNIT, "ly_do": "một lý do đủ dài"}
    own, other = token_of(steward.get(PATH).text), token_of(log_in("steward").get("/van-hanh").text)
    assert steward.post(PATH, data=form).status_code == 403
    assert steward.post(PATH, data=form | {"ma_phien": other}).status_code == 403
    for header in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert steward.post(PATH, data=form | {"ma_phien": own}, headers=header).status_code == 403
    assert query(city, DECISIONS) == []


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_decides_nothing(city: Settings, steward: TestClient, spelling: str, value: str) -> None:
    answer = steward.get(PATH, params={"cach_viet": value})
    assert answer.status_code in (200, 400) and "<script>alert" not in answer.text
    form = {"ma_phien": token_of(steward.get(PATH).text), "cach_viet": spelling, "don_vi": UNIT, "ly_do": "một lý do"}
    for field in ("cach_viet", "don_vi"):
        assert steward.post(PATH, data=form | {field: value}).status_code == 400
    assert query(city, DECISIONS) == []


def test_a_steward_cannot_change_a_decision_in_the_database(city: Settings, spelling: str) -> None:
    with person(city, "steward") as connection, connection.cursor() as cursor:
        for statement in (
            "update ops.ward_alias_decision set why = 'x'",
            "delete from ops.ward_alias_decision",
            "insert into ops.ward_alias_decision (alias_name, why, decided_by, login) values ('x', 'x', 'x', 'other')",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
