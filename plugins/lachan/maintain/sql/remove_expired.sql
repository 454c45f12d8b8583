select removed.item_count, removed.byte_count
from ops.remove_expired({{ run_id }}, {{ relation }}, {{ older_than }}, {{ at_most }}) as removed
