-- The existing columns of a raw table, with the names that contracts use for their types.
select
    column_name,
    case data_type
        when 'ARRAY' then 'text[]'
        when 'timestamp with time zone' then 'timestamptz'
        else data_type
    end as sql_type
from information_schema.columns
where table_schema = 'raw' and table_name = {{ feed.name }}
