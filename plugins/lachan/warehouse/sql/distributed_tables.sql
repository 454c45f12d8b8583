select logicalrelid::regclass::text as relation
from pg_dist_partition
inner join pg_class on pg_class.oid = logicalrelid
where relnamespace = to_regnamespace('raw')
