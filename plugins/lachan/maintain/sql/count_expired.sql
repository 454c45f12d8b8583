select expired.item_count, expired.byte_count
from ops.count_expired({{ relation }}, {{ older_than }}) as expired
