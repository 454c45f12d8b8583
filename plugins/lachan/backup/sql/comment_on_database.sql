select shobj_description(oid, 'pg_database') as remark
from pg_database
where datname = {{ database_name }}
