"""The models of self-management in the published year, their hosts, and the changes of their register in that year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from lachan_sample.city import City
from lachan_sample.dates import export_days
from lachan_sample.history import Change, PublishedEntry, delisted_on
from lachan_sample.layout import Layout, Value
from lachan_sample.people import FAMILY, MIDDLE
from lachan_sample.seeding import seeded_random
from lachan_sample.states import register_rows
from lachan_sample.wards import Ward, ward_spelling

# Models in force at the end of the year: (launched before the year, launched in it). In addition, each ward has a
# camera model.
KINDS = {
    "truong_hoc_atgt": (10, 4),
    "cong_nhan_moi_truong": (1, 0),
    "to_an_ninh_cong_nhan": (1, 0),
    "dong_ho_antt": (1, 1),
    "xu_dao_binh_yen": (1, 0),
    "lien_ket_antt": (3, 1),
    "clb_nha_tro": (2, 2),
    "tdp_khong_bao_luc": (1, 0),
    "quan_ly_thanh_thieu_nien": (1, 1),
    "khac": (1, 1),
}
# Models that end: kind, and month of the year; 0 stands for December of the year before.
ENDED = (("khac", 0), ("clb_nha_tro", 3), ("truong_hoc_atgt", 10), ("lien_ket_antt", 5), ("khac", 9))
DELISTED = 2  # the last of ENDED, which disappear from the register instead of being marked as dissolved
CITY_WIDE = {
    "cong_nhan_moi_truong": ("Công nhân môi trường với an ninh trật tự", "Liên đội môi trường đô thị"),
    "to_an_ninh_cong_nhan": ("Tổ an ninh công nhân trong doanh nghiệp FDI", "Công đoàn các khu công nghiệp"),
}
# Name and host of the models that belong to a ward.
LOCAL = {
    "camera_antt": ("Camera giám sát an ninh trật tự {ward}", "Công an {ward}"),
    "truong_hoc_atgt": ("Trường học an toàn giao thông {ward}", "UBND {ward}"),
    "dong_ho_antt": ("Dòng họ {clan} với an ninh trật tự", "Mặt trận Tổ quốc {ward}"),
    "xu_dao_binh_yen": ("Xứ đạo bình yên {ward}", "Mặt trận Tổ quốc {ward}"),
    "lien_ket_antt": ("Liên kết đảm bảo an ninh trật tự {ward}", "Công an {ward}"),
    "clb_nha_tro": ("Câu lạc bộ nhà trọ tự quản {ward}", "Hội Phụ nữ {ward}"),
    "tdp_khong_bao_luc": ("Tổ dân phố không có bạo lực gia đình {ward}", "Hội Phụ nữ {ward}"),
    "quan_ly_thanh_thieu_nien": ("Quản lý, giáo dục thanh, thiếu niên {ward}", "Đoàn Thanh niên {ward}"),
    "khac": ("Tổ tự quản {what} {ward}", "Hội Cựu chiến binh {ward}"),
}
RATINGS: dict[str | None, int] = {"good": 34, "fair": 32, "average": 16, "weak": 8, "unrated": 5, None: 5}


@dataclass(frozen=True)
class Model:
    """One model.

    `ended_on` is the first day on which it is no longer in force. If `delisted`, it is missing from the
    register from that day on; otherwise it stays there for two years with a date of dissolution.
    """

    model_id: str
    kind: str
    name: str
    host: str
    ward: Ward | None
    launched_on: date
    ended_on: date = date.max
    delisted: bool = False

    @property
    def delisted_on(self) -> date:
        """The first day on which the register no longer holds the model; date.max if it stays."""
        return delisted_on(self.ended_on, disappears=self.delisted)


def published_models(city: City) -> list[Model]:
    """All models of the city in the published year."""
    rng = seeded_random(city.seed, city.number, "models")
    launches = iter(launch_days(city))
    models: list[Model] = []
    serials = {True: 0, False: 0}
    for kind, ward, new, month in _draw_models(rng, city):
        launched_on = next(launches) if new else date(rng.randrange(2014, 2023), rng.randrange(1, 13), 15)
        serials[new] += 1
        name, host = CITY_WIDE.get(kind) or name_and_host(rng, kind, ward)
        models.append(
            Model(
                city.register_id("MH", launched_on, serials[new], 4),
                kind,
                name,
                host,
                ward,
                launched_on,
                _end_date(city, month),
                delisted=month is not None and (kind, month) in ENDED[-DELISTED:],
            )
        )
    return sorted(models, key=lambda model: model.model_id)


def published_entries(layout: Layout, city: City, models: Sequence[Model]) -> dict[str, PublishedEntry]:
    """The register's entries in the published year: launches, reviews, dissolutions, one new host, one new name."""
    rng = seeded_random(city.seed, city.year, city.number, "model_register")
    schools = [model for model in models if model.kind == "truong_hoc_atgt" and model.launched_on.year < city.year]
    with_new_host, renamed = rng.sample([model for model in schools if model.ended_on == date.max], 2)
    entries: dict[str, PublishedEntry] = {}
    for model in models:
        changes = [_first_entry(rng, city, model), *reviews(rng, city, model)]
        if model is with_new_host and model.ward:
            changes.append((date(city.year, 6, 18), {"host": f"Đoàn Thanh niên {model.ward.title}"}))
        if model is renamed:
            changes.append((date(city.year, 9, 3), {"name": model.name.replace("Trường học", "Cổng trường")}))
        if model.ended_on < date.max and not model.delisted:
            changes.append((max(model.ended_on, changes[0][0]), {"dissolved_on": model.ended_on}))
        rows = register_rows(layout, rng, model.model_id, changes, delisted_on=model.delisted_on)
        entries[model.model_id] = PublishedEntry(model.model_id, changes, rows)
    return entries


def _draw_models(rng: Random, city: City) -> Iterator[tuple[str, Ward | None, bool, int | None]]:
    """Kind and ward of each model, whether it is launched in the year, and the month in which it ends, if any."""
    for ward in city.wards:
        yield "camera_antt", ward, False, None
    for kind, (earlier, launched) in KINDS.items():
        wards = rng.sample(city.wards, min(earlier + launched, len(city.wards)))
        for number in range(earlier + launched):
            yield kind, None if kind in CITY_WIDE else wards[number % len(wards)], number >= earlier, None
    for kind, month in ENDED:
        yield kind, rng.choice(city.wards), False, month


def _end_date(city: City, month: int | None) -> date:
    if month is None:
        return date.max
    return date(city.year, month, 10) if month else date(city.year - 1, 12, 10)


def launch_days(city: City) -> list[date]:
    """Days spread over the year, early enough that the last snapshot of the register holds all launches."""
    last = export_days(city.year, "w")[-1] - timedelta(days=7)
    first = date(city.year, 1, 12)
    rng = seeded_random(city.seed, city.year, city.number, "launches")
    span, count = (last - first).days, sum(launched for _, launched in KINDS.values())
    return [first + timedelta(days=(span * number + rng.randrange(span)) // count) for number in range(count)]


def name_and_host(rng: Random, kind: str, ward: Ward | None) -> tuple[str, str]:
    """The name and the host of a model that belongs to a ward."""
    assert ward  # noqa: S101 (only city-wide models have no ward)
    clan = f"{rng.choice(FAMILY)} {rng.choice(MIDDLE)}"
    what = rng.choice(("bến xe", "khu chợ", "ngõ văn minh", "bờ đê"))
    name, host = LOCAL[kind]
    return name.format(ward=ward.title, clan=clan, what=what), host.format(ward=ward.title)


def _first_entry(rng: Random, city: City, model: Model) -> Change:
    """The entry on 1 January or on the day of the launch, with the rating of last year's review if there was one."""
    new = model.launched_on.year == city.year
    rating = None if new else _rate(rng)
    reviewed_on = date(city.year - 1, rng.randrange(3, 6), rng.randrange(1, 29)) if rating else None
    return max(model.launched_on, date(city.year, 1, 1)), {
        **static_values(rng, model),
        "rating": "unrated" if new else rating,
        "reviewed_on": reviewed_on,
    }


def static_values(rng: Random, model: Model) -> dict[str, Value]:
    """The values of an entry that do not depend on reviews."""
    return {
        "kind": model.kind,
        "name": model.name,
        "host": model.host,
        "ward": ward_spelling(rng, model.ward) if model.ward else None,
        "launched_on": model.launched_on,
        "decision_no": f"{rng.randrange(100, 9000)}/QĐ-UBND" if rng.random() < 0.9 else None,
    }


def reviews(rng: Random, city: City, model: Model) -> list[Change]:
    """The reviews of the year: in spring for 85 % of the models, in October for 15 %."""
    days = [date(city.year, rng.randrange(3, 6), rng.randrange(1, 29))] if rng.random() < 0.85 else []
    if rng.random() < 0.15:
        days.append(date(city.year, 10, rng.randrange(1, 29)))
    return [
        (day, {"rating": _rate(rng) or "unrated", "reviewed_on": day})
        for day in days
        if model.launched_on + timedelta(days=60) < day < model.ended_on
    ]


def _rate(rng: Random) -> str | None:
    return rng.choices(list(RATINGS), list(RATINGS.values()))[0]
