-- Whether this reader may read the state at an instant: earlier states beside the present one tell small counts.
select reporting.is_cleared() or {{ at }} >= coalesce(max(published_at), '-infinity') as may_read
from reporting.publication
