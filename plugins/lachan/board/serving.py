"""`lachan board`: the board for the office and the wards, on one address of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from functools import partial

import uvicorn
from starlette.applications import Starlette

from lachan.board import charts, geography, office, provinces
from lachan.board.feeds import known_feeds
from lachan.board.throttle import Throttle
from lachan.settings import Settings

MOST_REQUESTS_AT_ONCE = 200


class BoardError(RuntimeError):
    """The board cannot be served; the message says why and what to do."""


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises BoardError when the address is taken or LACHAN_WARD_GEOMETRY is wrong."""
    boards = [settings] if settings.cities is None else [*provinces.served()]
    for each in boards:
        _check_geometry(each)
    host, port = settings.board_listen
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise BoardError(f"{host}:{port} cannot be served: {error.strerror}; set LACHAN_BOARD_LISTEN") from None
    print(f"Board: http://{host}:{port}   people log in with what `lachan login add` gave them", flush=True)
    threading.Thread(target=_warm_up, args=(boards,), daemon=True).start()
    config = uvicorn.Config(
        _application(settings, boards),
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_REQUESTS_AT_ONCE,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _application(settings: Settings, boards: Sequence[Settings]) -> Starlette:
    if settings.cities is None:
        return office.create(settings)
    return provinces.create(settings, boards, partial(office.create, throttle=Throttle()))


def _check_geometry(settings: Settings) -> None:
    if settings.ward_geometry is not None:
        try:
            geography.read_areas(settings.ward_geometry)
        except geography.GeometryError as error:
            raise BoardError(f"LACHAN_WARD_GEOMETRY: {error}") from None


def _warm_up(boards: Sequence[Settings]) -> None:
    """Do what only the first request of a page would otherwise wait for."""
    for settings in boards[:1]:  # the contracts are the same for all cities
        known_feeds(settings)
    charts.warm_up()
