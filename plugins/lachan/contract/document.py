"""From a document of the standard to a feed: what the standard leaves open, and this platform needs."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import polars as pl
from croniter import croniter

from lachan.contract.feed import SQL_TYPES, Column, Feed, Frequency, GateChange, Privacy

# The standard leaves the values of custom properties open; these are the ones that are read, as JSON Schema.
_FILE_FORM: dict[str, Any] = {
    "delimiter": {"type": "string", "minLength": 1, "maxLength": 1},
    "encodings": {"type": "array", "items": {"type": "string", "format": "encoding"}},
    "maxBytes": {"type": "integer", "minimum": 1},
    "sheet": {"type": "string"},
}
_FORMATS: dict[str, Any] = {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "%"}}
_TABLE_FORM: dict[str, Any] = {
    "dateFormats": _FORMATS,
    "timestampFormats": _FORMATS,
    "delivery": {"enum": ["changes", "snapshot"]},
    "distribution": {"type": "string"},
}
_DAYS_APART: dict[Frequency, int] = {"d": 1, "w": 7, "mo": 28}
_GATE_FORM: dict[str, Any] = {
    "applies": {"type": "boolean"},
    "at_least": {"type": "number"},
    "at_most": {"type": ["number", "string"]},
    "severity": {"enum": ["critical", "warning"]},
}
_COLUMN_FORM: dict[str, Any] = {"separator": {"type": "string", "minLength": 1}}
# Names that the loader or the models add to a feed's rows, and those that PostgreSQL gives to every table.
_OWN_COLUMNS = ("file_id", "line_no", "extra", "export_date", "acceptance_no", "feed", "path")
_SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")


class Missing(Exception):
    """What the standard leaves open and this platform needs; says the place and the mend."""


@cache
def _formats() -> Any:
    import jsonschema

    formats = jsonschema.FormatChecker(())
    formats.checks("encoding", raises=LookupError)(lambda name: bool(codecs.lookup(str(name))))
    return formats


def _custom(node: dict[str, Any], form: dict[str, Any], place: str) -> dict[str, Any]:
    """The custom properties of a node, by name; those that `form` describes are as it says."""
    import jsonschema

    entries = ((entry["property"], entry.get("value")) for entry in node.get("customProperties") or [])
    found = {name: value for name, value in entries if value is not None}
    schema = jsonschema.Draft202012Validator({"properties": form}, format_checker=_formats())
    for fault in schema.iter_errors(found):
        raise Missing(f"{place}.customProperties{fault.json_path[1:]}: {fault.message[:300]}")
    return found


def _need(node: dict[str, Any], key: str, place: str) -> Any:
    if node.get(key) in (None, "", [], {}):
        raise Missing(f"{place}.{key}: is missing, and is needed")
    return node[key]


def _name(node: dict[str, Any], key: str, place: str) -> str:
    name = str(_need(node, key, place))
    if not re.fullmatch("[a-z][a-z0-9_]{0,62}", name):
        raise Missing(f"{place}.{key}: is {name!r}; needs to be snake_case, at most 63 letters, digits and _")
    return name


def _one(node: dict[str, Any], key: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = _need(node, key, "$")
    if len(entries) != 1:
        raise Missing(f"$.{key}: has {len(entries)} entries; a feed has exactly one")
    return entries[0]


def feed_of(document: dict[str, Any]) -> Feed:
    """The feed that a contract of the standard declares. Raises Missing for what this platform needs besides."""
    server, table = _one(document, "servers"), _one(document, "schema")
    file_form = _custom(server, _FILE_FORM, "$.servers[0]")
    table_form = _custom(table, _TABLE_FORM, "$.schema[0]")
    name = _name(document, "id", "$")
    service = {entry["property"]: entry for entry in _need(document, "slaProperties", "$")}
    frequency, schedule = _frequency(service.get("frequency", {}))
    latency = service.get("latency", {}).get("value", 1)
    if not isinstance(latency, int) or latency < 0:
        raise Missing(f"$.slaProperties: the latency {latency!r} is not a whole number of days")
    path = _need(server, "path", "$.servers[0]")
    if "{date}" not in path:
        raise Missing("$.servers[0].path: needs `{date}` (YYYYMMDD), the day that a file reports")
    if server["format"] not in ("csv", "xlsx"):
        raise Missing(f"$.servers[0].format: is {server['format']!r}; csv and xlsx can be read")
    if server["format"] == "xlsx":
        _need(file_form, "sheet", "$.servers[0].customProperties")
    else:
        _need(file_form, "delimiter", "$.servers[0].customProperties")
        _need(file_form, "encodings", "$.servers[0].customProperties")
    columns = tuple(
        _column(node, f"$.schema[0].properties[{index}]")
        for index, node in enumerate(_need(table, "properties", "$.schema[0]"))
    )
    _refuse_twins(columns)
    delivery = _need(table_form, "delivery", "$.schema[0].customProperties")
    distribution = _need(table_form, "distribution", "$.schema[0].customProperties")
    if distribution not in {column.name for column in columns}:
        raise Missing(f"$.schema[0].customProperties.distribution: {distribution!r} is no column of the feed")
    return Feed(
        name=name,
        title=_need(document, "name", "$"),
        description=_need(_need(document, "description", "$"), "purpose", "$.description"),
        grain=_need(table, "dataGranularityDescription", "$.schema[0]"),
        owner=_need(_need(document, "team", "$"), "name", "$.team"),
        path=path,
        format=server["format"],
        delimiter=file_form.get("delimiter", ""),
        encodings=tuple(file_form.get("encodings", ())),
        sheet=file_form.get("sheet"),
        max_bytes=int(_need(file_form, "maxBytes", "$.servers[0].customProperties")),
        frequency=frequency,
        schedule=schedule,
        latency_days=latency,
        key=_key(table, columns, delivery),
        columns=columns,
        date_formats=tuple(table_form.get("dateFormats", ("%d/%m/%Y",))),
        timestamp_formats=tuple(table_form.get("timestampFormats", ("%d/%m/%Y %H:%M",))),
        delivery=delivery,
        distribution_column=distribution,
        gate_changes=tuple(_gate_changes(table)),
    )


def _frequency(service: dict[str, Any]) -> tuple[Frequency, str]:
    """How often an export is promised, and by which cron schedule; the two must agree."""
    if "schedule" not in service:
        raise Missing("$.slaProperties: needs a `frequency` with a cron `schedule`")
    schedule = service["schedule"]
    if not croniter.is_valid(schedule) or len(schedule.split()) != 5:
        raise Missing(f"$.slaProperties: the schedule {schedule!r} is not a cron expression of five fields")
    for unit, days in _DAYS_APART.items():
        if (service.get("value"), service.get("unit")) == (1, unit):
            ticks = croniter(schedule, datetime(2024, 1, 1, tzinfo=UTC))
            moments = [ticks.get_next(datetime) for _ in range(13)]
            if any(later - earlier < timedelta(days) for earlier, later in pairwise(moments)):
                raise Missing(
                    f"$.slaProperties: the schedule {schedule!r} comes more often than the frequency 1 {unit}"
                )
            return unit, schedule
    given = f"{service.get('value')!r} {service.get('unit')!r}"
    raise Missing(f"$.slaProperties: the frequency {given} is not understood; 1 d, 1 w or 1 mo is")


def _column(node: dict[str, Any], place: str) -> Column:
    kind = _need(node, "logicalType", place)
    if kind not in SQL_TYPES:
        raise Missing(f"{place}.logicalType: is {kind!r}; one of {', '.join(SQL_TYPES)} is understood")
    label = _need(node, "businessName", place)
    options = node.get("logicalTypeOptions", {})
    if pattern := options.get("pattern"):
        try:
            pl.Series([""]).str.contains(pattern)
        except pl.exceptions.ComputeError as error:
            why = re.findall("^error: (.*)", str(error), re.MULTILINE) or [str(error)]
            raise Missing(f"{place}.logicalTypeOptions.pattern: {why[0]}") from None
    return Column(
        name=_name(node, "name", place),
        label=label,
        description=_need(node, "description", place),
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
        separator=_custom(node, _COLUMN_FORM, place).get("separator", ","),
    )


def _labels(node: dict[str, Any], place: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for index, entry in enumerate(node.get("enum") or []):
        here = f"{place}.enum[{index}]"
        labels[_need(entry, "label", here)] = _code(_need(entry, "value", here))
    return labels


def _code(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _privacy(node: dict[str, Any], place: str) -> Privacy:
    kind = _need(node, "classification", place)
    if kind == "identity":
        kind = _need(node, "transformLogic", place)
        if kind not in ("pseudonym", "drop"):
            raise Missing(f"{place}.transformLogic: an identity is kept as `pseudonym` or not at all (`drop`)")
    elif kind not in ("open", "free_text"):
        raise Missing(f"{place}.classification: is {kind!r}; open, free_text or identity is understood")
    result: Privacy = kind
    return result


def _key(table: dict[str, Any], columns: tuple[Column, ...], delivery: str) -> tuple[str, ...]:
    """The columns that name a row, in their order."""
    place = "$.schema[0].properties"
    marked = [
        (node.get("primaryKeyPosition", 0), column)
        for node, column in zip(table["properties"], columns, strict=True)
        if node.get("primaryKey")
    ]
    key = [column for _, column in sorted(marked, key=lambda each: each[0])]
    if not key:
        raise Missing(f"{place}: no column is marked primaryKey")
    if optional := [column.name for column in key if not column.required]:
        raise Missing(f"{place}: {optional[0]} is in the primaryKey, so it needs `required: true`")
    if delivery == "changes" and ("updated_at", "timestamp") not in ((column.name, column.type) for column in key):
        raise Missing(
            f"{place}: a feed of changes needs a timestamp `updated_at` in its primaryKey: it says which state is newer"
        )
    return tuple(column.name for column in key)


def _gate_changes(table: dict[str, Any]) -> Iterator[GateChange]:
    """What `quality` says of the gate's limits: entries of the type `custom` whose engine is `gate`."""
    import jsonschema

    form = {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": _GATE_FORM}
    for index, entry in enumerate(table.get("quality") or []):
        place = f"$.schema[0].quality[{index}]"
        if (entry.get("type"), entry.get("engine")) != ("custom", "gate"):
            continue
        for fault in jsonschema.Draft202012Validator(form).iter_errors(entry["implementation"]):
            raise Missing(f"{place}.implementation{fault.json_path[1:]}: {fault.message[:300]}")
        said = entry["implementation"]
        yield GateChange(
            limit=_need(entry, "name", place),
            applies=said.get("applies", True),
            at_least=said.get("at_least"),
            at_most=said.get("at_most"),
            severity=said.get("severity"),
            reason=_need(entry, "description", place),
        )


def _refuse_twins(columns: tuple[Column, ...]) -> None:
    seen: dict[str, str] = {}
    names = [column.name for column in columns]
    if twins := [name for name in names if names.count(name) > 1]:
        raise Missing(f"$.schema[0].properties: two columns are named {twins[0]}")
    for name in names:
        for reserved, whose in ((_OWN_COLUMNS, "the loader and the models"), (_SYSTEM_COLUMNS, "PostgreSQL")):
            if name in reserved:
                raise Missing(
                    f"$.schema[0].properties: the name {name} is reserved ({whose} add {', '.join(reserved)}); "
                    "take another one"
                )
    for column in columns:
        for header in (column.name, *column.headers):
            if (other := seen.setdefault(header.casefold(), column.name)) != column.name:
                both = f"{other} and {column.name}"
                raise Missing(f"$.schema[0].properties: header {header!r} names both {both}")
