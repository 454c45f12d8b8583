"""A province on a server of tests: its database and those of its cities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from helpers import figures
from lachan.publish.publication import publish
from lachan.settings import Settings
from psycopg2.extensions import make_dsn, parse_dsn

CITIES = ("380", "381")
WHOLE = "lachan_province"


@dataclass(frozen=True)
class Province:
    """The settings of the province and of its cities by their codes; `folder` is LACHAN_CITIES.

    `environment` are the variables from which they are read.
    """

    whole: Settings
    cities: dict[str, Settings]
    folder: Path
    environment: Mapping[str, str]

    @contextmanager
    def in_environment(self) -> Iterator[None]:
        """The variables are set within the block."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.delenv("LACHAN_LANDING", raising=False)
            yield

    def connect(self, database: str, user: str, password: str) -> psycopg2.extensions.connection:
        own = {"dbname": database, "user": user, "password": password}
        return psycopg2.connect(make_dsn(**parse_dsn(self.whole.dsn) | own))

    def publish(self, code: str, *values: tuple[str, int], is_complete: bool = True, label: str = "Số tin") -> None:
        """Let a city publish exactly these figures of one month for the whole city: part, number."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(figures.FIGURE, "ward_key", "city")
            patch.setitem(figures.FIGURE, "is_complete", is_complete)
            figures.set_figures(self.cities[code], *values, label=label)
        publish(self.cities[code], "test", "test")


def run(dsn: str, *statements: str) -> None:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in statements:
            cursor.execute(statement)
