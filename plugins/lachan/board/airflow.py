"""The door within Airflow: Airflow says who is there; queries run in the roles analyst and steward of LACHAN_DSN.

An application that is mounted by a plugin inherits nothing of Airflow's login, so every request is asked here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import get_user
from fastapi.exceptions import HTTPException
from fastapi.security import HTTPAuthorizationCredentials
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from lachan.board import provinces
from lachan.board.app import create_app
from lachan.board.reader import Reader
from lachan.cities import city_of_dag
from lachan.settings import Settings, load_installation
from lachan.warehouse import connect

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

ROLES = frozenset({"analyst", "steward"})


class AirflowDoor:
    """Knows readers by Airflow's own session or token. Nothing is public, the style sheet included."""

    public_paths: frozenset[str] = frozenset()

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key = bytes.fromhex(settings.secret("board_forms"))

    async def find(self, request: Request) -> Reader | None:
        """The user of Airflow who sends the request, if that user may see the pages of plugins.

        Whoever may change connections, which is what operators of Airflow may, decides about deliveries too.
        """
        try:
            user = await get_user(request, None, _bearer(request))
        except HTTPException:
            return None
        may_see, may_decide = await run_in_threadpool(_rights, user)
        if not may_see:
            return None
        token = hmac.new(self._key, str(user.get_id()).encode(), hashlib.sha256).hexdigest()
        return Reader(user.get_name(), ROLES, token, partial(self._lend, user.get_name()), may_decide)

    def refuse(self, request: Request) -> Response:
        """Nobody is sent to a login page: the board is a frame within Airflow's own pages."""
        return PlainTextResponse("Cần đăng nhập vào Airflow, với quyền xem các trang Plugins.", status_code=401)

    @contextmanager
    def _lend(self, name: str, role: str) -> Iterator[Connection]:
        # the server's log of what people read names the user of Airflow
        with closing(connect(self._settings.address(role), role, f"board for {name}")) as connection:
            yield connection


def create(settings: Settings) -> Starlette:
    """The board for users of Airflow."""
    return create_app(settings, AirflowDoor(settings))


def create_all() -> Starlette:
    """The board of an installation of one city, or those of a province."""
    whole = load_installation()
    if whole.cities is None:
        return create(whole)
    return provinces.create(
        whole, provinces.served(), create, [Route("/van-hanh/luot", _to_board_of_dag, methods=["GET"])]
    )


async def _to_board_of_dag(request: Request) -> Response:
    """From the links on Airflow's pages, which know a DAG and a run, to the board of the DAG's city."""
    city = city_of_dag(request.query_params.get("dag", ""))
    place = f"/{city}/van-hanh/luot?{request.url.query}" if city else "/"
    return RedirectResponse(request.scope.get("root_path", "") + place, status_code=303)


def _rights(user: Any) -> tuple[bool, bool]:
    manager = get_auth_manager()
    may_see = manager.is_authorized_view(access_view=AccessView.PLUGINS, user=user)
    return may_see, may_see and manager.is_authorized_connection(method="PUT", user=user)


def _bearer(request: Request) -> HTTPAuthorizationCredentials | None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return HTTPAuthorizationCredentials(scheme=scheme, credentials=credentials) if credentials else None
