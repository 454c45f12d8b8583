"""The loader's session: ledger entries and bulk load in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg2
from pgpq import ArrowToPostgresBinaryEncoder, encoders
from psycopg2 import sql

from lachan.contract import Feed
from lachan.warehouse import statements
from lachan.warehouse.migration import require_raw_table
from lachan.warehouse.session import WarehouseError, connect

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_LOCK_POLL_SECONDS = 0.2
_ENCODED_BATCH_ROWS = 2_000  # small enough for the processor's cache
_ARROW_COMPAT = pl.CompatLevel.newest() if hasattr(encoders, "StringViewEncoderBuilder") else pl.CompatLevel.oldest()
"""String views are encoded without a copy, but pgpq's last release for Linux on ARM does not support them."""


class LoadSession:
    """A connection with the role lachan_loader that holds the load lock of one feed.

    Other sessions see nothing before `commit`; when the process dies, the server rolls back.
    """

    def __init__(self, connection: Connection, feed: str) -> None:
        self._connection = connection
        self.feed = feed
        while not self.select("warehouse/try_load_lock", feed_name=feed)["is_locked"][0]:
            time.sleep(_LOCK_POLL_SECONDS)  # polled: a wait inside the server could not be interrupted
        self.commit()

    def run(self, name: str, /, **values: Any) -> None:
        """Run the SQL file `<stage>/<file>`, as `lachan.warehouse.statements.run` does."""
        with self._connection.cursor() as cursor:
            statements.run(cursor, name, **values)

    def select(self, name: str, /, **values: Any) -> pl.DataFrame:
        """The rows that the SQL file `<stage>/<file>` returns."""
        with self._connection.cursor() as cursor:
            statements.run(cursor, name, **values)
            names = [column.name for column in cursor.description or ()]
            return pl.DataFrame(cursor.fetchall(), schema=names, orient="row", infer_schema_length=None)

    def append(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to `schema.table` by COPY; the columns are matched by name."""
        if rows.height:
            self.append_stream(table, rows.schema, iter([rows]))

    def append_stream(self, table: str, schema: Mapping[str, pl.DataType], frames: Iterator[pl.DataFrame]) -> None:
        """Add the rows of frames to `schema.table` by one COPY while they are produced; raises what `frames` raises."""
        statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
            sql.Identifier(*table.split(".", 1)), sql.SQL(", ").join(map(sql.Identifier, schema))
        )
        source = _Source(_encoded(schema, frames))
        with self._connection.cursor() as cursor:
            try:
                cursor.copy_expert(statement, source)  # type: ignore[arg-type]  # psycopg2 never calls `readline`
            except psycopg2.Error:
                if source.failure is not None:
                    raise source.failure from None
                raise

    def new_file_ids(self, count: int) -> list[int]:
        """New values for `file_id`."""
        return self.select("warehouse/new_file_ids", count=count)["file_id"].to_list()

    def commit(self) -> None:
        """Commit everything since the last commit."""
        self._connection.commit()

    def rollback(self) -> None:
        """Undo everything since the last commit."""
        self._connection.rollback()


class _Source:
    """The file that COPY reads. psycopg2 replaces an exception of the stream by its own, so it is kept as `failure`."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self.failure: BaseException | None = None

    def read(self, _size: int = -1, /) -> bytes:
        """The next bytes of the stream, of any length (psycopg2 sends them as they are); empty at its end."""
        try:
            return next(self._stream, b"")
        except BaseException as error:
            self.failure = error
            raise


def _encoded(schema: Mapping[str, pl.DataType], frames: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    """The rows of frames in COPY's binary format, about a megabyte at a time."""
    encoder = ArrowToPostgresBinaryEncoder(pl.DataFrame(schema=schema).to_arrow(compat_level=_ARROW_COMPAT).schema)
    yield encoder.write_header()
    for frame in frames:
        ordered = frame.select(schema.keys()).to_arrow(compat_level=_ARROW_COMPAT)
        for batch in ordered.to_batches(max_chunksize=_ENCODED_BATCH_ROWS):
            if encoded := encoder.write_batch(batch):  # empty until the encoder's buffer is full
                yield encoded
        del frame, ordered
    yield bytes(encoder.finish())


@contextmanager
def load_session(dsn: str, feed: Feed) -> Iterator[LoadSession]:
    """Open a loader's session for a feed; waits while another process loads the same feed.

    Raises WarehouseError when the server does not answer or the connection is lost, and MigrationError when the raw
    table does not have the columns of the contract.
    """
    with closing(connect(dsn, "loader")) as connection:
        try:
            with connection.cursor() as cursor:
                require_raw_table(cursor, feed)
            yield LoadSession(connection, feed.name)
            connection.rollback()
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            raise WarehouseError(
                f"the load was interrupted: {error}; what was committed stays, run it again"
            ) from error
