"""Two cities of a province through the command line, equal to each city alone; one of them is lost and restored."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.homes import temporary_home
from helpers.raw_rows import query
from lachan import cli
from lachan import settings as lachan_settings
from lachan.archive.keys import write_identity
from lachan.settings import PROJECT, Settings
from lachan_sample.other_cities import write_cities

pytestmark = pytest.mark.proof
CITIES = ("380", "381")
PUBLISHED = """
select to_jsonb(figure) - 'published_at' from reporting.figure as figure
union all select to_jsonb(sentence) - 'published_at' from reporting.report_sentence as sentence
"""
PSEUDONYMS = "select distinct informant_name from staging.stg_tips where informant_name is not null"


@contextmanager
def environment(home: Path, **variables: str) -> Iterator[None]:
    """Only these settings, for the block."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LACHAN_") and name != "LACHAN_PROOFS"]:
            patch.delenv(name)
        for name, value in {"LACHAN_HOME": str(home), **variables}.items():
            patch.setenv(name, value)
        yield


def published(settings: Settings) -> list[str]:
    return sorted(str(row) for (row,) in query(settings, PUBLISHED))


def lachan(*arguments: str) -> None:
    assert cli.main([*arguments]) == 0, arguments


def test_two_cities_are_as_each_would_be_alone_and_one_is_restored_beside_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    private = tmp_path / "steward.key"
    recipients = {"LACHAN_ARCHIVE_RECIPIENTS": write_identity(private)}
    folder, backups = write_cities(tmp_path / "cities", *CITIES), tmp_path / "backups"
    together: dict[str, tuple[list[str], set[Any], bytes]] = {}
    with temporary_home("lachan province ") as home:
        variables = {"LACHAN_CITIES": str(folder), "LACHAN_BACKUP": str(backups), **recipients}
        with environment(home, **variables):
            lachan("migrate")
            lachan("--city", "all", "migrate")
            for day in ("2024-03-04", "2024-03-10"):
                lachan("--city", "all", "sample", "--from", "2024-03-03", "--to", day)
                lachan("--city", "all", "ingest")
                lachan("--city", "all", "build")
                lachan("province", "collect")
            for code in CITIES:
                city = lachan_settings.load(code)
                informants = {name for (name,) in query(city, PSEUDONYMS)}
                together[code] = published(city), informants, city.pseudonym_key
            assert together["380"][1] and together["380"][1].isdisjoint(together["381"][1])

            capsys.readouterr()
            lachan("province", "show", "calendar_week@2024-03-04")
            lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
            tips = next(line for line in lines if line[0] == "Số tin tiếp nhận")
            assert float(tips[3]) == float(tips[1]) + float(tips[2]) > 0, "the week is complete in both cities"

            lachan("--city", "381", "login", "add", "nguoi_381", "--as", "reporter")
            lachan("--city", "380", "login", "add", "nguoi_380", "--as", "reporter")
            lachan("--city", "381", "backup")
            city = lachan_settings.load("381")
            query(lachan_settings.load("380"), "comment on schema reporting is 'not touched'")
            lachan("--city", "381", "login", "end", "nguoi_381")
            _drop(lachan_settings.load_province(), city)
            shutil.rmtree(city.archive)
            lachan("--city", "381", "restore", str(backups / "381"), "--identity", str(private))
            lachan("--city", "381", "migrate")
            assert published(city) == together["381"][0]
            capsys.readouterr()
            lachan("--city", "381", "login", "list")
            listed = capsys.readouterr().out
            assert "nguoi_381" in listed and "nguoi_380" not in listed
            lachan("--city", "all", "ingest")
            lachan("province", "collect")
        lachan_home = home
        for code in CITIES:
            landing = f"file://{lachan_home}/cities/{code}/landing"
            with temporary_home("lachan alone ") as alone, environment(alone):
                figures, _, key = together[code]
                assert _alone(tmp_path / f"project {code}", folder, code, landing, key, recipients) == figures


def _drop(whole: Settings, city: Settings) -> None:
    from helpers.provinces import run

    run(whole.dsn, f"drop database {city.database} with (force)")


def _alone(project: Path, cities: Path, code: str, landing: str, key: bytes, recipients: dict[str, str]) -> list[str]:
    """What a city publishes in an installation of its own, from the same exports with the same key."""
    for name in ("contracts", "expectations", "dbt_project"):
        shutil.copytree(PROJECT / name, project / name, ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(cities, project / "dbt_project" / "cities", dirs_exist_ok=True)
    own = {"LACHAN_PROJECT": str(project), "LACHAN_CITY": code, "LACHAN_LANDING": landing, "LACHAN_BACKUP": "none"}
    with environment(Path(os.environ["LACHAN_HOME"]), LACHAN_PSEUDONYM_KEY=key.hex(), **own, **recipients):
        lachan("migrate")
        for day in ("2024-03-04", "2024-03-10"):
            lachan("ingest", "--until", day)
            lachan("build")
        return published(lachan_settings.load())
