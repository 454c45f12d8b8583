"""A small city with data of two years, built and published once for the tests that only read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from helpers.figures import mark_as_audited
from helpers.raw_rows import load, load_empty_days
from lachan.publish.publication import publish
from lachan.settings import Settings
from lachan.transform.build import build

VALUABLE = {"verdict": "valuable"}
LAM_SON = {"ward": "Phường Lam Sơn"}
REPEAT = {"camera_id": "CAM-4", "footage_from": "2024-03-01 08:00", "footage_to": "2024-03-01 09:00"}


@pytest.fixture(scope="session")
def city(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Iterator[Settings]:
    """A warehouse that was published twice: with the data of the end of 2024, then with a late verdict."""
    with TemporaryDirectory(prefix="lachan city ") as home, new_warehouse(Path(home), is_built=True) as settings:
        load_exports(settings)
        build(settings, "r1")
        mark_as_audited(settings)
        publish(settings, "r1", "first")
        load(settings, "tips", date(2024, 12, 31), {"PENDING": VALUABLE | LAM_SON | {"updated_at": "2025-01-02"}})
        build(settings, "r2")
        mark_as_audited(settings)
        publish(settings, "r2", "a late verdict")
        yield settings


def load_exports(settings: Settings) -> None:
    """Load tips of two years in three wards, extractions, patrols, registers, and a model without recent activities."""
    load_empty_days(settings, date(2023, 1, 1), date(2024, 12, 31), "tips")
    tips_2023 = {"received_at": "2023-05-05 08:30"}
    load(settings, "tips", date(2023, 1, 1), {"FIRST": {"received_at": "2023-01-01 08:30", "verdict": "no_value"}})
    load(
        settings,
        "tips",
        date(2023, 5, 6),
        {"OLD-1": VALUABLE | tips_2023, "OLD-2": VALUABLE | tips_2023, "OLD-3": VALUABLE | LAM_SON | tips_2023},
    )
    split = {"ward": "Đông Thọ"}
    load(settings, "tips", date(2024, 3, 6), {"NEW": VALUABLE, "LAM": VALUABLE | LAM_SON, "SPLIT": split})
    load(settings, "tips", date(2024, 3, 6), {"PENDING": LAM_SON})

    unit = {"requesting_unit": "Đội Hình sự"}
    load(
        settings,
        "camera_extractions",
        date(2024, 3, 6),
        {
            "ONE HOUR": unit,
            "THREE HOURS": unit | {"completed_at": "2024-03-05 11:00", "camera_id": "CAM-2"},
            "ELEVEN HOURS": unit | {"completed_at": "2024-03-05 19:00", "camera_id": "CAM-3"},
            "CANCELLED": unit | {"result": "cancelled"},
            "NO UNIT": REPEAT | {"completed_at": "2024-03-05 10:00"},
            "REPEAT": REPEAT | {"completed_at": "2024-03-09 10:00"},
        },
    )
    load(
        settings,
        "patrol_rosters",
        date(2024, 3, 6),
        {
            "DONE": {},
            "CANCELLED": {"status": "cancelled", "actual_start": None},
            "NO TIME": {"actual_start": None, "planned_start": "2024-03-04 20:00"},
        },
    )
    camera = {"CAM-1": {}, "CAM-2": {"status": "broken"}, "CAM-3": {"status": "offline", "in_model": False}}
    load(
        settings,
        "camera_register",
        date(2024, 11, 30),
        camera | {"CAM-4": LAM_SON, "CAM-5": LAM_SON | {"status": "broken"}},
    )
    repaired = camera | {"CAM-4": LAM_SON, "CAM-5": LAM_SON | {"status": "removed"}}
    load(settings, "camera_register", date(2024, 12, 31), repaired)

    group = {"kind": "interfamily_group", "households": 12}
    load(
        settings,
        "fire_safety_register",
        date(2024, 11, 30),
        {"G1": group, "G2": group | {"households": None}, "G3": group | LAM_SON | {"households": 20}, "G4": {}},
    )
    models = {"M": {"name": "Camera Đông Vệ", "host": "Công an phường", "reviewed_on": "2024-04-25"}}
    models |= {"N": {"name": "Nhà trọ", "kind": "clb_nha_tro", "host": "Hội Phụ nữ", "reviewed_on": "2024-12-01"}}
    for day in (date(2024, 1, 7), date(2024, 12, 29)):
        load(settings, "model_register", day, models)
        load(settings, "model_points", day, {"P1": {}, "P2": LAM_SON, "P3": {"model_id": "N"}})
    load(settings, "model_activities", date(2024, 1, 2), {"A1": {"occurred_on": "2024-01-02"}})
    load(settings, "model_activities", date(2024, 9, 10), {"A2": {"occurred_on": "2024-09-10"}})
    monthly = {f"N{month}": {"model_id": "N", "occurred_on": f"2024-{month:02}-20"} for month in range(7, 13)}
    load(settings, "model_activities", date(2024, 12, 31), monthly)
