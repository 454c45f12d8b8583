"""Write rows and their ledger entry directly into raw and ops, in place of the loader and the gate."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

from dbt.contracts.graph.manifest import Manifest
from lachan.contract import read_contracts
from lachan.settings import PROJECT, Settings
from lachan.transform.build import FAILED, TransformFailed, dbt_environment, dbt_options, failure_message
from lachan.transform.parsing import parse
from lachan.transform.project import project_files
from lachan.warehouse import connect
from psycopg2 import sql

TIP = {
    "received_at": "2024-03-05 08:30",
    "channel": "hotline",
    "reporter_group": "people",
    "ward": "Đông Vệ",
    "verdict": "pending",
}
EXTRACTION = {
    "request_id": "YC-2024-000001",
    "requested_at": "2024-03-05 08:00",
    "camera_id": "CAM-1",
    "ward": "Phường Lam Sơn",
    "completed_at": "2024-03-05 09:00",
    "result": "delivered",
}
SHIFT = {
    "patrol_type": "people",
    "ward": "Đông Hải",
    "planned_start": "2024-03-05 20:00",
    "planned_end": "2024-03-05 22:00",
    "actual_start": "2024-03-05 20:05",
    "status": "performed",
    "members": ["p_1", "p_2"],
}
EVENT = {"kind": "listening_forum", "ward": "Đông Vệ", "held_on": "2024-03-05", "participants": 40}
ACTIVITY = {"model_id": "M", "occurred_on": "2024-03-05", "kind": "meeting"}
MODEL = {"kind": "camera_antt", "name": "Camera", "ward": "Đông Vệ", "launched_on": "2020-01-01", "rating": "good"}
POINT = {"model_id": "M", "ward": "Đông Vệ", "place_kind": "ward", "is_origin": True, "launched_on": "2020-01-01"}
CAMERA = {"ward": "Đông Vệ", "ownership": "ward", "in_model": True, "status": "operating"}
FIRE = {"kind": "public_point", "ward": "Đông Vệ", "launched_on": "2024-03-02"}
VALID: dict[str, dict[str, Any]] = {
    "tips": TIP,
    "camera_extractions": EXTRACTION,
    "patrol_rosters": SHIFT,
    "mass_work_events": EVENT,
    "model_activities": ACTIVITY,
    "model_register": MODEL,
    "model_points": POINT,
    "camera_register": CAMERA,
    "fire_safety_register": FIRE,
}
FEEDS = read_contracts(PROJECT / "contracts")


LEDGER = """
insert into ops.export_file (feed, path, sha256, fingerprint, export_date, size_bytes, status,
    rows_read, rows_loaded, run_id, gate, gate_at, acceptance_no)
select %(feed)s, gen_random_uuid()::text, '', '', %(day)s, 1, 'loaded', %(n)s, %(n)s, 'test', %(gate)s,
    clock_timestamp(), case when %(gate)s = 'accepted' then nextval('ops.acceptance_no') end
returning file_id
"""


EMPTY_DAYS = """
insert into ops.export_file (feed, path, sha256, fingerprint, export_date, delivered_at, size_bytes, status,
    rows_read, rows_loaded, run_id, gate, gate_at, acceptance_no)
select %(feed)s, gen_random_uuid()::text, '', '', day, day + interval '30 hours', 1, 'loaded', 0, 0, 'test',
    'accepted', clock_timestamp(), nextval('ops.acceptance_no')
from generate_series(%(first)s::date, %(last)s, %(step)s::interval) as day
"""
STEPS = {"d": "1 day", "w": "7 days", "mo": "1 month"}


def load(settings: Settings, feed: str, exported: date, rows: dict[str, dict[str, Any]], gate: str = "accepted") -> int:
    """Load one file; `rows` maps the key of each row to its differences from a valid row. Returns the file_id."""
    assert settings.pseudonym_key, "a load generates the key, and none goes on in a warehouse that has rows and no key"
    with connect(settings.dsn) as connection, connection.cursor() as cursor:
        cursor.execute(LEDGER, {"feed": feed, "day": exported, "n": len(rows), "gate": gate})
        file_id = int((cursor.fetchone() or (0,))[0])
        for line, (key, changes) in enumerate(rows.items(), start=2):
            state = {"updated_at": exported} if FEEDS[feed].delivery == "changes" else {}
            row = VALID[feed] | {"file_id": file_id, "line_no": line, FEEDS[feed].key[0]: key} | state | changes
            cursor.execute(
                sql.SQL("insert into raw.{} ({}) values ({})").format(
                    sql.Identifier(feed),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(map(sql.Placeholder, row)),
                ),
                row,
            )
    connection.close()
    return file_id


def load_empty_days(settings: Settings, first: date, last: date, *names: str) -> None:
    """Accepted exports without rows, one for each day of the named feeds, so that no day of them is missing."""
    with connect(settings.dsn) as connection, connection.cursor() as cursor:
        for feed in names:
            cursor.execute(
                EMPTY_DAYS, {"feed": feed, "first": first, "last": last, "step": STEPS[FEEDS[feed].frequency]}
            )
    connection.close()


def query(settings: Settings, statement: str, role: str | None = None) -> list[tuple[Any, ...]]:
    """All rows of a statement, run with a role of the warehouse if one is given."""
    with connect(settings.dsn, role=role) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def parsed_project(settings: Settings) -> Manifest:
    """The dbt project, which is parsed only if it was not parsed with the same files before."""
    with dbt_environment(settings):
        return parse(settings, os.environ["LACHAN_PG_DBNAME"], project_files(settings), dbt_options(settings))


def run_dbt(settings: Settings, *command: str) -> Any:
    """Run a command of dbt on the parsed project."""
    from dbt.cli.main import dbtRunner

    project = parsed_project(settings)
    with dbt_environment(settings):
        return dbtRunner(manifest=project).invoke([*command, *dbt_options(settings)])


def dbt_build(settings: Settings, *selection: str) -> None:
    """Build and test only the selected models, to save time; raises TransformFailed as `build` does."""
    command = ["build", "--full-refresh", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
    outcome = run_dbt(settings, *command, "--select", *selection)
    failed = [result for result in outcome.result or () if str(result.status) in FAILED]
    if failed or outcome.exception:
        raise TransformFailed(failure_message(settings, failed, outcome.exception))


def set_lock_timeout(settings: Settings) -> None:
    """From now on, a session fails that waits longer than a second for another session's lock."""
    name = query(settings, "select current_database()")[0][0]
    query(settings, f"alter database {name} set lock_timeout to '1s'")
