"""The figures of two cities in the database of their province: collected, revised, withdrawn, hidden, added up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

import pytest
from helpers.provinces import CITIES, WHOLE, Province, run
from helpers.raw_rows import query
from lachan import cli
from lachan.province.collect import CitiesAway, collect
from lachan.province.readers import add_reader
from lachan.settings import PROJECT
from lachan.warehouse.logins import add_login, admit_login, end_login

FIGURES = "select city_code, breakdown_value, value::int, shown_as, is_complete from province.figure order by 1, 2"
SUMS = "select breakdown_value, value::int, no_sum_vi from province.figure_sum order by 1"
REVISIONS = """
select city_code, bool_and(revision_no is not null), bool_and(published_at is not null)
from province.figure where value is not null group by city_code order by city_code
"""
KILLED = """
import sys, time
from lachan import settings
from lachan.province import collect
def then_wait(source, target, copy=collect._copy):
    copy(source, target)
    target.execute("delete from province.stored_figure where city_code = '380'")
    print("copied", flush=True)
    time.sleep(60)
collect._copy = then_wait
collect.collect(settings.load_province(), ["380"])
"""


def seen(province: Province, statement: str = FIGURES) -> list[tuple[Any, ...]]:
    return query(province.whole, statement, role="analyst")


def collected(province: Province, *codes: str) -> dict[str, tuple[int, int]]:
    return {each.city: (each.changed, each.withdrawn) for each in collect(province.whole, codes or CITIES)}


def test_the_figures_of_the_province_follow_those_of_its_cities(
    province: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    province.publish("380", ("total", 10), ("hotline", 6))
    province.publish("381", ("total", 5), ("hotline", 5))
    assert collected(province) == {"380": (2, 0), "381": (2, 0)}
    assert seen(province) == [
        ("380", "hotline", 6, "shown", True),
        ("380", "total", 10, "shown", True),
        ("381", "hotline", 5, "shown", True),
        ("381", "total", 5, "shown", True),
    ]
    assert seen(province, SUMS) == [("hotline", 11, None), ("total", 15, None)]

    assert collected(province) == {"380": (0, 0), "381": (0, 0)}, "to collect again counts nothing twice"
    province.publish("381", ("total", 7))
    assert collected(province) == {"380": (0, 0), "381": (1, 1)}, "a revision and a withdrawal arrive"
    assert seen(province, SUMS) == [
        ("hotline", None, "chưa đủ: Thành phố Ví Dụ 381"),
        ("total", 17, None),
    ]
    province.publish("380", ("total", 10), ("hotline", 6), is_complete=False)
    collect(province.whole, CITIES)
    assert seen(province, SUMS)[1] == ("total", None, "chưa đủ: Thành phố Thanh Hóa")
    province.publish("380", ("total", 10), ("hotline", 6))
    assert cli.main(["province", "collect"]) == 0 and cli.main(["province", "show", "m"]) == 0
    assert "Số tin\t10\t7\t17" in capsys.readouterr().out


def test_a_city_that_is_away_or_mistaken_stops_no_other_and_is_shown_with_its_age(province: Province) -> None:
    province.publish("380", ("total", 11))
    run(province.whole.dsn, "alter database lachan_381 allow_connections false")
    try:
        with pytest.raises(CitiesAway, match=r"^not collected, the others were: 381: no warehouse at"):
            collect(province.whole, ("381", "380"))
    finally:
        run(province.whole.dsn, "alter database lachan_381 allow_connections true")
    assert [row for row in seen(province) if row[1] == "total"] == [
        ("380", "total", 11, "shown", True),
        ("381", "total", 7, "shown", True),
    ]
    state = "select city_code, is_away, published_at is not null, tried_at >= collected_at from province.city_state"
    assert seen(province, f"{state} order by 1") == [("380", False, True, True), ("381", True, True, True)]
    own = province.folder / "381" / "settings.toml"
    own.write_text('database = "lachan_380"\n', encoding="utf-8")
    with pytest.raises(CitiesAway, match="lachan_380 has the registers of the city 380, not of 381"):
        collect(province.whole, CITIES)
    databases = "select database_name from province.city order by city_code"
    assert query(province.whole, databases) == [("lachan_380",), ("lachan_381",)], "who sees 381 is as it was"
    own.unlink()
    collect(province.whole, CITIES)
    assert seen(province, f"{state} order by 1") == [("380", False, True, True), ("381", False, True, True)]


def test_a_city_that_could_never_be_read_is_missing_in_the_sums(province: Province) -> None:
    province.publish("380", ("total", 21))
    province.publish("381", ("total", 22))
    (province.folder / "382").mkdir()
    try:
        (province.folder / "382" / "city.csv").write_text("not yet", encoding="utf-8")
        with pytest.raises(CitiesAway, match=r"382/city.csv must have the columns"):
            collect(province.whole, [*CITIES, "382"])
        assert ("total", None, "chưa đủ: 382") in seen(province, SUMS)
    finally:
        shutil.rmtree(province.folder / "382")
    assert cli.main(["province", "forget", "382"]) == 0
    assert ("total", 43, None) in seen(province, SUMS)


def test_a_number_that_is_given_again_after_a_restore_is_another_publication(province: Province) -> None:
    province.publish("380", ("total", 31))
    assert collected(province, "380") == {"380": (1, 0)}
    query(province.cities["380"], "update reporting.publication set published_at = published_at + interval '1 second'")
    query(province.cities["380"], "update reporting.figure_state set numerator = 32 where numerator = 31")
    assert collected(province, "380") == {"380": (1, 0)}


def test_a_city_without_a_folder_is_forgotten(province: Province, capsys: pytest.CaptureFixture[str]) -> None:
    collect(province.whole, CITIES)
    assert cli.main(["province", "forget", "381"]) == 2 and "take its folder out" in capsys.readouterr().err
    folder = province.folder / "381"
    folder.rename(province.folder / "gone")
    try:
        assert cli.main(["province", "forget", "381"]) == 0
        assert {row[0] for row in seen(province)} == {"380"}
    finally:
        (province.folder / "gone").rename(folder)
    assert collected(province)["381"][0] > 0


def test_a_collection_that_is_killed_leaves_what_was_there(province: Province) -> None:
    before, environment = seen(province), os.environ | {"PYTHONPATH": str(PROJECT / "plugins")}
    province.publish("380", ("total", 12))
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, env=environment) as victim:
        assert victim.stdout is not None and victim.stdout.readline() == "copied\n"
        victim.kill()
    assert seen(province) == before
    deadline = time.monotonic() + 30
    while collected(province, "380") != {"380": (1, 0)} and time.monotonic() < deadline:
        time.sleep(0.2)
    assert ("380", "total", 12, "shown", True) in seen(province)


def test_readers_see_all_cities_without_what_these_hide_and_people_of_a_city_see_their_own(province: Province) -> None:
    province.publish("380", ("total", 12), ("hotline", 3))
    query(
        province.cities["380"],
        "update reporting.figure_state as state set has_threshold = true from reporting.figure_series as series"
        " where series.series_no = state.series_no and series.breakdown_value = 'hotline';"
        " insert into reporting.open_figure (figure_hash, series_no, window_no, is_suppressed, hides_base)"
        " select figure_hash, series_no, window_no, true, true from reporting.figure_state"
        " where has_threshold and is_current",
    )
    province.publish("381", ("total", 7), ("hotline", 4))
    query(
        province.cities["381"],
        "update reporting.small_count_rule set small_count_below = 5;"
        " update reporting.figure_state set has_threshold = true;"
        " insert into reporting.open_figure (figure_hash, numerator, series_no, window_no, is_suppressed, hides_base)"
        " select figure_hash, numerator, series_no, window_no, false, false"
        " from reporting.figure_state where is_current",
    )
    collect(province.whole, CITIES)
    whole = province.whole.dsn
    passwords = {
        name: add_login(whole, name, role)[1] for name, role in (("tinh_r", "reporter"), ("tinh_a", "analyst"))
    }
    for name in passwords:
        add_reader(whole, name)
    passwords["pho_r"] = add_login(province.cities["381"].dsn, "pho_r", "reporter")[1]
    admit_login(whole, "pho_r", "reporter")
    try:
        found = {}
        for name, password in passwords.items():
            with closing(province.connect(WHOLE, name, password or "")) as connection, connection.cursor() as cursor:
                cursor.execute("select city_code, breakdown_value, value::int from province.figure order by 1, 2")
                found[name] = cursor.fetchall()
                cursor.execute(SUMS)
                found[f"{name} sum"] = cursor.fetchall()
                cursor.execute(REVISIONS)
                found[f"{name} revisions"] = cursor.fetchall()
                for table in ("stored_figure", "reader"):
                    with pytest.raises(Exception, match="permission denied"):
                        cursor.execute(f"select * from province.{table}")
                    connection.rollback()
        assert found["tinh_a"] == [
            ("380", "hotline", 3),
            ("380", "total", 12),
            ("381", "hotline", 4),
            ("381", "total", 7),
        ]
        assert found["tinh_a sum"] == [("hotline", 7, None), ("total", 19, None)]
        assert found["tinh_r"] == [
            ("380", "hotline", None),
            ("380", "total", 12),
            ("381", "hotline", 4),
            ("381", "total", 7),
        ]
        assert found["tinh_r sum"] == [("hotline", None, "có số liệu nhỏ không công bố"), ("total", 19, None)]
        assert found["tinh_a revisions"] == [("380", True, True), ("381", True, True)]
        assert found["tinh_r revisions"] == [("380", True, True), ("381", False, True)], "as the city itself"
        assert found["pho_r"] == [("381", "hotline", 4), ("381", "total", 7)]
        assert [value for _, value, _ in found["pho_r sum"]] == [None, None]
    finally:
        end_login(province.cities["381"].dsn, "pho_r")
        for name in ("tinh_r", "tinh_a"):
            end_login(whole, name)
