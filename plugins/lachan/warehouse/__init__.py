"""The only place that knows PostgreSQL: connections, schema, ledger, bulk load."""

from lachan.warehouse.schema import prepare, raw_ddl
from lachan.warehouse.session import WarehouseError, connect, transaction

__all__ = ["WarehouseError", "connect", "prepare", "raw_ddl", "transaction"]
