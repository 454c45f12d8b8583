"""Connections are closed, transactions are atomic, and a bulk load stores its rows unchanged or raises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import psycopg2
import pytest
from helpers.raw_rows import query
from helpers.warehouses import migrate
from lachan.contract import Feed
from lachan.load.ingest import count_pending
from lachan.settings import TIMEZONE, Settings
from lachan.transform.build import dbt_environment, store_results
from lachan.warehouse import WarehouseError, load_session, transaction

VIETNAM = ZoneInfo(TIMEZONE)


def test_every_connection_is_closed_even_after_an_error(
    warehouse: Settings, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    really_connect = psycopg2.connect

    def recording_connect(*args: Any, **kwargs: Any) -> Any:
        opened.append(really_connect(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(psycopg2, "connect", recording_connect)
    tips = feeds["tips"]
    retyped = replace(tips, columns=(*tips.columns[:-1], replace(tips.columns[-1], type="integer")))
    migrate(warehouse.dsn, feeds)
    assert migrate(warehouse.dsn, {"tips": retyped}).refused
    with pytest.raises(WarehouseError), load_session.load_session(warehouse.dsn, retyped):
        pass
    assert count_pending(warehouse, tips) == 0
    with dbt_environment(warehouse):
        store_results(warehouse, "r1", [])
    assert len(opened) == 6
    assert [connection.closed for connection in opened] == [1] * 6


def test_a_transaction_is_committed_whole_or_rolled_back(warehouse: Settings) -> None:
    statement = "insert into ops.alert (alert_key, kind, severity, message) values ('a', 'k', 'warning', 'm')"
    with pytest.raises(ZeroDivisionError), transaction(warehouse.dsn, "steward") as cursor:
        cursor.execute(statement)
        raise ZeroDivisionError
    assert query(warehouse, "select count(*) from ops.alert") == [(0,)]
    with transaction(warehouse.dsn, "steward") as cursor:
        cursor.execute(statement)
    assert query(warehouse, "select count(*) from ops.alert") == [(1,)]


ROWS = pl.DataFrame(
    {
        "whole": [1, None, -(2**62)],
        "small": [1, None, 7],
        "order": ['một;"hai"\n\\N\t', "", "dài" * 1_000_000],
        "flag": [True, None, False],
        "day": [date(1999, 12, 31), None, date(2024, 2, 29)],
        "at": [datetime(1999, 12, 31, 23, 59, 59, 999_999, VIETNAM), None, datetime(2024, 2, 29, tzinfo=VIETNAM)],
        "items": [["a", None, 'ô "b" {,}'], None, []],
        "extra": ['{"x": "ê"}', None, "[]"],
    },
    schema_overrides={"small": pl.Int32, "at": pl.Datetime("us", TIMEZONE)},
)


@pytest.mark.parametrize("compat", [load_session._ARROW_COMPAT, pl.CompatLevel.oldest()])
def test_rows_are_loaded_unchanged_for_either_encoding_of_strings(
    warehouse: Settings, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch, compat: pl.CompatLevel
) -> None:
    monkeypatch.setattr(load_session, "_ARROW_COMPAT", compat)
    with transaction(warehouse.dsn, "migrate") as cursor:
        cursor.execute(
            'create table raw."odd kind" (extra json, items text[], whole bigint, small int, "order" text,'
            " flag boolean, day date, at timestamptz, more text)"
        )
    names = ", ".join(f'"{name}"' for name in ROWS.columns[:-1])
    with load_session.load_session(warehouse.dsn, feeds["tips"]) as session:
        reordered = ROWS.select(reversed(ROWS.columns))
        session.append_stream("raw.odd kind", ROWS.schema, iter([ROWS[:1], reordered[1:]]))
        session.commit()
    with transaction(warehouse.dsn, "loader") as cursor:
        cursor.execute(f'select {names}, extra::text, more from raw."odd kind"')
        found = pl.DataFrame(cursor.fetchall(), schema=[*ROWS.columns, "more"], orient="row", infer_schema_length=None)
    assert found["more"].to_list() == [None] * 3
    assert found.drop("more").rows() == ROWS.rows()


def test_a_load_raises_what_its_rows_raise(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    def frames(error: BaseException) -> Iterator[pl.DataFrame]:
        yield pl.DataFrame({"path": ["a"]})
        raise error

    for error in (ZeroDivisionError("nought"), KeyboardInterrupt()):
        with load_session.load_session(warehouse.dsn, feeds["tips"]) as session, pytest.raises(type(error)) as raised:
            session.append_stream("ops.inaccessible_file", {"path": pl.String()}, frames(error))
        assert raised.value is error
    assert query(warehouse, "select count(*) from ops.alert") == [(0,)]


def test_a_lost_connection_during_a_load_is_a_warehouse_error(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    with (
        pytest.raises(WarehouseError, match="the load was interrupted"),
        load_session.load_session(warehouse.dsn, feeds["tips"]) as session,
        transaction(warehouse.dsn) as cursor,
    ):
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_locks inner join pg_database as used on used.oid = database"
            " where locktype = 'advisory' and datname = current_database()"
        )
        assert cursor.rowcount == 1, "the session with the load lock is the load's"
        session.append("ops.alert", pl.DataFrame({"path": ["a"]}))
