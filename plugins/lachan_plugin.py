"""The board within Airflow's pages, and what Airflow's API server must not show to anybody who asks.

Every process of Airflow imports this module: it imports nothing itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from airflow.plugins_manager import AirflowPlugin

# Airflow's pages have scripts in their text; from outside they load nothing.
HEADERS = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; form-action 'self'; frame-ancestors 'self'; base-uri 'self'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
}
_APPLICATIONS = ("", "/auth", "/execution")
_DESCRIPTIONS = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json", "/changelog")
DESCRIPTIONS = frozenset(application + page for application in _APPLICATIONS for page in _DESCRIPTIONS)
"""Pages about the API that FastAPI serves without a login, with scripts from other hosts."""


class Guard:
    """Adds HEADERS to answers that have no such header, and answers DESCRIPTIONS with 404."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: D102  # ASGI
        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(each for each in added if each[0] not in given)]
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/") in DESCRIPTIONS:
            await send_with_headers({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, send_with_headers)


class _Board:
    """The board, made with the first request, because only the API server needs what it imports."""

    def __init__(self) -> None:
        self._board: Callable[..., Any] | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with self._lock:
            if self._board is None:
                self._board = await asyncio.to_thread(_create)
        await self._board(scope, receive, send)


def _create() -> Callable[..., Any]:
    from lachan.board import airflow

    return airflow.create_all()


class LaChanPlugin(AirflowPlugin):
    """The board in the navigation, and links to it from each DAG and each run.

    The addresses are relative to Airflow's own base address, which may have a path.
    """

    name = "lachan"
    fastapi_root_middlewares = [{"middleware": Guard, "name": "security headers"}]  # noqa: RUF012  # as Airflow reads it
    fastapi_apps = [{"app": _Board(), "url_prefix": "/lachan", "name": "Lá Chắn"}]  # noqa: RUF012  # as Airflow reads it
    external_views = [  # noqa: RUF012  # as Airflow reads it
        {"name": "Lá Chắn", "href": "lachan/", "destination": "nav", "url_route": "lachan", "category": "browse"},
        {
            "name": "Lá Chắn",
            "href": "lachan/van-hanh/luot?dag={DAG_ID}",
            "destination": "dag",
            "url_route": "lachan_dag",
        },
        {
            "name": "Lá Chắn",
            "href": "lachan/van-hanh/luot?dag={DAG_ID}&luot={RUN_ID}",
            "destination": "dag_run",
            "url_route": "lachan_run",
        },
    ]
