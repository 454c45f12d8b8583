"""The registers, activities and mass-work events have the published totals and agree with each other."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest
from lachan_sample import events, write_city
from lachan_sample.city import City
from lachan_sample.layout import read_layout
from lachan_sample.wards import WardRegister
from sample_reader import PROJECT, SNAPSHOTS, Landing, moment

Entries = dict[str, dict[str, str]]
KINDS = {
    "camera_antt": 34,
    "truong_hoc_atgt": 14,
    "cong_nhan_moi_truong": 1,
    "to_an_ninh_cong_nhan": 1,
    "dong_ho_antt": 2,
    "xu_dao_binh_yen": 1,
    "lien_ket_antt": 4,
    "clb_nha_tro": 4,
    "tdp_khong_bao_luc": 1,
    "quan_ly_thanh_thieu_nien": 2,
    "khac": 2,
}


def day(text: str) -> str:
    return f"{moment(text):%Y-%m-%d}" if text else ""


@pytest.fixture(scope="module")
def registers(year: Landing) -> dict[str, dict[str, Entries]]:
    return {feed: year.registers(feed) for feed in SNAPSHOTS}


@pytest.fixture(scope="module", params=[138, 7])
def at_the_end(request, year, registers, tmp_path_factory) -> dict[str, Entries]:
    """The last snapshot of each register, for two seeds."""
    if request.param != 138:
        folder = tmp_path_factory.mktemp("another seed")
        write_city(folder, date(2024, 12, 25), date(2024, 12, 31), seed=request.param)
        return {feed: list(Landing(folder).registers(feed).values())[-1] for feed in SNAPSHOTS}
    return {feed: list(snapshots.values())[-1] for feed, snapshots in registers.items()}


def in_force(at_the_end: dict[str, Entries]) -> Entries:
    return {key: model for key, model in at_the_end["model_register"].items() if not model["dissolved_on"]}


def wards() -> dict[str, str]:
    """Code of each ward of 2024 by code and by folded name."""
    with (PROJECT / "dbt_project/cities/380/ward.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["register"] == "2024"]
    return {line["code"]: line["code"] for line in lines} | {line["name"].casefold(): line["code"] for line in lines}


def ward(text: str, known: dict[str, str]) -> str:
    """The code of a ward as people spell it."""
    text = unicodedata.normalize("NFC", text).replace("Ð", "Đ").casefold()
    for prefix in ("phường", "p.", "xã", "x."):
        text = text.removeprefix(prefix)
    return known[" ".join(text.split())]


def test_models(at_the_end):
    models = in_force(at_the_end)
    assert Counter(model["kind"] for model in models.values()) == KINDS
    assert sum(KINDS.values()) == 66
    assert sum(day(model["launched_on"]) >= "2024-01-01" for model in models.values()) == 10
    assert len(at_the_end["model_register"]) - len(models) == 3
    known = wards()
    cameras = [ward(model["ward"], known) for model in models.values() if model["kind"] == "camera_antt"]
    assert len(set(cameras)) == 34
    assert Counter(model["ward"] == "" for model in models.values())[True] == 2
    ratings = Counter(model["rating"] for model in models.values())
    assert 66 - ratings["good"] > 30
    assert ratings["weak"] > 0


def test_points(at_the_end):
    models, known = in_force(at_the_end), wards()
    sites = [site for site in at_the_end["model_points"].values() if not site["closed_on"]]
    of_kind: dict[str, list[dict[str, str]]] = defaultdict(list)
    for site in sites:
        of_kind[models[site["model_id"]]["kind"]].append(site)
    cameras = Counter(site["is_origin"] for site in of_kind["camera_antt"])
    assert cameras == {"True": 34, "False": 287}
    origins = [site for site in of_kind["camera_antt"] if site["is_origin"] == "True"]
    assert len({ward(site["ward"], known) for site in origins}) == 34
    units = {
        kind: len({ward(site["ward"], known) for site in found if site["ward"]}) for kind, found in of_kind.items()
    }
    assert units["truong_hoc_atgt"] == 14
    assert (units["lien_ket_antt"], units["clb_nha_tro"]) == (4, 4)
    assert (units["tdp_khong_bao_luc"], units["quan_ly_thanh_thieu_nien"]) == (1, 2)
    enterprises = of_kind["to_an_ninh_cong_nhan"]
    assert {site["place_kind"] for site in enterprises} == {"enterprise"}
    assert len({site["place_name"] for site in enterprises}) == len(enterprises) == 24
    assert [site["place_kind"] for site in of_kind["dong_ho_antt"]] == ["clan"] * 2
    assert [site["place_kind"] for site in of_kind["xu_dao_binh_yen"]] == ["parish"]
    assert [site["ward"] for site in of_kind["cong_nhan_moi_truong"]] == [""]
    without = [model["kind"] for key, model in models.items() if key not in {site["model_id"] for site in sites}]
    assert without == ["khac"]


def test_cameras(at_the_end):
    cameras, models = at_the_end["camera_register"], in_force(at_the_end)
    counted = [camera for camera in cameras.values() if camera["in_model"] == "True" and camera["status"] != "removed"]
    assert len(counted) == 1911
    assert {models[camera["model_id"]]["kind"] for camera in counted} == {"camera_antt"}
    assert set(Counter(camera["model_id"] for camera in counted).values()) == {56, 57}
    assert Counter(camera["status"] for camera in counted)["operating"] > 1750
    others = Counter(camera["in_model"] for camera in cameras.values() if camera not in counted)
    assert others == {"True": 38, "False": 178}


def test_fire_safety(at_the_end):
    entries = at_the_end["fire_safety_register"].values()
    new = [entry for entry in entries if day(entry["launched_on"]) >= "2024-01-01"]
    assert Counter(entry["kind"] for entry in new) == {"interfamily_group": 927, "public_point": 1143}
    assert len(entries) - len(new) == 60 + 80 - 4
    for entry in entries:
        assert (entry["households"] == "") == (entry["kind"] == "public_point")
    assert {int(entry["households"]) for entry in entries if entry["households"]} <= set(range(5, 17))


def test_extractions_are_from_cameras_of_the_register(year, registers):
    january = registers["camera_register"]["20240131"]
    used = {row["camera_id"] for row in year.latest("camera_extractions")}
    assert len(used) > 500
    assert {january[camera]["in_model"] for camera in used} == {"True"}


def test_register_entries_change_over_the_year(registers):
    histories = {feed: defaultdict(list) for feed in SNAPSHOTS}
    for feed, snapshots in registers.items():
        for entries in snapshots.values():
            for key, entry in entries.items():
                if entry not in histories[feed][key][-1:]:
                    histories[feed][key].append(entry)

    def changed(feed: str, column: str) -> int:
        """How many entries have more than one value; a date may be written in several ways."""
        read = moment if column.endswith("_on") else str
        values = ({entry[column] and read(entry[column]) for entry in states} for states in histories[feed].values())
        return sum(len(each) > 1 for each in values)

    assert changed("model_register", "host") == changed("model_register", "name") == 1
    assert changed("model_register", "rating") > 30
    assert changed("model_register", "kind") == changed("model_register", "launched_on") == 0
    assert changed("model_points", "place_name") == 5
    assert changed("model_points", "closed_on") >= 10
    assert changed("camera_register", "status") > 150
    assert changed("fire_safety_register", "households") > 10
    delisted = {feed: len(set(histories[feed]) - set(list(registers[feed].values())[-1])) for feed in SNAPSHOTS}
    assert delisted["model_register"] == 2
    assert delisted["model_points"] > 4
    assert (delisted["camera_register"], delisted["fire_safety_register"]) == (12, 4)
    sizes = {feed: [len(entries) for entries in snapshots.values()] for feed, snapshots in registers.items()}
    for feed, counts in sizes.items():  # without a planted defect, no register shrinks enough for the gate to hold it
        assert all(after > 0.9 * before for before, after in pairwise(counts)), feed


@pytest.mark.parametrize("seed", [138, 7, 2024])
def test_mass_work(seed):
    layout = read_layout(PROJECT / "contracts/mass_work_events.yaml")
    city = City(seed, 2024, 1, WardRegister(PROJECT / "dbt_project/cities/380/ward.csv"))
    names = [field.name for field in layout.fields]
    labels = {label: code for code, known in layout.fields[names.index("kind")].labels.items() for label in known}
    rows = [dict(zip(names, row.cells, strict=True)) for row in events.draw(layout, city) if row.last]
    held = defaultdict(list)
    for row in rows:
        held[labels[str(row["kind"])]].append(row)
        assert "2024-01-01" <= day(str(row["held_on"])) <= "2024-12-31"
    assert sum(int(row["participants"]) for row in held["training_course"]) == 600
    assert len(held["training_course"]) == 2
    known = wards()
    assert 36 <= len(held["listening_forum"]) <= 38
    assert len({ward(str(row["ward"]), known) for row in held["listening_forum"]}) == 34
    launched = {"Đông Thọ", "Tào Xuyên", "Quảng Hưng", "Đông Vệ", "Quảng Thắng", "Trường Thi", "Đông Hải"}
    assert len(held["skilful_model_launched"]) == 7
    assert {ward(str(row["ward"]), known) for row in held["skilful_model_launched"]} == {
        known[name.casefold()] for name in launched
    }
    kept = sorted(
        (ward(str(row["ward"]), known) if row["ward"] else "", row["host"]) for row in held["skilful_model_kept"]
    )
    assert [place for place, _ in kept] == ["", known["thiệu vân"], known["an hưng"]]
    assert kept[0][1] == "Lực lượng CSGT-TT thành phố"


def test_participants_are_corrected_in_a_later_file(year):
    reported = defaultdict(set)
    for record in year.records("mass_work_events"):
        if record.values.get("participants", "").isdigit():
            reported[record.values["event_id"]].add(record.values["participants"])
    assert sum(len(numbers) > 1 for numbers in reported.values()) >= 5


def test_some_models_report_regularly_some_stop_and_some_never_report(year, registers):
    models = in_force({feed: list(snapshots.values())[-1] for feed, snapshots in registers.items()})
    activities = year.latest("model_activities")
    assert 2300 < len(activities) < 4000
    last: dict[str, str] = defaultdict(str)
    for activity in activities:
        last[activity["model_id"]] = max(last[activity["model_id"]], day(activity["occurred_on"]))
    never = [model["host"] for key, model in models.items() if not last[key]]
    assert 3 <= len(never) <= 6
    hosts_that_report = {model["host"] for key, model in models.items() if last[key]}
    assert not hosts_that_report & set(never)
    stopped = [key for key in models if "" < last[key] < "2024-09-01"]
    assert 7 <= len(stopped) <= 11
    assert sum(last[key] > "2024-11-15" for key in models) > 45
    assert {activity["kind"] for activity in activities} == {
        "meeting",
        "patrol",
        "education",
        "inspection",
        "tip",
        "report",
    }


def test_activities_take_place_at_sites_in_force(year, registers):
    sites: Entries = {}
    for snapshot in registers["model_points"].values():
        sites |= snapshot
    models = {key for snapshot in registers["model_register"].values() for key in snapshot}
    activities = year.latest("model_activities")
    assert {activity["model_id"] for activity in activities} <= models
    at_sites = [activity for activity in activities if activity["point_id"]]
    assert 0.3 < len(at_sites) / len(activities) < 0.6
    for activity in at_sites:
        site = sites[activity["point_id"]]
        assert site["model_id"] == activity["model_id"]
        assert day(site["launched_on"]) <= day(activity["occurred_on"])
        assert not site["closed_on"] or day(activity["occurred_on"]) < day(site["closed_on"])
    in_use = {activity["point_id"] for activity in at_sites}
    assert sum(not site["closed_on"] and key not in in_use for key, site in sites.items()) > 40
