"""The pages of the board."""

from __future__ import annotations

from lachan.board.pages import indicators, overview, trace
from lachan.board.request import Route

_FIGURES = frozenset({"analyst", "reporter", "ward"})
_CITY = frozenset({"analyst", "reporter"})

ROUTES = (
    Route("/tong-quan", overview.view, _FIGURES, "Tổng quan"),
    Route("/chi-tieu", indicators.catalogue, _FIGURES, "Chỉ tiêu"),
    Route("/chi-tieu/{indicator}", indicators.view, _FIGURES),
    Route("/so-lieu/{figure}", trace.view, _CITY),
)
