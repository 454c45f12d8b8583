"""Decisions from a page: the same functions as those of the command line, under the reader's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lachan.board.errors import BadAddress, NotAllowed, NotThere
from lachan.board.feeds import known_feeds
from lachan.board.forms import require_own_form
from lachan.board.reader import Reader
from lachan.operate.decisions import DecisionError, discard, release, retract, settle_ward
from lachan.settings import Settings
from lachan.warehouse import transaction

SHORTEST_REASON, LONGEST_REASON = 5, 500
NO_WARD = "khong"
"""The choice that a spelling is no unit."""

Decision = Callable[[Settings, int, str, str, FormData], None]


def routes(settings: Settings) -> list[Route]:
    """The addresses to which the forms of pages are sent."""

    async def decide(request: Request) -> Response:
        form, reader = await _form_of_decider(request, "tệp")
        decision = _DECISIONS.get(request.path_params["decision"])
        if decision is None:
            raise NotThere("Không có quyết định này.")
        file_id = int(request.path_params["file"])
        await run_in_threadpool(_take, settings, decision, file_id, _reason(form), reader.name, form)
        return _seen(request, f"/van-hanh/tep/{file_id}")

    async def settle(request: Request) -> Response:
        form, reader = await _form_of_decider(request, "địa danh")
        await run_in_threadpool(_settle, settings, form, _reason(form), reader.name)
        return _seen(request, "/van-hanh/dia-danh")

    return [
        Route("/van-hanh/tep/{file:int}/{decision}", decide, methods=["POST"]),
        Route("/van-hanh/dia-danh", settle, methods=["POST"]),
    ]


async def _form_of_decider(request: Request, about: str) -> tuple[FormData, Reader]:
    form = await require_own_form(request)
    reader: Reader = request.state.reader
    if not reader.may_decide:
        raise NotAllowed(f"Tài khoản của bạn không được quyết định về {about}.")
    return form, reader


def _seen(request: Request, path: str) -> Response:
    """The reader is sent to the page that shows the decision."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", status_code=303)


@contextmanager
def _as_bad_address() -> Iterator[None]:
    try:
        yield
    except DecisionError as error:
        raise BadAddress(f"Không quyết định được: {error}") from None


def _take(settings: Settings, decision: Decision, file_id: int, why: str, by: str, form: FormData) -> None:
    if file_id >= 2**63:
        raise NotThere("Sổ nhận không có tệp này.")
    with _as_bad_address():
        decision(settings, file_id, why, by, form)


def _settle(settings: Settings, form: FormData, why: str, by: str) -> None:
    spelling, ward = str(form.get("cach_viet") or ""), str(form.get("don_vi") or "")
    if not spelling or not ward or "\0" in spelling + ward:
        raise BadAddress("Hãy chọn cách viết và đơn vị.")
    with _as_bad_address():
        settle_ward(settings, spelling, None if ward == NO_WARD else ward, why, by)


def _release(settings: Settings, file_id: int, why: str, by: str, form: FormData) -> None:
    release(settings, file_id, why, by, _day(form))


def _discard(settings: Settings, file_id: int, why: str, by: str, form: FormData) -> None:
    discard(settings, file_id, why, by)


def _retract(settings: Settings, file_id: int, why: str, by: str, form: FormData) -> None:
    retract(settings, why, by, file_id)


def _replay(settings: Settings, file_id: int, why: str, by: str, form: FormData) -> None:
    from lachan.load.ingest import replay  # imports polars

    with transaction(settings.address("steward"), "steward") as cursor:
        cursor.execute("select feed from ops.export_file where file_id = %s", (file_id,))
        row = cursor.fetchone()
    feed: Any = known_feeds(settings).get(row[0]) if row else None
    if feed is None:
        raise NotThere("Sổ nhận không có tệp này, hoặc nguồn của tệp không còn hợp đồng dữ liệu.")
    replay(settings, feed, f"board.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}", why, by)


_DECISIONS: dict[str, Decision] = {"nhan": _release, "bo": _discard, "rut": _retract, "nap-lai": _replay}


def _reason(form: FormData) -> str:
    value = form.get("ly_do", "")
    reason = " ".join(value.split()) if isinstance(value, str) else ""
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise BadAddress(f"Hãy nêu lý do, từ {SHORTEST_REASON} đến {LONGEST_REASON} ký tự.")
    return reason


def _day(form: FormData) -> date | None:
    value = form.get("ngay") or ""
    if not value:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadAddress("Ngày của số liệu phải viết dạng 2024-12-31.") from None
