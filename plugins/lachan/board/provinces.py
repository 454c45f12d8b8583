"""The boards of a province on one address: that of each city below its code, that of the province above them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from lachan.settings import SettingError, Settings, known_cities, load

log = logging.getLogger(__name__)


def create(
    whole: Settings,
    cities: Iterable[Settings],
    board: Callable[[Settings], Starlette],
    first: Sequence[BaseRoute] = (),
) -> Starlette:
    """The board of a province above those of its cities, each made by `board`; `first` are routes before them."""
    below = [Mount(f"/{city.city}", board(city)) for city in cities]
    return Starlette(routes=[*first, *below, Mount("/", board(whole))])


def served() -> Iterator[Settings]:
    """The settings of every city that can be served.

    A city whose settings are wrong has no board until they are corrected and the board is started again.
    """
    for code in known_cities():
        try:
            yield load(code)
        except SettingError as error:
            log.error("the city %s has no board: %s", code, error)
