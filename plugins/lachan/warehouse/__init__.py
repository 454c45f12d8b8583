"""All access to PostgreSQL: connections, migrations, ledger, bulk load."""

from lachan.warehouse.migration import MigrationError, migrate, require_current
from lachan.warehouse.session import WarehouseError, connect, snapshot, transaction

__all__ = ["MigrationError", "WarehouseError", "connect", "migrate", "require_current", "snapshot", "transaction"]
