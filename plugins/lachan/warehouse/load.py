"""The loader's session: the ledger of files and the bulk load, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import adbc_driver_postgresql.dbapi as adbc
import polars as pl
import pyarrow as pa

from lachan.warehouse.session import WarehouseError


class LoadSession:
    """A connection that acts as the loader and holds the load lock of one feed.

    Nothing is seen by others before `commit`; a process that dies leaves nothing behind.
    """

    def __init__(self, connection: Any, feed: str) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self.feed = feed
        self.execute("set role lachan_loader")
        self.execute("select pg_advisory_lock(hashtext('lachan.load.' || $1))", feed)
        self.commit()

    def execute(self, statement: str, *values: Any) -> None:
        """Run one statement; `$1`, `$2`, … stand for the values."""
        self._cursor.execute(statement, values or None)

    def select(self, query: str, *values: Any) -> pl.DataFrame:
        """The rows that a query gives."""
        self._cursor.execute(query, values or None)
        return cast(pl.DataFrame, pl.from_arrow(self._cursor.fetch_arrow_table()))

    def append(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to `schema.table` by COPY; the columns are matched by name."""
        if rows.height:
            self.append_stream(table, rows.schema, iter([rows]))

    def append_stream(self, table: str, schema: Mapping[str, pl.DataType], frames: Iterator[pl.DataFrame]) -> None:
        """Add the rows of frames to `schema.table` by one COPY, while they come."""
        namespace, _, name = table.partition(".")
        batches = (batch for frame in frames for batch in _arrow(frame).to_batches())
        reader = pa.RecordBatchReader.from_batches(_arrow(pl.DataFrame(schema=schema)).schema, batches)
        self._cursor.adbc_ingest(name, reader, mode="append", db_schema_name=namespace)

    def new_file_ids(self, count: int) -> list[int]:
        """Fresh identifiers for files."""
        ids = self.select("select nextval('ops.file_id') as id from generate_series(1, $1::bigint)", count)
        return ids["id"].to_list()

    def commit(self) -> None:
        """Make everything since the last commit visible, all at once."""
        self._connection.commit()

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        self._connection.rollback()


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.newest())  # strings as views: no copy


@contextmanager
def load_session(dsn: str, feed: str) -> Iterator[LoadSession]:
    """Open a loader's session on a feed; waits while another process loads the same feed.

    Raises WarehouseError when the server does not answer.
    """
    try:
        connection = adbc.connect(dsn)
    except adbc.Error as error:
        raise WarehouseError(f"the warehouse does not answer: {error}; check LACHAN_DSN") from None
    try:
        yield LoadSession(connection, feed)
        connection.rollback()
    except (adbc.OperationalError, adbc.InternalError) as error:
        raise WarehouseError(f"the warehouse broke off: {error}; what was committed stays, run it again") from error
    finally:
        connection.close()
