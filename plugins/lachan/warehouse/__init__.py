"""The only place that knows PostgreSQL: connections, schema, ledger, bulk load."""

from lachan.warehouse.schema import prepare
from lachan.warehouse.session import WarehouseError, connect, transaction

__all__ = ["WarehouseError", "connect", "prepare", "transaction"]
