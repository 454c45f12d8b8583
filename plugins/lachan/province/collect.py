"""Collect what the cities of a province have published into the province's own database; each city by itself."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

import psycopg2
from psycopg2.extensions import cursor as Cursor

from lachan.settings import SettingError, Settings, known_cities, load
from lachan.warehouse import WarehouseError, connect, transaction
from lachan.warehouse.statements import run, statement

log = logging.getLogger(__name__)

_IN_MEMORY_BYTES = 8 * 2**20


class CitiesAway(Exception):
    """Some cities could not be read; the message names each and why. What the others have published was collected."""


@dataclass(frozen=True)
class Collected:
    """What was collected of one city: figures that are new or changed, and those that it has withdrawn.

    Both are 0 for a city that has published nothing since the last time, which is then not read.
    """

    city: str
    publication_id: int | None
    changed: int
    withdrawn: int


def collect(province: Settings, cities: Sequence[str]) -> list[Collected]:
    """Make province.figure equal to what these cities have published: of each as a whole, in windows of a week or more.

    Each city is one transaction, so what is interrupted leaves a city as it was; to collect again changes nothing.
    A city that cannot be read keeps the figures that were collected before, with their age, and stops no other. Raises
    CitiesAway at the end, and WarehouseError when the database of the province cannot be reached.
    """
    done: list[Collected] = []
    away: dict[str, str] = {}
    for code in cities:
        with transaction(province.address("publisher"), "publisher") as cursor:
            run(cursor, "province/enter_city", city_code=code)
        try:
            done.append(_collect_city(province, load(code)))
        except (WarehouseError, SettingError, psycopg2.Error) as error:
            away[code] = str(error).strip().splitlines()[0]
            log.warning("%s is not collected: %s", code, away[code])
            with transaction(province.address("publisher"), "publisher") as cursor:
                run(cursor, "province/note_error", city_code=code, error=away[code])
    if away:
        raise CitiesAway("not collected, the others were: " + "; ".join(f"{code}: {why}" for code, why in away.items()))
    return done


def forget(province: Settings, code: str) -> None:
    """Remove a city from the database of the province. Raises SettingError while the city has a folder."""
    if code in known_cities():
        raise SettingError(f"{code} would be collected again: take its folder out of LACHAN_CITIES first")
    with transaction(province.dsn) as cursor:
        run(cursor, "province/forget_city", city_code=code)


def _collect_city(province: Settings, city: Settings) -> Collected:
    code = city.city_names.code
    with (
        transaction(province.address("publisher"), "publisher") as target,
        closing(connect(city.address("analyst"), "analyst", "lachan province")) as connection,
        connection.cursor() as source,
    ):
        source.execute("set transaction isolation level repeatable read read only")
        [collected] = run(target, "province/lock_city", city_code=code).fetchall()
        found = run(source, "province/last_publication").fetchone()
        if found is None:
            raise WarehouseError("it has published nothing yet")
        publication_id, published_at = found
        [(built_for,)] = run(source, "province/built_for").fetchall()
        if built_for != code:
            raise WarehouseError(
                f"the database {source.connection.info.dbname} has the registers of the city {built_for}, not of {code}"
            )
        changed = withdrawn = 0
        if found != collected:  # after a restore, a number is given again
            _copy(source, target)
            withdrawn = run(target, "province/delete_withdrawn", city_code=code).rowcount
            changed = run(target, "province/upsert_figures", city_code=code).rowcount
        values = {"publication_id": publication_id, "published_at": published_at}
        run(target, "province/note_collected", city=city.city_names, database=city.database, **values)
    return Collected(code, publication_id, changed, withdrawn)


def _copy(source: Cursor, target: Cursor) -> None:
    """Copy the figures of a city into the temporary table `collected_figure`."""
    run(target, "province/create_collected_figure")
    with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as rows:
        figures = statement(source, "province/published_figures")
        source.copy_expert(f"copy ({figures}) to stdout", rows)
        rows.seek(0)
        target.copy_expert("copy collected_figure from stdin", rows)
