"""The door for the office and the wards: people log in with their own login of the warehouse."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from lachan.board import metrics, rendering
from lachan.board.app import STATIC_PATHS, create_app
from lachan.board.errors import NotAllowed
from lachan.board.forms import require_own_form, require_same_origin
from lachan.board.reader import Reader
from lachan.board.sessions import LoginRefused, Sessions
from lachan.board.throttle import Throttle
from lachan.settings import PROVINCE, Settings

COOKIE = "lachan_session"
LOGIN, LOGOUT = "/dang-nhap", "/dang-xuat"


class OfficeDoor:
    """Knows readers by the cookie of their session."""

    public_paths = STATIC_PATHS | {LOGIN, metrics.PATH}  # which has a guard of its own

    def __init__(self, sessions: Sessions, throttle: Throttle, cookie: str = COOKIE) -> None:
        self._sessions, self._throttle, self._cookie = sessions, throttle, cookie

    async def find(self, request: Request) -> Reader | None:
        """The reader of the session that the cookie names."""
        session = self._sessions.find(request.cookies.get(self._cookie, ""))
        return session.reader() if session else None

    def refuse(self, request: Request) -> Response:
        """A browser is sent to the login page and comes back after it; everything else is refused."""
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            address = request.scope.get("root_path", "") + LOGIN
            return RedirectResponse(f"{address}?{urlencode({'tiep': target})}", status_code=303)
        return PlainTextResponse("Cần đăng nhập.", status_code=401)

    async def login_page(self, request: Request) -> Response:
        """The form, and its handling."""
        if request.method == "GET":
            return rendering.login(request, 200, "", "", _local(request.query_params.get("tiep", "")))
        require_same_origin(request)
        form = await request.form()
        name, target = _field(form, "ten").strip(), _local(_field(form, "tiep"))
        client = request.client.host if request.client else ""
        keys = (f"name {name[:64]}", f"client {client}")
        if wait := self._throttle.wait_seconds(keys):
            seconds = math.ceil(wait)
            text = f"Đã sai nhiều lần; hãy thử lại sau {seconds} giây."
            return rendering.login(request, 429, text, name, target, wait_seconds=seconds)
        try:
            key = await run_in_threadpool(self._sessions.open, name, _field(form, "mat_khau"))
        except LoginRefused as refused:
            if refused.is_wrong:
                self._throttle.failed(keys)
            return rendering.login(request, 401 if refused.is_wrong else 503, str(refused), name, target)
        self._throttle.succeeded(keys)
        self._sessions.end(request.cookies.get(self._cookie, ""))
        answer = RedirectResponse(target or request.scope.get("root_path", "") + "/", status_code=303)
        answer.set_cookie(self._cookie, key, httponly=True, samesite="lax", secure=request.url.scheme == "https")
        return answer

    async def logout(self, request: Request) -> Response:
        """Ends the session."""
        await require_own_form(request)
        self._sessions.end(request.cookies.get(self._cookie, ""))
        answer = RedirectResponse(request.scope.get("root_path", "") + LOGIN, status_code=303)
        answer.delete_cookie(self._cookie)
        return answer


def create(settings: Settings, sessions: Sessions | None = None, throttle: Throttle | None = None) -> Starlette:
    """The board for the office and the wards.

    The boards of a province are on one address, so that the cookie of each has a name of its own.
    """
    cookie = COOKIE if settings.cities is None else f"{COOKIE}_{settings.city or PROVINCE}"
    door = OfficeDoor(sessions or Sessions(settings.address("reporter")), throttle or Throttle(), cookie)
    routes = [
        Route(LOGIN, door.login_page, methods=["GET", "POST"]),
        Route(LOGOUT, door.logout, methods=["POST"]),
        metrics.route(settings),
    ]
    return create_app(settings, door, routes)


def _field(form: FormData, name: str) -> str:
    value: Any = form.get(name, "")
    if not isinstance(value, str):
        raise NotAllowed("Biểu mẫu không hợp lệ.")
    return value


def _local(target: str) -> str:
    """The address after login, if it is one of this server; else nothing."""
    parts = urlsplit(target)
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if is_local and "\\" not in target and target.isprintable() else ""
