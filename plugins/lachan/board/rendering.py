"""HTML of the pages: Jinja templates in which every value is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from lachan import vietnamese
from lachan.board.request import Asked, Page, Route

_ENVIRONMENT = Environment(
    loader=PackageLoader("lachan.board"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "number": vietnamese.number,
    "percent": vietnamese.percent,
    "figure": vietnamese.figure,
    "change": vietnamese.change,
    "day": vietnamese.day,
    "instant": vietnamese.instant,
    "age": vietnamese.age,
}


def page(asked: Asked, page: Page, routes: Sequence[Route]) -> Response:
    """A page with the navigation of its reader."""
    navigation = [
        (route.name, asked.link(route.path), asked.path.startswith(route.path))
        for route in routes
        if route.name and route.roles & asked.reader.roles
    ]
    values = {
        **page.values,
        "asked": asked,
        "title": page.title,
        "tables": page.tables,
        "navigation": navigation,
        "base": asked.base,
        "role_names": [vietnamese.ROLES[role] for role in sorted(asked.reader.roles)],
    }
    return HTMLResponse(_ENVIRONMENT.get_template(page.template).render(values))


def error(request: Request, status: int, text: str) -> Response:
    """A short page that says what is wrong."""
    return _alone(request, "error.html", status, text=text, status=status)


def login(request: Request, status: int, text: str, name: str, target: str, wait_seconds: int = 0) -> Response:
    """The login page, with a text about a try that failed."""
    answer = _alone(request, "login.html", status, text=text, name=name, target=target)
    if wait_seconds:
        answer.headers["retry-after"] = str(wait_seconds)
    return answer


def log_in_again(request: Request) -> Response:
    """Sends the reader to the start, where the door asks who it is."""
    return RedirectResponse(request.scope.get("root_path", "") + "/", status_code=303)


def _alone(request: Request, template: str, status_code: int, **values: Any) -> Response:
    base = request.scope.get("root_path", "")
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(values, base=base), status_code=status_code)
