"""The application: pages behind a door that knows who reads. Every path that is not public needs a reader."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from typing import Any

import psycopg2
from psycopg2 import errors as database_errors
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lachan.board import decisions, rendering
from lachan.board.errors import BadAddress, BoardError, NotAllowed, NotThere, SessionEnded
from lachan.board.reader import Door, Reader
from lachan.board.request import Asked, Page, Route
from lachan.board.routes import PROVINCE_ROUTES, ROUTES
from lachan.board.tables import to_csv, to_xlsx
from lachan.settings import Settings

log = logging.getLogger(__name__)

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
STATIC = {
    "board.css": "text/css; charset=utf-8",
    "board.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
STATIC_PATHS = frozenset(f"/static/{name}" for name in STATIC)
_DOWNLOADS = {
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "xlsx": (to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": _DOWNLOADS["xlsx"][1],
}
_LONGEST_FORM_BYTES = 64 * 1024


def create_app(settings: Settings, door: Door, routes_of_door: Sequence[BaseRoute] = ()) -> Starlette:
    """The board of a city, or of a province as a whole, behind a door; `routes_of_door` are the door's own pages."""
    pages = [StarletteRoute(route.path, _endpoint(settings, route), methods=["GET"]) for route in _pages(settings)]
    return Starlette(
        routes=[
            StarletteRoute("/", partial(_start, _pages(settings)), methods=["GET"]),
            StarletteRoute("/static/{name}", _static, methods=["GET"]),
            *pages,
            *(decisions.routes(settings) if settings.city is not None else ()),
            *routes_of_door,
        ],
        middleware=[
            Middleware(_SecurityHeaders),
            Middleware(GZipMiddleware, minimum_size=2000),
            Middleware(_RequireReader, door=door),
        ],
        exception_handlers={
            Exception: _failed,
            BoardError: _told,
            HTTPException: _told,
            psycopg2.Error: _database_failed,
        },
        max_body_size=_LONGEST_FORM_BYTES,
    )


def _pages(settings: Settings) -> Sequence[Route]:
    return PROVINCE_ROUTES if settings.city is None else ROUTES


def _endpoint(settings: Settings, route: Route) -> Any:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_answer, settings, route, request)

    return endpoint


def _answer(settings: Settings, route: Route, request: Request) -> Response:
    reader: Reader = request.state.reader
    role = reader.role_for(route.roles)
    with reader.queries(role) as queries:
        asked = Asked(
            reader=reader,
            settings=settings,
            queries=queries,
            base=request.scope.get("root_path", ""),
            path=_path(request.scope),
            parts=request.path_params,
            parameters={name: value for name, value in request.query_params.items() if name != "tai"},
            download=request.query_params.get("tai", ""),
        )
        page = route.view(asked)
        if not asked.download:
            return rendering.page(asked, page, _pages(settings))
        if asked.download not in page.files:
            return _table(page, asked.download)
        file = page.files[asked.download]()
    reader.note(role, file.handout)
    return _attached(file.content, asked.download, _MEDIA_TYPES[asked.download.rpartition(".")[2]])


def _table(page: Page, name: str) -> Response:
    key, _, kind = name.rpartition(".")
    for table in page.tables:
        if table.key == key and kind in _DOWNLOADS:
            write, media_type = _DOWNLOADS[kind]
            return _attached(write(table), f"{table.key}.{kind}", media_type)
    raise NotThere("Trang này không có bảng nào tên như vậy để tải về.")


def _attached(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


async def _start(pages: Sequence[Route], request: Request) -> Response:
    reader: Reader = request.state.reader
    path = next((route.path for route in pages if route.name and route.roles & reader.roles), None)
    if path is None:
        raise NotAllowed("Tài khoản của bạn không có trang nào ở đây.")
    return RedirectResponse(request.scope.get("root_path", "") + path, status_code=303)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        raise NotThere("Không có tệp này.")
    content = files("lachan.board").joinpath("static", name).read_bytes()
    return Response(content, media_type=STATIC[name], headers={"cache-control": "max-age=3600"})


async def _told(request: Request, error: Exception) -> Response:
    """The page of an error that the reader can understand."""
    if isinstance(error, SessionEnded):
        return rendering.log_in_again(request)
    if isinstance(error, HTTPException):
        texts = {404: "Không có trang này.", 405: "Trang này không nhận yêu cầu kiểu đó.", 413: "Biểu mẫu quá lớn."}
        return rendering.error(request, error.status_code, texts.get(error.status_code, "Yêu cầu không hợp lệ."))
    return rendering.error(request, getattr(error, "status", 500), str(error))


async def _database_failed(request: Request, error: Exception) -> Response:
    """The page of a query that failed: the details go to the log only."""
    log.warning("%s: %s: %s", request.url.path, type(error).__name__, error)
    if isinstance(error, database_errors.QueryCanceled):
        return rendering.error(request, 503, "Truy vấn mất quá nhiều thời gian. Hãy chọn phạm vi hẹp hơn.")
    if isinstance(error, database_errors.InsufficientPrivilege):
        return rendering.error(request, 403, "Tài khoản của bạn không có quyền đọc số liệu này.")
    if isinstance(error, database_errors.DataError):
        return await _told(request, BadAddress("Một tham số của địa chỉ không đọc được."))
    return rendering.error(request, 503, "Kho số liệu chưa trả lời được. Hãy thử lại sau ít phút.")


async def _failed(request: Request, error: Exception) -> Response:
    """The page of an error of the board itself; Starlette then raises it again, so that the server logs it."""
    answer = rendering.error(request, 500, "Có lỗi trong hệ thống; lỗi đã được ghi lại cho người quản trị.")
    answer.headers.update(HEADERS)  # this answer does not pass the middleware
    return answer


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


class _RequireReader:
    """Refuses every request of nobody, whatever its path, except those that the door and the login page need."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # there are no websockets; without an answer the server refuses them
        request = Request(scope, receive)
        if _path(scope) in self._door.public_paths:
            await self._app(scope, receive, send)
            return
        reader = await self._door.find(request)
        if reader is None:
            await self._door.refuse(request)(scope, receive, send)
            return
        request.state.reader = reader
        await self._app(scope, receive, send)


class _SecurityHeaders:
    """Adds HEADERS to every answer, and forbids to keep pages with figures in caches that others read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                if b"cache-control" not in given:
                    added.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)
