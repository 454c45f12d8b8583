"""Distributes a feed's rows of a year over files; some files are late, sent twice, or defective and then corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from lachan_sample.dates import days_of, export_days
from lachan_sample.defects import DEFECTS, Defect, Record, plant_defect, with_defect
from lachan_sample.layout import Layout, Row
from lachan_sample.seeding import seeded_random

COPY_SUFFIX, CORRECTED_SUFFIX = "_gui_lai", "_sua"
# The kinds of defective files in each feed; after each of them, a corrected file is delivered for the same day.
FILE_DEFECTS = {
    "tips": ("empty_file", "header_only", "wrong_feed", "lacks_rows", "wrong_values"),
    "camera_extractions": ("encoding", "lacks_rows", "wrong_values"),
    "patrol_rosters": ("not_xlsx", "lacks_rows", "wrong_values"),
    "model_register": ("not_xlsx", "lacks_rows"),
    "model_points": ("lacks_rows",),
    "model_activities": ("lacks_rows", "wrong_values"),
    "camera_register": ("lacks_rows",),
    "fire_safety_register": ("not_xlsx", "lacks_rows"),
    "mass_work_events": ("header_only",),
}
UNREADABLE = ("empty_file", "wrong_feed", "encoding", "not_xlsx")
# In this feed, one state is delivered after a newer state of the same key.
OUT_OF_ORDER_FEED = "patrol_rosters"


@dataclass(frozen=True)
class Delivery:
    """One file of one day.

    `file_defect` is the kind of defect of a first file that a second one corrects; `copy` marks a second
    file with the bytes of the first.
    """

    day: date
    suffix: str
    delivered_at: datetime
    records: tuple[Record, ...]
    file_defect: str | None = None
    copy: bool = False
    late: bool = False

    @property
    def rejected(self) -> bool:
        """Whether the file cannot be read, so that the loader must reject it."""
        return self.file_defect in UNREADABLE


@dataclass
class _Plan:
    rows: dict[date, list[Row]] = field(default_factory=lambda: defaultdict(list))
    row_defects: dict[date, Defect] = field(default_factory=dict)
    file_defects: dict[date, str] = field(default_factory=dict)
    late: list[date] = field(default_factory=list)
    sent_twice: list[date] = field(default_factory=list)


def deliver(
    layout: Layout, seed: int, year: int, rows: Iterable[Row], carried_over: Sequence[Row] = ()
) -> list[Delivery]:
    """Distribute the year's rows over files, and plant the defects.

    A file of a feed of changes holds the rows that were saved on its day, oldest first. A snapshot holds
    all entries of the register on its day, so it also corrects the defects of the snapshot before it.
    No defect changes the newest state of a key: each row of changes arrives without a defect in some
    file, or is saved again a day or two later, or is followed by a newer state.

    `carried_over` are rows of records of the year before. They are added at the end of the files of their days,
    after all else was drawn, so that they change nothing else in any file.
    """
    rng = seeded_random(seed, year, layout.feed, "deliveries")
    days = export_days(year, layout.frequency)
    plan = _Plan()
    if layout.delivery == "snapshot":
        states = list(rows)
        plan.rows |= {day: [row for row in states if row.updated_at.date() <= day < row.until] for day in days}
    else:
        for row in sorted(rows, key=lambda row: (row.updated_at, row.key)):
            plan.rows[row.updated_at.date()].append(row)
    _choose_days(layout, rng, days, plan)
    if layout.feed == OUT_OF_ORDER_FEED:
        _delay_one_state(rng, year, plan)
    deliveries = [delivery for day in days for delivery in _deliveries_of_day(layout, rng, day, plan)]
    return [_with_carried_over(delivery, carried_over) for delivery in deliveries]


def _choose_days(layout: Layout, rng: Random, days: list[date], plan: _Plan) -> None:
    """Choose a different day for each irregularity, among days with many rows; never a first or last snapshot."""
    row_defects, file_defects = list(DEFECTS[layout.feed]), FILE_DEFECTS[layout.feed]
    rng.shuffle(row_defects)
    year = days[0].year
    candidates = [day for day in days[1:] if date(year, 1, 8) <= day <= date(year, 12, 12)]
    if layout.delivery == "changes":
        candidates.sort(key=lambda day: len(plan.rows[day]), reverse=True)
        candidates = sorted(day for day in candidates[: len(candidates) // 3] if plan.rows[day])
    late, sent_twice = (3, 2) if layout.frequency == "d" else (1, 1)
    drawn = iter(rng.sample(candidates, len(row_defects) + len(file_defects) + late + sent_twice))
    plan.row_defects = {next(drawn): defect for defect in row_defects}
    plan.file_defects = {next(drawn): kind for kind in file_defects}
    plan.late = [next(drawn) for _ in range(late)]
    plan.sent_twice = [next(drawn) for _ in range(sent_twice)]


def _delay_one_state(rng: Random, year: int, plan: _Plan) -> None:
    """Move one state, which a newer state follows, to the file dated five days later."""
    used = {*plan.row_defects, *plan.file_defects, *plan.late, *plan.sent_twice}
    first = rng.choice([day for day in days_of(year, date(year, 11, 30))[30:] if day not in used])
    row = rng.choice([row for row in plan.rows[first] if not row.last])
    plan.rows[first].remove(row)
    plan.rows[first + timedelta(days=5)].append(row)


def _deliveries_of_day(layout: Layout, rng: Random, day: date, plan: _Plan) -> list[Delivery]:
    rows = plan.rows[day]
    records = tuple(Record(row, row.cells) for row in rows)
    morning = datetime.combine(day + timedelta(days=1), time(6, rng.randrange(2, 25), rng.randrange(60)))
    first = Delivery(day, "", morning, records)
    if day in plan.row_defects:
        defect = plan.row_defects[day]
        with_one_defect, chosen = plant_defect(layout, rng, rows, defect)
        if chosen.last and defect.rule != "duplicate":
            _save_again(layout, rng, chosen, plan)
        return [replace(first, records=tuple(with_one_defect))]
    if day in plan.file_defects:
        corrected = replace(first, suffix=CORRECTED_SUFFIX, delivered_at=morning + timedelta(hours=27))
        return [_with_file_defect(layout, rng, first, plan.file_defects[day]), corrected]
    if day in plan.late:
        return [replace(first, delivered_at=morning + timedelta(days=rng.randrange(3, 7)), late=True)]
    if day in plan.sent_twice:
        return [first, replace(first, suffix=COPY_SUFFIX, delivered_at=morning + timedelta(hours=9), copy=True)]
    return [first]


def _with_carried_over(delivery: Delivery, carried_over: Sequence[Row]) -> Delivery:
    """The delivery with the rows that were saved on its day, except a defective one that a second file corrects."""
    rows = [row for row in carried_over if row.updated_at.date() == delivery.day]
    if not rows or delivery.file_defect:
        return delivery
    return replace(delivery, records=(*delivery.records, *(Record(row, row.cells) for row in rows)))


def _save_again(layout: Layout, rng: Random, row: Row, plan: _Plan) -> None:
    """Add the same state once more, saved one or two days later: the correction of a defective row."""
    day = row.updated_at.date() + timedelta(days=rng.randrange(1, 3))
    moment = datetime.combine(day, time(8, rng.randrange(60), rng.randrange(60)))
    plan.rows[day].append(layout.with_updated_at(row, moment))
    plan.rows[day].sort(key=lambda row: (row.updated_at, row.key))


def _with_file_defect(layout: Layout, rng: Random, delivery: Delivery, kind: str) -> Delivery:
    records: Sequence[Record] = delivery.records
    if kind == "lacks_rows":
        records = records[: len(records) // 2]
    elif kind == "header_only":
        records = ()
    elif kind == "wrong_values":
        defects = [defect for defect in DEFECTS[layout.feed] if defect.rule in ("format", "enum", "required")]
        defective = rng.sample(range(len(records)), 2)
        records = [
            with_defect(layout, record.row, rng.choice(defects)) if number in defective else record
            for number, record in enumerate(records)
        ]
    return replace(delivery, records=tuple(records), file_defect=kind)
