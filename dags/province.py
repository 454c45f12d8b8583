"""The DAG `province`: collect what the cities of a province have published into the database of the province."""

from __future__ import annotations

from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, task
from common import TIMETABLE_OPTIONS, current_settings, dag_of, figures_asset
from lachan import settings

DOC = """
## When this is red
Some cities could not be read: the error `CitiesAway` in the log of `collect` names each and why. What the others have
published was collected, and readers see of the missing ones what was collected before, with its age.

| error in the log | what to do |
|---|---|
| no warehouse at … | The server or its database is away: the run repeats by itself; otherwise look at the server |
| it has published nothing yet | Load and build that city, or take its folder out of `LACHAN_CITIES` |
| the database … has the registers of the city … | The `settings.toml` of the city names the database of another one |

Then *Clear* `collect`, or run `lachan province collect`; `lachan province cities` lists the ages.

## What it does
Each publication of a city starts it, and it runs each morning at 08:05 as well. Cities that have published nothing
since the last time are not read. docs/cities.md says what is collected.
"""


def province_dag() -> DAG:
    """The DAG of the province."""
    with dag_of(
        None,
        "province",
        DOC,
        tags=["province"],
        description="Collect the published figures of all cities",
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable("5 8 * * *", **TIMETABLE_OPTIONS),
            assets=AssetAny(*map(figures_asset, settings.served_cities())),
        ),
    ) as dag:

        @task
        def collect() -> dict[str, int]:
            """Collect the figures of every city that has published; returns the changed figures of each."""
            from lachan.province.collect import collect as collect_cities

            done = collect_cities(current_settings(), settings.known_cities())
            return {each.city: each.changed + each.withdrawn for each in done if each.changed or each.withdrawn}

        collect()
    return dag


if settings.is_province():
    province = province_dag()
