"""Let everything that a warehouse has recorded have happened earlier."""

from __future__ import annotations

from helpers.raw_rows import query
from lachan.settings import Settings

COLUMNS = """
select format('%I.%I', nspname, relname), array_agg(attname::text)
from pg_attribute
inner join pg_class on pg_class.oid = attrelid
inner join pg_namespace on pg_namespace.oid = relnamespace
where nspname = 'ops' and relkind = 'r' and atttypid = 'timestamptz'::regtype and attnum > 0 and not attisdropped
    and attname not in ('delivered_at', 'read_at')  -- by these, deliveries are ordered and known files recognised
group by 1
"""


def age(settings: Settings, days: int) -> None:
    """Move every instant in the tables of `ops` some days back; the order of all things stays."""
    for table, columns in query(settings, COLUMNS):
        moved = ", ".join(f"{column} = {column} - interval '{days} days'" for column in columns)
        query(settings, f"update {table} set {moved}")
