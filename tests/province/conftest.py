"""A province with two cities on the server of the tests: databases, homes and logins made by the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.provinces import CITIES, WHOLE, Province, run
from helpers.raw_rows import query
from lachan import cli
from lachan import settings as lachan_settings
from lachan_sample.other_cities import write_cities


@pytest.fixture(scope="session")
def whole_province(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = write_cities(tmp_path_factory.mktemp("cities"), *CITIES)
    databases = [WHOLE, *(f"lachan_{code}" for code in CITIES)]
    for database in databases:
        run(server, f"create database {database} template {template}")
    environment = {
        "LACHAN_HOME": str(tmp_path_factory.mktemp("province")),
        "LACHAN_DSN": server.rsplit("/", 1)[0] + f"/{WHOLE}",
        "LACHAN_CITIES": str(folder),
        "LACHAN_ARCHIVE_RECIPIENTS": "none",
        "LACHAN_BACKUP": "none",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        assert cli.main(["migrate"]) == 0 and cli.main(["--city", "all", "migrate"]) == 0
        cities = {code: lachan_settings.load(code) for code in CITIES}
        for code, city in cities.items():
            query(city, f"create table reference.city as select '{code}' as city_code", role="transformer")
        whole = lachan_settings.load_province()
    yield Province(whole, cities, folder, environment)
    for database in databases:
        run(server, f"drop database {database} with (force)")


@pytest.fixture
def province(whole_province: Province) -> Iterator[Province]:
    """The province, whose settings are also those of the environment."""
    with whole_province.in_environment():
        yield whole_province
