"""A year of tips: received, assigned, judged, sometimes converted, each step a row of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from lachan_sample import words
from lachan_sample.dice import dice
from lachan_sample.form import Form, Row, Value
from lachan_sample.life import Change, City, later, unfold, ward_cell
from lachan_sample.people import Scribe, officers
from lachan_sample.rhythm import CALL, OFFICE, Rhythm
from lachan_sample.wards import UNKNOWN, Ward

COUNTED = {"letterbox": 5, "in_person": 312, "hotline": 375}
VALUABLE, PENDING, CONVERTED = 265, 30, 70
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
AT_ONCE = ("test", "duplicate_of")  # judged without being assigned
CRIME_UNITS = ("Đội CSHS", "Đội CSKT-MT", "Đội CSGT-TT")


@dataclass
class Tip:
    """What is true of a tip before it is written into any export."""

    received_at: datetime
    channel: str
    group: str
    category: str
    ward: Ward
    verdict: str = "no_value"
    converted: bool = False
    original: Tip | None = None
    odd_ward: str | None = None
    tip_id: str = ""


def draw(form: Form, city: City) -> list[Row]:
    """All rows of the year's tips. What is counted comes out at the totals above, whatever the seed."""
    rng = dice(city.seed, city.year, city.number, "tips")
    tips = sorted(_receive(rng, city), key=lambda tip: tip.received_at)
    for serial, tip in enumerate(tips, start=1):
        tip.tip_id = city.ident("TB", serial)
    staff = officers(rng, 14)
    cases = iter(range(1, len(tips)))
    return [row for tip in tips for row in _write(form, rng, city, tip, staff, cases)]


def _receive(rng: Random, city: City) -> list[Tip]:
    def receive(count: int, channel: str, rhythm: Rhythm, last: date | None = None) -> list[Tip]:
        days = rhythm.days(rng, city.year, count, last)
        return [
            Tip(
                rhythm.at(rng, day),
                channel,
                _pick(rng, GROUPS),
                _pick(rng, CATEGORIES),
                city.register.pick(rng, day),
            )
            for day in days
        ]

    counted = [
        tip
        for channel, count in COUNTED.items()
        for tip in receive(count, channel, CALL if channel == "hotline" else OFFICE)
    ]
    counted.sort(key=lambda tip: tip.received_at)
    _judge(rng, counted)
    for tip, odd in zip(rng.sample(counted, len(UNKNOWN)), UNKNOWN, strict=True):
        tip.odd_ward = odd
    workers = receive(ENV_WORKER, "hotline", CALL, date(city.year, 11, 30))
    valuable = rng.sample(workers, ENV_VALUABLE)
    for tip in workers:
        tip.group, tip.category = "env_worker", _pick(rng, ENV_CATEGORIES)
        tip.channel = rng.choice(("hotline", "in_person"))
    for tip in valuable:
        tip.verdict = "valuable"
    for tip in valuable[:ENV_CONVERTED]:
        tip.converted = True
    tests = receive(TEST, "hotline", CALL, date(city.year, 12, 20))
    for tip in tests:
        tip.verdict, tip.group, tip.category = "test", "people", "other"
    early = [tip for tip in counted if tip.received_at.date() <= date(city.year, 12, 10)]
    repeated = [_repeat(rng, tip) for tip in rng.sample(early, REPEATED)]
    return counted + workers + tests + repeated


def _judge(rng: Random, tips: list[Tip]) -> None:
    """Give the verdicts; those that are still open at the year's end are among the latest."""
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


def _write(form: Form, rng: Random, city: City, tip: Tip, staff: list[str], cases: Iterator[int]) -> list[Row]:
    scribe = Scribe(rng)
    changes: list[Change] = [(later(rng, tip.received_at, 0.05, 0.25), _first_state(rng, scribe, city, tip, staff))]
    room = city.year_end - timedelta(minutes=10)
    assigned_at = later(rng, tip.received_at, 0.3, 8)
    if tip.verdict not in AT_ONCE and rng.random() < 0.9 and assigned_at < room:
        unit = rng.choice(CRIME_UNITS) if tip.category != "other" else _ward_police(tip.ward)
        responded = later(rng, assigned_at, -0.2, 2)
        changes.append(
            (
                later(rng, max(assigned_at, responded), 0.02, 0.2),
                {
                    "assigned_unit": unit,
                    "assigned_at": assigned_at,
                    "first_response_at": responded,
                },
            )
        )
    if tip.verdict != "pending":
        changes += _verdict(rng, scribe, city, tip, staff, cases)
    return unfold(form, rng, tip.tip_id, [change for change in changes if change[0] <= city.year_end], scribe.marks)


def _first_state(rng: Random, scribe: Scribe, city: City, tip: Tip, staff: list[str]) -> dict[str, Value]:
    anonymous = rng.random() < (0.8 if tip.channel == "letterbox" else 0.25 if tip.channel == "hotline" else 0.05)
    officer = rng.choice(staff)
    scribe.marks.append(("names", officer))
    test = tip.verdict == "test"
    content = words.test_call(rng) if test else words.tell(scribe, words.CONTENT[tip.category], details=0.35)
    return {
        "received_at": tip.received_at,
        "channel": tip.channel,
        "hotline_line": f"113-{rng.randrange(1, 7)}" if tip.channel == "hotline" else None,
        "reporter_group": tip.group,
        "informant_name": None if anonymous else scribe.name(),
        "informant_phone": None if anonymous or rng.random() < 0.15 else scribe.phone(),
        "informant_address": None if anonymous or rng.random() < 0.4 else scribe.address(),
        "is_anonymous": anonymous,
        "ward": ward_cell(rng, tip.ward, scribe.marks, tip.odd_ward),
        "place": words.tell(scribe, words.PLACES),
        "occurred_at": later(rng, tip.received_at, -30, -0.1) if rng.random() < 0.8 else None,
        "category": tip.category,
        "content": content,
        "urgency": _pick(rng, {"normal": 75, "urgent": 20, "very_urgent": 5}),
        "received_by": officer,
        "receiving_unit": "Trực ban 113" if tip.channel == "hotline" else _ward_police(tip.ward),
        "verdict": "pending",
        "note": words.tell(scribe, words.NOTES) if rng.random() < 0.3 else None,
    }


def _verdict(rng: Random, scribe: Scribe, city: City, tip: Tip, staff: list[str], cases: Iterator[int]) -> list[Change]:
    """The verdict, always within the year, and what follows from it."""
    quick = tip.verdict in AT_ONCE
    earliest, latest = later(rng, tip.received_at, 0.5, 0.6), city.year_end - timedelta(minutes=30)
    day = min(later(rng, tip.received_at, 0 if quick else 18, 24 if quick else 220), latest).date()
    verdict_at = max(OFFICE.at(rng, day), earliest)
    officer = rng.choice(staff)
    scribe.marks.append(("names", officer))
    verdict: dict[str, Value] = {
        "verdict": tip.verdict,
        "verdict_at": verdict_at,
        "verdict_by": officer,
        "outcome": words.tell(scribe, words.OUTCOMES[tip.verdict]),
    }
    if tip.original:
        verdict["duplicate_of"] = tip.original.tip_id
    changes: list[Change] = [(later(rng, verdict_at, 0.02, 0.2), verdict)]
    if tip.converted:
        converted_at = min(OFFICE.at(rng, later(rng, verdict_at, 24, 400).date()), latest)
        changes.append(
            (
                max(converted_at, later(rng, verdict_at, 0.25, 0.3)),
                {
                    "converted_on": converted_at.date(),
                    "case_id": city.ident("HS", next(cases)),
                    "outcome": words.tell(scribe, words.OUTCOMES["converted"]),
                },
            )
        )
    if not quick and rng.random() < 0.4:
        told_at = later(rng, verdict_at, 2, 150)
        changes.append((later(rng, told_at, 0.02, 0.1), {"feedback_at": told_at}))
    return changes


def _ward_police(ward: Ward) -> str:
    return f"Công an {ward.kind} {ward.name}"


def _pick(rng: Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
