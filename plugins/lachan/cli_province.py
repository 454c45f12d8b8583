"""`lachan province`: what is about all cities of a province (docs/cities.md)."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import Any

from lachan import settings
from lachan.settings import Settings


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("collect", help="collect what the cities have published since the last time")
    show = actions.add_parser("show", help="print one window of all cities side by side, with the sums")
    show.add_argument("window", metavar="WINDOW", help="window_key, such as calendar_month@2024-10-01")
    forget = actions.add_parser("forget", help="remove a city, whose folder is gone, from the figures of the province")
    forget.add_argument("code", metavar="CODE")
    actions.add_parser("cities", help="list the cities, and the age of what was collected of each")


def run(config: Settings, given: argparse.Namespace) -> None:
    """Run an action on the database of the province."""
    from lachan.province.collect import collect, forget
    from lachan.province.side_by_side import side_by_side
    from lachan.warehouse import connect, snapshot
    from lachan.warehouse.statements import run as run_statement

    if given.action == "collect":
        for each in collect(config, settings.known_cities()):
            print(f"{each.city}: publication {each.publication_id}, {each.changed} changed, {each.withdrawn} withdrawn")
        return
    if given.action == "forget":
        forget(config, given.code)
        print(f"{given.code} is in no figure of the province any more; its own database is as it was")
        return
    with closing(connect(config.address("analyst"), "analyst")) as connection, snapshot(connection) as cursor:

        def rows(name: str, **values: Any) -> list[dict[str, Any]]:
            return [dict(row) for row in run_statement(cursor, name, **values).fetchall()]

        cities = rows("province/states")
        if given.action == "cities":
            for city in cities:
                when = f"{city['published_at']:%Y-%m-%d %H:%M}" if city["published_at"] else "nothing collected"
                print(f"{city['city_code']}: {city['name_vi']}, {when}" + (", away" if city["is_away"] else ""))
            return
        print("\t".join(["", *(str(city["city_code"]) for city in cities), "sum"]))
        for line in side_by_side(rows, given.window):
            shown = [str(line.by_city.get(city["city_code"], {}).get("value", "")) for city in cities]
            print("\t".join([line.label_vi, *shown, line.no_total_vi or str(line.total)]))
