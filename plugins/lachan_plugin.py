"""The board within Airflow's pages. Every process of Airflow imports this module: it imports nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from airflow.plugins_manager import AirflowPlugin


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
    from lachan import settings
    from lachan.board import airflow

    return airflow.create(settings.load())


class LaChanPlugin(AirflowPlugin):
    """The board in the navigation, and links to it from each DAG and each run.

    The addresses are relative to Airflow's own base address, which may have a path.
    """

    name = "lachan"
    fastapi_apps = [{"app": _Board(), "url_prefix": "/lachan", "name": "Lá Chắn"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
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
