"""After a rotation of the pseudonym key: pseudonyms of earlier keys are computed anew from the archived originals."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import polars as pl

from lachan.archive.reading import Reader, copies_of, require_identity
from lachan.archive.store import ArchiveError
from lachan.contract import Feed
from lachan.contract.raw_table import raw_schema
from lachan.landing import Landing
from lachan.load.decode import UnreadableFile
from lachan.load.loader import Loader
from lachan.privacy.erasure import ERASED, pseudonym_columns
from lachan.privacy.pseudonyms import prefix
from lachan.settings import Settings
from lachan.warehouse import connect
from lachan.warehouse.ledger import Entry
from lachan.warehouse.load_session import LoadSession

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RekeyReport:
    """Numbers of contents read, and of rows that have pseudonyms of the newest key now, or still those of others."""

    contents_read: int
    rows_rekeyed: int
    rows_left: int


def rekey(settings: Settings, feed: Feed, run_id: str, why: str, by: str) -> RekeyReport:
    """Give all rows of a feed whose original the archive has the pseudonyms of the newest key; nothing else changes.

    It needs the login of the owner of the warehouse (`settings.dsn`), because no stage may change rows. Each content is
    committed by itself, so an interrupted run is continued by the next one. Each that is read is entered in
    ops.archive_reading with `why` and the person (`by`). Staging, which has copies of the rows, is changed with them;
    no model further down has pseudonyms. Raises what `ingest` raises, ArchiveError when no private key is given, and
    IdentityFileError.
    """
    require_identity(settings)
    with closing(connect(settings.dsn)) as connection:
        session = LoadSession(connection, feed.name)
        with closing(Rekeyer(settings, feed, Landing(settings), run_id, session)) as rekeyer:
            return rekeyer.rekey(why, by)


class Rekeyer(Loader):
    """Computes the pseudonyms of one feed anew, within one session."""

    def rekey(self, why: str, by: str) -> RekeyReport:
        """Replace the pseudonyms of other keys; see `rekey`."""
        columns = pseudonym_columns(self._feed)
        if not columns:
            return RekeyReport(0, 0, 0)
        self._key.store()
        names = [column.name for column in columns]
        as_lists = [{"name": column.name, "is_list": column.type == "array"} for column in columns]
        before = self._of_other_keys(as_lists)
        reader = self._reader([content["sha256"] for content in before], why, by)
        contents_read = 0
        for content in before:
            try:
                if (data := reader.read(content["sha256"])) is None:
                    log.warning("%s is not in the archive: its rows keep their pseudonyms", content["path"])
                    continue
                contents_read += 1
                self._replace(content, data, names)
            except (ArchiveError, UnreadableFile) as error:
                self._session.rollback()
                log.warning("%s: %s; its rows keep their pseudonyms", content["path"], error)
        left = sum(content["rows"] for content in self._of_other_keys(as_lists))
        return RekeyReport(contents_read, sum(content["rows"] for content in before) - left, left)

    def _of_other_keys(self, columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = self._session.select(
            "load/rows_of_other_keys",
            feed_name=self._feed.name,
            columns=columns,
            prefix=prefix(self._key.number),
            erased=ERASED,
        )
        self._session.commit()
        return list(found.iter_rows(named=True))

    def _reader(self, hashes: list[str], why: str, by: str) -> Reader:
        def note(**values: Any) -> None:
            self._session.run("archive/insert_reading", **values)
            self._session.commit()

        copies = copies_of(self._session.select("archive/find_copies", hashes=hashes).iter_rows())
        return Reader(self._settings, copies, why, by, note)

    def _replace(self, content: dict[str, Any], data: bytes, names: list[str]) -> None:
        entry = Entry(
            self._feed.name, content["path"], content["sha256"], "", content["export_date"], content["size_bytes"],
            content["delivered_at"], self._run_id,
        )  # fmt: skip
        schema = {name: raw_schema(self._feed)[name] for name in ("line_no", *names)}

        def rekeyed() -> Iterator[pl.DataFrame]:
            for checked in map(self._check(0), self._open(entry, io.BytesIO(data)).batches):
                yield self._deidentify(checked).good.select(schema.keys())

        self._session.run("load/create_rekeyed_table", feed_name=self._feed.name, pseudonym_columns=names)
        self._session.append_stream("pg_temp.rekeyed", schema, rekeyed())
        staged = self._session.select("load/staged_columns", feed_name=self._feed.name, names=names)
        copies = {
            ("raw", self._feed.name): names,
            ("staging", f"stg_{self._feed.name}"): staged["column_name"].to_list(),
        }
        for (table_schema, table), columns in copies.items():
            if columns:
                self._session.run(
                    "load/replace_pseudonyms",
                    table_schema=table_schema,
                    table_name=table,
                    pseudonym_columns=columns,
                    file_ids=content["file_ids"],
                )
        self._session.commit()
