"""Access to PostgreSQL for all stages: connections, schema, the ledger of export files, bulk load."""

from lachan.warehouse.schema import prepare
from lachan.warehouse.session import WarehouseError, connect, transaction

__all__ = ["WarehouseError", "connect", "prepare", "transaction"]
