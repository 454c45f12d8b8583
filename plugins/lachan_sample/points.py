"""The sites at which the models are applied in the published year: where each was launched, and where replicated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from lachan_sample.city import City
from lachan_sample.dates import export_days
from lachan_sample.history import Change, PublishedEntry, delisted_on
from lachan_sample.layout import Layout, Mark
from lachan_sample.models import Model
from lachan_sample.people import STREETS, full_name
from lachan_sample.seeding import seeded_random
from lachan_sample.states import register_rows
from lachan_sample.wards import Ward, ward_spelling

REPLICATED, REPLICATED_IN_YEAR = 287, 84
CLOSED, DELISTED = 10, 4  # camera sites that end in the year, in addition to REPLICATED: closed, or missing
ENTERPRISES = 24
RENAMED = 5
PLACES = {"residential_group": 60, "agency": 12, "school": 12, "enterprise": 9, "boarding_house": 4, "other": 3}
SYLLABLES = ("ka", "ro", "vi", "ne", "to", "lu", "mi", "zo", "fe", "da", "gu", "xa")
FLOWERS = ("Hoa Sen", "Nguyệt Quế", "Hướng Dương", "Họa Mi", "Sơn Ca", "Hoa Mai", "Hoa Ban", "Phượng Đỏ")


@dataclass(frozen=True)
class Point:
    """One site of a model.

    `ended_on` is the first day on which the model is no longer applied there. If `delisted`, the site is
    missing from the list from that day on; otherwise it stays there for two years with a closing date.
    """

    model: Model
    ward: Ward | None
    place_kind: str
    is_origin: bool
    launched_on: date
    ended_on: date = date.max
    delisted: bool = False
    point_id: str = ""
    place_name: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def delisted_on(self) -> date:
        """The first day on which the list no longer holds the site; date.max if it stays."""
        return delisted_on(self.ended_on, disappears=self.delisted)

    def in_use(self, day: date) -> bool:
        """Whether the model is applied at the site on that day."""
        return self.launched_on <= day < self.ended_on


def published_points(city: City, models: Sequence[Model]) -> list[Point]:
    """All sites of the models in the published year."""
    rng = seeded_random(city.seed, city.year, city.number, "points")
    enterprises = enterprise_names(rng)
    serials = {True: 0, False: 0}
    points: list[Point] = []
    sites = [*_draw_sites(rng, city, models), *_draw_replicated(rng, city, models)]
    for site in sorted(sites, key=lambda site: site.launched_on):
        new = site.launched_on.year == city.year
        serials[new] += 1
        name, marks = place_name(rng, site, enterprises)
        key = city.register_id("DM", site.launched_on, serials[new], 5)
        points.append(replace(site, point_id=key, place_name=name, marks=marks))
    return sorted(points, key=lambda point: point.point_id)


def published_entries(layout: Layout, city: City, points: Sequence[Point]) -> dict[str, PublishedEntry]:
    """The list's entries in the published year: sites are added, closed, delisted or renamed."""
    rng = seeded_random(city.seed, city.year, city.number, "model_points")
    groups = [point for point in points if point.place_kind == "residential_group" and point.ended_on == date.max]
    renamed = {point.point_id for point in rng.sample(groups, RENAMED)}
    entries: dict[str, PublishedEntry] = {}
    for point in points:
        changes = [first_entry(rng, point, max(point.launched_on, date(city.year, 1, 1)))]
        if point.point_id in renamed:
            day = max(date(city.year, rng.randrange(4, 11), 12), point.launched_on + timedelta(days=8))
            changes.append((day, {"place_name": f"{point.place_name} (sau sáp nhập)"}))
        if point.ended_on < date.max and not point.delisted:
            changes.append((max(point.ended_on, changes[0][0]), {"closed_on": point.ended_on}))
        rows = register_rows(layout, rng, point.point_id, changes, point.marks, point.delisted_on)
        entries[point.point_id] = PublishedEntry(point.point_id, changes, rows, point.marks)
    return entries


def first_entry(rng: Random, point: Point, day: date) -> Change:
    """The entry of a site as it is added to the list on that day."""
    return day, {
        "model_id": point.model.model_id,
        "ward": ward_spelling(rng, point.ward) if point.ward else None,
        "place_kind": point.place_kind,
        "place_name": point.place_name,
        "is_origin": point.is_origin,
        "launched_on": point.launched_on,
    }


def _draw_sites(rng: Random, city: City, models: Sequence[Model]) -> Iterator[Point]:
    """The sites of all models, except those to which camera models were replicated; one model has no site."""
    without_site = next(model for model in models if model.kind == "khac" and model.ended_on == date.max)
    for model in models:
        for number, (place_kind, ward) in enumerate(places(rng, city, model) if model is not without_site else ()):
            yield Point(model, ward, place_kind, number == 0, model.launched_on, model.ended_on, model.delisted)


def places(rng: Random, city: City, model: Model) -> list[tuple[str, Ward | None]]:
    """The kind of place and the ward of each site at which the model was launched."""
    match model.kind:
        case "camera_antt" | "quan_ly_thanh_thieu_nien":
            return [("ward", model.ward)]
        case "truong_hoc_atgt":
            return [("school", model.ward)] * rng.randrange(1, 3)
        case "to_an_ninh_cong_nhan":
            return [("enterprise", rng.choice(city.wards)) for _ in range(ENTERPRISES)]
        case "dong_ho_antt":
            return [("clan", model.ward)]
        case "xu_dao_binh_yen":
            return [("parish", model.ward)]
        case "clb_nha_tro":
            return [("boarding_house", model.ward)] * rng.randrange(1, 4)
        case "tdp_khong_bao_luc" | "lien_ket_antt":
            return [("residential_group", model.ward)] * rng.randrange(1, 3)
        case "cong_nhan_moi_truong":
            return [("agency", None)]
    return [("other", model.ward)]


def _draw_replicated(rng: Random, city: City, models: Sequence[Model]) -> Iterator[Point]:
    """The sites to which camera models were replicated before the year or in it, and those that end in the year."""
    cameras = [model for model in models if model.kind == "camera_antt"]
    last = export_days(city.year, "w")[-1]
    for number in range(REPLICATED + CLOSED + DELISTED):
        model = cameras[number] if number < len(cameras) else rng.choice(cameras)
        ending, new = number >= REPLICATED, REPLICATED - REPLICATED_IN_YEAR <= number < REPLICATED
        day = date(city.year, 1, 8) if new else date(2022, 6, 1) - timedelta(days=900)
        launched_on = max(model.launched_on, day + timedelta(days=rng.randrange((last - day).days - 5 if new else 900)))
        ended_on = date(city.year, rng.randrange(2, 12), rng.randrange(1, 29)) if ending else date.max
        place_kind = draw_place_kind(rng)
        delisted = number >= REPLICATED + CLOSED
        yield Point(model, model.ward, place_kind, False, launched_on, ended_on, delisted)


def draw_place_kind(rng: Random) -> str:
    """The kind of place of a site to which a camera model is replicated."""
    return rng.choices(list(PLACES), list(PLACES.values()))[0]


def enterprise_names(rng: Random) -> Iterator[str]:
    """Made-up names of enterprises, each given once."""
    used: set[str] = set()
    while True:
        name = "".join(rng.sample(SYLLABLES, 3)).capitalize()
        if name not in used:
            used.add(name)
            yield f"Công ty TNHH {name}"


def place_name(rng: Random, site: Point, enterprises: Iterator[str]) -> tuple[str, tuple[Mark, ...]]:
    """The name of the place; a boarding house has the name of its keeper, a personal detail for the manifest."""
    where = site.ward.title if site.ward else "thành phố"
    match site.place_kind:
        case "ward":
            return f"Toàn {where}", ()
        case "residential_group":
            return f"{'Thôn' if where.startswith('xã') else 'Tổ dân phố'} {rng.randrange(1, 16)}", ()
        case "agency":
            return rng.choice(("Trụ sở UBND", "Trạm y tế", "Nhà văn hóa", "Đội môi trường")) + f" {where}", ()
        case "enterprise":
            return next(enterprises), ()
        case "school":
            return f"Trường {rng.choice(('Mầm non', 'Tiểu học', 'THCS'))} {rng.choice(FLOWERS)}", ()
        case "clan":
            return site.model.name.split(" với ")[0], ()
        case "parish":
            return f"Xứ đạo {where}", ()
        case "boarding_house":
            name = full_name(rng)
            return f"Nhà trọ {'bà' if ' Thị ' in name else 'ông'} {name}", (("names", name),)
    return f"{rng.choice(('Chợ tạm', 'Bến đò', 'Bãi xe', 'Ngõ văn minh'))} phố {rng.choice(STREETS)}", ()
