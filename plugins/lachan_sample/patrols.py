"""The patrol shifts of a year: planned, then performed or cancelled, or left without a result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from lachan_sample import texts
from lachan_sample.city import PUBLISHED_YEAR, City
from lachan_sample.dates import OFFICE, PATROL
from lachan_sample.layout import Layout, Row, Value
from lachan_sample.people import PersonalDetails
from lachan_sample.seeding import seeded_random
from lachan_sample.states import Change, change_rows, later, next_row, ward_cell
from lachan_sample.wards import UNKNOWN_SPELLINGS, Ward

PERFORMED = {"people": 8760, "armed": 2920}
# Performed patrols by number of members; together 21,900 and 23,360 participations.
SIZES = {"people": {2: 4380, 3: 4380}, "armed": {7: 800, 8: 1320, 9: 800}}
CANCELLED = {"people": 420, "armed": 130}
WITHOUT_RESULT = {"people": 180, "armed": 40}
FINDINGS = {
    "people": {"conflicts_resolved": 26},
    "armed": {"traffic_violations": 106, "drug_cases": 5, "theft_cases": 2},
}


@dataclass
class Shift:
    """One shift in one ward, with its result."""

    patrol_type: str
    start: datetime
    ward: Ward
    status: str
    size: int
    findings: dict[str, int]
    unknown_ward: str | None = None


def draw(layout: Layout, city: City) -> list[Row]:
    """All rows of the year's shifts; for every seed, the counts on 31 December equal the totals above.

    The shifts of late December that have no result get it in January of the next year.
    """
    rng = seeded_random(city.seed, city.year, city.number, "patrol_rosters")
    shifts = [shift for patrol_type in PERFORMED for shift in _draw_shifts(rng, city, patrol_type)]
    performed = [shift for shift in shifts if shift.status == "performed"]
    for shift, unknown in zip(rng.sample(performed, len(UNKNOWN_SPELLINGS)), UNKNOWN_SPELLINGS, strict=True):
        shift.unknown_ward = unknown
    shifts.sort(key=lambda shift: shift.start)
    rows: list[Row] = []
    for serial, shift in enumerate(shifts, start=1):
        rows += _write(layout, rng, city, city.record_id("CA", serial), shift)
        if shift.status == "planned" and shift.start.date() >= date(city.year, 12, 16):
            rows.append(_report_in_january(layout, city, shift, rows[-1]))
    return rows


def _report_in_january(layout: Layout, city: City, shift: Shift, row: Row) -> Row:
    """The result of a shift that had none at the end of the year.

    A shift counts on the day on which it started, so none of the published year is reported as performed.
    """
    rng = seeded_random(city.seed, city.number, "reported in January", row.key)
    moment = OFFICE.random_time(rng, date(city.year + 1, 1, rng.randrange(2, 10)))
    values: dict[str, Value] = {"status": "cancelled", "note": rng.choice(texts.CANCEL_NOTES)}
    if city.year != PUBLISHED_YEAR and rng.random() < 0.6:
        set_out = later(rng, shift.start, 0, 0.3)
        values = {"status": "performed", "actual_start": set_out, "actual_end": later(rng, set_out, 1.5, 2)}
        values |= dict.fromkeys(FINDINGS[shift.patrol_type], 0)
    return next_row(layout, rng, row, (moment, values))


def _draw_shifts(rng: Random, city: City, patrol_type: str) -> Iterator[Shift]:
    statuses = ["performed"] * PERFORMED[patrol_type]
    statuses += ["cancelled"] * CANCELLED[patrol_type] + ["planned"] * WITHOUT_RESULT[patrol_type]
    sizes = [size for size, count in SIZES[patrol_type].items() for _ in range(count)]
    rng.shuffle(sizes)
    findings: dict[int, dict[str, int]] = {}
    for finding, total in FINDINGS[patrol_type].items():
        for number in rng.choices(range(len(sizes)), k=total):
            findings.setdefault(number, {}).setdefault(finding, 0)
            findings[number][finding] += 1
    for number, day in enumerate(PATROL.random_days(rng, city.year, len(statuses))):
        size = sizes[number] if number < len(sizes) else rng.choice(sizes)
        start = _draw_start(rng, city, day)
        ward = city.ward_register.pick(rng, start.date())
        yield Shift(patrol_type, start, ward, statuses[number], size, findings.get(number, {}))


def _draw_start(rng: Random, city: City, day: date) -> datetime:
    """A random start on a quarter of an hour, at which both planning and result still fall within the year."""
    drawn = PATROL.random_time(rng, day)
    start = drawn.replace(minute=drawn.minute // 15 * 15)
    if day == date(city.year, 1, 1):
        return max(start, datetime.combine(day, time(19)))
    return min(start, datetime.combine(day, time(20))) if day == date(city.year, 12, 31) else start


def _write(layout: Layout, rng: Random, city: City, key: str, shift: Shift) -> list[Row]:
    details = PersonalDetails(rng)
    end = shift.start + timedelta(hours=rng.choice((2, 2, 3) if shift.patrol_type == "people" else (3, 4, 4)))
    plan: dict[str, Value] = {
        "patrol_type": shift.patrol_type,
        "ward": ward_cell(rng, shift.ward, details.marks, shift.unknown_ward),
        "planned_start": shift.start,
        "planned_end": end,
        "status": "planned",
        "members": details.staff(_members(rng, city, shift)),
    }
    changes: list[Change] = [(_planned_at(rng, city, shift.start), plan)]
    if shift.status == "cancelled":
        note = texts.compose(details, texts.CANCEL_NOTES) if rng.random() < 0.6 else None
        changes.append((later(rng, shift.start, -3, -0.2), {"status": "cancelled", "note": note}))
    elif shift.status == "performed":
        changes.append(_performed_change(rng, details, city, shift, end))
    return change_rows(layout, rng, key, changes, details.marks)


def _planned_at(rng: Random, city: City, start: datetime) -> datetime:
    """An afternoon one to three days before the shift, but not before the first morning of the year."""
    day = start.date() - timedelta(days=rng.choice((1, 1, 1, 2, 3)))
    afternoon = later(rng, datetime.combine(day, time(14)), 0, 3)
    morning = later(rng, datetime.combine(date(city.year, 1, 1), time(0, 5)), 0, 0.4)
    return min(max(afternoon, morning), start - timedelta(minutes=1))


def _performed_change(rng: Random, details: PersonalDetails, city: City, shift: Shift, end: datetime) -> Change:
    set_out = later(rng, shift.start, -0.05, 0.3)
    came_back = min(later(rng, end, -0.4, 0.5), city.year_end - timedelta(minutes=20))
    saved_at = later(rng, came_back, 0.1, 1.5)
    if saved_at.hour < 5 and rng.random() < 0.7:
        saved_at = later(rng, datetime.combine(saved_at.date(), time(7)), 0, 2)
    people = shift.patrol_type == "people"
    counts: dict[str, Value] = {}
    for finding in ("conflicts_resolved", "traffic_violations", "drug_cases", "theft_cases"):
        expected = finding in FINDINGS[shift.patrol_type]
        counts[finding] = shift.findings.get(finding, 0) if expected or rng.random() < 0.7 else None
    note = None
    if people and shift.findings:
        note = texts.compose(details, texts.CONFLICT_NOTES)
    elif rng.random() < 0.12:
        note = texts.compose(details, texts.PATROL_NOTES)
    done: dict[str, Value] = {"actual_start": set_out, "actual_end": came_back, "status": "performed"}
    done["note"] = note
    return min(saved_at, city.year_end), {**done, **counts}


def _members(rng: Random, city: City, shift: Shift) -> list[str]:
    if shift.patrol_type == "people":
        return [f"DP{city.suffix}-{shift.ward.code}-{n:02d}" for n in rng.sample(range(1, 19), shift.size)]
    return [f"CS{city.suffix}-{n:04d}" for n in rng.sample(range(1, 161), shift.size)]
