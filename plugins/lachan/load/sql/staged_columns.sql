-- The pseudonyms that staging has copied from raw, by name; empty before the first build.
select column_name
from information_schema.columns
where table_schema = 'staging' and table_name = 'stg_' || {{ feed_name }} and column_name = any({{ names }}::text[])
