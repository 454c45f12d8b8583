"""A province with two cities on the server of the tests: databases, homes and logins made by the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.cities import write_cities
from helpers.provinces import CITIES, WHOLE, Province, run
from helpers.raw_rows import query
from lachan import cli
from lachan import settings as lachan_settings


@pytest.fixture(scope="package")
def province(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = write_cities(tmp_path_factory.mktemp("cities"), *CITIES)
    databases = [WHOLE, *(f"lachan_{code}" for code in CITIES)]
    for database in databases:
        run(server, f"create database {database} template {template}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LACHAN_HOME", str(tmp_path_factory.mktemp("province")))
        patch.setenv("LACHAN_DSN", server.rsplit("/", 1)[0] + f"/{WHOLE}")
        patch.setenv("LACHAN_CITIES", str(folder))
        patch.setenv("LACHAN_ARCHIVE_RECIPIENTS", "none")
        patch.setenv("LACHAN_BACKUP", "none")
        patch.delenv("LACHAN_LANDING", raising=False)
        assert cli.main(["migrate"]) == 0 and cli.main(["--city", "all", "migrate"]) == 0
        cities = {code: lachan_settings.load(code) for code in CITIES}
        for code, city in cities.items():
            query(city, f"create table reference.city as select '{code}' as city_code", role="transformer")
        yield Province(lachan_settings.load_province(), cities, folder)
    for database in databases:
        run(server, f"drop database {database} with (force)")
