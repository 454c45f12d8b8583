"""The whole content of the tables and views that dbt builds, to compare a build by difference with a full one."""

from __future__ import annotations

from helpers.raw_rows import query
from lachan.settings import Settings

BUILT = """
select format('%I.%I', relnamespace::regnamespace, relname) from pg_class
where relkind in ('r', 'v') and relnamespace::regnamespace::text in ('staging', 'intermediate', 'marts')
  and relname not like 'int\\_touched\\_%'  -- these say what a build by difference computes
"""


def built_rows(settings: Settings) -> dict[str, list[str]]:
    """The rows of every table and view in staging, intermediate and marts, as sorted text."""
    return {
        table: [row for (row,) in query(settings, f"select to_jsonb(content)::text from {table} as content order by 1")]
        for (table,) in query(settings, BUILT)
    }
