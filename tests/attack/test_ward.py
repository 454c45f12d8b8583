"""A ward tries to learn what the others reported: it guesses the ids of their figures, and looks at all it is told.

An id is the hash of `indicator|window|ward|part`, and any of a few thousand can be guessed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg2
import pytest
from helpers.figures import figure_id, mark_as_audited, set_figures
from helpers.people import person
from helpers.raw_rows import query
from lachan.publish.publication import publish
from lachan.settings import Settings
from lachan.warehouse import connect
from psycopg2.extensions import cursor as Cursor

OWN, OTHERS = "14758@2021-02-01", ("14752@2021-02-01", "14758@2025-07-01", "14782@2021-02-01")
DAYS = [f"day@2024-03-{day:02}" for day in range(1, 16)]
EVENTS = {(OWN, day) for day in DAYS[::2]} | {(ward, day) for ward in OTHERS for day in DAYS[1::3]}
GUESSES = {(ward, day): figure_id(f"tips_received|{day}|{ward}|total") for ward in (OWN, *OTHERS) for day in DAYS}
NO_FIGURE = figure_id("no figure")
READABLE = """
select relation.oid::regclass::text from pg_class as relation
inner join pg_attribute as attribute on attribute.attrelid = relation.oid and attribute.attname = 'figure_id'
where has_schema_privilege(relation.relnamespace, 'usage')
    and has_column_privilege(relation.oid, attribute.attnum, 'select')
"""
COUNTERS = """
select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_all_tables
where schemaname = 'reporting'
"""
COUNTED = """
select relname, seq_tup_read, idx_tup_fetch from pg_stat_xact_all_tables where schemaname = 'reporting' order by 1
"""


def publish_events(settings: Settings, *events: tuple[str, str]) -> None:
    """Publish one tip for each of these wards and days."""
    names = {f"tips_received|{day}|{ward}|total": ward for ward, day in sorted(events)}
    set_figures(settings, *((name, 1) for name in names))
    for name, ward in names.items():
        query(
            settings,
            f"update marts.figure set ward_key = '{ward}', ward_code = '{ward[:5]}' where breakdown_value = '{name}'",
        )
    mark_as_audited(settings)
    publish(settings, "r", "test")


@pytest.fixture
def city(warehouse: Settings) -> Settings:
    publish_events(warehouse, *EVENTS)
    return warehouse


@pytest.fixture
def ward(city: Settings) -> Iterator[Cursor]:
    with person(city, "ward", OWN) as connection, connection.cursor() as cursor:
        yield cursor


def answers(cursor: Cursor, *statements: str) -> str:
    """All that the server says to these statements in one transaction: rows, plans, errors."""
    told = []
    cursor.execute("begin")
    for statement in statements:
        try:
            cursor.execute(statement)
            told.append(str(cursor.fetchall()))
        except psycopg2.Error as error:
            told.append(f"{error.pgcode} {error}")
    cursor.execute("rollback")
    return "\n".join(told)


EXPLAIN = "explain (analyze, timing off, summary off, buffers off)"
ATTACKS = {
    "rows": ["select * from {relation} where figure_id = '{guess}'"],
    "plan": [EXPLAIN + " select from {relation} where figure_id = '{guess}'"],
    "estimate": ["explain (verbose) select from {relation} where figure_id = '{guess}'"],
    "counters": ["select from {relation} where figure_id = '{guess}'", COUNTERS],
    "error": ["select 1 / (numerator - numerator) from {relation} where figure_id = '{guess}'"],
    "error of a condition": [
        "select from {relation} where figure_id = '{guess}' and 1 / (length(figure_id) - 32) > 0",
    ],
    "a function without cost": [
        "create function pg_temp.spy(text) returns boolean language plpgsql cost 0.0000001"
        " as $$ begin if $1 = '{guess}' then raise exception 'seen'; end if; return true; end $$",
        "select from {relation} where pg_temp.spy(figure_id)",
    ],
}  # fmt: skip
SETTINGS = [
    [],
    ["set enable_indexscan = off", "set enable_bitmapscan = off", "set enable_indexonlyscan = off"],
    ["set enable_seqscan = off", "set plan_cache_mode = force_generic_plan", "set join_collapse_limit = 1"],
]
NOT_OF_WARDS = [
    *(f"select * from reporting.{name} limit 0" for name in (
        "figure", "figure_state", "figure_series", "figure_window", "figure_change", "figure_revision",
        "late_adjustment", "report_sentence", "publication", "publication_delivery",
    )),
    "select * from reporting.figure_as_of(now())",
    f"select * from reporting.trace('{NO_FIGURE}')",
    "select n_tup_ins from pg_stat_all_tables",
    "select pg_stat_get_live_tuples('reporting.figure_state'::regclass)",
    "select heap_blks_hit from pg_statio_all_tables",
    "create or replace view reporting.ward_figure as select 1",
    "alter function reporting.figures_of_own_unit security invoker",
]  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS, ids=["as is", "no index", "generic"])
def test_a_guess_tells_nothing_about_another_ward(ward: Cursor, settings: list[str]) -> None:
    for setting in settings:
        ward.execute(setting)
    ward.execute(READABLE)
    relations = [name for (name,) in ward.fetchall()]
    assert relations, "the ward reads its own figures somewhere"
    for name, attack in ATTACKS.items():
        found = set()
        for relation, (event, guess) in itertools.product(relations, GUESSES.items()):
            told, nothing = (
                answers(ward, *(each.format(relation=relation, guess=tried) for each in attack)).replace(tried, "")
                for tried in (guess, NO_FIGURE)
            )
            if told != nothing:
                found.add(event)
        assert {event for event in found if event[0] != OWN} == set(), name
        if name in (
            "rows",
            "plan",
            "error",
            "a function without cost",
        ):  # the attack works: it finds what is the ward's
            assert {event for event in EVENTS if event[0] == OWN} == found, name


def test_the_numbers_of_series_and_windows_tell_nothing_about_another_ward(city: Settings, ward: Cursor) -> None:
    """They can be counted up, where ids have to be guessed."""
    ward.execute("set enable_seqscan = off")
    stored = query(city, "select series_no, window_no from reporting.figure_state")
    for series_no, window_no in stored:
        plan = answers(
            ward,
            f"{EXPLAIN} select from reporting.figure_state"
            f" where series_no = {series_no} and window_no = {window_no} and is_current",
        )
        assert "Rows Removed" not in plan


@pytest.mark.parametrize("settings", SETTINGS, ids=["as is", "no index", "generic"])
def test_what_a_ward_makes_the_server_read_does_not_depend_on_the_others(city: Settings, settings: list[str]) -> None:
    """Counted by a superuser, because not every server lets the counters be kept from wards."""

    def counted() -> list[tuple[object, ...]]:
        with connect(city.dsn) as connection, connection.cursor() as cursor:
            for setting in settings:
                cursor.execute(setting)
            cursor.execute("set session authorization ward_14758_20210201")
            cursor.execute("select count(*) from reporting.ward_figure")
            assert cursor.fetchone() == (len(DAYS[::2]),)
            cursor.execute("reset session authorization")
            cursor.execute(COUNTED)
            rows = cursor.fetchall()
        connection.close()
        return rows

    with person(city, "ward", OWN):
        before = counted()
        publish_events(city, *EVENTS, *((ward, day) for ward in OTHERS for day in DAYS))
        query(city, "analyze reporting.figure_state")
        assert counted() == before


def test_a_ward_reads_nothing_but_its_own_figures(ward: Cursor) -> None:
    for statement in NOT_OF_WARDS:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ward.execute(statement)


def test_statistics_of_the_planner_are_not_shown(ward: Cursor) -> None:
    for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
        ward.execute(f"select count(*) from {view} where schemaname not in ('pg_catalog', 'information_schema')")
        assert ward.fetchone() == (0,)
