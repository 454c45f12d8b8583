"""Bring the warehouse to this release (`lachan migrate`): the only place that changes what dbt does not create.

A migration is a file of `warehouse/migrations`. It runs once, in the order of its number, in a transaction of its own.
Roles, rights, comments and functions are written so that they can be run again, and are run each time. Last, the tables
follow the contracts: raw tables those of the feeds, published tables those of their marts.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

from lachan.contract import Feed
from lachan.contract.published import SUPPRESSED, PublishedTable, ViewColumn
from lachan.contract.raw_table import RawColumn, raw_columns
from lachan.settings import TIMEZONE
from lachan.warehouse import distribution
from lachan.warehouse.session import WarehouseError, connect, transaction
from lachan.warehouse.statements import render, run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

_LOCK, SERVER_LOCK = 138_000, 138_003
_LOCK_POLL_SECONDS = 0.2


class MigrationError(WarehouseError):
    """The warehouse is not at this release, or cannot be brought to it; the message says what to do."""


@dataclass(frozen=True)
class Migration:
    """One file of `warehouse/migrations`: `name` is its file name, `sha256` the hash of its text."""

    number: int
    name: str
    sha256: str


@dataclass
class MigrationReport:
    """What one run did: migrations applied, columns added, columns whose new type was refused, tables distributed."""

    applied: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    distributed: list[str] = field(default_factory=list)


def known_migrations() -> list[Migration]:
    """The migrations of this release, in their order."""
    found = []
    for file in files("lachan.warehouse").joinpath("migrations").iterdir():
        text = file.read_bytes()
        found.append(Migration(int(file.name[:4]), file.name, hashlib.sha256(text).hexdigest()))
    return sorted(found, key=lambda migration: migration.number)


def migrate(
    dsn: str,
    feeds: Mapping[str, Feed],
    published: Mapping[str, PublishedTable],
    is_of_province: bool = False,
    distributed: bool = False,
) -> MigrationReport:
    """Run the migrations that the warehouse lacks, and let its tables follow the contracts; safe to run at any time.

    On the server of a province (`is_of_province`), only logins may connect to a database, each to its own: the roles,
    which are those of all databases, may not. With `distributed` the large tables are then spread over the workers of
    Citus; a warehouse that is distributed stays so without it.

    Each migration is committed by itself, so that a run that was interrupted is continued by the next one; the last one
    with the views, functions and rights, so that no reader sees tables of this release through views of another. A
    column whose type a contract has changed is not converted: it is reported, and only the loads of its feed stop.
    Raises MigrationError for a warehouse of a newer release, and for a migration whose file was changed after it had
    run,
    and DistributionError where tables cannot be distributed.
    """
    report = MigrationReport()
    if distributed:
        distribution.prepare(dsn)
    with migration_lock(dsn) as connection, connection.cursor() as cursor:
        run(cursor, "warehouse/create_roles_and_schemas", is_of_province=is_of_province)
        run(cursor, "warehouse/create_migration_table")
        connection.commit()
        for migration in _pending(cursor):
            connection.commit()  # what came before it
            columns = _view_columns(cursor, published["figure"], [])
            cursor.execute(render(cursor, f"warehouse/migrations/{migration.name}", **published, **columns))
            run(cursor, "warehouse/insert_migration", migration=migration)
            report.applied.append(migration.name)
        run(cursor, "warehouse/own_schemas")
        _follow_published_tables(cursor, published, report)
        registers = [feed.name for feed in feeds.values() if feed.delivery == "snapshot"]
        _repeat_scripts(cursor, published, registers)
        for feed in feeds.values():
            _follow_contract(cursor, feed, report)
        connection.commit()
        if distributed or distribution.is_distributed(connection):
            report.distributed = distribution.distribute(connection, feeds, is_of_province)
    return report


def require_current(dsn: str) -> None:
    """Raises MigrationError when the warehouse lacks a migration of this release, or is of a newer one."""
    with transaction(dsn) as cursor:
        cursor.execute("select to_regclass('ops.migration') is not null")
        pending = _pending(cursor) if cursor.fetchone() == (True,) else known_migrations()
    if pending:
        raise MigrationError(
            f"the warehouse lacks {len(pending)} migrations of this release (the first is {pending[0].name}); "
            "run `lachan migrate`"
        )


def require_raw_table(cursor: Cursor, feed: Feed) -> None:
    """Raises MigrationError when the raw table of a feed does not have the columns and types of its contract."""
    missing, retyped = _compare_with_contract(cursor, feed)
    if missing:
        raise MigrationError(f"raw.{feed.name} lacks the column {missing[0].name}; run `lachan migrate`")
    if retyped:
        raise MigrationError(retyped[0])


@contextmanager
def migration_lock(dsn: str, lock: int = _LOCK) -> Iterator[Connection]:
    """A connection that holds an advisory lock of a database, so that only one process migrates at a time."""
    with closing(connect(dsn)) as connection, connection.cursor() as cursor:
        while True:
            cursor.execute("select pg_try_advisory_lock(%s)", (lock,))
            if cursor.fetchone() == (True,):
                break
            connection.rollback()
            time.sleep(_LOCK_POLL_SECONDS)  # a wait in the server could not be interrupted
        connection.commit()
        yield connection


def _pending(cursor: Cursor) -> list[Migration]:
    known = {migration.number: migration for migration in known_migrations()}
    applied = {
        number: (name, sha256) for number, name, sha256 in run(cursor, "warehouse/applied_migrations").fetchall()
    }
    if newer := [name for number, (name, _) in applied.items() if number not in known]:
        raise MigrationError(
            f"the warehouse has the migration {newer[0]}, which this release does not know: it was migrated by a newer "
            "release; use that one, or restore a backup that is older than the migration"
        )
    for number, (name, sha256) in applied.items():
        if known[number].sha256 != sha256:
            raise MigrationError(
                f"warehouse/migrations/{known[number].name} was changed after it had run here (as {name}); "
                "restore the file and write a new migration instead"
            )
    return [migration for number, migration in known.items() if number not in applied]


def _repeat_scripts(cursor: Cursor, published: Mapping[str, PublishedTable], registers: list[str]) -> None:
    cursor.execute("set local role lachan_migrate")
    run(cursor, "warehouse/create_delivery_view", registers=registers)
    run(cursor, "warehouse/comment_on_ops_tables")
    columns = _view_columns(cursor, published["figure"], [SUPPRESSED])
    run(cursor, "warehouse/create_stored_views", **columns)
    cursor.execute("set local role lachan_definer")
    run(cursor, "warehouse/create_open_revisions")
    cursor.execute("set local role lachan_migrate")
    run(cursor, "warehouse/create_reader_views", **columns)
    run(cursor, "warehouse/create_reader_sentences", **published)
    run(cursor, "warehouse/create_late_adjustment_view", timezone=TIMEZONE)
    cursor.execute("set local role lachan_definer")
    run(cursor, "warehouse/create_as_of_functions", **columns)
    run(cursor, "warehouse/create_figures_of_own_unit", **columns)
    run(cursor, "warehouse/create_trace_function")
    run(cursor, "warehouse/create_reader_functions")
    run(cursor, "warehouse/create_handout_function")
    run(cursor, "warehouse/create_metrics_function")
    run(cursor, "warehouse/create_removal_functions")
    cursor.execute("set local role lachan_migrate")
    run(cursor, "warehouse/grant_province")
    cursor.execute("set local role lachan_definer")
    run(cursor, "warehouse/create_province_views")
    run(cursor, "warehouse/comment_on_province", relations="views", **published)
    cursor.execute("set local role lachan_migrate")
    run(cursor, "warehouse/create_province_policies")
    run(cursor, "warehouse/comment_on_province", relations="tables", **published)
    run(cursor, "warehouse/create_ward_figure", **columns)
    run(cursor, "warehouse/comment_on_reporting_tables", **published)
    run(cursor, "warehouse/grant_reporting")
    cursor.execute("reset role")
    run(cursor, "warehouse/grant_rights")


def _follow_published_tables(cursor: Cursor, published: Mapping[str, PublishedTable], report: MigrationReport) -> None:
    """Add the columns that a mart has gained to the tables in which it is published.

    They are nullable there, whatever the mart declares, because the rows that are published already have no value.
    """
    cursor.execute("set local role lachan_migrate")
    for table in published.values():
        for relation, columns in _relations_of(table).items():
            existing = {name for (name,) in run(cursor, "warehouse/column_names", relation=relation).fetchall()}
            for name, sql_type in columns.items():
                if name not in existing:
                    run(
                        cursor, "warehouse/add_published_column", relation=relation, column_name=name, sql_type=sql_type
                    )
                    report.added.append(f"{relation}.{name}")
    cursor.execute("reset role")


def _relations_of(table: PublishedTable) -> dict[str, dict[str, str]]:
    """The tables that hold a published table, each with the columns that follow from the mart."""
    if table.name != "figure":
        return {"reporting.stored_sentence": {column.name: column.sql_type for column in table.stored_columns}}
    relations: dict[str, dict[str, str]] = {}
    for column in table.columns:
        relations.setdefault(f"reporting.figure_{column.stored_in}", {})[column.name] = column.sql_type
    relations["reporting.open_figure"] = relations["reporting.figure_state"]
    return relations


def _view_columns(cursor: Cursor, figure: PublishedTable, added: list[ViewColumn]) -> dict[str, list[ViewColumn]]:
    """The columns of reporting.figure, and those of reporting.figure_revision, as their views have to list them."""
    return {
        "columns": _in_order(cursor, "reporting.figure", [*figure.view_columns, *added]),
        "revision_columns": _in_order(cursor, "reporting.figure_revision", figure.revision_view_columns),
    }


def _in_order(cursor: Cursor, view: str, columns: list[ViewColumn]) -> list[ViewColumn]:
    """The columns of a view in the order that the view has; those that it lacks come last."""
    existing = [name for (name,) in run(cursor, "warehouse/column_names", relation=view).fetchall()]
    return sorted(columns, key=lambda column: existing.index(column.name) if column.name in existing else len(existing))


def _follow_contract(cursor: Cursor, feed: Feed, report: MigrationReport) -> None:
    columns = raw_columns(feed)
    cursor.execute("set local role lachan_migrate")
    missing, retyped = _compare_with_contract(cursor, feed)
    if len(missing) == len(columns):
        run(cursor, "warehouse/create_raw_table", feed=feed, columns=columns)
    else:
        for column in missing:
            run(cursor, "warehouse/add_raw_column", feed=feed, column=column)
            report.added.append(f"raw.{feed.name}.{column.name}")
    report.refused.extend(retyped)
    run(cursor, "warehouse/comment_on_raw_table", feed=feed, columns=columns)
    cursor.execute("reset role")


def _compare_with_contract(cursor: Cursor, feed: Feed) -> tuple[list[RawColumn], list[str]]:
    """The columns of the contract that the raw table lacks, and a message for each that has another type there."""
    existing = dict(run(cursor, "warehouse/raw_column_types", feed=feed).fetchall())
    columns = raw_columns(feed)
    retyped = [
        f"raw.{feed.name}.{column.name} is {existing[column.name]}, the contract now says {column.sql_type}; "
        "give the column a new name in the contract, or change the table by hand"
        for column in columns
        if existing.get(column.name, column.sql_type) != column.sql_type
    ]
    return [column for column in columns if column.name not in existing], retyped
