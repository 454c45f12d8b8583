"""The content of a warehouse as one hash per table, without what differs between two runs that did the same."""

from __future__ import annotations

from typing import Any

import psycopg2
from lachan.warehouse.mart_state import fingerprints, group_states
from psycopg2 import sql

SCHEMAS = ("ops", "raw", "staging", "intermediate", "marts", "reference", "reporting")
LOGS = (
    "ops.alert",
    "ops.alert_history",
    "ops.check_result",
    "ops.complete_build",
    "ops.dbt_result",
    "ops.mail",
    "ops.mart_state",
    "ops.source_freshness",
    "ops.watch_run",
    "reporting.publication",
    "intermediate.int_touched_day",
    "intermediate.int_touched_stock_day",
    "intermediate.int_touched_window",
)
"""Tables to which every run adds rows about itself, or which say what the last build has computed."""
FIGURES = ("marts.figure", "reporting.figure", "reporting.figure_revision")
"""Views that are compared in place of the tables behind them, whose rows have numbers from sequences."""
BEHIND_FIGURES = (
    *(f"reporting.figure_{name}" for name in ("change", "series", "window")),
    *(f"reporting.figure_state{part}" for part in ("", "_with_threshold", "_without_threshold")),
    "reporting.open_figure",
)
HISTORY = ("reporting.figure_revision", "reporting.publication_delivery", "reporting.replaced_sentence")
FILE_IDS = ("file_id", "delivery_id", "duplicate_of", "replay_of", "replayed_by")
"""References to ops.export_file; they are replaced by what identifies the file."""
VOLATILE = (
    "acceptance_no", "applied_at", "applied_by", "changed_at", "decided_at", "decision_id", "fingerprint", "first_seen",
    "gate_at", "last_seen", "loaded_at", "profiled_at", "publication_id", "published_at", "read_at",
    "replaced_at", "run_id", "stored_at",
)  # fmt: skip
"""Times of the run, its id, numbers from sequences; and the fingerprint of a file, which `touch` changes."""

RELATIONS = """
select n.nspname || '.' || c.relname, c.relkind::text,
    array_agg(a.attname::text order by a.attnum), array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v')
group by 1, 2
"""
CONSTRAINTS = r"""
select md5(string_agg(description, '|' order by description))
from (
    select conrelid::regclass || ' ' || pg_get_constraintdef(oid) as description
    from pg_constraint where connamespace = any(%(schemas)s::regnamespace[])
    union all
    -- without the name, which dbt makes from the time
    select regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \S+ ON', 'INDEX ON')
    from pg_index inner join pg_class on pg_class.oid = indrelid
    where relnamespace = any(%(schemas)s::regnamespace[])
    union all
    select oid::regprocedure::text || md5(pg_get_functiondef(oid)) from pg_proc
    where pronamespace = any(%(schemas)s::regnamespace[])
    union all
    -- rights in any order: two migrations at once may grant them in another one
    select c.oid::regclass || array_to_string(array(select acl::text from unnest(c.relacl) as acl order by 1), ',')
    from pg_class as c
    where c.relkind in ('r', 'p', 'v') and c.relnamespace = any(%(schemas)s::regnamespace[])
) as described
"""
FILE_NAMES = """
create temporary table file_name as
select to_jsonb(f) ->> 'file_id' as file_id, concat_ws(
    ' ', f.feed, f.path, f.sha256, f.replay_no, to_jsonb(f) ->> 'delivery_no'
) as name
from ops.export_file as f
"""
HASH = """
select count(*) || ' rows ' || coalesce(md5(string_agg(text, '' order by text)), '')
from (select md5({row}::text) as text from {table} as r {joins}) as rows
"""


def content(dsn: str, history: bool = True) -> dict[str, str]:
    """A hash for each table, for the definitions of all tables, and the state of each group of indicators.

    With `history`, also of the revisions of figures, which depend on how often figures were published.
    """
    found: dict[str, str] = {}
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("set timezone to 'Asia/Ho_Chi_Minh'")
        cursor.execute(FILE_NAMES)
        cursor.execute(CONSTRAINTS, {"schemas": list(SCHEMAS)})
        found["definitions"] = str(cursor.fetchall()[0][0])
        cursor.execute(RELATIONS, (list(SCHEMAS),))
        for name, kind, columns, types in cursor.fetchall():
            found[f"columns of {name}"] = ", ".join(sorted(map(" ".join, zip(columns, types, strict=True))))
            is_compared = name in FIGURES or (kind == "r" and name not in (*LOGS, *BEHIND_FIGURES))
            if is_compared and (history or name not in HISTORY):
                left_out = VOLATILE if history else (*VOLATILE, "revision_no")
                found[name] = _hash(cursor, name, dict(zip(columns, types, strict=True)), left_out)
        if has_group_states(found):
            now = fingerprints(cursor)
            for group, state in group_states(cursor).items():
                found[f"group {group}"] = (
                    f"held: {state.held_why}, built: {state.built == now.get(group)},"
                    f" audited: {state.audited == now.get(group)}"
                )
    connection.close()
    return found


def has_group_states(found: dict[str, str]) -> bool:
    """Whether the warehouse is migrated, and was built since: an earlier release has no groups of indicators."""
    tables = ("columns of ops.mart_state", "columns of reference.indicators", "columns of ops.unpublished_window")
    return all("indicator_group" in found.get(table, "") for table in tables)


def _hash(cursor: Any, table: str, columns: dict[str, str], left_out: tuple[str, ...]) -> str:
    ids = [name for name in FILE_IDS if columns.get(name) == "bigint"]
    row = sql.SQL("((to_jsonb(r) - {}::text[]){})").format(
        sql.Literal([*left_out, *ids]), sql.SQL("").join(sql.SQL(" || jsonb_build_object({}, {}.name)").format(
            sql.Literal(name), sql.Identifier(name)) for name in ids)
    )  # fmt: skip
    joins = sql.SQL(" ").join(
        sql.SQL("left join file_name as {0} on {0}.file_id = r.{0}::text").format(sql.Identifier(name)) for name in ids
    )
    cursor.execute(sql.SQL(HASH).format(row=row, table=sql.Identifier(*table.split(".")), joins=joins))
    return str(cursor.fetchall()[0][0])


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """The tables that differ, each with what was expected and what was found."""
    return [
        f"{name}: expected {expected.get(name, 'nothing')}; found {found.get(name, 'nothing')}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
