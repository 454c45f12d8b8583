"""The loader's session: the ledger of files and the bulk load, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg2
from pgpq import ArrowToPostgresBinaryEncoder, encoders
from psycopg2 import sql

from lachan.warehouse import statements
from lachan.warehouse.session import WarehouseError, connect

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_LOCK_POLL_SECONDS = 0.2
_ROWS_AT_A_TIME = 2_000  # what is encoded together stays in the processor's cache
_ARROW = pl.CompatLevel.newest() if hasattr(encoders, "StringViewEncoderBuilder") else pl.CompatLevel.oldest()
"""Strings as views need no copy; the encoder's last release for Linux on ARM does not know them."""


class LoadSession:
    """A connection that acts as the loader and holds the load lock of one feed.

    Nothing is seen by others before `commit`; a process that dies leaves nothing behind.
    """

    def __init__(self, connection: Connection, feed: str) -> None:
        self._connection = connection
        self.feed = feed
        while not self.select("warehouse/try_load_lock", feed_name=feed)["is_locked"][0]:
            time.sleep(_LOCK_POLL_SECONDS)  # a wait in the server could not be interrupted
        self.commit()

    def run(self, name: str, **values: Any) -> None:
        """Run the SQL of `<stage>/<name>`, as `lachan.warehouse.statements` does."""
        with self._connection.cursor() as cursor:
            statements.run(cursor, name, **values)

    def select(self, name: str, **values: Any) -> pl.DataFrame:
        """The rows that the SQL of `<stage>/<name>` gives."""
        with self._connection.cursor() as cursor:
            statements.run(cursor, name, **values)
            names = [column.name for column in cursor.description or ()]
            return pl.DataFrame(cursor.fetchall(), schema=names, orient="row", infer_schema_length=None)

    def append(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to `schema.table` by COPY; the columns are matched by name."""
        if rows.height:
            self.append_stream(table, rows.schema, iter([rows]))

    def append_stream(self, table: str, schema: Mapping[str, pl.DataType], frames: Iterator[pl.DataFrame]) -> None:
        """Add the rows of frames to `schema.table` by one COPY, while they come; raises what `frames` raises."""
        statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
            sql.Identifier(*table.split(".", 1)), sql.SQL(", ").join(map(sql.Identifier, schema))
        )
        source = _Source(_encoded(schema, frames))
        with self._connection.cursor() as cursor:
            try:
                cursor.copy_expert(statement, source)  # type: ignore[arg-type]  # it never calls `readline`
            except psycopg2.Error:
                if source.failure is not None:
                    raise source.failure from None
                raise

    def new_file_ids(self, count: int) -> list[int]:
        """Fresh identifiers for files."""
        return self.select("warehouse/new_file_ids", count=count)["file_id"].to_list()

    def commit(self) -> None:
        """Make everything since the last commit visible, all at once."""
        self._connection.commit()

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        self._connection.rollback()


class _Source:
    """What COPY reads from. The driver's message would hide an exception of the stream: it is kept as `failure`."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self.failure: BaseException | None = None

    def read(self, _size: int = -1, /) -> bytes:
        """The next bytes of the stream, however many: the driver sends what it gets; none at the end."""
        try:
            return next(self._stream, b"")
        except BaseException as error:
            self.failure = error
            raise


def _encoded(schema: Mapping[str, pl.DataType], frames: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    """The rows of frames in COPY's binary format, about a megabyte at a time."""
    encoder = ArrowToPostgresBinaryEncoder(pl.DataFrame(schema=schema).to_arrow(compat_level=_ARROW).schema)
    yield encoder.write_header()
    for frame in frames:
        ordered = frame.select(schema.keys()).to_arrow(compat_level=_ARROW)
        for batch in ordered.to_batches(max_chunksize=_ROWS_AT_A_TIME):
            if encoded := encoder.write_batch(batch):  # what is less waits for more
                yield encoded
        del frame, ordered
    yield bytes(encoder.finish())


@contextmanager
def load_session(dsn: str, feed: str) -> Iterator[LoadSession]:
    """Open a loader's session on a feed; waits while another process loads the same feed.

    Raises WarehouseError when the server does not answer, or breaks off.
    """
    with closing(connect(dsn, "loader")) as connection:
        try:
            yield LoadSession(connection, feed)
            connection.rollback()
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            raise WarehouseError(f"the warehouse broke off: {error}; what was committed stays, run it again") from error
