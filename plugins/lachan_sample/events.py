"""The mass-work events of a year: courses, forums, and skilful mass-work models launched or kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from lachan_sample.city import City
from lachan_sample.dates import OFFICE
from lachan_sample.layout import Layout, Row, Value
from lachan_sample.people import PersonalDetails
from lachan_sample.seeding import seeded_random
from lachan_sample.states import Change, change_rows, later
from lachan_sample.wards import Ward, ward_spelling

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
    """One event; `participants` is the number in its last report."""

    held_on: date
    kind: str
    ward: Ward | None
    host: str
    name: str
    participants: int | None


def draw(layout: Layout, city: City) -> list[Row]:
    """All rows of the year's events; for every seed, the counts equal the totals above."""
    rng = seeded_random(city.seed, city.year, city.number, "mass_work_events")
    details = PersonalDetails(rng)
    events = sorted(_draw_events(rng, details, city), key=lambda event: event.held_on)
    # One course and six forums are first reported with a wrong number of participants.
    miscounted = {next(n for n, event in enumerate(events) if event.kind == "training_course")}
    miscounted |= set(rng.sample([n for n, event in enumerate(events) if event.kind == "listening_forum"], 6))
    return [
        row
        for number, event in enumerate(events)
        for row in _write(layout, rng, city, details, number, event, number in miscounted)
    ]


def _draw_events(rng: Random, details: PersonalDetails, city: City) -> Iterator[Event]:
    for number, count in enumerate(TRAINED):
        day = date(city.year, 4 + 5 * number, 16)
        name = f"Tập huấn công tác dân vận cho cán bộ, chiến sĩ, lớp {number + 1}"
        yield Event(day, "training_course", None, "Công an thành phố", name, count)
    with_second_forum = rng.sample(city.wards, min(rng.randint(*SECOND_FORUMS), len(city.wards)))
    for ward in [*city.wards, *with_second_forum]:
        name = f'Diễn đàn "Công an lắng nghe ý kiến Nhân dân" {ward.title}'
        day = _draw_day(rng, city, ward)
        yield Event(day, "listening_forum", ward, f"Công an {ward.title}", name, rng.randrange(60, 260))
    names = iter(rng.sample(SKILFUL, len(SKILFUL)))
    for place in LAUNCHED:
        ward = _ward_named(rng, city, place)
        host = rng.choice((f"Công an {ward.title}", f"UBND {ward.title}"))
        name = f'Mô hình dân vận khéo "{next(names)}"'
        if rng.random() < 0.4:
            name += f" do {details.who()} làm nòng cốt"
        yield Event(_draw_day(rng, city, ward), "skilful_model_launched", ward, host, name, rng.randrange(20, 120))
    for kept_in in (None, *(_ward_named(rng, city, place) for place in KEPT)):
        day = date(city.year, 11, rng.randrange(4, 28))
        unit = city.ward_register.unit_on(kept_in, day, "skilful_model_kept") if kept_in else None
        host = f"UBND {unit.title}" if unit else TRAFFIC_POLICE
        name = f'Mô hình dân vận khéo "{next(names)}"'
        yield Event(day, "skilful_model_kept", unit, host, name, None)


def _write(
    layout: Layout, rng: Random, city: City, details: PersonalDetails, number: int, event: Event, miscounted: bool
) -> list[Row]:
    participants = event.participants
    first_report: dict[str, Value] = {
        "kind": event.kind,
        "ward": ward_spelling(rng, event.ward) if event.ward else None,
        "host": event.host,
        "held_on": event.held_on,
        "participants": participants + rng.choice((-20, -5, 10, 30)) if miscounted and participants else participants,
        "name": event.name,
    }
    held_at = datetime.combine(event.held_on, time(16, 30))
    changes: list[Change] = [(later(rng, held_at, 0, 6), first_report)]
    if miscounted:
        corrected_at = OFFICE.random_time(rng, event.held_on + timedelta(days=rng.randrange(2, 10)))
        changes.append((corrected_at, {"participants": participants}))
    marks = [mark for mark in details.marks if mark[1] in event.name]
    return change_rows(layout, rng, city.record_id("DV", number + 1, 4), changes, marks)


def _draw_day(rng: Random, city: City, ward: Ward) -> date:
    """A working day from March to November, at least eleven days before the ward ceases to be in force."""
    first, last = date(city.year, 3, 1), min(date(city.year, 11, 29), ward.valid_to - timedelta(days=11))
    while True:
        day = rng.choice(OFFICE.random_days(rng, city.year, 5, last))
        if day >= first:
            return day


def _ward_named(rng: Random, city: City, name: str) -> Ward:
    """The ward of that name, or a random ward in a year in which no ward has the name."""
    return next((ward for ward in city.wards if ward.name == name), None) or rng.choice(city.wards)
