"""Every published figure can be traced to source lines that add up to it."""

from __future__ import annotations

from datetime import date

import pytest
from helpers.figures import mark_as_audited
from helpers.raw_rows import load, query
from lachan.local import show
from lachan.publish.publication import publish
from lachan.publish.trace import NoSuchFigure, trace
from lachan.settings import Settings
from lachan.transform.build import build
from psycopg2.errors import InsufficientPrivilege, RaiseException

pytestmark = pytest.mark.built_warehouse

MARCH = "calendar_month@2024-03-01"
MISMATCHES = """
select f.indicator_key, f.window_key, f.ward_basis, f.ward_key, f.breakdown_value, f.numerator, t.numerator
from reporting.figure as f
cross join lateral (
    select coalesce(sum(numerator), 0) as numerator, coalesce(sum(denominator), 0) as denominator,
        bool_and(path is not null) filter (where feed <> 'deliveries') is not false as has_path
    from reporting.trace(f.figure_id)
) as t
where (f.numerator <> 0 or f.denominator <> 0 or (f.ward_key, f.window_key) = ('city', 'calendar_month@2024-03-01'))
    and (t.numerator <> f.numerator or t.denominator <> coalesce(f.denominator, 0) or not t.has_path)
"""


def publish_a_small_city(warehouse: Settings) -> None:
    """A small city with several rows for one item, which must be counted once."""
    day = date(2024, 3, 5)
    case = {"case_id": "VA-1", "case_clarified_on": "2024-03-09"}
    load(warehouse, "tips", day, {"A": {}, "B": {"verdict": "valuable", "ward": "Đông Thọ"}, "C": {"ward": "nowhere"}})
    load(
        warehouse, "camera_extractions", day, {"X": case, "Y": case | {"ward": "14782"}, "Z": case | {"camera_id": "2"}}
    )
    load(warehouse, "patrol_rosters", day, {"P": {}, "Q": {"status": "planned", "actual_start": None}})
    load(warehouse, "mass_work_events", day, {"F": {}, "G": {}, "H": {"kind": "training_course", "participants": 7}})
    load(warehouse, "model_activities", day, {"D": {}})
    for snapshot in (date(2024, 3, 3), date(2024, 3, 10)):
        load(warehouse, "model_register", snapshot, {"M": {}, "N": {"launched_on": "2024-03-04"}})
        points = {"M1": {}, "M2": {"is_origin": False}, "N1": {"model_id": "N", "ward": "Lam Sơn"}}
        load(warehouse, "model_points", snapshot, points if snapshot.day == 3 else {"M1": {}})
    load(
        warehouse, "camera_register", date(2024, 3, 10), {"1": {}, "2": {"status": "broken"}, "3": {"in_model": False}}
    )
    load(warehouse, "fire_safety_register", date(2024, 3, 10), {"1": {}, "2": {"kind": "interfamily_group"}})
    build(warehouse, "r")
    mark_as_audited(warehouse)
    publish(warehouse, "r", "first")


def test_every_figure_can_be_traced_to_its_lines(warehouse: Settings) -> None:
    publish_a_small_city(warehouse)
    without_figures = "select indicator_key from reference.indicators except select indicator_key from reporting.figure"
    assert query(warehouse, without_figures) == [], "each indicator has figures"
    assert query(warehouse, MISMATCHES, role="analyst") == []
    distinct_items_are_counted_by_one_of_their_lines(warehouse)
    stocks_are_traced_to_the_first_snapshot_with_the_item(warehouse)
    recast_figures_are_traced_to_the_wards_of_their_time(warehouse)
    only_some_roles_may_trace_and_only_published_figures(warehouse)
    load(warehouse, "tips", date(2024, 3, 6), {"E": {}})
    build(warehouse, "r2")
    assert not trace(warehouse, "tips_received", MARCH).complete, "the marts are newer than the published figure"


def distinct_items_are_counted_by_one_of_their_lines(published: Settings) -> None:
    found = trace(published, "camera_cases_clarified", MARCH)
    assert (found.numerator, found.complete) == (1, True)
    assert sorted(line.numerator for line in found.lines) == [0, 0, 1]
    assert {line.item for line in found.lines} == {"VA-1"} and all(line.line_no for line in found.lines)
    units = trace(published, "listening_forum_units", MARCH)
    assert [(line.item, line.numerator) for line in units.lines] == [("14782@2021-02-01", n) for n in (1, 0)]


def stocks_are_traced_to_the_first_snapshot_with_the_item(published: Settings) -> None:
    points = trace(published, "model_points", MARCH)
    assert [(line.item, line.line_no) for line in points.lines] == [("M1", 2)], (
        "the others were gone by the month's end"
    )
    coverage = trace(published, "unit_coverage/camera_antt", MARCH)
    assert (coverage.numerator, coverage.denominator, coverage.complete) == (1, 34, True)
    assert {line.path for line in coverage.lines if line.line_no is None} == {"ward.csv"}


def recast_figures_are_traced_to_the_wards_of_their_time(published: Settings) -> None:
    split = trace(published, "tips_received", MARCH, ward="split", basis="recast")
    assert [(line.item, line.ward) for line in split.lines] == [("B", "14758@2021-02-01")]


def only_some_roles_may_trace_and_only_published_figures(published: Settings) -> None:
    with pytest.raises(NoSuchFigure, match="no figure 'tips' for city"):
        trace(published, "tips")
    with pytest.raises(RaiseException, match="no figure nope is published"):
        query(published, "select * from reporting.trace('nope')", role="reporter")
    with pytest.raises(InsufficientPrivilege):
        query(published, "select * from reporting.trace('nope')", role="ward_viewer")


def test_a_trace_prints_values_as_they_are(warehouse: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    cases = dict(zip("XYZ", ("[/]", "VA-12[a]", "\x1b[31mVA"), strict=True))
    clarified = {key: {"case_id": case, "case_clarified_on": "2024-03-05"} for key, case in cases.items()}
    load(warehouse, "camera_extractions", date(2024, 3, 5), clarified)
    build(warehouse, "r")
    mark_as_audited(warehouse)
    publish(warehouse, "r", "first")
    assert show.trace(trace(warehouse, "camera_cases_clarified", MARCH))
    shown = capsys.readouterr().out
    assert all(case in shown for case in ("[/]", "VA-12[a]", "␛[31mVA")) and "\x1b" not in shown
