"""Convert a contract document to a feed, and check what this platform requires beyond the standard."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import polars as pl
from croniter import croniter

from lachan import encodings  # noqa: F401  # so that contracts may name them
from lachan.contract.feed import SQL_TYPES, Column, Feed, Frequency, GateChange, Privacy

# The custom properties that are read, as JSON Schema: the standard does not define their names and values.
_SERVER_SCHEMAS: dict[str, Any] = {
    "delimiter": {"type": "string", "minLength": 1, "maxLength": 1},
    "encodings": {"type": "array", "items": {"type": "string", "format": "encoding"}},
    "maxBytes": {"type": "integer", "minimum": 1},
    "sheet": {"type": "string"},
    "packing": {"enum": ["gzip", "zip"]},
    "titleRows": {"type": "integer", "minimum": 0, "maximum": 100},
    "footerLabels": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
}
_DATE_FORMATS_SCHEMA: dict[str, Any] = {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "%"}}
_TABLE_SCHEMAS: dict[str, Any] = {
    "dateFormats": _DATE_FORMATS_SCHEMA,
    "timestampFormats": _DATE_FORMATS_SCHEMA,
    "delivery": {"enum": ["changes", "snapshot"]},
    "distribution": {"type": "string"},
    "startsOn": {"type": "string", "format": "day"},
    "indicatorGroup": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
    "deletionMark": {
        "type": "object",
        "additionalProperties": False,
        "required": ["column", "value"],
        "properties": {"column": {"type": "string"}, "value": {"type": "string"}},
    },
}
_MIN_DAYS_BETWEEN: dict[Frequency, int] = {"d": 1, "w": 7, "mo": 28}
_SLOW_SCHEDULES: dict[Frequency, tuple[str, str]] = {
    "w": (r"\S+ \S+ \* \* [0-7]", "one weekday, as in `10 6 * * 1`"),
    "mo": (r"\S+ \S+ ([1-9]|1[0-9]|2[0-8]) \* \*", "one day of the month from 1 to 28, as in `15 6 1 * *`"),
}
_GATE_SCHEMAS: dict[str, Any] = {
    "applies": {"type": "boolean"},
    "at_least": {"type": "number"},
    "at_most": {"type": ["number", "string"]},
    "severity": {"enum": ["critical", "warning"]},
}
_COLUMN_SCHEMAS: dict[str, Any] = {
    "separator": {"type": "string", "minLength": 1},
    "register": {"enum": ["ward"]},
    "plausible": {
        "type": "object",
        "additionalProperties": False,
        "required": ["daysBefore", "daysAfter"],
        "properties": {name: {"type": "integer", "minimum": 0} for name in ("daysBefore", "daysAfter")},
    },
}
# An item of an array with one of these is taken for several items, unless its contract has a pattern for items.
_USUAL_SEPARATORS = ",;|\t"
# Columns that the loader or the models add to a feed's rows, and the system columns of every PostgreSQL table.
_PLATFORM_COLUMNS = ("file_id", "line_no", "extra", "export_date", "acceptance_no", "feed", "path")
_SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")


class InvalidDeclaration(Exception):
    """A declaration that this platform requires is missing or invalid; the message names its place and the fix."""


@cache
def _format_checker() -> Any:
    import jsonschema

    formats = jsonschema.FormatChecker(())
    formats.checks("encoding", raises=LookupError)(lambda name: bool(codecs.lookup(str(name))))
    formats.checks("day", raises=ValueError)(lambda day: bool(date.fromisoformat(str(day))))
    return formats


def _custom_properties(node: dict[str, Any], schemas: dict[str, Any], place: str) -> dict[str, Any]:
    """The custom properties of a node, by name. Raises InvalidDeclaration when one does not satisfy `schemas`."""
    import jsonschema

    entries = ((entry["property"], entry.get("value")) for entry in node.get("customProperties") or [])
    found = {name: value for name, value in entries if value is not None}
    schema = jsonschema.Draft202012Validator({"properties": schemas}, format_checker=_format_checker())
    for fault in schema.iter_errors(found):
        raise InvalidDeclaration(f"{place}.customProperties{fault.json_path[1:]}: {fault.message[:300]}")
    return found


def _required(node: dict[str, Any], key: str, place: str) -> Any:
    if node.get(key) in (None, "", [], {}):
        raise InvalidDeclaration(f"{place}.{key}: is missing, and is needed")
    return node[key]


def _name(node: dict[str, Any], key: str, place: str) -> str:
    name = str(_required(node, key, place))
    if not re.fullmatch("[a-z][a-z0-9_]{0,62}", name):
        raise InvalidDeclaration(
            f"{place}.{key}: is {name!r}; needs to be snake_case, at most 63 letters, digits and _"
        )
    return name


def _single(node: dict[str, Any], key: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = _required(node, key, "$")
    if len(entries) != 1:
        raise InvalidDeclaration(f"$.{key}: has {len(entries)} entries; a feed has exactly one")
    return entries[0]


def feed_of(document: dict[str, Any]) -> Feed:
    """The feed that a contract declares; `document` satisfies the standard.

    Raises InvalidDeclaration when it does not meet the additional requirements of this platform.
    """
    server, table = _single(document, "servers"), _single(document, "schema")
    file_properties = _custom_properties(server, _SERVER_SCHEMAS, "$.servers[0]")
    table_properties = _custom_properties(table, _TABLE_SCHEMAS, "$.schema[0]")
    name = _name(document, "id", "$")
    service = {entry["property"]: entry for entry in _required(document, "slaProperties", "$")}
    frequency, schedule = _frequency(service.get("frequency", {}))
    latency = service.get("latency", {}).get("value", 1)
    if not isinstance(latency, int) or latency < 0:
        raise InvalidDeclaration(f"$.slaProperties: the latency {latency!r} is not a whole number of days")
    path = _required(server, "path", "$.servers[0]")
    if "{date}" not in path:
        raise InvalidDeclaration("$.servers[0].path: needs `{date}` (YYYYMMDD), the day that a file reports")
    if server["format"] not in ("csv", "xlsx"):
        raise InvalidDeclaration(f"$.servers[0].format: is {server['format']!r}; must be csv or xlsx")
    if server["format"] == "xlsx":
        _required(file_properties, "sheet", "$.servers[0].customProperties")
    else:
        _required(file_properties, "delimiter", "$.servers[0].customProperties")
        _required(file_properties, "encodings", "$.servers[0].customProperties")
    columns = tuple(
        _column(node, f"$.schema[0].properties[{index}]")
        for index, node in enumerate(_required(table, "properties", "$.schema[0]"))
    )
    _reject_duplicate_names(columns)
    _require_patterns(columns)
    delivery = _required(table_properties, "delivery", "$.schema[0].customProperties")
    distribution = _required(table_properties, "distribution", "$.schema[0].customProperties")
    if distribution not in {column.name for column in columns}:
        raise InvalidDeclaration(
            f"$.schema[0].customProperties.distribution: {distribution!r} is not a column of the feed"
        )
    return Feed(
        name=name,
        title=_required(document, "name", "$"),
        description=_required(_required(document, "description", "$"), "purpose", "$.description"),
        grain=_required(table, "dataGranularityDescription", "$.schema[0]"),
        owner=_required(_required(document, "team", "$"), "name", "$.team"),
        path=path,
        format=server["format"],
        delimiter=file_properties.get("delimiter", ""),
        encodings=tuple(file_properties.get("encodings", ())),
        sheet=file_properties.get("sheet"),
        max_bytes=int(_required(file_properties, "maxBytes", "$.servers[0].customProperties")),
        frequency=frequency,
        schedule=schedule,
        latency_days=latency,
        key=_key(table, columns, delivery),
        columns=columns,
        date_formats=tuple(table_properties.get("dateFormats", ("%d/%m/%Y",))),
        timestamp_formats=tuple(table_properties.get("timestampFormats", ("%d/%m/%Y %H:%M",))),
        delivery=delivery,
        distribution_column=distribution,
        gate_changes=tuple(_gate_changes(table)),
        owner_title=document["team"].get("description") or document["team"]["name"],
        starts_on=_starts_on(table_properties),
        indicator_group=table_properties.get("indicatorGroup", name),
        deletion_mark=_deletion_mark(table_properties, columns, delivery),
        title_rows=file_properties.get("titleRows", 0),
        footer_labels=tuple(file_properties.get("footerLabels", ())),
        packing=file_properties.get("packing"),
    )


def _frequency(service: dict[str, Any]) -> tuple[Frequency, str]:
    """How often an export is promised, and its cron schedule, which must not fire more often."""
    if "schedule" not in service:
        raise InvalidDeclaration("$.slaProperties: needs a `frequency` with a cron `schedule`")
    schedule = service["schedule"]
    if not croniter.is_valid(schedule) or len(schedule.split()) != 5:
        raise InvalidDeclaration(f"$.slaProperties: the schedule {schedule!r} is not a cron expression of five fields")
    for unit, days in _MIN_DAYS_BETWEEN.items():
        if (service.get("value"), service.get("unit")) == (1, unit):
            runs = croniter(schedule, datetime(2024, 1, 1, tzinfo=UTC))
            moments = [runs.get_next(datetime) for _ in range(13)]
            if any(later - earlier < timedelta(days) for earlier, later in pairwise(moments)):
                raise InvalidDeclaration(
                    f"$.slaProperties: the schedule {schedule!r} fires more often than the frequency 1 {unit}"
                )
            form, example = _SLOW_SCHEDULES.get(unit, (".*", ""))
            if not re.fullmatch(form, schedule):
                raise InvalidDeclaration(f"$.slaProperties: the schedule {schedule!r} needs {example}")
            return unit, schedule
    given = f"{service.get('value')!r} {service.get('unit')!r}"
    raise InvalidDeclaration(f"$.slaProperties: the frequency {given} is not supported; use 1 d, 1 w or 1 mo")


def _column(node: dict[str, Any], place: str) -> Column:
    kind = _required(node, "logicalType", place)
    if kind not in SQL_TYPES:
        raise InvalidDeclaration(f"{place}.logicalType: is {kind!r}; must be one of {', '.join(SQL_TYPES)}")
    label = _required(node, "businessName", place)
    options = node.get("logicalTypeOptions", {})
    pattern = _pattern(options, place)
    properties = _custom_properties(node, _COLUMN_SCHEMAS, place)
    separator = properties.get("separator", ",")
    plausible = properties.get("plausible")
    items = _pattern((node.get("items") or {}).get("logicalTypeOptions", {}), f"{place}.items")
    if plausible and kind not in ("date", "timestamp"):
        raise InvalidDeclaration(f"{place}.customProperties.plausible: is for a date or a timestamp, not for a {kind}")
    return Column(
        name=_name(node, "name", place),
        label=label,
        description=_required(node, "description", place),
        type=kind,
        privacy=_privacy(node, place),
        required=bool(node.get("required")),
        headers=(label, *(synonym["synonym"] for synonym in node.get("synonyms", []))),
        labels=_labels(node, place),
        pattern=pattern,
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        max_length=options.get("maxLength"),
        max_items=options.get("maxItems"),
        separator=separator,
        item_pattern=items or f"^[^{re.escape(''.join(set(_USUAL_SEPARATORS) - set(separator)))}]+$",
        plausible_days=(plausible["daysBefore"], plausible["daysAfter"]) if plausible else None,
        declares_items=items is not None,
        register=properties.get("register"),
    )


def _pattern(options: dict[str, Any], place: str) -> str | None:
    """The regular expression of a column or of the items of an array, in the syntax of polars."""
    pattern: str | None = options.get("pattern")
    if pattern is not None:
        try:
            pl.Series([""]).str.contains(pattern)
        except pl.exceptions.ComputeError as error:
            why = re.findall("^error: (.*)", str(error), re.MULTILINE) or [str(error)]
            raise InvalidDeclaration(f"{place}.logicalTypeOptions.pattern: {why[0]}") from None
    return pattern


def _labels(node: dict[str, Any], place: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for index, entry in enumerate(node.get("enum") or []):
        here = f"{place}.enum[{index}]"
        labels[_required(entry, "label", here)] = _code(_required(entry, "value", here))
    return labels


def _code(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _privacy(node: dict[str, Any], place: str) -> Privacy:
    kind = _required(node, "classification", place)
    if kind == "identity":
        kind = _required(node, "transformLogic", place)
        if kind not in ("pseudonym", "drop"):
            raise InvalidDeclaration(
                f"{place}.transformLogic: is {kind!r}; must be `pseudonym` or `drop` for an identity"
            )
    elif kind not in ("open", "free_text"):
        raise InvalidDeclaration(f"{place}.classification: is {kind!r}; must be open, free_text or identity")
    result: Privacy = kind
    return result


def _key(table: dict[str, Any], columns: tuple[Column, ...], delivery: str) -> tuple[str, ...]:
    """The names of the columns that identify a row, in key order."""
    place = "$.schema[0].properties"
    positioned = [
        (node.get("primaryKeyPosition", 0), column)
        for node, column in zip(table["properties"], columns, strict=True)
        if node.get("primaryKey")
    ]
    key = [column for _, column in sorted(positioned, key=lambda each: each[0])]
    if not key:
        raise InvalidDeclaration(f"{place}: no column is marked primaryKey")
    if optional := [column.name for column in key if not column.required]:
        raise InvalidDeclaration(f"{place}: {optional[0]} is in the primaryKey, so it needs `required: true`")
    if delivery == "changes" and ("updated_at", "timestamp") not in ((column.name, column.type) for column in key):
        raise InvalidDeclaration(
            f"{place}: a feed of changes needs a timestamp `updated_at` in its primaryKey, "
            "because it determines which state of a row is newer"
        )
    return tuple(column.name for column in key)


def _starts_on(table_properties: dict[str, Any]) -> date | None:
    """The first day that a file of the feed may report, where the contract states one."""
    starts_on = table_properties.get("startsOn")
    return None if starts_on is None else date.fromisoformat(starts_on)


def _deletion_mark(
    table_properties: dict[str, Any], columns: tuple[Column, ...], delivery: str
) -> tuple[str, str] | None:
    """The column and the code by which a row says that its item is deleted, where the contract states them."""
    mark = table_properties.get("deletionMark")
    if mark is None:
        return None
    place = "$.schema[0].customProperties.deletionMark"
    if delivery != "changes":
        raise InvalidDeclaration(f"{place}: is for a feed of changes; from a snapshot a deleted row is missing")
    codes = {column.name: column.codes for column in columns}
    if mark["value"] not in codes.get(mark["column"], ()):
        raise InvalidDeclaration(f"{place}: {mark['value']!r} is not a value of the column {mark['column']!r}")
    return mark["column"], mark["value"]


def _gate_changes(table: dict[str, Any]) -> Iterator[GateChange]:
    """The changes to the gate's limits: entries of `quality` of the type `custom` whose engine is `gate`."""
    import jsonschema

    schema = {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": _GATE_SCHEMAS}
    for index, entry in enumerate(table.get("quality") or []):
        place = f"$.schema[0].quality[{index}]"
        if (entry.get("type"), entry.get("engine")) != ("custom", "gate"):
            continue
        for fault in jsonschema.Draft202012Validator(schema).iter_errors(entry["implementation"]):
            raise InvalidDeclaration(f"{place}.implementation{fault.json_path[1:]}: {fault.message[:300]}")
        change = entry["implementation"]
        yield GateChange(
            limit=_required(entry, "name", place),
            applies=change.get("applies", True),
            at_least=change.get("at_least"),
            at_most=change.get("at_most"),
            severity=change.get("severity"),
            reason=_required(entry, "description", place),
        )


def _require_patterns(columns: tuple[Column, ...]) -> None:
    """Identifiers need a pattern: else a person's name could be loaded as one."""
    for index, column in enumerate(columns):
        is_open_text = column.privacy == "open" and column.type == "string"
        if column.name.endswith("_id") and is_open_text and not column.labels and column.pattern is None:
            raise InvalidDeclaration(
                f"$.schema[0].properties[{index}].logicalTypeOptions.pattern: is missing, and is needed for the "
                f"identifier {column.name}, so that no name or number of a person is taken for one"
            )


def _reject_duplicate_names(columns: tuple[Column, ...]) -> None:
    column_of_header: dict[str, str] = {}
    names = [column.name for column in columns]
    if duplicates := [name for name in names if names.count(name) > 1]:
        raise InvalidDeclaration(f"$.schema[0].properties: two columns are named {duplicates[0]}")
    for name in names:
        for reserved, added_by in ((_PLATFORM_COLUMNS, "the loader and the models"), (_SYSTEM_COLUMNS, "PostgreSQL")):
            if name in reserved:
                raise InvalidDeclaration(
                    f"$.schema[0].properties: the name {name} is reserved ({added_by} add {', '.join(reserved)}); "
                    "choose another name"
                )
    for column in columns:
        for header in (column.name, *column.headers):
            if (other := column_of_header.setdefault(header.casefold(), column.name)) != column.name:
                both = f"{other} and {column.name}"
                raise InvalidDeclaration(f"$.schema[0].properties: header {header!r} is declared for both {both}")
