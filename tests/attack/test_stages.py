"""Each stage tries to do what another one decides, and to change what was recorded."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import pytest
from helpers.figures import set_figures
from helpers.raw_rows import load, query
from lachan.operate.decisions import discard, release, retract
from lachan.publish.publication import publish
from lachan.settings import Settings
from lachan.warehouse import connect
from psycopg2.errors import InsufficientPrivilege

STATE = "insert into ops.mart_state (stage, run_id, indicator_group, fingerprint) values ('{}', 'r', 'tips', 'x')"
DECISION = "insert into ops.decision (decision, file_id, why, decided_by) values ('{}', 1, 'why', 'who')"
VERDICT = "update ops.export_file set gate = '{}', acceptance_no = null where gate = '{}'"
REFUSED = {
    "backup": [
        STATE.format("audited"),
        DECISION.format("released"),
        VERDICT.format("held", "accepted"),
        "delete from raw.tips",
        "update reporting.figure_series set ward_key = 'x'",
        "create table ops.mine ()",
        "update ops.backup set name = 'x'",
        "delete from ops.backup",
        "update pg_authid set rolpassword = null",
        "alter role lachan_analyst login",
        "grant lachan_migrate to lachan_backup",
        "copy (select 1) to program 'true'",
        "select pg_read_file('postgresql.conf')",
    ],
    "loader": [
        STATE.format("audited"),
        DECISION.format("released"),
        "update ops.export_file set gate = 'accepted', acceptance_no = 9 where gate = 'pending'",
        "update ops.export_file set export_date = '2024-01-01'",
        "update ops.export_file set rows_loaded = 0, rows_read = 0",
        "update ops.export_file set sha256 = 'x'",
        "delete from ops.export_file",
        "update ops.quarantined_row set discarded_why = 'x'",
        "update ops.quarantined_row set reasons = '[]'",
        "delete from ops.quarantined_row",
        "update raw.tips set content = null",
        "delete from raw.tips",
        "alter table raw.tips add mine text",
        "insert into ops.check_result (run_id, stage, suite, expectation, severity, success, expected)"
        " values ('r', 'gate', 's', 'e', 'critical', true, 'x')",
        "update ops.batch_profile set rows_read = 0",
        "insert into ops.alert (alert_key, kind, severity, message) values ('a', 'k', 'warning', 'm')",
        "delete from ops.unpublished_window",
        "select * from marts.figure",
        "select * from reporting.figure",
    ],
    "auditor": [
        STATE.format("built"),
        STATE.format("published"),
        VERDICT.format("held", "accepted"),
        "update ops.export_file set gate = 'accepted', acceptance_no = 9 where gate = 'held'",
        VERDICT.format("retracted", "pending"),
        "update ops.check_result set success = true",
        "delete from ops.check_result",
        "update ops.mart_state set fingerprint = 'x'",
        DECISION.format("released"),
        "insert into raw.tips (file_id, line_no) values (1, 1)",
        "delete from marts.figure",
        "select * from ops.quarantined_row",
    ],
    "transformer": [
        STATE.format("audited"),
        STATE.format("published"),
        "update ops.mart_state set stage = 'audited'",
        "update ops.dbt_result set status = 'success'",
        "delete from raw.tips",
        "update ops.export_file set gate = 'accepted'",
        "delete from reporting.stored_sentence",
        "select * from ops.quarantined_row",
        "create table reporting.mine ()",
    ],
    "publisher": [
        STATE.format("audited"),
        STATE.format("built"),
        "delete from reporting.figure_state",
        "update reporting.figure_state set numerator = 0",
        "update reporting.figure_change set why = 'x'",
        "delete from reporting.publication",
        "delete from reporting.publication_delivery",
        "insert into reporting.publication (run_id, why, published_at, login, groups_published, groups_held)"
        " values ('r', 'w', now(), 'somebody else', '{}', '{}')",
        "truncate reporting.figure_state",
        "drop table reporting.figure_state",
        "alter table reporting.figure_state disable trigger all",
        "select content from raw.tips",
        "select * from ops.quarantined_row",
        "update marts.figure set value = 0",
        "drop function reporting.trace(text)",
    ],
    "steward": [
        STATE.format("audited"),
        DECISION.format("replayed"),
        "insert into ops.decision (decision, file_id, why, decided_by, login)"
        " values ('released', 1, 'w', 'b', 'other')",
        "insert into ops.decision (decision, file_id, why, decided_by, decided_at)"
        " values ('released', 1, 'w', 'b', '2020-01-01')",
        "update ops.decision set why = 'x'",
        "delete from ops.decision",
        VERDICT.format("held", "accepted"),
        "update ops.export_file set gate = 'accepted', acceptance_no = 9 where gate = 'pending'",
        "update ops.export_file set rows_loaded = 0",
        "update ops.quarantined_row set reasons = '[]'",
        "update ops.alert_history set message = 'x'",
        "select * from raw.tips",
        "select * from marts.figure",
    ],
}


@pytest.fixture
def city(warehouse: Settings) -> Settings:
    """An accepted, a held and a pending file with a row each, and a published figure."""
    for gate in ("accepted", "held", "pending"):
        load(warehouse, "tips", date(2024, 3, 5), {f"TB-{gate}": {}}, gate=gate)
    query(
        warehouse,
        "insert into ops.quarantined_row (file_id, line_no, feed, reasons, masked_row)"
        " select file_id, 9, feed, '[]', '{}' from ops.export_file",
    )
    set_figures(warehouse, ("city", 20))
    publish(warehouse, "r1", "test")
    return warehouse


@pytest.mark.parametrize("role", REFUSED)
def test_a_stage_cannot_do_what_another_one_decides(city: Settings, role: str) -> None:
    with closing(connect(city.dsn, role=role)) as connection, connection.cursor() as cursor:
        for statement in REFUSED[role]:
            with pytest.raises(InsufficientPrivilege):
                cursor.execute(statement)
            connection.rollback()


def test_what_a_steward_decides_is_done_with_the_rights_of_a_steward(city: Settings) -> None:
    standing = "select file_id, standing from ops.delivery order by file_id"
    (accepted, _), (held, _), (pending, _) = query(city, standing)
    discard(city, accepted, "its rows will not come again", "an")
    release(city, held, "right after all", "an", date(2024, 3, 6))
    retract(city, "wrong", "an", accepted)
    assert query(city, standing) == [(accepted, "retracted"), (held, "accepted"), (pending, "loaded")]
    discarded = query(city, "select file_id, discarded_why from ops.quarantined_row where discarded_why is not null")
    assert discarded == [(accepted, "its rows will not come again")]


def test_nobody_is_a_member_of_the_role_that_reads_for_others(city: Settings) -> None:
    members = query(
        city,
        "select member.rolname from pg_auth_members inner join pg_roles as member on member.oid = member"
        " where roleid in ('lachan_definer'::regrole, 'lachan_migrate'::regrole) and not member.rolsuper",
    )
    assert members == []
