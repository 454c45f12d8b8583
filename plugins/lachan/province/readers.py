"""Who reads the database of a province: people of the province see all cities, people of a city see their own."""

from __future__ import annotations

from lachan.warehouse import transaction
from lachan.warehouse.statements import run


def add_reader(dsn: str, name: str) -> None:
    """Let a login see the figures of all cities in the database of the province; `dsn` is that of its owner."""
    with transaction(dsn) as cursor:
        run(cursor, "province/insert_reader", login_name=name)


def remove_reader(dsn: str, name: str) -> None:
    """Forget a login that was ended, so that a later one of the same name does not see all cities."""
    with transaction(dsn) as cursor:
        run(cursor, "province/delete_reader", login_name=name)
