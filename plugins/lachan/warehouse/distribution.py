"""Tables over several machines by Citus: what `distribution.yaml` lists is spread over the workers of the coordinator.

In a distributed warehouse, statements that define something stay on the coordinator unless they are about such a table:
Citus would repeat them on the workers as the role that gives them, and one transaction of `migrate` uses several roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from lachan.contract import Feed
from lachan.warehouse.session import WarehouseError, transaction
from lachan.warehouse.statements import run, statement

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


class DistributionError(WarehouseError):
    """The tables cannot be distributed over this server's workers; the message says what it lacks."""


@dataclass(frozen=True)
class Placement:
    """Where a table is: spread by its column `by`, or whole on the coordinator (`by` is None), and `why`."""

    by: str | None
    why: str = ""


def placement(relation: str, feeds: Mapping[str, Feed]) -> Placement:
    """Where a table (`schema.name`) is in a distributed warehouse. Raises KeyError if distribution.yaml lacks it."""
    text = files("lachan.warehouse").joinpath("distribution.yaml").read_text(encoding="utf-8")
    declared = yaml.load(text, yaml.CSafeLoader)
    if (column := _declared(declared["distributed"], relation)) is not None:
        return Placement(feeds[relation.removeprefix("raw.")].key[0] if column == "key" else column)
    if (why := _declared(declared["coordinator"], relation)) is not None:
        return Placement(None, why)
    raise KeyError(relation)


def prepare(dsn: str) -> None:
    """Prepare a database with Citus for its first migration or its distribution.

    Raises DistributionError if it is not the coordinator of any worker, or if the login is not the server's superuser.
    """
    with transaction(dsn) as cursor:
        cursor.execute("select to_regclass('pg_catalog.pg_dist_node') is not null")
        if cursor.fetchone() != (True,):
            raise DistributionError(
                "this server has no Citus: use one whose `shared_preload_libraries` begins with citus, run "
                "`create extension citus` in this database and in that of each worker (docs/growing.md), or leave "
                "--distributed out"
            )
        workers, is_superuser = run(cursor, "warehouse/distribution_state").fetchone() or (0, False)
        if not workers:
            raise DistributionError("this server knows no worker: name each with `select citus_add_node(host, port)`")
        if not is_superuser:
            raise DistributionError("only a superuser may distribute tables: let LACHAN_DSN name the server's owner")
        run(cursor, "warehouse/define_on_coordinator")


def is_distributed(connection: Connection) -> bool:
    """Whether a raw table of this warehouse is spread over workers."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('pg_catalog.pg_dist_partition') is not null")
        return cursor.fetchone() == (True,) and run(cursor, "warehouse/distributed_tables").fetchone() is not None


def distribute(connection: Connection, feeds: Mapping[str, Feed], is_of_province: bool) -> list[str]:
    """Spread the tables over the workers that are listed but not spread yet; returns their names.

    Rows that they hold are moved. The workers get the roles that use these tables, which may log in there with the
    password of the owner, so that only the nodes can; rights are those of the coordinator. Each step is committed by
    itself, and a repeated run continues. Raises DistributionError when a worker refuses the roles.
    """
    with connection.cursor() as cursor:
        cursor.execute("set citus.enable_ddl_propagation to on")
        known = {name for (name,) in run(cursor, "warehouse/distributed_tables").fetchall()}
        wanted = {f"raw.{name}": placement(f"raw.{name}", feeds).by for name in feeds}
        created = []
        for relation, column in wanted.items():
            if column is not None and relation not in known:
                run(cursor, "warehouse/distribute_table", relation=relation, column_name=column)
                created.append(relation)
            connection.commit()
        # after the tables, because Citus gives each worker the roles on which they depend, without login
        for name in ("warehouse/create_roles_and_schemas", "warehouse/let_nodes_in"):
            command = statement(cursor, name, is_of_province=is_of_province)
            for host, port, answer in run(cursor, "warehouse/run_on_workers", command=command).fetchall():
                raise DistributionError(
                    f"the worker {host}:{port} does not run {name}: {answer}; `lachan migrate` again"
                )
            connection.commit()
        run(cursor, "warehouse/grant_rights")
        cursor.execute("reset citus.enable_ddl_propagation")
        connection.commit()
    return created


def _declared(section: Mapping[str, str], relation: str) -> str | None:
    """The value of the first name in a section that is that of the table, or begins it."""
    for name, value in section.items():
        if relation == name or (name.endswith("*") and relation.startswith(name[:-1])):
            return value
    return None
