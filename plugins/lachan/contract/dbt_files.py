"""Files of the dbt project that are generated from the contracts: sources, staging properties, keys of the feeds."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lachan.contract.feed import Feed
from lachan.contract.raw_table import raw_columns

_GENERATED = "Generated from the contracts: run `lachan sources` instead of editing. A test compares it with them."
_PERIOD_HOURS = {"d": 24, "w": 7 * 24, "mo": 31 * 24}
_LOADED_AT = (
    "select coalesce(max(loaded_at), timestamptz '2000-07-01') from ops.export_file"
    " where feed = '{feed}' and gate = 'accepted'"
)
"""From the ledger, which has one row per file; a feed without deliveries is as stale as can be."""
_SPARE_HOURS = 6
"""A source is late (warn) when nothing was accepted for a period and these hours, and stale (error) after two periods:
the loads of two exports lie about a period apart, and a morning is left for a late one and for the gate."""
_HEAD = f"""\
# {_GENERATED}
sources:
  - name: raw
    description: Rows as exported, typed and pseudonymised, every version kept; one table per feed.
    tables:
"""


def dbt_files(feeds: Mapping[str, Feed]) -> dict[str, str]:
    """The text of each file of the dbt project that is generated from the contracts, by its path in the checkout."""
    return {
        "dbt_project/models/_groups.yml": dbt_groups(feeds),
        "dbt_project/models/staging/_raw.yml": dbt_sources(feeds),
        "dbt_project/models/staging/_models.yml": dbt_staging(feeds),
        "dbt_project/macros/feeds.sql": dbt_feeds(feeds),
    }


def dbt_groups(feeds: Mapping[str, Feed]) -> str:
    """The file dbt_project/models/_groups.yml: the groups of models that fail, and are published, together."""
    owners = {feed.indicator_group: feed.owner for feed in feeds.values()}
    entries = (f"  - {{name: {group}, owner: {{name: {_quoted(owners[group])}}}}}\n" for group in sorted(owners))
    return f"# {_GENERATED}\ngroups:\n" + "".join(entries)


def dbt_sources(feeds: Mapping[str, Feed]) -> str:
    """The file dbt_project/models/staging/_raw.yml."""
    return _HEAD + "".join(_table(feeds[name]) for name in sorted(feeds))


def dbt_staging(feeds: Mapping[str, Feed]) -> str:
    """The file dbt_project/models/staging/_models.yml: the grain of each staging model and the tests of its key."""
    return f"# {_GENERATED}\nmodels:\n" + "".join(_staging(feeds[name]) for name in sorted(feeds))


def dbt_feeds(feeds: Mapping[str, Feed]) -> str:
    """The file dbt_project/macros/feeds.sql: a macro that returns what the models need to know of every feed."""
    entries = (f"    {name!r}: {_macro_entry(feeds[name])}," for name in sorted(feeds))
    lines = [f"{{# {_GENERATED} #}}", "{% macro feeds() %}"]
    return "\n".join([*lines, "{{ return({", *entries, "}) }}", "{% endmacro %}", ""])


def _macro_entry(feed: Feed) -> dict[str, object]:
    return {
        "key": _identifier(feed),
        "delivery": feed.delivery,
        "frequency": feed.frequency,
        "period_end": feed.period_end,
        "latency_days": feed.latency_days,
        "starts_on": feed.starts_on.isoformat() if feed.starts_on else None,
        "agency": feed.owner,
        "indicator_group": feed.indicator_group,
        "deletion_mark": list(feed.deletion_mark) if feed.deletion_mark else None,
        "plausible": {
            column.name: {"type": column.type, "before": column.plausible_days[0], "after": column.plausible_days[1]}
            for column in feed.columns
            if column.plausible_days
        },
    }


def _identifier(feed: Feed) -> str:
    """The key column that identifies an item across its states: the key without `updated_at`."""
    return next(column for column in feed.key if column != "updated_at")


def _staging(feed: Feed) -> str:
    key = _identifier(feed)
    if feed.delivery == "changes":
        grain, table_tests, tests = "in its latest accepted state", [], "not_null, unique"
    else:
        grain, tests = "in one accepted snapshot (export_date) of its register", "not_null"
        row_id = _quoted(f"{key} || '@' || export_date")
        table_tests = ["    data_tests:", f"      - unique: {{arguments: {{column_name: {row_id}}}}}"]
    description = next(column.description for column in feed.columns if column.name == key)
    lines = [
        f"  - name: stg_{feed.name}",
        f"    description: {_quoted(f'One row is one {key} {grain}. {feed.description}')}",
        f"    config: {{group: {feed.indicator_group}}}",
        *table_tests,
        "    columns:",
        f"      - {{name: {key}, description: {_quoted(description)}, data_tests: [{tests}]}}",
    ]
    return "\n".join(lines) + "\n"


def _table(feed: Feed) -> str:
    late, stale = (periods * _PERIOD_HOURS[feed.frequency] + _SPARE_HOURS for periods in (1, 2))
    loaded_at = _LOADED_AT.format(feed=feed.name)
    lines = [
        f"      - name: {feed.name}",
        f"        description: {_quoted(feed.grain)}",
        "        config:",
        f"          loaded_at_query: {_quoted(loaded_at)}",
        "          freshness:",
        f"            warn_after: {{count: {late}, period: hour}}",
        f"            error_after: {{count: {stale}, period: hour}}",
        "        columns:",
    ]
    for column in raw_columns(feed):
        kind = column.sql_type if column.sql_type.isalpha() else _quoted(column.sql_type)
        description = _quoted(column.description)
        lines.append(f"          - {{name: {column.name}, data_type: {kind}, description: {description}}}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
