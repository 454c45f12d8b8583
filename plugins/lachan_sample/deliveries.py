"""A year of one feed as files: some come late, some twice, some are wrong and then corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from lachan_sample.dice import dice
from lachan_sample.flaws import FLAWS, Flaw, Record, plant, spoil
from lachan_sample.form import Form, Row
from lachan_sample.rhythm import days_of, export_days

AGAIN, CORRECTED = "_gui_lai", "_sua"
# The wrong first deliveries of each feed; a corrected one follows each of them.
WRONG = {
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
REJECTED = ("empty_file", "wrong_feed", "encoding", "not_xlsx")
# The feed in which one state arrives after a newer one of the same key.
OUT_OF_ORDER = "patrol_rosters"


@dataclass(frozen=True)
class Delivery:
    """One file of one day. `wrong` says how the first of two is wrong; `copy` has the first one's bytes."""

    day: date
    suffix: str
    delivered_at: datetime
    records: tuple[Record, ...]
    wrong: str | None = None
    copy: bool = False
    late: bool = False

    @property
    def rejected(self) -> bool:
        """Whether no loader can read the file at all."""
        return self.wrong in REJECTED


@dataclass
class _Plan:
    rows: dict[date, list[Row]] = field(default_factory=lambda: defaultdict(list))
    flaws: dict[date, Flaw] = field(default_factory=dict)
    wrong: dict[date, str] = field(default_factory=dict)
    late: list[date] = field(default_factory=list)
    twice: list[date] = field(default_factory=list)


def deliver(form: Form, seed: int, year: int, rows: Iterable[Row]) -> list[Delivery]:
    """Arrange the year's rows in files: the file of a day holds what was saved on it, oldest first.

    A snapshot holds all that the register holds on its day, so it mends what was wrong in the one before.
    Of changes, every row arrives unspoiled in some file, or is saved again a day or two later, or is followed by a
    newer state.
    """
    rng = dice(seed, year, form.feed, "deliveries")
    days = export_days(year, form.every)
    plan = _Plan()
    if form.delivery == "snapshot":
        states = list(rows)
        plan.rows |= {day: [row for row in states if row.updated_at.date() <= day < row.until] for day in days}
    else:
        for row in sorted(rows, key=lambda row: (row.updated_at, row.key)):
            plan.rows[row.updated_at.date()].append(row)
    _choose_days(form, rng, days, plan)
    if form.feed == OUT_OF_ORDER:
        _hold_back(rng, year, plan)
    return [delivery for day in days for delivery in _day(form, rng, day, plan)]


def _choose_days(form: Form, rng: Random, days: list[date], plan: _Plan) -> None:
    """Days of their own for everything that goes wrong, among those with enough rows; never a register's ends."""
    flaws, wrong = list(FLAWS[form.feed]), WRONG[form.feed]
    rng.shuffle(flaws)
    year = days[0].year
    chosen = [day for day in days[1:] if date(year, 1, 8) <= day <= date(year, 12, 12)]
    if form.delivery == "changes":
        chosen.sort(key=lambda day: len(plan.rows[day]), reverse=True)
        chosen = sorted(day for day in chosen[: len(chosen) // 3] if plan.rows[day])
    late, twice = (3, 2) if form.every == "d" else (1, 1)
    drawn = iter(rng.sample(chosen, len(flaws) + len(wrong) + late + twice))
    plan.flaws = {next(drawn): flaw for flaw in flaws}
    plan.wrong = {next(drawn): kind for kind in wrong}
    plan.late = [next(drawn) for _ in range(late)]
    plan.twice = [next(drawn) for _ in range(twice)]


def _hold_back(rng: Random, year: int, plan: _Plan) -> None:
    """Move one state that a newer one follows into the file of five days later."""
    used = {*plan.flaws, *plan.wrong, *plan.late, *plan.twice}
    first = rng.choice([day for day in days_of(year, date(year, 11, 30))[30:] if day not in used])
    row = rng.choice([row for row in plan.rows[first] if not row.last])
    plan.rows[first].remove(row)
    plan.rows[first + timedelta(days=5)].append(row)


def _day(form: Form, rng: Random, day: date, plan: _Plan) -> list[Delivery]:
    rows = plan.rows[day]
    records = tuple(Record(row, row.cells) for row in rows)
    morning = datetime.combine(day + timedelta(days=1), time(6, rng.randrange(2, 25), rng.randrange(60)))
    first = Delivery(day, "", morning, records)
    if day in plan.flaws:
        spoiled, hit = plant(form, rng, rows, plan.flaws[day])
        if hit.last and plan.flaws[day].rule not in ("duplicate", "duplicate_key"):
            _save_again(form, rng, hit, plan)
        return [replace(first, records=tuple(spoiled))]
    if day in plan.wrong:
        corrected = replace(first, suffix=CORRECTED, delivered_at=morning + timedelta(hours=27))
        return [_spoil_file(form, rng, first, plan.wrong[day]), corrected]
    if day in plan.late:
        return [replace(first, delivered_at=morning + timedelta(days=rng.randrange(3, 7)), late=True)]
    if day in plan.twice:
        return [first, replace(first, suffix=AGAIN, delivered_at=morning + timedelta(hours=9), copy=True)]
    return [first]


def _save_again(form: Form, rng: Random, row: Row, plan: _Plan) -> None:
    """Somebody noticed, and saved the state once more, a day or two later."""
    day = row.updated_at.date() + timedelta(days=rng.randrange(1, 3))
    moment = datetime.combine(day, time(8, rng.randrange(60), rng.randrange(60)))
    plan.rows[day].append(form.saved_again(row, moment))
    plan.rows[day].sort(key=lambda row: (row.updated_at, row.key))


def _spoil_file(form: Form, rng: Random, right: Delivery, wrong: str) -> Delivery:
    records: Sequence[Record] = right.records
    if wrong == "lacks_rows":
        records = records[: len(records) // 2]
    elif wrong == "header_only":
        records = ()
    elif wrong == "wrong_values":
        flaws = [flaw for flaw in FLAWS[form.feed] if flaw.rule in ("format", "enum", "required")]
        spoiled = rng.sample(range(len(records)), 2)
        records = [
            spoil(form, record.row, rng.choice(flaws)) if number in spoiled else record
            for number, record in enumerate(records)
        ]
    return replace(right, records=tuple(records), wrong=wrong)
