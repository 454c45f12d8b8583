"""What a city of a province has of its own, and what its people cannot reach."""

from __future__ import annotations

import threading
from contextlib import closing

import psycopg2
import pytest
from helpers.provinces import WHOLE, Province
from helpers.raw_rows import query
from lachan import cli
from lachan import settings as lachan_settings
from lachan.settings import SettingError, Settings
from lachan.warehouse import transaction
from lachan.warehouse.databases import migration_of_server
from lachan.warehouse.logins import LoginError, add_login, admit_login, end_login, logins
from lachan.warehouse.statements import run as run_statement


def test_each_city_has_a_database_a_home_and_keys_of_its_own_and_shares_the_logins(province: Province) -> None:
    one, other = province.cities.values()
    assert (one.dsn.split("dbname=")[1].split()[0], other.database) == ("lachan_380", "lachan_381")
    assert one.home == province.whole.home / "cities" / "380" and one.landing == f"file://{one.home}/landing"
    assert one.pseudonym_key != other.pseudonym_key
    assert one.login_password("loader") == other.login_password("loader") == province.whole.login_password("loader")
    assert other.city_names.name_vi == "Thành phố Ví Dụ 381"
    assert query(other, "select current_database()::text")[0][0] == "lachan_381"


def test_folders_of_the_province_have_a_part_for_each_city_unless_the_city_has_its_own(
    province: Province, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("LACHAN_LANDING", "sftp://tep.example.vn/xuat/")
    monkeypatch.setenv("LACHAN_BACKUP", "/backup")
    monkeypatch.setenv("LACHAN_OFFICE", "/office.yaml")
    own = province.folder / "381" / "settings.toml"
    own.write_text('landing = "file:///tay"\ndatabase = "lachan_hai"\noffice = "vp.yaml"\n', encoding="utf-8")
    try:
        one, other = lachan_settings.load("380"), lachan_settings.load("381")
        assert (one.landing, str(one.backup), one.office) == ("sftp://tep.example.vn/xuat/380", "/backup/380", None)
        assert (other.landing, other.database) == ("file:///tay", "lachan_hai")
        assert other.office == province.folder.resolve() / "381" / "vp.yaml"
        assert str(lachan_settings.load_province().backup) == "/backup/province"
        own.write_text("landig = 'x'\n", encoding="utf-8")
        with pytest.raises(SettingError, match=r"381/settings.toml: landig is no setting of a city"):
            lachan_settings.load("381")
    finally:
        own.unlink()


def test_a_city_that_is_not_named_or_not_known_is_refused_with_those_that_are(
    province: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["figures"]) == 2 and "--city or LACHAN_CITY: 380, 381" in capsys.readouterr().err
    assert cli.main(["--city", "999", "figures"]) == 2 and "there are 380, 381" in capsys.readouterr().err
    assert cli.main(["--city", "380", "clean"]) == 2 and "leave --city out" in capsys.readouterr().err


def test_a_city_may_name_secrets_that_only_some_services_are_given(province: Province) -> None:
    own = province.folder / "381" / "settings.toml"
    own.write_text('pseudonym_key_file = "/run/none"\nlanding_options_file = "/run/none"\n', encoding="utf-8")
    try:
        city = lachan_settings.load("381")
        for read in ("pseudonym_keys", "landing_options"):
            with pytest.raises(SettingError, match=r"/run/none.*cannot be read"):
                getattr(city, read)
    finally:
        own.unlink()


def test_a_city_cannot_have_the_database_of_the_province(province: Province) -> None:
    own = province.folder / "381" / "settings.toml"
    own.write_text(f'database = "{WHOLE}"\n', encoding="utf-8")
    try:
        with pytest.raises(SettingError, match=f"{WHOLE} is that of the province and cannot be that of the city 381"):
            _ = lachan_settings.load("381").dsn
    finally:
        own.unlink()


def test_an_error_of_one_city_stops_no_other(
    province: Province, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(city: Settings) -> None:
        if city.city == "380":
            raise PermissionError(13, "Permission denied", "cities/380")

    (province.folder / "380.old").mkdir()
    monkeypatch.setattr(cli, "_start_server", start)
    assert cli.main(["--city", "all", "dsn"]) == 2
    printed = capsys.readouterr()
    assert "== 380\n== 381\npostgresql://" in printed.out and "PermissionError" in printed.err
    monkeypatch.setenv("LACHAN_CITIES", "/nowhere")
    assert cli.main(["--city", "all", "dsn"]) == 2 and "/nowhere cannot be read" in capsys.readouterr().err


def test_a_restore_gives_no_password_to_a_login_that_another_city_has_by_now(province: Province) -> None:
    one, other = province.cities.values()
    add_login(one.dsn, "mai", "reporter")
    with transaction(one.dsn) as cursor:
        found = run_statement(cursor, "backup/role_statements", role_names=["mai"]).fetchall()
        statements = "\n".join(line for (line,) in found)
        cursor.execute(statements)  # the same person
    end_login(one.dsn, "mai")
    add_login(other.dsn, "mai", "reporter")
    try:
        with pytest.raises(psycopg2.Error, match="it may be that of another person"), transaction(one.dsn) as cursor:
            cursor.execute(statements)
    finally:
        end_login(other.dsn, "mai")


def test_one_key_for_all_cities_is_refused(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", "ab" * 32)
    with pytest.raises(SettingError, match="people could be followed from one to another"):
        lachan_settings.load("380")


@pytest.mark.parametrize(("role", "unit"), [("reporter", None), ("analyst", None), ("ward", "34758@2025-07-01")])
def test_a_person_of_one_city_is_refused_by_every_other_database(
    province: Province, role: str, unit: str | None
) -> None:
    city = province.cities["381"]
    name, password = add_login(city.dsn, f"nguoi_{role}", role, unit)
    try:
        with closing(province.connect("lachan_381", name, password or "")):
            pass
        for database in ("lachan_380", WHOLE):
            with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
                province.connect(database, name, password or "")
        assert name in {login.name for login in logins(city.dsn)}
        assert name not in {login.name for login in logins(province.cities["380"].dsn)}
        with pytest.raises(LoginError, match="no login"):
            end_login(province.cities["380"].dsn, name)
        with pytest.raises(LoginError, match="already, in this database or in that of another city"):
            add_login(province.cities["380"].dsn, name, role, unit)
        with transaction(province.cities["380"].dsn) as cursor:
            backed_up = {
                role for role, _ in run_statement(cursor, "backup/our_roles", owner="x", databases=["lachan_380"])
            }
        assert name not in backed_up and "lachan_loader_login" in backed_up
        with transaction(city.dsn) as cursor:
            assert (name, True) in run_statement(
                cursor, "backup/our_roles", owner="x", databases=["lachan_381"]
            ).fetchall()
    finally:
        end_login(city.dsn, name)


def test_a_login_that_was_admitted_to_the_province_is_ended_in_both(province: Province) -> None:
    city = province.cities["381"]
    name, password = add_login(city.dsn, "nguoi_hai_noi", "reporter")
    admit_login(province.whole.dsn, name, "reporter")
    with closing(province.connect(WHOLE, name, password or "")) as connection, connection.cursor() as cursor:
        cursor.execute("create temporary table note (n integer)")
    assert name in {login.name for login in logins(province.whole.dsn)}
    end_login(city.dsn, name)
    assert name not in {login.name for login in logins(province.whole.dsn)}
    with pytest.raises(LoginError, match="no login 'nguoi_hai_noi'"):
        admit_login(province.whole.dsn, name, "reporter")


def test_two_databases_of_a_province_are_migrated_one_after_the_other(province: Province) -> None:
    done = threading.Event()

    def migrate_city() -> None:
        cli.main(["--city", "381", "migrate"])
        done.set()

    with migration_of_server(province.whole):
        waiting = threading.Thread(target=migrate_city)
        waiting.start()
        assert not done.wait(3), "roles belong to the whole server, and a migration of the province changes them now"
    assert done.wait(120)
    waiting.join()
