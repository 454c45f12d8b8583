-- The columns of a raw table as they are, with the types that contracts use.
select
    column_name,
    case data_type
        when 'ARRAY' then 'text[]'
        when 'timestamp with time zone' then 'timestamptz'
        else data_type
    end as sql_type
from information_schema.columns
where table_schema = 'raw' and table_name = {{ feed.name }}
