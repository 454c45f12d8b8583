"""The camera extractions of a year: requests for footage, their results, and the cases clarified with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from lachan_sample import texts
from lachan_sample.cameras import cameras_in_use
from lachan_sample.city import PUBLISHED_YEAR, City
from lachan_sample.dates import OFFICE
from lachan_sample.layout import Layout, Row, Value
from lachan_sample.people import PersonalDetails, officers
from lachan_sample.seeding import seeded_random
from lachan_sample.states import Change, change_rows, later, next_row, ward_cell
from lachan_sample.wards import UNKNOWN_SPELLINGS, Ward, ward_spelling

DELIVERED, CLARIFIED = 1028, 152
OPEN_CASES, WITHOUT_CASE = 170, 70
# Clarified cases that do not count: no footage was delivered, or only after the case was clarified.
NO_FOOTAGE, TOO_LATE = 4, 3
OTHER_RESULTS = {"no_footage": 90, "viewed_only": 60, "cancelled": 40}
REPEATED, PENDING = 25, 10
UNITS = (
    "Đội CSHS",
    "Đội CSKT-MT",
    "Đội CSGT-TT",
    "Cơ quan điều tra",
)


@dataclass
class Request:
    """An officer's request for footage, usually for a case."""

    requested_at: datetime
    unit: str
    purpose: str
    details: PersonalDetails
    officer: str
    ward: Ward
    request_id: str = ""
    case_id: str | None = None
    clarified_on: date | None = None


@dataclass
class Extraction:
    """The extraction of one camera's footage for one span of time."""

    request: Request
    requested_at: datetime
    result: str
    camera_id: str
    ward: Ward
    footage: tuple[datetime, datetime]
    completed_at: datetime | None
    extraction_id: str = ""
    unknown_ward: str | None = None


def draw(layout: Layout, city: City) -> list[Row]:
    """All rows of the year's extractions; for every seed, the counts on 31 December equal the totals above.

    Those that are still pending get their result in January of the next year.
    """
    rng = seeded_random(city.seed, city.year, city.number, "camera_extractions")
    extractions = _draw_extractions(rng, city, _draw_requests(rng, city))
    extractions.sort(key=lambda extraction: extraction.requested_at)
    delivered = [extraction for extraction in extractions if extraction.result == "delivered"]
    for extraction, unknown in zip(rng.sample(delivered, len(UNKNOWN_SPELLINGS)), UNKNOWN_SPELLINGS, strict=True):
        extraction.unknown_ward = unknown
    rows: list[Row] = []
    for serial, extraction in enumerate(extractions, start=1):
        extraction.extraction_id = city.record_id("TX", serial)
        rows += _write(layout, rng, city, extraction)
        if extraction.result == "pending":
            rows.append(_complete_in_january(layout, city, extraction, rows[-1]))
    return rows


def _complete_in_january(layout: Layout, city: City, extraction: Extraction, row: Row) -> Row:
    """The result of an extraction that was pending at the end of the year.

    Footage delivered in January counts in January, so none is delivered in January of the published year.
    """
    rng = seeded_random(city.seed, city.number, "completed in January", row.key)
    completed_at = OFFICE.random_time(rng, date(city.year + 1, 1, rng.randrange(2, 20)))
    result = "no_footage" if city.year + 1 == PUBLISHED_YEAR or rng.random() < 0.2 else "delivered"
    values: dict[str, Value] = {"result": result, "completed_at": completed_at}
    values |= _moved_ward(rng, city, extraction, completed_at)
    return next_row(layout, rng, row, (later(rng, completed_at, 0.02, 0.2), values))


def _moved_ward(rng: Random, city: City, extraction: Extraction, completed_at: datetime) -> dict[str, Value]:
    """The successor of the ward, if the ward is no longer in force when the extraction is completed."""
    ward = city.ward_register.unit_on(extraction.ward, completed_at.date(), extraction.camera_id)
    moved = ward != extraction.ward and extraction.unknown_ward is None
    return {"ward": ward_spelling(rng, ward)} if moved else {}


def _draw_requests(rng: Random, city: City) -> list[Request]:
    """The requests; the first CLARIFIED + NO_FOOTAGE + TOO_LATE are for cases that are clarified later."""
    staff = officers(rng, 20)
    cases = CLARIFIED + NO_FOOTAGE + TOO_LATE + OPEN_CASES
    requests = []
    for number, day in enumerate(OFFICE.random_days(rng, city.year, cases + WITHOUT_CASE, date(city.year, 12, 20))):
        details, ward = PersonalDetails(rng), city.ward_register.pick(rng, day)
        unit = rng.choice((*UNITS, f"Công an {ward.kind} {ward.name}"))
        purpose = texts.compose(details, texts.PURPOSES)
        requests.append(Request(OFFICE.random_time(rng, day), unit, purpose, details, rng.choice(staff), ward))
        if number < cases:
            requests[-1].case_id = city.record_id("VA", number + 1)
    for serial, request in enumerate(sorted(requests, key=lambda request: request.requested_at), start=1):
        request.request_id = city.record_id("YC", serial)
    return requests


def _draw_extractions(rng: Random, city: City, requests: list[Request]) -> list[Extraction]:
    clarified, no_footage = requests[:CLARIFIED], requests[CLARIFIED : CLARIFIED + NO_FOOTAGE]
    too_late = requests[CLARIFIED + NO_FOOTAGE : CLARIFIED + NO_FOOTAGE + TOO_LATE]
    others = requests[CLARIFIED + NO_FOOTAGE + TOO_LATE :]
    cameras = cameras_in_use(city)
    extractions: list[Extraction] = []
    spans: set[tuple[str, str, datetime]] = set()

    def add(request: Request, result: str) -> Extraction:
        extraction = _draw_one(rng, city, cameras, request, result)
        while (span := (request.request_id, extraction.camera_id, extraction.footage[0])) in spans:
            extraction = _draw_one(rng, city, cameras, request, result)
        spans.add(span)
        extractions.append(extraction)
        return extraction

    for request in clarified:
        _clarify(rng, city, request, add(request, "delivered"))
    for request in no_footage:
        _clarify(rng, city, request, add(request, "no_footage"))
    for request in too_late:
        extraction = add(request, "delivered")
        request.clarified_on = extraction.requested_at.date()
        extraction.completed_at = later(rng, extraction.requested_at, 50, 120)
    for request in rng.choices(clarified + others, k=DELIVERED - CLARIFIED - TOO_LATE):
        add(request, "delivered")
    for result, count in OTHER_RESULTS.items():
        for request in rng.choices(clarified + others, k=count):
            add(request, result)
    for request in sorted(others, key=lambda request: request.requested_at)[-PENDING:]:
        add(request, "pending")
    delivered = [extraction for extraction in extractions if extraction.result == "delivered"]
    return extractions + [_download_again(rng, city, extraction) for extraction in rng.sample(delivered, REPEATED)]


def _draw_one(rng: Random, city: City, cameras: dict[Ward, list[str]], request: Request, result: str) -> Extraction:
    """An extraction up to 1.5 hours after the request; about one in six uses a camera of another ward.

    A ward without a camera uses one of another ward.
    """
    requested_at = later(rng, request.requested_at, 0, 1.5)
    completed = result in ("delivered", "viewed_only", "no_footage")
    completed_at = later(rng, requested_at, 1, 60) if completed else None
    ward = request.ward
    if rng.random() < 0.16:
        ward = city.ward_register.pick(rng, request.requested_at.date())
    if ward not in cameras:
        ward = rng.choice(
            [unit for unit in city.ward_register.in_force(request.requested_at.date()) if unit in cameras]
        )
    start = later(rng, request.requested_at, -96, -4)
    footage = start, start + timedelta(minutes=rng.choice((10, 15, 30, 45, 60, 120)))
    camera_id = rng.choice(cameras[ward])
    ward = city.ward_register.unit_on(ward, requested_at.date(), camera_id)
    return Extraction(request, requested_at, result, camera_id, ward, footage, completed_at)


def _clarify(rng: Random, city: City, request: Request, first: Extraction) -> None:
    """The case is clarified on the day of its first extraction or up to 40 days later, within the year."""
    assert first.completed_at  # noqa: S101 (set for both results with which this is called)
    day = first.completed_at.date() + timedelta(days=rng.randrange(41))
    request.clarified_on = min(day, date(city.year, 12, 31))


def _download_again(rng: Random, city: City, extraction: Extraction) -> Extraction:
    """A later delivery of the same footage for the same request, which does not count again."""
    assert extraction.completed_at  # noqa: S101 (set because the extraction was delivered)
    requested_at = later(rng, extraction.completed_at, 0.2, 60)
    return Extraction(
        extraction.request,
        requested_at,
        "delivered",
        extraction.camera_id,
        city.ward_register.unit_on(extraction.ward, requested_at.date(), extraction.camera_id),
        extraction.footage,
        later(rng, requested_at, 0.5, 10),
    )


def _write(layout: Layout, rng: Random, city: City, extraction: Extraction) -> list[Row]:
    request = extraction.request
    marks = [*request.details.marks, ("names", request.officer)]
    requested: dict[str, Value] = {
        "request_id": request.request_id,
        "requested_at": extraction.requested_at,
        "requesting_unit": request.unit,
        "camera_id": extraction.camera_id,
        "ward": ward_cell(rng, extraction.ward, marks, extraction.unknown_ward),
        "purpose": request.purpose,
        "footage_from": extraction.footage[0],
        "footage_to": extraction.footage[1],
        "result": "pending",
        "case_id": request.case_id,
        "officer": request.officer,
    }
    changes: list[Change] = [(later(rng, extraction.requested_at, 0.05, 0.3), requested)]
    if extraction.result != "pending":
        ended_at = extraction.completed_at or later(rng, extraction.requested_at, 1, 30)
        ended: dict[str, Value] = {"result": extraction.result, "completed_at": extraction.completed_at}
        if extraction.completed_at:
            ended |= _moved_ward(rng, city, extraction, extraction.completed_at)
        changes.append((later(rng, ended_at, 0.02, 0.2), ended))
    if request.clarified_on:
        evening = datetime.combine(request.clarified_on, datetime.min.time()) + timedelta(hours=17)
        recorded_at = later(rng, evening, 0, 5.5)
        changes.append((max(recorded_at, changes[0][0]), {"case_clarified_on": request.clarified_on}))
    return change_rows(layout, rng, extraction.extraction_id, changes, marks)
