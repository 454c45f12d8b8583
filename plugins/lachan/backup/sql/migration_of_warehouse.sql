select max(number) as migration
from ops.migration
