select number, name, sha256
from ops.migration
order by number
