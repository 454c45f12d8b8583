"""The activities of the models in a year; some models report irregularly, some stop reporting, some never report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from lachan_sample.city import City
from lachan_sample.dates import OFFICE, tet
from lachan_sample.layout import Layout, Row, Value
from lachan_sample.model_history import city_models
from lachan_sample.models import Model
from lachan_sample.point_history import city_points
from lachan_sample.points import Point
from lachan_sample.seeding import seeded_random
from lachan_sample.states import Change, change_rows, later, next_row

# Numbers of models that stop reporting and that report irregularly; number of ward police that never report.
STOPPED, IRREGULAR, NON_REPORTING_POLICE = 8, 9, 2
UNUSED_POINTS = 0.15  # share of the sites that no activity names
CORRECTED = 0.04  # share of the activities whose number of participants is corrected later
CORRECTED_IN_JANUARY = 0.25  # share of the activities of the last days of the year that are corrected in January


@dataclass(frozen=True)
class Routine:
    """An activity that a kind of model repeats.

    `intervals` are in days; one of them is drawn for each series of activities. `people` is the range of the
    number of participants.
    """

    kind: str
    intervals: tuple[int, ...]
    people: tuple[int, int]
    at: str = "model"  # model: without a site; some: partly at a random site of the model; each: at each of its sites
    term_only: bool = False


ROUTINES: dict[str, tuple[Routine, ...]] = {
    "camera_antt": (
        Routine("inspection", (7, 7, 14, 28), (2, 5), "some"),
        Routine("report", (14, 30, 30), (1, 2)),
    ),
    "truong_hoc_atgt": (
        Routine("education", (7,), (80, 600), "some", term_only=True),
        Routine("patrol", (14, 30), (4, 12), "some", term_only=True),
        Routine("meeting", (60,), (6, 20), term_only=True),
    ),
    "cong_nhan_moi_truong": (
        Routine("tip", (12,), (1, 2)),
        Routine("patrol", (7,), (4, 12)),
        Routine("meeting", (30,), (20, 60)),
    ),
    "to_an_ninh_cong_nhan": (Routine("meeting", (30,), (8, 40), "each"), Routine("tip", (25,), (1, 3), "some")),
    "dong_ho_antt": (Routine("meeting", (30,), (15, 60), "some"),),
    "xu_dao_binh_yen": (Routine("meeting", (30,), (30, 120), "some"), Routine("education", (45,), (40, 200))),
    "lien_ket_antt": (Routine("patrol", (10,), (4, 10), "some"), Routine("meeting", (30,), (8, 25))),
    "clb_nha_tro": (Routine("meeting", (30,), (10, 50), "some"), Routine("inspection", (20,), (2, 6), "some")),
    "tdp_khong_bao_luc": (Routine("meeting", (30,), (20, 70), "some"), Routine("education", (30,), (20, 80), "some")),
    "quan_ly_thanh_thieu_nien": (Routine("meeting", (30,), (5, 20), "some"), Routine("education", (30,), (5, 40))),
    "khac": (Routine("patrol", (15,), (3, 8)), Routine("meeting", (30,), (8, 30))),
}


@dataclass(frozen=True)
class _Activity:
    day: date
    model: Model
    routine: Routine
    point: Point | None


def draw(layout: Layout, city: City) -> list[Row]:
    """All rows of the year's activities; some are corrected in January of the next year."""
    rng = seeded_random(city.seed, city.year, city.number, "model_activities")
    activities = sorted(_draw_activities(rng, city), key=lambda activity: (activity.day, activity.model.model_id))
    rows: list[Row] = []
    for serial, activity in enumerate(activities, start=1):
        people = rng.randint(*activity.routine.people)
        values: dict[str, Value] = {
            "model_id": activity.model.model_id,
            "point_id": activity.point.point_id if activity.point else None,
            "occurred_on": activity.day,
            "kind": activity.routine.kind,
            "participants": people if rng.random() < 0.92 else None,
        }
        saved = OFFICE.random_time(
            rng, min(activity.day + timedelta(days=rng.choice((0, 0, 0, 1, 1, 2, 4))), city.year_end.date())
        )
        changes: list[Change] = [(saved, values)]
        if rng.random() < CORRECTED:
            corrected = later(rng, saved, 15, 120)
            changes.append((min(corrected, city.year_end), {"participants": people + rng.randrange(1, 10)}))
        rows += change_rows(layout, rng, city.record_id("HD", serial), changes, [])
        if activity.day >= date(city.year, 12, 24):
            rows += _correct_in_january(layout, city, rows[-1], people)
    return rows


def _correct_in_january(layout: Layout, city: City, row: Row, people: int) -> list[Row]:
    rng = seeded_random(city.seed, city.number, "corrected in January", row.key)
    if rng.random() >= CORRECTED_IN_JANUARY:
        return []
    moment = OFFICE.random_time(rng, date(city.year + 1, 1, rng.randrange(2, 16)))
    return [next_row(layout, rng, row, (moment, {"participants": people + rng.randrange(1, 10)}))]


def _draw_activities(rng: Random, city: City) -> Iterator[_Activity]:
    """Each model's activities in the year, from its launch until it ends or stops reporting."""
    models = city_models(city)
    reporting = _draw_reporting(rng, city, models)
    sites: dict[str, list[Point]] = {}
    for point in city_points(city):
        if rng.random() >= UNUSED_POINTS:
            sites.setdefault(point.model.model_id, []).append(point)
    for model in models:
        pattern = reporting[model.model_id]
        first = max(model.launched_on + timedelta(days=rng.randrange(3, 15)), date(city.year, 1, 1))
        last = min(model.ended_on - timedelta(days=20), date(city.year, 12, 31))
        if pattern == "stopped":
            last = date(city.year, rng.randrange(3, 8), rng.randrange(1, 29))
        model_sites = sites.get(model.model_id, [])
        for routine in ROUTINES[model.kind] if pattern != "never" else ():
            for site in model_sites if routine.at == "each" else (None,):
                for day in _draw_days(rng, routine, first, last, irregular=pattern == "irregular"):
                    in_use = [point for point in model_sites if point.in_use(day)]
                    if site is None:
                        at_a_site = routine.at == "some" and in_use and rng.random() < 0.6
                        yield _Activity(day, model, routine, rng.choice(in_use) if at_a_site else None)
                    elif site in in_use:
                        yield _Activity(day, model, routine, site)


def _draw_reporting(rng: Random, city: City, models: list[Model]) -> dict[str, str]:
    """How each model reports: regular, irregular, stopped (until a day of the year) or never.

    A host that never reports does so for all its models; the others are drawn among ward models launched in
    earlier years that do not end.
    """
    police = sorted({model.host for model in models if model.kind == "camera_antt"})
    others = sorted({model.host for model in models if model.kind in ("clb_nha_tro", "quan_ly_thanh_thieu_nien")})
    never = {*rng.sample(police, min(NON_REPORTING_POLICE, len(police))), *rng.sample(others, min(1, len(others)))}
    reporting = {model.model_id: "never" if model.host in never else "regular" for model in models}
    candidates = [
        model.model_id
        for model in models
        if model.ward and model.launched_on.year < city.year and model.ended_on == date.max
    ]
    candidates = [model_id for model_id in candidates if reporting[model_id] == "regular"]
    drawn = rng.sample(candidates, min(STOPPED + IRREGULAR, len(candidates) // 2))
    return reporting | dict.fromkeys(drawn[:STOPPED], "stopped") | dict.fromkeys(drawn[STOPPED:], "irregular")


def _draw_days(rng: Random, routine: Routine, first: date, last: date, *, irregular: bool) -> Iterator[date]:
    interval = rng.choice(routine.intervals)
    day = first + timedelta(days=rng.randrange(interval))
    while day <= last:
        holiday = day in tet(day.year) and rng.random() < 0.8
        if not holiday and not (routine.term_only and date(day.year, 5, 31) < day < date(day.year, 9, 5)):
            yield day
        gap = max(1, round(interval * rng.uniform(0.8, 1.2))) * (rng.choice((1, 1, 3, 6)) if irregular else 1)
        day += timedelta(days=gap)
        if day.weekday() == 6 and rng.random() < 0.7:
            day += timedelta(days=1)
