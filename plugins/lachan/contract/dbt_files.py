"""What dbt must know of the feeds, as the contracts say it: raw tables, what staging holds of them, and their keys."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lachan.contract.feed import Feed
from lachan.contract.raw_table import raw_columns

_MADE = "Made by `lachan sources` from the contracts; a test compares."
_HEAD = f"""\
# {_MADE}
sources:
  - name: raw
    description: Rows as exported, typed and pseudonymised, every version kept; one table per feed.
    tables:
"""


def dbt_files(feeds: Mapping[str, Feed]) -> dict[str, str]:
    """The text of each file of the dbt project that follows from the contracts, by its path in the checkout."""
    return {
        "dbt_project/models/staging/_raw.yml": dbt_sources(feeds),
        "dbt_project/models/staging/_models.yml": dbt_staging(feeds),
        "dbt_project/macros/feeds.sql": dbt_feeds(feeds),
    }


def dbt_sources(feeds: Mapping[str, Feed]) -> str:
    """The file dbt_project/models/staging/_raw.yml."""
    return _HEAD + "".join(_table(feeds[name]) for name in sorted(feeds))


def dbt_staging(feeds: Mapping[str, Feed]) -> str:
    """The file dbt_project/models/staging/_models.yml: the grain of each staging model, and the tests of its key."""
    return f"# {_MADE}\nmodels:\n" + "".join(_staging(feeds[name]) for name in sorted(feeds))


def dbt_feeds(feeds: Mapping[str, Feed]) -> str:
    """The file dbt_project/macros/feeds.sql: a macro that gives every feed's key and delivery to the models."""
    entries = (
        f"    '{name}': {{'key': {_one_key(feeds[name])!r}, 'delivery': {feeds[name].delivery!r}}},"
        for name in sorted(feeds)
    )
    lines = [f"{{# {_MADE} #}}", "{% macro feeds() %}"]
    return "\n".join([*lines, "{{ return({", *entries, "}) }}", "{% endmacro %}", ""])


def _one_key(feed: Feed) -> str:
    """The column that names a thing, whatever its state."""
    return next(column for column in feed.key if column != "updated_at")


def _staging(feed: Feed) -> str:
    key = _one_key(feed)
    if feed.delivery == "changes":
        grain, whole, tests = "in its latest accepted state", [], "not_null, unique"
    else:
        grain, tests = "in one accepted snapshot (export_date) of its register", "not_null"
        one = _quoted(f"{key} || '@' || export_date")
        whole = ["    data_tests:", f"      - unique: {{arguments: {{column_name: {one}}}}}"]
    description = next(column.description for column in feed.columns if column.name == key)
    lines = [
        f"  - name: stg_{feed.name}",
        f"    description: {_quoted(f'One row is one {key} {grain}. {feed.description}')}",
        *whole,
        "    columns:",
        f"      - {{name: {key}, description: {_quoted(description)}, data_tests: [{tests}]}}",
    ]
    return "\n".join(lines) + "\n"


def _table(feed: Feed) -> str:
    lines = [f"      - name: {feed.name}", f"        description: {_quoted(feed.grain)}", "        columns:"]
    for column in raw_columns(feed):
        kind = column.sql_type if column.sql_type.isalpha() else _quoted(column.sql_type)
        description = _quoted(column.description)
        lines.append(f"          - {{name: {column.name}, data_type: {kind}, description: {description}}}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
