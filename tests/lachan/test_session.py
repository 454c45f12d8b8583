"""Connections to the warehouse end with the work that they were opened for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from lachan.contract import Feed
from lachan.ingest import waiting
from lachan.settings import Settings
from lachan.transform import dbt_environment, store_results
from lachan.warehouse import WarehouseError, prepare, transaction
from raw_rows import query


def test_every_connection_is_closed_also_after_an_error(
    warehouse: Settings, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    really_connect = psycopg2.connect

    def remembered(*args: Any, **kwargs: Any) -> Any:
        opened.append(really_connect(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(psycopg2, "connect", remembered)
    tips = feeds["tips"]
    retyped = replace(tips, columns=(*tips.columns[:-1], replace(tips.columns[-1], type="integer")))
    prepare(warehouse.dsn, feeds)
    with pytest.raises(WarehouseError):
        prepare(warehouse.dsn, {"tips": retyped})
    assert waiting(warehouse, tips) == 0
    with dbt_environment(warehouse):
        store_results(warehouse, "r1", [])
    assert len(opened) == 5
    assert [connection.closed for connection in opened] == [1] * 5


def test_a_transaction_is_whole_or_nothing(warehouse: Settings) -> None:
    statement = "insert into ops.alert (alert_key, kind, severity, message) values ('a', 'k', 'warning', 'm')"
    with pytest.raises(ZeroDivisionError), transaction(warehouse.dsn, "loader") as cursor:
        cursor.execute(statement)
        raise ZeroDivisionError
    assert query(warehouse, "select count(*) from ops.alert") == [(0,)]
    with transaction(warehouse.dsn, "loader") as cursor:
        cursor.execute(statement)
    assert query(warehouse, "select count(*) from ops.alert") == [(1,)]
