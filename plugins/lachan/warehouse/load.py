"""The loader's session: the ledger of files and the bulk load, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import adbc_driver_postgresql
import polars as pl
import pyarrow as pa
from adbc_driver_manager import (
    AdbcConnection,
    AdbcStatement,
    Error,
    InternalError,
    OperationalError,
    StatementOptions,
)

from lachan.warehouse.session import WarehouseError

_LOCK_POLL_SECONDS = 0.2


class LoadSession:
    """A connection that acts as the loader and holds the load lock of one feed.

    Nothing is seen by others before `commit`; a process that dies leaves nothing behind.
    """

    def __init__(self, connection: AdbcConnection, feed: str) -> None:
        self._connection = connection
        connection.set_autocommit(False)
        self.feed = feed
        self.execute("set role lachan_loader")
        while not self.select("select pg_try_advisory_lock(hashtext('lachan.load.' || $1)) as mine", feed)["mine"][0]:
            time.sleep(_LOCK_POLL_SECONDS)  # asked again and again: a wait in the server could not be interrupted
        self.commit()

    def execute(self, statement: str, *values: Any) -> None:
        """Run one statement; `$1`, `$2`, … stand for the values."""
        with self._prepared(statement, values) as prepared:
            prepared.execute_update()

    def select(self, query: str, *values: Any) -> pl.DataFrame:
        """The rows that a query gives."""
        with self._prepared(query, values) as prepared:
            stream, _ = prepared.execute_query()
            return pl.DataFrame(stream)

    def append(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to `schema.table` by COPY; the columns are matched by name."""
        if rows.height:
            self.append_stream(table, rows.schema, iter([rows]))

    def append_stream(self, table: str, schema: Mapping[str, pl.DataType], frames: Iterator[pl.DataFrame]) -> None:
        """Add the rows of frames to `schema.table` by one COPY, while they come."""
        namespace, _, name = table.partition(".")
        batches = (batch for frame in frames for batch in _arrow(frame).to_batches())
        reader = pa.RecordBatchReader.from_batches(_arrow(pl.DataFrame(schema=schema)).schema, batches)
        target = {
            StatementOptions.INGEST_TARGET_DB_SCHEMA.value: namespace,
            StatementOptions.INGEST_TARGET_TABLE.value: name,
            StatementOptions.INGEST_MODE.value: "adbc.ingest.mode.append",
        }
        with closing(AdbcStatement(self._connection)) as statement:
            statement.set_options(**target)
            statement.bind_stream(reader.__arrow_c_stream__())
            statement.execute_update()

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

    @contextmanager
    def _prepared(self, statement: str, values: tuple[Any, ...]) -> Iterator[AdbcStatement]:
        with closing(AdbcStatement(self._connection)) as prepared:
            prepared.set_sql_query(statement)
            prepared.prepare()
            if values:
                row = pl.DataFrame([[value] for value in values], schema=[f"${n}" for n in range(1, len(values) + 1)])
                prepared.bind_stream(row.__arrow_c_stream__())
            yield prepared


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.newest())  # strings as views: no copy


@contextmanager
def load_session(dsn: str, feed: str) -> Iterator[LoadSession]:
    """Open a loader's session on a feed; waits while another process loads the same feed.

    Raises WarehouseError when the server does not answer.
    """
    # The driver itself, not its DB-API: that one imports all of pyarrow.dataset and pandas, 0.4 s and 60 MB.
    try:
        database = adbc_driver_postgresql.connect(dsn)
        connection = AdbcConnection(database)
    except Error as error:
        raise WarehouseError(f"the warehouse does not answer: {error}; check LACHAN_DSN") from None
    with closing(database), closing(connection):
        try:
            yield LoadSession(connection, feed)
            connection.rollback()
        except (OperationalError, InternalError) as error:
            raise WarehouseError(f"the warehouse broke off: {error}; what was committed stays, run it again") from error
