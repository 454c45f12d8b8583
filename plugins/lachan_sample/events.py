"""Mass work: courses, forums, and skilful mass-work models launched or kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from lachan_sample.dice import dice
from lachan_sample.form import Form, Row, Value
from lachan_sample.life import Change, City, later, unfold
from lachan_sample.people import Scribe
from lachan_sample.rhythm import OFFICE
from lachan_sample.wards import Ward, spell

TRAINED = (320, 280)
SECOND_FORUMS = (2, 4)
LAUNCHED = ("Đông Thọ", "Tào Xuyên", "Quảng Hưng", "Đông Vệ", "Quảng Thắng", "Trường Thi", "Đông Hải")
KEPT = ("Thiệu Vân", "An Hưng")
TRAFFIC_POLICE = "Lực lượng CSGT-TT thành phố"
SKILFUL = (
    "Cổng trường bình yên",
    "Ngõ sáng, phố an",
    "Chợ không cân thiếu",
    "Bờ sông xanh",
    "Mái ấm cho người già",
    "Đường hoa tự quản",
    "Tiếng loa an ninh",
    "Bữa cơm không khói thuốc",
    "Cà phê sáng cùng Nhân dân",
    "Giúp người lầm lỗi trở về",
)


@dataclass(frozen=True)
class Event:
    """One event, with the participants that were reported at last."""

    held_on: date
    kind: str
    ward: Ward | None
    host: str
    name: str
    participants: int | None


def draw(form: Form, city: City) -> list[Row]:
    """All rows of the year's events. What is counted comes out at the totals above, whatever the seed."""
    rng = dice(city.seed, city.year, city.number, "mass_work_events")
    scribe = Scribe(rng)
    events = sorted(_hold(rng, scribe, city), key=lambda event: event.held_on)
    # One course and some others are first reported with another number.
    miscounted = {next(n for n, event in enumerate(events) if event.kind == "training_course")}
    miscounted |= set(rng.sample([n for n, event in enumerate(events) if event.kind == "listening_forum"], 6))
    return [
        row
        for number, event in enumerate(events)
        for row in _write(form, rng, city, scribe, number, event, number in miscounted)
    ]


def _hold(rng: Random, scribe: Scribe, city: City) -> Iterator[Event]:
    for number, count in enumerate(TRAINED):
        day = date(city.year, 4 + 5 * number, 16)
        name = f"Tập huấn công tác dân vận cho cán bộ, chiến sĩ, lớp {number + 1}"
        yield Event(day, "training_course", None, "Công an thành phố", name, count)
    again = rng.sample(city.wards, min(rng.randint(*SECOND_FORUMS), len(city.wards)))
    for ward in [*city.wards, *again]:
        name = f'Diễn đàn "Công an lắng nghe ý kiến Nhân dân" {ward.title}'
        day = _day(rng, city, ward)
        yield Event(day, "listening_forum", ward, f"Công an {ward.title}", name, rng.randrange(60, 260))
    names = iter(rng.sample(SKILFUL, len(SKILFUL)))
    for place in LAUNCHED:
        ward = _named(rng, city, place)
        host = rng.choice((f"Công an {ward.title}", f"UBND {ward.title}"))
        name = f'Mô hình dân vận khéo "{next(names)}"'
        if rng.random() < 0.4:
            name += f" do {scribe.who()} làm nòng cốt"
        yield Event(_day(rng, city, ward), "skilful_model_launched", ward, host, name, rng.randrange(20, 120))
    for kept_in in (None, *(_named(rng, city, place) for place in KEPT)):
        host = f"UBND {kept_in.title}" if kept_in else TRAFFIC_POLICE
        name = f'Mô hình dân vận khéo "{next(names)}"'
        yield Event(date(city.year, 11, rng.randrange(4, 28)), "skilful_model_kept", kept_in, host, name, None)


def _write(
    form: Form, rng: Random, city: City, scribe: Scribe, number: int, event: Event, miscounted: bool
) -> list[Row]:
    participants = event.participants
    told: dict[str, Value] = {
        "kind": event.kind,
        "ward": spell(rng, event.ward) if event.ward else None,
        "host": event.host,
        "held_on": event.held_on,
        "participants": participants + rng.choice((-20, -5, 10, 30)) if miscounted and participants else participants,
        "name": event.name,
    }
    saved = datetime.combine(event.held_on, time(16, 30))
    changes: list[Change] = [(later(rng, saved, 0, 6), told)]
    if miscounted:
        mended = OFFICE.at(rng, event.held_on + timedelta(days=rng.randrange(2, 10)))
        changes.append((mended, {"participants": participants}))
    marks = [mark for mark in scribe.marks if mark[1] in event.name]
    return unfold(form, rng, city.ident("DV", number + 1, 4), changes, marks)


def _day(rng: Random, city: City, ward: Ward) -> date:
    """An office day from March to November on which the ward is in force."""
    first, last = date(city.year, 3, 1), min(date(city.year, 11, 29), ward.valid_to - timedelta(days=11))
    while True:
        day = rng.choice(OFFICE.days(rng, city.year, 5, last))
        if day >= first:
            return day


def _named(rng: Random, city: City, name: str) -> Ward:
    """The ward of that name, or any other in a year without it."""
    return next((ward for ward in city.wards if ward.name == name), None) or rng.choice(city.wards)
