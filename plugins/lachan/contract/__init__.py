"""Read data contracts (Open Data Contract Standard v3) into feeds.

A contract is the only declaration of an export. The raw table, the row checks, the dbt source entry and the
ingest DAG are all derived from the `Feed` that is read from it here.
"""

from lachan.contract.feed import Column, Feed, GateChange
from lachan.contract.reader import ContractError, Contracts, read_contract, read_contracts, survey

__all__ = ["Column", "ContractError", "Contracts", "Feed", "GateChange", "read_contract", "read_contracts", "survey"]
