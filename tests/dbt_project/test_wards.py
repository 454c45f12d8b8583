"""The history of the wards and the spellings of their names, with the real seeds on a real PostgreSQL server."""

from __future__ import annotations

import csv
import shutil
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from helpers.raw_rows import dbt_build, load, query
from lachan.operate.watch import SPELLINGS_SHOWN, watch
from lachan.settings import Settings
from lachan.transform.build import TransformFailed

WARD_MODELS = ("+ward_recast", "+ward_spelling_to_resolve", "+fct_tip")
STATES = {date(2024, 6, 1): 34, date(2025, 3, 1): 47, date(2025, 8, 1): 7}
SHORT = {"phường": "P.", "xã": "X.", "thị trấn": "TT "}
IN_FORCE = "is_in_city and date '{}' between valid_from and coalesce(valid_to, 'infinity')"


def register_on(settings: Settings, day: date) -> list[dict[str, str]]:
    """The units of the city in force on a day, read from the seed without dbt."""
    with (settings.project / "dbt_project" / "cities" / "380" / "ward.csv").open(encoding="utf-8", newline="") as file:
        return [
            unit
            for unit in csv.DictReader(file)
            if unit["district_code"] in ("380", "")
            and unit["valid_from"] <= day.isoformat() <= (unit["valid_to"] or "9999")
        ]


def spellings(unit: dict[str, str], initials: Counter[str]) -> list[tuple[str, bool]]:
    """Spellings of a unit, each with whether it must resolve to it; `initials` counts the names per abbreviation."""
    name, full, code = unit["name"], unit["full_name"], unit["code"]
    *first, last = name.split()
    cut = ".".join([*(word[0] for word in first), last])
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).replace("Đ", "D")
    return [
        (full, True),
        (name, True),
        (code, True),
        (SHORT[unit["kind"]] + name, True),
        (full.upper().replace("Đ", "Ð"), True),
        (unicodedata.normalize("NFD", full), True),
        (name.replace(" ", "\u00a0 "), True),
        (cut, not cut.startswith("P.")),  # P. Sơn may mean "phường Sơn"
        (SHORT[unit["kind"]] + cut.replace(".", ". "), True),
        (short(name), initials[short(name)] == 1 and not name.startswith("P")),
        (plain, plain == name),
        (name + "h", False),
    ]


def short(name: str) -> str:
    return "".join(word[0] + "." for word in name.split())


def test_three_states_of_the_register_lead_to_seven_wards(warehouse: Settings) -> None:
    dbt_build(warehouse, *WARD_MODELS)
    for day, units in STATES.items():
        in_force = IN_FORCE.format(day)
        assert query(warehouse, f"select count(*) from marts.dim_ward where {in_force}") == [(units,)], day
        recast = query(warehouse, f"select ward_key, recast_ward_key from marts.ward_recast where {in_force}")
        assert len(recast) == units
        split = {key for key, today in recast if today == "split"}
        assert split == (set() if units == 7 else {"14758@2021-02-01", "16435@2021-02-01"})
        assert len({today for _, today in recast} - {"split", "unknown"}) == 7
    assert query(warehouse, "select count(*) from marts.ward_recast") == [(72,)]
    unknown = "select ward_key from marts.ward_recast where recast_ward_key = 'unknown'"
    assert query(warehouse, unknown) == [("unknown",)]

    split_details = "select split_between, via, legal_basis from marts.ward_recast where ward_key = '{}'"
    assert query(warehouse, split_details.format("16435@2021-02-01")) == [
        (
            "Phường Hạc Thành (14797); Phường Đông Quang (16417)",
            "Phường An Hưng (16435) → một phần Phường Hạc Thành (14797, 01/07/2025); "
            "Phường An Hưng (16435) → một phần Phường Đông Quang (16417, 01/07/2025)",
            "NQ 1686/NQ-UBTVQH15",
        )
    ]
    steps = "select recast_ward_key, steps, legal_basis from marts.ward_recast where ward_key = '{}'"
    both = "NQ 1238/NQ-UBTVQH15; NQ 1686/NQ-UBTVQH15"
    assert query(warehouse, steps.format("14788@2021-02-01")) == [("14797@2025-07-01", 2, both)], "Tân Sơn"
    assert query(warehouse, steps.format("15925@2021-02-01")) == [("15925@2025-07-01", 2, both)], (
        "a change of kind, then of name"
    )
    assert query(warehouse, steps.format("16378@2021-02-01")) == [("16378@2025-07-01", 2, both)], (
        "a change of district and of kind"
    )
    successor = "select succeeded_by from marts.dim_ward where ward_key = '14788@2021-02-01'"
    assert query(warehouse, successor) == [("Phường Phú Sơn (14770)",)]


def test_spellings_resolve_to_a_unit_only_while_it_is_in_force(warehouse: Settings) -> None:
    expected: dict[str, str] = {}
    for day in STATES:
        units = register_on(warehouse, day)
        assert len(units) == STATES[day]
        initials = Counter(short(unit["name"]) for unit in units)
        tips: dict[str, dict[str, str]] = {}
        for unit in units:
            for number, (spelling, means_it) in enumerate(spellings(unit, initials)):
                tip = f"{day} {unit['code']} {number}"
                tips[tip] = {"ward": spelling, "received_at": f"{day} 08:30"}
                expected[tip] = f"{unit['code']}@{unit['valid_from']}" if means_it else "unknown"
        load(warehouse, "tips", day, tips)
    dbt_build(warehouse, *WARD_MODELS)
    found = query(warehouse, "select tip_id, ward_key, ward_spelling from marts.fct_tip")
    wrong = [(tip, ward, spelling) for tip, ward, spelling in found if ward != expected[tip]]
    assert wrong == []
    assert len(found) == 12 * sum(STATES.values())
    listed = query(warehouse, "select sum(row_count) from marts.ward_spelling_to_resolve")
    assert listed == [(list(expected.values()).count("unknown"),)]


def test_unresolved_spellings_are_listed_until_an_alias_resolves_them(warehouse: Settings, tmp_path: Path) -> None:
    written = {
        "A": ("Quảng Thanh", "2024-03-05"),
        "B": ("Đ.V.", "2024-03-05"),
        "C": ("P. Đông Lính", "2024-03-05"),
        "D": ("Tân Sơn", "2025-03-05"),
        "E": ("Đông Thọ", "2025-08-05"),
        "F": ("Đông Xuân", "2024-03-05"),
        "G": ("KCN Lễ Môn", "2024-03-05"),
        "H": ("Tân Sơn", "2024-03-05"),
        "I": ("An Hoạch", "2024-03-05"),
        "J": ("16387", "2025-03-05"),
    }
    tips = {tip: {"ward": ward, "received_at": f"{day} 08:30"} for tip, (ward, day) in written.items()}
    load(warehouse, "tips", date(2025, 8, 5), tips)
    dbt_build(warehouse, *WARD_MODELS)
    wards = "select tip_id, ward_key from marts.fct_tip where ward_key <> 'unknown' order by 1"
    known = [("H", "14788@2021-02-01"), ("I", "16435@2021-02-01"), ("J", "16408@2025-01-01")]
    assert query(warehouse, wards) == known
    listed = "select ward_spelling, candidates_vi, is_settled from marts.ward_spelling_to_resolve"
    thanh = "Phường Quảng Thành (14806)", "Phường Quảng Thắng (14803)", "Phường Quảng Thịnh (16441)"
    split = "một phần Phường Hàm Rồng (14758); một phần Phường Hạc Thành (14797)"
    nothing = "Không thấy đơn vị nào gần giống"
    assert set(query(warehouse, listed)) == {
        ("Quảng Thanh", "; ".join(thanh), False),
        ("Đ.V.", "Phường Đông Vệ (14782); Xã Đông Vinh (16429)", False),
        ("P. Đông Lính", "Phường Đông Lĩnh (16396); Xã Đông Vinh (16429)", False),
        ("Tân Sơn", "Phường Tân Sơn (14788, đến 31/12/2024, sau đó: Phường Phú Sơn (14770))", False),
        ("Đông Thọ", f"Phường Đông Thọ (14758, đến 30/06/2025, sau đó: {split})", False),
        ("Đông Xuân", nothing, True),
        ("KCN Lễ Môn", nothing, False),
    }
    assert query(warehouse, "select obj_description('marts.ward_spelling_to_resolve'::regclass) like 'One row is%'")[0][
        0
    ]
    [alert] = [each for each in watch(warehouse, datetime(2025, 8, 6, tzinfo=UTC)) if each.kind == "ward_unknown"]
    assert (alert.feed, alert.severity) == ("", "warning")
    assert "6 rows name a ward that cannot be identified ('KCN Lễ Môn', 'P. Đông Lính', " in alert.message
    assert alert.message.count("'") == 2 * SPELLINGS_SHOWN

    project = replace(warehouse, project=tmp_path / "a project")
    shutil.copytree(warehouse.project / "dbt_project", project.project / "dbt_project")
    alias = project.project / "dbt_project" / "cities" / "380" / "ward_alias.csv"
    with alias.open("a", encoding="utf-8") as rows:
        rows.write("Đ.V.,,14782,Phường Đông Vệ,viết tắt,test\nKCN Lễ Môn,,14797,Phường Đông Hải,địa danh,test\n")
        rows.write("Tân Sơn,,14770,Phường Phú Sơn,đơn vị đã nhập,test\n")
    dbt_build(project, *WARD_MODELS)
    assert query(warehouse, wards) == sorted(
        [*known, ("B", "14782@2021-02-01"), ("D", "14770@2021-02-01"), ("G", "14797@2021-02-01")]
    )
    assert {row[0] for row in query(warehouse, listed)} == {"Quảng Thanh", "P. Đông Lính", "Đông Thọ", "Đông Xuân"}


@pytest.mark.parametrize(
    ("seed", "old", "new", "failed_test"),
    [
        pytest.param(
            "ward_succession", "14788,Phường Tân Sơn,14770", "14787,Phường Tân Sơn,14770", "register_and_succession",
            id="ended unit without successor", marks=pytest.mark.proof,
        ),
        pytest.param(
            "ward_succession", "14770,Phường Phú Sơn,2025-01-01", "14771,Phường X,2025-01-01",
            "register_and_succession", id="successor not in force",
        ),
        pytest.param(
            "ward_alias", "An Hoạch,,16435,Phường An Hưng", "An Hoạch,,14797,Phường An Hưng", "alias_names_a_unit",
            id="alias of another unit's code", marks=pytest.mark.proof,
        ),
    ],
)  # fmt: skip
def test_seeds_that_contradict_each_other_are_refused(
    warehouse: Settings, tmp_path: Path, seed: str, old: str, new: str, failed_test: str
) -> None:
    project = replace(warehouse, project=tmp_path / "a project")
    shutil.copytree(warehouse.project / "dbt_project", project.project / "dbt_project")
    path = project.project / "dbt_project" / "cities" / "380" / f"{seed}.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(TransformFailed, match=rf"test ward_{failed_test}"):
        dbt_build(project, *WARD_MODELS)
