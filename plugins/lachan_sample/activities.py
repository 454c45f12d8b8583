"""What the models do, and what they only say they do: some are irregular, some fall silent, some never report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from lachan_sample.dice import dice
from lachan_sample.form import Form, Row, Value
from lachan_sample.life import Change, City, later, unfold
from lachan_sample.models import Model, models_of
from lachan_sample.points import Point, points_of
from lachan_sample.rhythm import OFFICE, tet

SILENT, IRREGULAR, MUTE_POLICE = 8, 9, 2
UNUSED_POINTS = 0.15
CORRECTED = 0.04


@dataclass(frozen=True)
class Habit:
    """What a kind of model does every so many days, with how many people; `at` says where."""

    kind: str
    every: tuple[int, ...]
    people: tuple[int, int]
    at: str = "model"  # model, some (at one of its sites now and then), each (at each of its sites)
    term_only: bool = False


HABITS: dict[str, tuple[Habit, ...]] = {
    "camera_antt": (
        Habit("inspection", (7, 7, 14, 28), (2, 5), "some"),
        Habit("report", (14, 30, 30), (1, 2)),
    ),
    "truong_hoc_atgt": (
        Habit("education", (7,), (80, 600), "some", term_only=True),
        Habit("patrol", (14, 30), (4, 12), "some", term_only=True),
        Habit("meeting", (60,), (6, 20), term_only=True),
    ),
    "cong_nhan_moi_truong": (
        Habit("tip", (12,), (1, 2)),
        Habit("patrol", (7,), (4, 12)),
        Habit("meeting", (30,), (20, 60)),
    ),
    "to_an_ninh_cong_nhan": (Habit("meeting", (30,), (8, 40), "each"), Habit("tip", (25,), (1, 3), "some")),
    "dong_ho_antt": (Habit("meeting", (30,), (15, 60), "some"),),
    "xu_dao_binh_yen": (Habit("meeting", (30,), (30, 120), "some"), Habit("education", (45,), (40, 200))),
    "lien_ket_antt": (Habit("patrol", (10,), (4, 10), "some"), Habit("meeting", (30,), (8, 25))),
    "clb_nha_tro": (Habit("meeting", (30,), (10, 50), "some"), Habit("inspection", (20,), (2, 6), "some")),
    "tdp_khong_bao_luc": (Habit("meeting", (30,), (20, 70), "some"), Habit("education", (30,), (20, 80), "some")),
    "quan_ly_thanh_thieu_nien": (Habit("meeting", (30,), (5, 20), "some"), Habit("education", (30,), (5, 40))),
    "khac": (Habit("patrol", (15,), (3, 8)), Habit("meeting", (30,), (8, 30))),
}


@dataclass(frozen=True)
class _Act:
    day: date
    model: Model
    habit: Habit
    point: Point | None


def draw(form: Form, city: City) -> list[Row]:
    """All rows of the year's activities."""
    rng = dice(city.seed, city.year, city.number, "model_activities")
    acts = sorted(_live(rng, city), key=lambda act: (act.day, act.model.model_id))
    rows: list[Row] = []
    for serial, act in enumerate(acts, start=1):
        people = rng.randint(*act.habit.people)
        told: dict[str, Value] = {
            "model_id": act.model.model_id,
            "point_id": act.point.point_id if act.point else None,
            "occurred_on": act.day,
            "kind": act.habit.kind,
            "participants": people if rng.random() < 0.92 else None,
        }
        saved = OFFICE.at(rng, min(act.day + timedelta(days=rng.choice((0, 0, 0, 1, 1, 2, 4))), city.year_end.date()))
        changes: list[Change] = [(saved, told)]
        if rng.random() < CORRECTED:
            mended = later(rng, saved, 15, 120)
            changes.append((min(mended, city.year_end), {"participants": people + rng.randrange(1, 10)}))
        rows += unfold(form, rng, city.ident("HD", serial), changes, [])
    return rows


def _live(rng: Random, city: City) -> Iterator[_Act]:
    """Each model's activities from its launch, or the year's start, until it ends or falls silent."""
    models = models_of(city)
    states = _vitality(rng, city, models)
    sites: dict[str, list[Point]] = {}
    for point in points_of(city):
        if rng.random() >= UNUSED_POINTS:
            sites.setdefault(point.model.model_id, []).append(point)
    for model in models:
        state = states[model.model_id]
        first = max(model.launched_on + timedelta(days=rng.randrange(3, 15)), date(city.year, 1, 1))
        last = min(model.ended_on - timedelta(days=20), date(city.year, 12, 31))
        if state == "silent":
            last = date(city.year, rng.randrange(3, 8), rng.randrange(1, 29))
        places = sites.get(model.model_id, [])
        for habit in HABITS[model.kind] if state != "mute" else ():
            for place in places if habit.at == "each" else (None,):
                for day in _days(rng, habit, first, last, irregular=state == "irregular"):
                    live = [point for point in places if point.live(day)]
                    if place is None:
                        some = habit.at == "some" and live and rng.random() < 0.6
                        yield _Act(day, model, habit, rng.choice(live) if some else None)
                    elif place in live:
                        yield _Act(day, model, habit, place)


def _vitality(rng: Random, city: City, models: list[Model]) -> dict[str, str]:
    """Who is active, irregular, silent from some day on, or has a host that reports nothing at all."""
    police = sorted({model.host for model in models if model.kind == "camera_antt"})
    others = sorted({model.host for model in models if model.kind in ("clb_nha_tro", "quan_ly_thanh_thieu_nien")})
    mute = {*rng.sample(police, min(MUTE_POLICE, len(police))), rng.choice(others)}
    states = {model.model_id: "mute" if model.host in mute else "active" for model in models}
    standing = [
        model.model_id
        for model in models
        if model.ward and model.launched_on.year < city.year and model.ended_on == date.max
    ]
    rest = [model_id for model_id in standing if states[model_id] == "active"]
    drawn = rng.sample(rest, min(SILENT + IRREGULAR, len(rest)))
    return states | dict.fromkeys(drawn[:SILENT], "silent") | dict.fromkeys(drawn[SILENT:], "irregular")


def _days(rng: Random, habit: Habit, first: date, last: date, *, irregular: bool) -> Iterator[date]:
    every = rng.choice(habit.every)
    day = first + timedelta(days=rng.randrange(every))
    while day <= last:
        holiday = day in tet(day.year) and rng.random() < 0.8
        if not holiday and not (habit.term_only and date(day.year, 5, 31) < day < date(day.year, 9, 5)):
            yield day
        gap = max(1, round(every * rng.uniform(0.8, 1.2))) * (rng.choice((1, 1, 3, 6)) if irregular else 1)
        day += timedelta(days=gap)
        if day.weekday() == 6 and rng.random() < 0.7:
            day += timedelta(days=1)
