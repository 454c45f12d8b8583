"""Readers who are not cleared learn no small count: cases made by hand, and a reader who tries to compute them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2
import pytest
from helpers.counts import CHANNELS, WARDS, Tip, publish_tips
from helpers.people import person
from helpers.pipeline import process
from helpers.raw_rows import query
from lachan.contract import read_contracts
from lachan.settings import Settings
from lachan.warehouse import connect

from attack import attacker

FIRST, LAST = date(2024, 1, 1), date(2024, 6, 30)
YEAR = "year_calendar@2024-01-01"
OWN_COUNTS = """
select ward_key from reporting.stored_figure
where indicator_key = '{}' and window_key = 'calendar_year@2024-01-01' and ward_basis = 'as_was'
    and breakdown_value = 'total' and ward_key ~ '@' and value > 0
order by value desc, ward_key
"""
NOBODY_HIDES_MORE = """(
    select figure.* from reporting.figure as figure
    where suppressed is distinct from 'primary' and (ward_key = 'city' or breakdown_value = 'total')
        and window_kind not in ('day', 'week')
) as figure"""


def seen(settings: Settings, indicator: str, role: str = "reporter") -> dict[tuple[str, str, str], Any]:
    """Window, ward and part of the figures of an indicator that a role sees, with the number."""
    rows = query(
        settings,
        "select window_key, ward_key, breakdown_value, numerator from reporting.figure"
        f" where indicator_key = '{indicator}'",
        role=role,
    )
    return {(window, ward, part): numerator for window, ward, part, numerator in rows}


def days(count: int, month: int = 1, first: int = 1, **properties: str) -> list[Tip]:
    """Tips on consecutive days."""
    return [Tip(date(2024, month, first) + timedelta(number), **properties) for number in range(count)]


def test_a_small_ward_is_hidden_with_others_and_the_total_stays(warehouse: Settings) -> None:
    wards = {"w1": 2, "w2": 6, "w3": 8, "w4": 20}
    publish_tips(warehouse, [tip for ward, n in wards.items() for tip in days(n, ward=ward)], FIRST, LAST)
    found = seen(warehouse, "tips_received")
    assert found[YEAR, "city", "total"] == 36
    assert [found[YEAR, ward, "total"] for ward in WARDS] == [None, None, None, 20, 0], "two more than the small one"
    assert found[YEAR, "r1", "total"] is None
    assert seen(warehouse, "tips_received", "analyst")[YEAR, "w1", "total"] == 2
    reasons = "select ward_key, suppressed from reporting.figure where window_key = '{}' and breakdown_value = 'total'"
    reasons += " and indicator_key = 'tips_received' and ward_basis = 'as_was' order by 1"
    assert query(warehouse, reasons.format(YEAR), role="analyst") == [
        ("city", None), ("w1", "primary"), ("w2", "secondary"), ("w3", "secondary"), ("w4", None), ("w5", None),
    ]  # fmt: skip
    hidden = dict(query(warehouse, reasons.format(YEAR), role="reporter"))
    assert [hidden[ward] for ward in WARDS] == ["hidden", "hidden", "hidden", None, None], "not which of them is small"


def test_time_is_divided_only_into_pieces_that_are_not_small(warehouse: Settings) -> None:
    january = [*days(10, first=1), *days(10, first=15)]
    february = [*days(3, month=2, first=1), *days(9, month=2, first=15)]
    publish_tips(warehouse, [*january, *february, *days(8, month=3), *days(9, month=3, first=15)], FIRST, LAST)
    of_all = seen(warehouse, "tips_received")
    found = {window: value for (window, ward, part), value in of_all.items() if (ward, part) == ("city", "total")}
    assert found["month_calendar@2024-01-01"] == 20
    assert found["month_calendar@2024-02-01"] == 12
    assert found["month_administrative@2024-01-15"] is None, (
        "with its neighbours it would tell the first half of February"
    )
    assert found["quarter_calendar@2024-01-01"] == 49
    assert found["day_calendar@2024-01-01"] is None
    # a month whose halves are both large enough is divided into them
    assert found["month_administrative@2023-12-15"] == 10


def test_a_ratio_is_hidden_where_numerator_denominator_or_difference_is_small(warehouse: Settings) -> None:
    kinds = {"valuable": 30, "none": 2, "pending": 6}
    publish_tips(warehouse, [tip for kind, n in kinds.items() for tip in days(n % 28 + 1, kind=kind)], FIRST, LAST)
    found = {name: seen(warehouse, name)[YEAR, "city", "total"] for name in ("tips_received", "tips_valuable_rate")}
    assert found["tips_received"] is not None and found["tips_valuable_rate"] is None
    assert seen(warehouse, "tips_valuable_rate", "analyst")[YEAR, "city", "total"] is not None


def test_a_revision_of_one_is_not_seen(warehouse: Settings) -> None:
    tips = [*days(20), *days(20, month=2)]
    publish_tips(warehouse, tips, FIRST, LAST)
    before = query(warehouse, "select clock_timestamp()::text")[0][0]
    publish_tips(warehouse, [*tips, Tip(date(2024, 1, 5))], FIRST, LAST)
    assert seen(warehouse, "tips_received")[YEAR, "city", "total"] == 41
    for relation in ("reporting.figure_revision", f"reporting.figure_as_of('{before}')", "reporting.late_adjustment"):
        assert query(warehouse, f"select count(*) from {relation}", role="reporter") == [(0,)], relation
    assert query(warehouse, "select count(*) from reporting.figure where revision_no is not null", role="reporter") == [
        (0,)
    ]
    assert query(warehouse, "select max(new_value - old_value) from reporting.figure_revision", role="analyst") == [
        (1,)
    ]
    assert query(warehouse, f"select count(*) > 0 from reporting.figure_as_of('{before}')", role="analyst") == [(True,)]


def test_what_is_published_by_difference_is_what_is_published_as_a_whole(warehouse: Settings) -> None:
    random.seed(2)
    tips = list(random_tips(150))
    publish_tips(warehouse, tips[:100], FIRST, LAST)
    publish_tips(warehouse, tips, FIRST, LAST)
    opened = "select figure_id, numerator, denominator, is_suppressed, hides_base from reporting.open_figure order by 1"
    found = query(warehouse, opened)
    query(warehouse, "truncate reporting.open_figure")
    publish_tips(warehouse, tips, FIRST, LAST)
    assert query(warehouse, opened) == found and any(row[1] for row in found) and any(row[3] for row in found)


def test_figures_follow_the_threshold_of_their_indicator(warehouse: Settings) -> None:
    """With its first threshold an indicator is hidden as if it had always had it, and open without one."""
    random.seed(3)
    tips = list(random_tips(120))
    everything = "select * from reporting.figure order by figure_id"
    revisions = "select count(*) from reporting.figure_revision"
    stored = "select has_threshold, count(*) from reporting.figure_state where is_current group by 1"
    publish_tips(warehouse, tips[:90], FIRST, LAST)
    publish_tips(warehouse, tips, FIRST, LAST)
    hidden = query(warehouse, everything, role="reporter")
    assert query(warehouse, revisions, role="reporter") == [(0,)]
    publish_tips(warehouse, tips, FIRST, LAST, threshold=0)
    assert query(warehouse, everything, role="reporter") == query(warehouse, everything, role="analyst")
    assert query(warehouse, revisions, role="reporter") == query(warehouse, revisions, role="analyst") != [(0,)]
    [(has_threshold, states)] = query(warehouse, stored)
    assert not has_threshold and query(warehouse, "select count(*) from reporting.open_figure") == [(0,)]
    publish_tips(warehouse, tips, FIRST, LAST)
    assert query(warehouse, stored) == [(True, states)]
    without_time = [column for column in range(len(hidden[0])) if not hasattr(hidden[0][column], "tzinfo")]
    seen_again = query(warehouse, everything, role="reporter")
    assert [[row[n] for n in without_time] for row in seen_again] == [[row[n] for n in without_time] for row in hidden]
    assert query(warehouse, revisions, role="reporter") == [(0,)]


def random_tips(count: int) -> Iterator[Tip]:
    """Tips of half a year in wards of very different size."""
    for _ in range(count):
        yield Tip(
            FIRST + timedelta(random.randrange(182)),
            random.choices(list(WARDS), [40, 30, 20, 4, 1])[0],
            random.choices(CHANNELS, [10, 1, 10])[0],
            random.choices(("pending", "valuable", "none"), [1, 6, 6])[0],
        )


def recovered(
    settings: Settings, relation: str, bounds_of: int | None, families: Any, ward: str | None = None
) -> dict[Any, int]:
    """Small counts that a reporter, or an analyst with less, can compute; with a `ward` one who knows its counts."""
    found: dict[Any, int] = {}
    recast = query(settings, attacker.RECAST)
    for family in families:
        with connect(settings.dsn, role="analyst") as connection:
            stored = attacker.read(connection, family)
            visible = attacker.read(connection, family, relation)
        if relation == "reporting.figure":
            with person(settings, "reporter") as connection:
                visible = attacker.read(connection, family)
        shown = {row[:7] for row in visible if row[7] is not None}
        hidden = [row for row in stored if row[:7] not in shown]
        assert shown and hidden
        own = [row for row in stored if ward is not None and row[4:6] == ("as_was", ward)]
        assert ward is None or any(row[:7] not in shown for row in own), "the ward knows more than others are shown"
        found |= attacker.attack(family, [*visible, *own], hidden, recast, bounds_of, ward)
    return found


def test_a_reporter_computes_no_small_count(warehouse: Settings) -> None:
    """Nor does one who belongs to a ward and knows its counts: a large one, or one that is small itself."""
    random.seed(1)
    publish_tips(warehouse, random_tips(400), FIRST, LAST, "month")
    family = {name: kinds for name, kinds in attacker.TIPS.items() if name != "tips_converted_rate"}
    for ward, bounds_of in ((None, 40), ("w1", 5), ("w4", 5)):
        assert recovered(warehouse, "reporting.figure", bounds_of, [family], ward) == {}
        found = recovered(warehouse, NOBODY_HIDES_MORE, 1, [family], ward)
        assert len(found) > 10, "hiding only what is small is not enough"


@pytest.mark.parametrize("relation", ["figure_state", "figure_series", "figure_change", "open_figure", "stored_figure",
                                      "stored_revision", "stored_sentence"])  # fmt: skip
def test_a_reporter_has_no_right_on_what_is_stored(warehouse: Settings, relation: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(warehouse, f"select count(*) from reporting.{relation}", role="reporter")


OF_WARDS = [
    number for number, family in enumerate(attacker.FAMILIES) if not attacker.NOT_ADDED_OVER_WARDS & family.keys()
]


@pytest.fixture(scope="module")
def sample_year(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Iterator[Settings]:
    """The whole year of the synthetic city, published."""
    from lachan_sample import write_city

    with TemporaryDirectory(prefix="lachan year ") as home, new_warehouse(Path(home), is_built=True) as settings:
        write_city(Path(home) / "landing", date(2024, 1, 1), date(2024, 12, 31))
        process(settings, read_contracts(settings.contracts), "r")
        yield settings


@pytest.mark.skipif("LACHAN_ATTACK_WHOLE" not in os.environ, reason="takes ten minutes: make attack")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(len(attacker.FAMILIES)))
def test_a_reporter_computes_no_small_count_of_the_sample_year(sample_year: Settings, number: int) -> None:
    assert recovered(sample_year, "reporting.figure", 300, [attacker.FAMILIES[number]]) == {}


@pytest.mark.skipif("LACHAN_ATTACK_WHOLE" not in os.environ, reason="takes ten minutes: make attack")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", OF_WARDS)
@pytest.mark.parametrize("place", ["largest", "smallest"])
def test_a_reporter_who_belongs_to_a_ward_computes_no_small_count_of_the_sample_year(
    sample_year: Settings, number: int, place: str
) -> None:
    family = attacker.FAMILIES[number]
    by_size = query(sample_year, OWN_COUNTS.format(next(iter(family))))
    if not by_size:
        pytest.skip("no ward has any")
    ward = str(by_size[0 if place == "largest" else -1][0])
    with person(sample_year, "ward", ward) as connection, person(sample_year, "reporter") as other:
        own = attacker.read(connection, family, "reporting.ward_figure")
        others = [row for row in attacker.read(other, family) if row[5] == ward]
        assert sorted(map(repr, own)) == sorted(map(repr, others)), "a ward is shown no more of itself than others are"
    assert recovered(sample_year, "reporting.figure", 100, [family], ward) == {}
