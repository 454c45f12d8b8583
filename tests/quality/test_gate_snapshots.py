"""The gate and registers: a register that has shrunk is held, and a corrected one is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from helpers.exports import text
from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.operate.decisions import release
from lachan.quality.gate import GateReport, gate
from lachan.settings import Settings

FIRST = date(2024, 3, 3)  # a Sunday
WHOLE = 40


@pytest.fixture
def points(feeds: dict[str, Feed]) -> Feed:
    return feeds["model_points"]


def register(
    settings: Settings, feed: Feed, week: int, numbers: Sequence[int], suffix: str = "", name: str = ""
) -> None:
    """Deliver the register of a week with the sites of these numbers; `name` changes the bytes of the file."""
    header = [column.label for column in feed.columns]
    values = {
        "model_id": "MH-0001",
        "ward": "Phường Đông Vệ",
        "place_kind": "Tổ dân phố",
        "place_name": f"Tổ dân phố 3{name}",
        "is_origin": "Không",
        "launched_on": "15/02/2023",
    }
    lines = [[values.get(c.name, f"DM-{n:05}" if c.name == "point_id" else "") for c in feed.columns] for n in numbers]
    day = FIRST + timedelta(weeks=week)
    path = Path(settings.home / "landing" / feed.name / f"diem_mo_hinh_{day:%Y%m%d}{suffix}.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text([header, *lines], feed.delimiter).encode("utf-8-sig"))


def judged(settings: Settings, feed: Feed, run: str) -> GateReport:
    ingest(settings, feed, run)
    return gate(settings, run)


def gate_states(settings: Settings) -> dict[str, str]:
    return dict(query(settings, "select regexp_replace(path, '.*_2024|[.]csv', '', 'g'), gate from ops.export_file"))


def test_half_a_register_is_held_with_its_reason(warehouse: Settings, points: Feed) -> None:
    register(warehouse, points, 0, range(WHOLE))
    register(warehouse, points, 1, range(WHOLE // 2))
    assert judged(warehouse, points, "r1") == GateReport(accepted=1, warned=0, held=1)
    assert gate_states(warehouse) == {"0303": "accepted", "0310": "held"}
    assert query(warehouse, "select gate_reason from ops.export_file where gate = 'held'") == [
        ("share_gone 0.5, wanted max_value 0.1",)
    ]


def test_a_corrected_register_is_accepted_after_a_held_one(warehouse: Settings, points: Feed) -> None:
    register(warehouse, points, 0, range(WHOLE))
    judged(warehouse, points, "r1")
    register(warehouse, points, 1, range(WHOLE // 2))
    assert judged(warehouse, points, "r2") == GateReport(0, 0, 1)
    register(warehouse, points, 1, range(WHOLE + 1), suffix="_sua")
    register(warehouse, points, 2, range(WHOLE + 1))
    assert judged(warehouse, points, "r3") == GateReport(2, 0, 0)


def test_a_wrong_and_a_corrected_register_may_come_in_one_pass(warehouse: Settings, points: Feed) -> None:
    register(warehouse, points, 0, range(WHOLE))
    register(warehouse, points, 1, range(WHOLE // 2))
    register(warehouse, points, 1, range(WHOLE), suffix="_sua")
    register(warehouse, points, 2, range(WHOLE))
    assert judged(warehouse, points, "r1") == GateReport(3, 0, 1)
    assert gate_states(warehouse) == {"0303": "accepted", "0310": "held", "0310_sua": "accepted", "0317": "accepted"}


def test_a_corrected_register_is_not_compared_with_the_one_it_corrects(warehouse: Settings, points: Feed) -> None:
    register(warehouse, points, 0, range(WHOLE))
    register(warehouse, points, 1, range(WHOLE * 2))
    register(warehouse, points, 1, range(WHOLE), suffix="_sua")
    assert judged(warehouse, points, "r1") == GateReport(3, 0, 0)


@pytest.mark.parametrize("passes", [1, 2])
def test_a_shrunken_register_is_held_again_the_week_after(warehouse: Settings, points: Feed, passes: int) -> None:
    """The same bytes on another day are a new snapshot, which is still compared with the last accepted one."""
    register(warehouse, points, 0, range(WHOLE))
    for week in (1, 2):
        register(warehouse, points, week, range(WHOLE // 2))
        if passes == 2:
            judged(warehouse, points, f"r{week}")
    judged(warehouse, points, "last")
    assert gate_states(warehouse) == {"0303": "accepted", "0310": "held", "0317": "held"}


def test_later_registers_are_compared_with_a_released_one(warehouse: Settings, points: Feed) -> None:
    register(warehouse, points, 0, range(WHOLE))
    register(warehouse, points, 1, range(WHOLE // 2))
    judged(warehouse, points, "r1")
    [(held,)] = query(warehouse, "select file_id from ops.export_file where gate = 'held'")
    release(warehouse, held, "half of the sites were given up", "officer")
    register(warehouse, points, 2, range(WHOLE // 2), name=" mới")
    assert judged(warehouse, points, "r2") == GateReport(1, 0, 0)


@pytest.mark.parametrize(
    ("before", "after", "report"),
    [
        (40, 36, GateReport(2, 0, 0)),  # a tenth, but only four rows
        (60, 54, GateReport(2, 0, 0)),  # exactly a tenth
        (60, 53, GateReport(1, 0, 1)),
        (8, 4, GateReport(2, 0, 0)),
        (8, 3, GateReport(1, 0, 1)),
        (40, 80, GateReport(2, 0, 0)),
    ],
)
def test_which_registers_count_as_shrunk(
    warehouse: Settings, points: Feed, before: int, after: int, report: GateReport
) -> None:
    register(warehouse, points, 0, range(before))
    register(warehouse, points, 1, range(after))
    assert judged(warehouse, points, "r1") == report


def test_a_register_that_comes_late_is_compared_with_an_earlier_one(warehouse: Settings, points: Feed) -> None:
    register(warehouse, points, 0, range(WHOLE))
    register(warehouse, points, 2, range(WHOLE * 2))
    judged(warehouse, points, "r1")
    register(warehouse, points, 1, range(WHOLE + 2))
    assert judged(warehouse, points, "r2") == GateReport(1, 0, 0)


def test_a_register_that_shrinks_slowly_is_accepted_in_one_pass_too(warehouse: Settings, points: Feed) -> None:
    for week, size in enumerate((40, 38, 36, 34, 32, 30)):
        register(warehouse, points, week, range(size))
    assert judged(warehouse, points, "r1") == GateReport(accepted=6, warned=0, held=0)


def test_after_a_held_register_the_next_is_compared_with_the_last_accepted_one(
    warehouse: Settings, points: Feed
) -> None:
    for week, size in enumerate((40, 80, 20, 20, 40, 41)):
        register(warehouse, points, week, range(size))
    assert judged(warehouse, points, "r1") == GateReport(accepted=2, warned=0, held=4), (
        "80 is accepted, because only shrinking is limited"
    )
    assert gate_states(warehouse) == {
        "0303": "accepted",
        "0310": "accepted",
        "0317": "held",
        "0324": "held",
        "0331": "held",
        "0407": "held",
    }
    assert query(warehouse, "select count(*) from ops.check_result where not success and run_id = 'r1'") == [(4,)]
