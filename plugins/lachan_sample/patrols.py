"""A year of patrol shifts: planned, then performed, called off, or never heard of again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from lachan_sample import words
from lachan_sample.dice import dice
from lachan_sample.form import Form, Row, Value
from lachan_sample.life import Change, City, later, unfold, ward_cell
from lachan_sample.people import Scribe
from lachan_sample.rhythm import STREET
from lachan_sample.wards import UNKNOWN, Ward

PERFORMED = {"people": 8760, "armed": 2920}
# How many performed patrols had how many members: 21,900 and 23,360 turns of people.
SIZES = {"people": {2: 4380, 3: 4380}, "armed": {7: 800, 8: 1320, 9: 800}}
CANCELLED = {"people": 420, "armed": 130}
UNHEARD = {"people": 180, "armed": 40}
FINDINGS = {
    "people": {"conflicts_resolved": 26},
    "armed": {"traffic_violations": 106, "drug_cases": 5, "theft_cases": 2},
}


@dataclass
class Shift:
    """One shift in one ward."""

    patrol_type: str
    start: datetime
    ward: Ward
    status: str
    size: int
    findings: dict[str, int]
    odd_ward: str | None = None


def draw(form: Form, city: City) -> list[Row]:
    """All rows of the year's shifts. What is counted comes out at the totals above, whatever the seed."""
    rng = dice(city.seed, city.year, city.number, "patrol_rosters")
    shifts = [shift for patrol_type in PERFORMED for shift in _plan(rng, city, patrol_type)]
    performed = [shift for shift in shifts if shift.status == "performed"]
    for shift, odd in zip(rng.sample(performed, len(UNKNOWN)), UNKNOWN, strict=True):
        shift.odd_ward = odd
    shifts.sort(key=lambda shift: shift.start)
    return [
        row
        for serial, shift in enumerate(shifts, start=1)
        for row in _write(form, rng, city, city.ident("CA", serial), shift)
    ]


def _plan(rng: Random, city: City, patrol_type: str) -> Iterator[Shift]:
    statuses = ["performed"] * PERFORMED[patrol_type]
    statuses += ["cancelled"] * CANCELLED[patrol_type] + ["planned"] * UNHEARD[patrol_type]
    sizes = [size for size, count in SIZES[patrol_type].items() for _ in range(count)]
    rng.shuffle(sizes)
    found: dict[int, dict[str, int]] = {}
    for finding, total in FINDINGS[patrol_type].items():
        for number in rng.choices(range(len(sizes)), k=total):
            found.setdefault(number, {}).setdefault(finding, 0)
            found[number][finding] += 1
    for number, day in enumerate(STREET.days(rng, city.year, len(statuses))):
        size = sizes[number] if number < len(sizes) else rng.choice(sizes)
        start = _start(rng, city, day)
        ward = city.register.pick(rng, start.date())
        yield Shift(patrol_type, start, ward, statuses[number], size, found.get(number, {}))


def _start(rng: Random, city: City, day: date) -> datetime:
    """A quarter of an hour; not so near to the year's ends that planning or result would fall outside."""
    drawn = STREET.at(rng, day)
    start = drawn.replace(minute=drawn.minute // 15 * 15)
    if day == date(city.year, 1, 1):
        return max(start, datetime.combine(day, time(19)))
    return min(start, datetime.combine(day, time(20))) if day == date(city.year, 12, 31) else start


def _write(form: Form, rng: Random, city: City, key: str, shift: Shift) -> list[Row]:
    scribe = Scribe(rng)
    end = shift.start + timedelta(hours=rng.choice((2, 2, 3) if shift.patrol_type == "people" else (3, 4, 4)))
    plan: dict[str, Value] = {
        "patrol_type": shift.patrol_type,
        "ward": ward_cell(rng, shift.ward, scribe.marks, shift.odd_ward),
        "planned_start": shift.start,
        "planned_end": end,
        "status": "planned",
        "members": scribe.staff(_members(rng, city, shift)),
    }
    changes: list[Change] = [(_planned_at(rng, city, shift.start), plan)]
    if shift.status == "cancelled":
        note = words.tell(scribe, words.CANCEL_NOTES) if rng.random() < 0.6 else None
        changes.append((later(rng, shift.start, -3, -0.2), {"status": "cancelled", "note": note}))
    elif shift.status == "performed":
        changes.append(_perform(rng, scribe, city, shift, end))
    return unfold(form, rng, key, changes, scribe.marks)


def _planned_at(rng: Random, city: City, start: datetime) -> datetime:
    """Some afternoon one to three days before the shift, or the first morning of the year."""
    day = start.date() - timedelta(days=rng.choice((1, 1, 1, 2, 3)))
    afternoon = later(rng, datetime.combine(day, time(14)), 0, 3)
    morning = later(rng, datetime.combine(date(city.year, 1, 1), time(0, 5)), 0, 0.4)
    return min(max(afternoon, morning), start - timedelta(minutes=1))


def _perform(rng: Random, scribe: Scribe, city: City, shift: Shift, end: datetime) -> Change:
    set_out = later(rng, shift.start, -0.05, 0.3)
    came_back = min(later(rng, end, -0.4, 0.5), city.year_end - timedelta(minutes=20))
    saved_at = later(rng, came_back, 0.1, 1.5)
    if saved_at.hour < 5 and rng.random() < 0.7:
        saved_at = later(rng, datetime.combine(saved_at.date(), time(7)), 0, 2)
    people = shift.patrol_type == "people"
    counts: dict[str, Value] = {}
    for finding in ("conflicts_resolved", "traffic_violations", "drug_cases", "theft_cases"):
        own = finding in FINDINGS[shift.patrol_type]
        counts[finding] = shift.findings.get(finding, 0) if own or rng.random() < 0.7 else None
    note = None
    if people and shift.findings:
        note = words.tell(scribe, words.CONFLICT_NOTES)
    elif rng.random() < 0.12:
        note = words.tell(scribe, words.PATROL_NOTES)
    done: dict[str, Value] = {"actual_start": set_out, "actual_end": came_back, "status": "performed"}
    done["note"] = note
    return min(saved_at, city.year_end), {**done, **counts}


def _members(rng: Random, city: City, shift: Shift) -> list[str]:
    if shift.patrol_type == "people":
        return [f"DP{city.suffix}-{shift.ward.code}-{n:02d}" for n in rng.sample(range(1, 19), shift.size)]
    return [f"CS{city.suffix}-{n:04d}" for n in rng.sample(range(1, 161), shift.size)]
