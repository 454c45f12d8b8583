"""The area whose figures a page shows: the whole city, or one ward."""

from __future__ import annotations

from dataclasses import dataclass

from lachan.board.errors import NotThere
from lachan.board.request import Asked


@dataclass(frozen=True)
class Area:
    """The city or a ward: its key in figures and its name; `may_trace` is whether the reader may follow its figures."""

    key: str
    name: str
    may_trace: bool

    @property
    def parameter(self) -> str:
        """The value of the parameter `phuong` for this area; empty for the city."""
        return "" if self.key == "city" else self.key

    def trace_link(self, asked: Asked, figure_id: str) -> str:
        """The address of a figure's lines; empty for a reader who may not see them."""
        return asked.link(f"/so-lieu/{figure_id}") if self.may_trace else ""


def own_area(asked: Asked) -> Area:
    """The city; for a reader of a ward, its ward. Raises NotThere when the ward has no figures."""
    if asked.role != "ward":
        return Area("city", "Toàn thành phố", may_trace=True)
    wards = asked.queries.rows("wards")
    if not wards:
        raise NotThere("Đơn vị của bạn chưa có số liệu được công bố.")
    return Area(wards[0]["ward_key"], wards[0]["ward_name"], may_trace=False)


def chosen_area(asked: Asked) -> Area:
    """The area that the parameter `phuong` names, else `own_area`. Raises NotThere for a ward without figures."""
    own = own_area(asked)
    key = asked.key("phuong")
    if key in (None, own.key):
        return own
    for ward in asked.queries.rows("wards"):
        if ward["ward_key"] == key:
            return Area(key, ward["ward_name"], own.may_trace)
    raise NotThere(f"Không có phường, xã “{key}”, hoặc bạn không được xem số liệu của đơn vị này.")
