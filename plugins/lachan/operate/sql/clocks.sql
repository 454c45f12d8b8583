-- The clock of the server, and the latest instant that the ledger has.
select
    clock_timestamp() as server,
    greatest(max(loaded_at), max(gate_at)) as newest
from ops.export_file
