"""A year of footage extractions: requests, what was handed over, and the cases it helped to clarify."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from lachan_sample import words
from lachan_sample.dice import dice
from lachan_sample.form import Form, Row, Value
from lachan_sample.life import Change, City, later, unfold, ward_cell
from lachan_sample.people import Scribe, officers
from lachan_sample.rhythm import OFFICE
from lachan_sample.wards import UNKNOWN, Ward

DELIVERED, CLARIFIED = 1028, 152
OPEN_CASES, WITHOUT_CASE = 170, 70
# Looks like a clarified case and is not: nothing was delivered, or only after the case was clarified.
EMPTY_HANDED, TOO_LATE = 4, 3
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
    """One officer asks for footage, mostly for a case."""

    requested_at: datetime
    unit: str
    purpose: str
    scribe: Scribe
    officer: str
    ward: Ward
    request_id: str = ""
    case_id: str | None = None
    clarified_on: date | None = None


@dataclass
class Extraction:
    """Footage of one camera for one span of time."""

    request: Request
    requested_at: datetime
    result: str
    camera_id: str
    ward: Ward
    footage: tuple[datetime, datetime]
    completed_at: datetime | None
    extraction_id: str = ""
    odd_ward: str | None = None


def draw(form: Form, city: City) -> list[Row]:
    """All rows of the year's extractions; what is counted comes out at the totals above, for any seed."""
    rng = dice(city.seed, city.year, city.number, "camera_extractions")
    extractions = _extract(rng, city, _ask(rng, city))
    extractions.sort(key=lambda extraction: extraction.requested_at)
    delivered = [extraction for extraction in extractions if extraction.result == "delivered"]
    for extraction, odd in zip(rng.sample(delivered, len(UNKNOWN)), UNKNOWN, strict=True):
        extraction.odd_ward = odd
    rows: list[Row] = []
    for serial, extraction in enumerate(extractions, start=1):
        extraction.extraction_id = city.ident("TX", serial)
        rows += _write(form, rng, city, extraction)
    return rows


def _ask(rng: Random, city: City) -> list[Request]:
    """The requests; the first CLARIFIED + EMPTY_HANDED + TOO_LATE are for cases that come to be clarified."""
    staff = officers(rng, 20)
    cases = CLARIFIED + EMPTY_HANDED + TOO_LATE + OPEN_CASES
    requests = []
    for number, day in enumerate(OFFICE.days(rng, city.year, cases + WITHOUT_CASE, date(city.year, 12, 20))):
        scribe, ward = Scribe(rng), city.register.pick(rng, day)
        unit = rng.choice((*UNITS, f"Công an {ward.kind} {ward.name}"))
        purpose = words.tell(scribe, words.PURPOSES)
        requests.append(Request(OFFICE.at(rng, day), unit, purpose, scribe, rng.choice(staff), ward))
        if number < cases:
            requests[-1].case_id = city.ident("VA", number + 1)
    for serial, request in enumerate(sorted(requests, key=lambda request: request.requested_at), start=1):
        request.request_id = city.ident("YC", serial)
    return requests


def _extract(rng: Random, city: City, requests: list[Request]) -> list[Extraction]:
    clarified, empty = requests[:CLARIFIED], requests[CLARIFIED : CLARIFIED + EMPTY_HANDED]
    too_late = requests[CLARIFIED + EMPTY_HANDED : CLARIFIED + EMPTY_HANDED + TOO_LATE]
    others = requests[CLARIFIED + EMPTY_HANDED + TOO_LATE :]
    done: list[Extraction] = []
    spans: set[tuple[str, str, datetime]] = set()

    def add(request: Request, result: str) -> Extraction:
        extraction = _one(rng, city, request, result)
        while (span := (request.request_id, extraction.camera_id, extraction.footage[0])) in spans:
            extraction = _one(rng, city, request, result)
        spans.add(span)
        done.append(extraction)
        return extraction

    for request in clarified:
        _clarify(rng, city, request, add(request, "delivered"))
    for request in empty:
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
    again = rng.sample([one for one in done if one.result == "delivered"], REPEATED)
    return done + [_download_again(rng, extraction) for extraction in again]


def _one(rng: Random, city: City, request: Request, result: str) -> Extraction:
    """An extraction for the request, some minutes after it; one in six looks at another ward's camera."""
    requested_at = later(rng, request.requested_at, 0, 1.5)
    answered = result in ("delivered", "viewed_only", "no_footage")
    completed_at = later(rng, requested_at, 1, 60) if answered else None
    ward = request.ward
    if rng.random() < 0.16:
        ward = city.register.pick(rng, (completed_at or requested_at).date())
    start = later(rng, request.requested_at, -96, -4)
    footage = start, start + timedelta(minutes=rng.choice((10, 15, 30, 45, 60, 120)))
    camera_id = f"CAM{city.suffix}-{ward.code}-{rng.randrange(1, 57):03d}"
    return Extraction(request, requested_at, result, camera_id, ward, footage, completed_at)


def _clarify(rng: Random, city: City, request: Request, first: Extraction) -> None:
    """The case is clarified on the day of its first extraction or up to 40 days later, within the year."""
    assert first.completed_at  # noqa: S101 (given for both results that come here)
    day = first.completed_at.date() + timedelta(days=rng.randrange(41))
    request.clarified_on = min(day, date(city.year, 12, 31))


def _download_again(rng: Random, extraction: Extraction) -> Extraction:
    assert extraction.completed_at  # noqa: S101 (only delivered ones come here)
    requested_at = later(rng, extraction.completed_at, 0.2, 60)
    return Extraction(
        extraction.request,
        requested_at,
        "delivered",
        extraction.camera_id,
        extraction.ward,
        extraction.footage,
        later(rng, requested_at, 0.5, 10),
    )


def _write(form: Form, rng: Random, city: City, extraction: Extraction) -> list[Row]:
    request = extraction.request
    marks = [*request.scribe.marks, ("names", request.officer)]
    asked: dict[str, Value] = {
        "request_id": request.request_id,
        "requested_at": extraction.requested_at,
        "requesting_unit": request.unit,
        "camera_id": extraction.camera_id,
        "ward": ward_cell(rng, extraction.ward, marks, extraction.odd_ward),
        "purpose": request.purpose,
        "footage_from": extraction.footage[0],
        "footage_to": extraction.footage[1],
        "result": "pending",
        "case_id": request.case_id,
        "officer": request.officer,
    }
    changes: list[Change] = [(later(rng, extraction.requested_at, 0.05, 0.3), asked)]
    if extraction.result != "pending":
        ended_at = extraction.completed_at or later(rng, extraction.requested_at, 1, 30)
        ended: dict[str, Value] = {"result": extraction.result, "completed_at": extraction.completed_at}
        changes.append((later(rng, ended_at, 0.02, 0.2), ended))
    if request.clarified_on:
        evening = datetime.combine(request.clarified_on, datetime.min.time()) + timedelta(hours=17)
        told_at = later(rng, evening, 0, 5.5)
        changes.append((max(told_at, changes[0][0]), {"case_clarified_on": request.clarified_on}))
    return unfold(form, rng, extraction.extraction_id, changes, marks)
