"""What an upgrade has to keep of a warehouse: read before it, and compared after it by content."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2

Rows = list[dict[str, Any]]
QUERIES = {
    "published figures": "select to_jsonb(f) from reporting.figure as f",
    "published sentences": "select to_jsonb(s) from reporting.report_sentence as s",
    "revisions": "select to_jsonb(r) from reporting.figure_revision as r",
    "publications": "select to_jsonb(p) from reporting.publication as p",
    "ledger": "select to_jsonb(e) from ops.export_file as e",
    "deliveries": "select to_jsonb(d) from ops.delivery as d",
    "quarantine": "select to_jsonb(q) from ops.quarantined_row as q",
    "decisions": "select to_jsonb(d) from ops.decision as d",
    "traces": """
        select to_jsonb(t) || jsonb_build_object('figure_id', f.figure_id)
        from reporting.figure as f cross join lateral reporting.trace(f.figure_id) as t
        where f.window_key = 'calendar_month@2024-03-01' and f.ward_key = 'city' and f.ward_basis = 'as_was'
    """,
}
TAKEN_AWAY = {"traces": {"sha256"}}
"""Columns that a release has taken away on purpose: since 0031 readers do not see the hashes of files."""

RAW_TABLES = "select format('%I', tablename) from pg_tables where schemaname = 'raw' order by 1"


def snapshot(dsn: str) -> dict[str, Rows]:
    """The rows of everything that an upgrade has to keep, by name; raw tables are among them."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(RAW_TABLES)
        raw = {f"raw.{name}": f"select to_jsonb(r) from raw.{name} as r" for (name,) in cursor.fetchall()}
        found = {}
        for name, query in (QUERIES | raw).items():
            cursor.execute(query)
            found[name] = [row for (row,) in cursor.fetchall()]
    return found


def differences(before: dict[str, Rows], after: dict[str, Rows]) -> Iterator[str]:
    """A line for each thing whose rows are not the same; columns that it has gained are left out."""
    for name, rows in before.items():
        columns = {column for row in rows for column in row} - TAKEN_AWAY.get(name, set())
        earlier, later = (
            Counter(_text({key: row[key] for key in row if key in columns}) for row in each)
            for each in (rows, after.get(name, []))
        )
        if earlier != later:
            lost, gained = earlier - later, later - earlier
            example = next(iter(lost or gained))
            yield f"{name}: {lost.total()} of {len(rows)} rows lost, {gained.total()} new ones; such as {example[:400]}"


def _text(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


def runs_of_airflow(dsn: str) -> set[tuple[str, str, str]]:
    """The runs that Airflow's database knows: DAG, id and state."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("select dag_id, run_id, state from dag_run")
        return set(cursor.fetchall())
