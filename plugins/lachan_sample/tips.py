"""The tips of a year. Each step (received, assigned, verdict, converted, feedback) is a row of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from lachan_sample import texts
from lachan_sample.city import PUBLISHED_YEAR, City
from lachan_sample.dates import HOTLINE, OFFICE, TimeProfile
from lachan_sample.layout import Layout, Row, Value
from lachan_sample.people import PersonalDetails, officers
from lachan_sample.seeding import seeded_random
from lachan_sample.states import Change, change_rows, later, next_row, ward_cell
from lachan_sample.wards import UNKNOWN_SPELLINGS, Ward

COUNTED = {"letterbox": 5, "in_person": 312, "hotline": 375}
VALUABLE, PENDING, CONVERTED = 265, 30, 70
VALUABLE_IN_JANUARY = (
    0.4  # share of the pending tips that turn out valuable in January, except those of the published year
)
ENV_WORKER, ENV_VALUABLE, ENV_CONVERTED = 32, 18, 12
TEST, REPEATED = 24, 30
CATEGORIES = {
    "theft": 24,
    "public_order": 20,
    "drugs": 12,
    "gambling": 11,
    "fraud": 10,
    "traffic": 10,
    "environment": 5,
    "usury": 4,
    "other": 8,
}
ENV_CATEGORIES = {"environment": 14, "theft": 8, "drugs": 6, "public_order": 4}
GROUPS = {"people": 78, "self_managed_group": 12, "worker_security_group": 6, "other": 4}
UNASSIGNED_VERDICTS = ("test", "duplicate_of")  # given on the day of receipt or the next, without an assignment
CRIME_UNITS = ("Đội CSHS", "Đội CSKT-MT", "Đội CSGT-TT")


@dataclass
class Tip:
    """The facts of a tip, from which the rows of its states are written."""

    received_at: datetime
    channel: str
    group: str
    category: str
    ward: Ward
    verdict: str = "no_value"
    converted: bool = False
    original: Tip | None = None
    unknown_ward: str | None = None
    tip_id: str = ""


def draw(layout: Layout, city: City) -> list[Row]:
    """All rows of the year's tips; for every seed, the counts on 31 December equal the totals above.

    The tips that are still pending get their verdict in January of the next year.
    """
    rng = seeded_random(city.seed, city.year, city.number, "tips")
    tips = sorted(_draw_tips(rng, city), key=lambda tip: tip.received_at)
    for serial, tip in enumerate(tips, start=1):
        tip.tip_id = city.record_id("TB", serial)
    staff = officers(rng, 14)
    cases = iter(range(1, len(tips)))
    rows: list[Row] = []
    for tip in tips:
        rows += _write(layout, rng, city, tip, staff, cases)
        if tip.verdict == "pending":
            rows.append(_decide_in_january(layout, city, rows[-1], staff))
    return rows


def _decide_in_january(layout: Layout, city: City, row: Row, staff: list[str]) -> Row:
    """The verdict on a tip that was pending at the end of the year; it leaves the published totals as they are."""
    rng = seeded_random(city.seed, city.number, "verdict in January", row.key)
    details = PersonalDetails(rng)
    valuable = rng.random() < VALUABLE_IN_JANUARY and city.year != PUBLISHED_YEAR
    verdict = "valuable" if valuable else "no_value"
    verdict_at = OFFICE.random_time(rng, date(city.year + 1, 1, rng.randrange(2, 26)))
    officer = rng.choice(staff)
    values: dict[str, Value] = {
        "verdict": verdict,
        "verdict_at": verdict_at,
        "verdict_by": officer,
        "outcome": texts.compose(details, texts.OUTCOMES[verdict]),
    }
    decided = next_row(layout, rng, row, (later(rng, verdict_at, 0.02, 0.2), values))
    return replace(decided, marks=(*row.marks, *details.marks, ("names", officer)))


def _draw_tips(rng: Random, city: City) -> list[Tip]:
    def receive(count: int, channel: str, profile: TimeProfile, last: date | None = None) -> list[Tip]:
        days = profile.random_days(rng, city.year, count, last)
        return [
            Tip(
                profile.random_time(rng, day),
                channel,
                _pick(rng, GROUPS),
                _pick(rng, CATEGORIES),
                city.ward_register.pick(rng, day),
            )
            for day in days
        ]

    counted = [
        tip
        for channel, count in COUNTED.items()
        for tip in receive(count, channel, HOTLINE if channel == "hotline" else OFFICE)
    ]
    counted.sort(key=lambda tip: tip.received_at)
    _draw_verdicts(rng, counted)
    for tip, unknown in zip(rng.sample(counted, len(UNKNOWN_SPELLINGS)), UNKNOWN_SPELLINGS, strict=True):
        tip.unknown_ward = unknown
    workers = receive(ENV_WORKER, "hotline", HOTLINE, date(city.year, 11, 30))
    valuable = rng.sample(workers, ENV_VALUABLE)
    for tip in workers:
        tip.group, tip.category = "env_worker", _pick(rng, ENV_CATEGORIES)
        tip.channel = rng.choice(("hotline", "in_person"))
    for tip in valuable:
        tip.verdict = "valuable"
    for tip in valuable[:ENV_CONVERTED]:
        tip.converted = True
    tests = receive(TEST, "hotline", HOTLINE, date(city.year, 12, 20))
    for tip in tests:
        tip.verdict, tip.group, tip.category = "test", "people", "other"
    early = [tip for tip in counted if tip.received_at.date() <= date(city.year, 12, 10)]
    repeated = [_repeat(rng, tip) for tip in rng.sample(early, REPEATED)]
    return counted + workers + tests + repeated


def _draw_verdicts(rng: Random, tips: list[Tip]) -> None:
    """Draw the verdicts; the tips still pending at the end of the year are among the latest."""
    latest, older = tips[-2 * PENDING :], tips[: -2 * PENDING]
    pending = latest[-PENDING // 3 :] + rng.sample(latest[: -PENDING // 3], PENDING - len(latest[-PENDING // 3 :]))
    for tip in pending:
        tip.verdict = "pending"
    valuable = rng.sample([tip for tip in tips if tip.verdict != "pending"], VALUABLE)
    for tip in valuable:
        tip.verdict = "valuable"
    for tip in rng.sample([tip for tip in older if tip.verdict == "valuable"], CONVERTED):
        tip.converted = True


def _repeat(rng: Random, tip: Tip) -> Tip:
    received_at = later(rng, tip.received_at, 0.2, 30)
    return Tip(received_at, "hotline", "people", tip.category, tip.ward, verdict="duplicate_of", original=tip)


def _write(layout: Layout, rng: Random, city: City, tip: Tip, staff: list[str], cases: Iterator[int]) -> list[Row]:
    details = PersonalDetails(rng)
    changes: list[Change] = [(later(rng, tip.received_at, 0.05, 0.25), _first_state(rng, details, city, tip, staff))]
    latest = city.year_end - timedelta(minutes=10)
    assigned_at = later(rng, tip.received_at, 0.3, 8)
    if tip.verdict not in UNASSIGNED_VERDICTS and rng.random() < 0.9 and assigned_at < latest:
        unit = rng.choice(CRIME_UNITS) if tip.category != "other" else _ward_police(tip.ward)
        first_response_at = later(rng, assigned_at, -0.2, 2)
        changes.append(
            (
                later(rng, max(assigned_at, first_response_at), 0.02, 0.2),
                {
                    "assigned_unit": unit,
                    "assigned_at": assigned_at,
                    "first_response_at": first_response_at,
                },
            )
        )
    if tip.verdict != "pending":
        changes += _verdict_changes(rng, details, city, tip, staff, cases)
    return change_rows(
        layout, rng, tip.tip_id, [change for change in changes if change[0] <= city.year_end], details.marks
    )


def _first_state(rng: Random, details: PersonalDetails, city: City, tip: Tip, staff: list[str]) -> dict[str, Value]:
    anonymous = rng.random() < (0.8 if tip.channel == "letterbox" else 0.25 if tip.channel == "hotline" else 0.05)
    officer = rng.choice(staff)
    details.marks.append(("names", officer))
    test = tip.verdict == "test"
    content = (
        texts.test_call_content(rng)
        if test
        else texts.compose(details, texts.CONTENT[tip.category], detail_probability=0.35)
    )
    return {
        "received_at": tip.received_at,
        "channel": tip.channel,
        "hotline_line": f"113-{rng.randrange(1, 7)}" if tip.channel == "hotline" else None,
        "reporter_group": tip.group,
        "informant_name": None if anonymous else details.name(),
        "informant_phone": None if anonymous or rng.random() < 0.15 else details.phone(),
        "informant_address": None if anonymous or rng.random() < 0.4 else details.address(),
        "is_anonymous": anonymous,
        "ward": ward_cell(rng, tip.ward, details.marks, tip.unknown_ward),
        "place": texts.compose(details, texts.PLACES),
        "occurred_at": later(rng, tip.received_at, -30, -0.1) if rng.random() < 0.8 else None,
        "category": tip.category,
        "content": content,
        "urgency": _pick(rng, {"normal": 75, "urgent": 20, "very_urgent": 5}),
        "received_by": officer,
        "receiving_unit": "Trực ban 113" if tip.channel == "hotline" else _ward_police(tip.ward),
        "verdict": "pending",
        "note": texts.compose(details, texts.NOTES) if rng.random() < 0.3 else None,
    }


def _verdict_changes(
    rng: Random, details: PersonalDetails, city: City, tip: Tip, staff: list[str], cases: Iterator[int]
) -> list[Change]:
    """The verdict, always within the year, and the conversion and the feedback that may follow."""
    unassigned = tip.verdict in UNASSIGNED_VERDICTS
    earliest, latest = later(rng, tip.received_at, 0.5, 0.6), city.year_end - timedelta(minutes=30)
    day = min(later(rng, tip.received_at, 0 if unassigned else 18, 24 if unassigned else 220), latest).date()
    verdict_at = max(OFFICE.random_time(rng, day), earliest)
    officer = rng.choice(staff)
    details.marks.append(("names", officer))
    verdict: dict[str, Value] = {
        "verdict": tip.verdict,
        "verdict_at": verdict_at,
        "verdict_by": officer,
        "outcome": texts.compose(details, texts.OUTCOMES[tip.verdict]),
    }
    if tip.original:
        verdict["duplicate_of"] = tip.original.tip_id
    changes: list[Change] = [(later(rng, verdict_at, 0.02, 0.2), verdict)]
    if tip.converted:
        converted_at = min(OFFICE.random_time(rng, later(rng, verdict_at, 24, 400).date()), latest)
        changes.append(
            (
                max(converted_at, later(rng, verdict_at, 0.25, 0.3)),
                {
                    "converted_on": converted_at.date(),
                    "case_id": city.record_id("HS", next(cases)),
                    "outcome": texts.compose(details, texts.OUTCOMES["converted"]),
                },
            )
        )
    if not unassigned and rng.random() < 0.4:
        feedback_at = later(rng, verdict_at, 2, 150)
        changes.append((later(rng, feedback_at, 0.02, 0.1), {"feedback_at": feedback_at}))
    return changes


def _ward_police(ward: Ward) -> str:
    return f"Công an {ward.kind} {ward.name}"


def _pick(rng: Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
