"""Contracts: valid ones are read, broken ones are refused, and the generated files are up to date."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from helpers.exports import deliver, row, with_labels
from helpers.raw_rows import query
from helpers.warehouses import migrate
from lachan.contract import ContractError, Feed, read_contract, read_contracts
from lachan.contract.dbt_files import dbt_files
from lachan.contract.raw_table import raw_schema
from lachan.load.ingest import count_pending, ingest, replay
from lachan.quality.batch_profile import profile_pending
from lachan.quality.limits import read_limits
from lachan.settings import PROJECT, Settings
from lachan.warehouse import transaction

TIPS = PROJECT / "contracts" / "tips.yaml"
Document = dict[str, Any]


def write_document(folder: Path, document: Any) -> Path:
    file = folder / "broken contract.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return file


def test_the_designed_feeds_are_declared(feeds: dict[str, Feed]) -> None:
    assert sorted(path.stem for path in TIPS.parent.iterdir()) == sorted(feeds), "a file is named after its feed"
    declared = {feed.name: (feed.format, feed.delivery, len(feed.columns), feed.key) for feed in feeds.values()}
    designed = {
        "tips": ("csv", "changes", 30, ("tip_id", "updated_at")),
        "camera_extractions": ("csv", "changes", 15, ("extraction_id", "updated_at")),
        "patrol_rosters": ("xlsx", "changes", 15, ("shift_id", "updated_at")),
        "mass_work_events": ("csv", "changes", 8, ("event_id", "updated_at")),
        "model_activities": ("csv", "changes", 7, ("activity_id", "updated_at")),
        "model_register": ("xlsx", "snapshot", 10, ("model_id",)),
        "model_points": ("csv", "snapshot", 8, ("point_id",)),
        "camera_register": ("csv", "snapshot", 7, ("camera_id",)),
        "fire_safety_register": ("xlsx", "snapshot", 5, ("point_id",)),
    }
    assert {name: declared[name] for name in designed} == designed


def test_identities_are_classified_as_designed(feeds: dict[str, Feed]) -> None:
    classes = {(feed.name, c.name, c.privacy) for feed in feeds.values() for c in feed.columns}
    assert classes >= {
        ("tips", "informant_name", "pseudonym"),
        ("tips", "informant_phone", "pseudonym"),
        ("tips", "informant_address", "drop"),
        ("tips", "received_by", "pseudonym"),
        ("tips", "verdict_by", "pseudonym"),
        ("camera_extractions", "officer", "pseudonym"),
        ("patrol_rosters", "members", "pseudonym"),
    }


# --- broken contracts ---------------------------------------------------------------------------------------


def server(document: Document) -> Document:
    return document["servers"][0]  # type: ignore[no-any-return]


def table(document: Document) -> Document:
    return document["schema"][0]  # type: ignore[no-any-return]


def column(document: Document, name: str) -> Document:
    return next(node for node in table(document)["properties"] if node["name"] == name)


def custom(node: Document, name: str, value: Any) -> None:
    """Set a custom property, or drop it."""
    node["customProperties"] = [entry for entry in node["customProperties"] if entry["property"] != name]
    if value is not None:
        node["customProperties"].append({"property": name, "value": value})


def no_key(document: Document) -> None:
    for node in table(document)["properties"]:
        node.pop("primaryKey", None)
        node.pop("primaryKeyPosition", None)


def duplicate_headers(document: Document) -> None:
    column(document, "note")["synonyms"].append({"synonym": "NỘI DUNG"})


def duplicate_columns(document: Document) -> None:
    table(document)["properties"].append({**column(document, "note"), "businessName": "Ghi chú 2", "synonyms": []})


BROKEN: dict[str, tuple[Callable[[Document], Any], str, str]] = {
    "no_classification": (
        lambda d: column(d, "place").pop("classification"),
        "$.schema[0].properties[11].classification",
        "is missing",
    ),
    "odd_classification": (
        lambda d: column(d, "place").update(classification="public"),
        "$.schema[0].properties[11].classification",
        "'public'; must be open, free_text or identity",
    ),
    "identity_kept": (
        lambda d: column(d, "informant_name").update(transformLogic="none"),
        "$.schema[0].properties[6].transformLogic",
        "'none'; must be `pseudonym` or `drop`",
    ),
    "identity_without_transform": (
        lambda d: column(d, "informant_name").pop("transformLogic"),
        "$.schema[0].properties[6].transformLogic",
        "is missing",
    ),
    "unknown_type": (
        lambda d: column(d, "note").update(logicalType="money"),
        "$.schema[0].properties[29].logicalType",
        "money",
    ),
    "type_not_understood": (
        lambda d: column(d, "note").update(logicalType="number", logicalTypeOptions={}),
        "$.schema[0].properties[29].logicalType",
        "'number'; must be one of string, integer",
    ),
    "no_key": (no_key, "$.schema[0].properties", "no column is marked primaryKey"),
    "duplicate_headers": (duplicate_headers, "$.schema[0].properties", "is declared for both content and note"),
    "duplicate_columns": (duplicate_columns, "$.schema[0].properties", "two columns are named note"),
    "bad_pattern": (
        lambda d: column(d, "tip_id").update(logicalTypeOptions={"pattern": "^TB-([0-9]+$"}),
        "$.schema[0].properties[0].logicalTypeOptions.pattern",
        "unclosed group",
    ),
    "pattern_of_another_dialect": (
        lambda d: column(d, "tip_id").update(logicalTypeOptions={"pattern": "^(?=TB)"}),
        "$.schema[0].properties[0].logicalTypeOptions.pattern",
        "look-around",
    ),
    "no_date_in_path": (
        lambda d: server(d).update(path="tips/**/tin_bao.csv"),
        "$.servers[0].path",
        "needs `{date}`",
    ),
    "unsupported_format": (lambda d: server(d).update(format="parquet"), "$.servers[0].format", "'parquet'"),
    "no_format": (lambda d: server(d).pop("format"), "$.servers[0]", "'format' is a required property"),
    "no_delimiter": (
        lambda d: custom(server(d), "delimiter", None),
        "$.servers[0].customProperties.delimiter",
        "missing",
    ),
    "long_delimiter": (
        lambda d: custom(server(d), "delimiter", "; "),
        "$.servers[0].customProperties.delimiter",
        "too long",
    ),
    "no_encodings": (
        lambda d: custom(server(d), "encodings", None),
        "$.servers[0].customProperties.encodings",
        "missing",
    ),
    "odd_encoding": (
        lambda d: custom(server(d), "encodings", ["klingon"]),
        "$.servers[0].customProperties.encodings[0]",
        "'klingon'",
    ),
    "no_limit": (
        lambda d: custom(server(d), "maxBytes", None),
        "$.servers[0].customProperties.maxBytes",
        "missing",
    ),
    "limit_as_text": (
        lambda d: custom(server(d), "maxBytes", "2 GB"),
        "$.servers[0].customProperties.maxBytes",
        "not of type 'integer'",
    ),
    "no_schedule": (lambda d: d["slaProperties"][0].pop("schedule"), "$.slaProperties", "cron `schedule`"),
    "odd_schedule": (
        lambda d: d["slaProperties"][0].update(schedule="each day"),
        "$.slaProperties",
        "'each day'",
    ),
    "seconds_in_the_schedule": (
        lambda d: d["slaProperties"][0].update(schedule="30 6 * * * 0"),
        "$.slaProperties",
        "five fields",
    ),
    "unknown_frequency": (
        lambda d: d["slaProperties"][0].update(unit="h"),
        "$.slaProperties",
        "the frequency 1 'h' is not supported; use 1 d, 1 w or 1 mo",
    ),
    "every_other_week": (
        lambda d: d["slaProperties"][0].update(value=2, unit="w"),
        "$.slaProperties",
        "the frequency 2 'w' is not supported",
    ),
    "weekly_each_day": (
        lambda d: d["slaProperties"][0].update(unit="w"),
        "$.slaProperties",
        "'30 6 * * *' fires more often than the frequency 1 w",
    ),
    "monthly_twice": (
        lambda d: d["slaProperties"][0].update(unit="mo", schedule="0 6 1,15 * *"),
        "$.slaProperties",
        "fires more often than the frequency 1 mo",
    ),
    "no_delivery": (
        lambda d: custom(table(d), "delivery", None),
        "$.schema[0].customProperties.delivery",
        "missing",
    ),
    "unknown_delivery": (
        lambda d: custom(table(d), "delivery", "stream"),
        "$.schema[0].customProperties.delivery",
        "'stream'",
    ),
    "distribution_of_no_column": (
        lambda d: custom(table(d), "distribution", "colour"),
        "$.schema[0].customProperties.distribution",
        "is not a column",
    ),
    "no_grain": (
        lambda d: table(d).pop("dataGranularityDescription"),
        "$.schema[0].dataGranularityDescription",
        "missing",
    ),
    "no_owner": (lambda d: d.pop("team"), "$.team", "is missing"),
    "no_columns": (lambda d: table(d).update(properties=[]), "$.schema[0].properties", "is missing"),
    "two_tables": (lambda d: d["schema"].append({"name": "more"}), "$.schema", "2 entries"),
    "name_with_sql": (lambda d: d.update(id='tips (x int); drop table "a'), "$.id", "snake_case"),
    "column_with_sql": (
        lambda d: column(d, "place").update(name="place text, x"),
        "$.schema[0].properties[11].name",
        "snake_case",
    ),
    **{
        f"reserved_column_{name}": (
            lambda d, name=name: column(d, "place").update(name=name),
            "$.schema[0].properties",
            f"the name {name} is reserved ({whose} add ",
        )
        for name, whose in (
            *(
                (ours, "the loader and the models")
                for ours in ("line_no", "export_date", "acceptance_no", "feed", "path")
            ),
            *((ours, "PostgreSQL") for ours in ("xmin", "ctid")),
        )
    },
    "key_not_required": (
        lambda d: column(d, "tip_id").update(required=False),
        "$.schema[0].properties",
        "tip_id is in the primaryKey, so it needs `required: true`",
    ),
    "changes_without_updated_at": (
        lambda d: column(d, "updated_at").update(primaryKey=False),
        "$.schema[0].properties",
        "a feed of changes needs a timestamp `updated_at` in its primaryKey",
    ),
    "changes_with_updated_at_as_date": (
        lambda d: column(d, "updated_at").update(logicalType="date"),
        "$.schema[0].properties",
        "a feed of changes needs a timestamp `updated_at` in its primaryKey",
    ),
    "kind_unknown": (lambda d: d.update(kind="Recipe"), "$.kind", "Recipe"),
    "not_the_standard": (lambda d: d.update(columns=[]), "$", "columns"),
    "no_version": (lambda d: d.pop("apiVersion"), "$", "apiVersion"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_contract_is_refused_with_file_place_and_reason(tmp_path: Path, name: str) -> None:
    break_contract, place, reason = BROKEN[name]
    document = yaml.safe_load(TIPS.read_text(encoding="utf-8"))
    break_contract(document)
    file = write_document(tmp_path, document)
    with pytest.raises(ContractError) as raised:
        read_contract(file)
    message = str(raised.value)
    assert message.startswith(f"{file}: {place}")
    assert reason in message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"id: [tips\n", "not readable as YAML"),
        (b"\xff\xfe\x00", "not readable as YAML"),
        (b"", "$: None is not of type"),
        (b"- a list\n", "$: ['a list'] is not of type"),
        (b"id: tips\n", "is a required property"),
    ],
)
def test_a_file_that_is_not_a_contract_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "odd.yaml"
    file.write_bytes(content)
    with pytest.raises(ContractError, match=re.escape(reason)) as raised:
        read_contract(file)
    assert str(raised.value).startswith(f"{file}: ")


def test_a_workbook_needs_a_sheet(tmp_path: Path) -> None:
    document = yaml.safe_load((PROJECT / "contracts" / "patrol_rosters.yaml").read_text(encoding="utf-8"))
    custom(server(document), "sheet", None)
    with pytest.raises(ContractError, match=re.escape("$.servers[0].customProperties.sheet: is missing")):
        read_contract(write_document(tmp_path, document))


def test_an_empty_folder_and_duplicate_feeds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="no contract"):
        read_contracts(tmp_path)
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_bytes(TIPS.read_bytes())
    with pytest.raises(ContractError, match=r"b\.yaml: \$\.id: another contract already declares the feed 'tips'"):
        read_contracts(tmp_path)


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from paths(child, (*path, key))


def test_any_single_change_of_a_contract_is_read_or_raises_contract_error(tmp_path: Path) -> None:
    """Each node in turn is removed or replaced by an odd value; the reader must accept it or raise ContractError."""
    whole = yaml.safe_load(TIPS.read_text(encoding="utf-8"))
    names = ("tip_id", "updated_at", "channel", "informant_name")
    table(whole)["properties"] = [column(whole, name) for name in names]
    tried = refused = 0
    chance = Random(138)
    for path in paths(whole):
        for odd in (..., chance.choice((None, "x", -1, [], {"x": 1}))):
            document = copy.deepcopy(whole)
            parent = document
            for key in path[:-1]:
                parent = parent[key]
            if odd is ...:
                del parent[path[-1]]
            else:
                parent[path[-1]] = odd
            file = tmp_path / "c.yaml"
            file.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML, and quick to read
            tried += 1
            try:
                read_contract(file)
            except ContractError as error:
                assert str(error).startswith(f"{file}: $"), error
                refused += 1
            except Exception as error:
                pytest.fail(f"{path} = {odd!r}: {type(error).__name__}: {error}")
    assert tried > 200
    assert refused > tried / 2


# --- derived from the contracts ----------------------------------------------------------------------------


def test_raw_tables_have_the_columns_of_the_contracts(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    for feed in feeds.values():
        found = query(
            warehouse,
            "select attname::text, format_type(atttypid, atttypmod), attnotnull,"
            " col_description(attrelid, attnum) is not null"
            f" from pg_attribute where attrelid = 'raw.{feed.name}'::regclass and attnum > 0 order by attnum",
        )
        names = {"timestamptz": "timestamp with time zone"}
        declared = [(c.name, names.get(c.sql_type, c.sql_type), False, True) for c in feed.columns]
        assert found == [
            ("file_id", "bigint", True, True),
            ("line_no", "bigint", True, True),
            *declared,
            ("extra", "json", False, True),
        ]


def test_migrating_twice_adds_a_new_column_and_refuses_another_type(
    warehouse: Settings, feeds: dict[str, Feed]
) -> None:
    tips = feeds["tips"]
    shorter = replace(tips, name="tips_old", columns=tips.columns[:-1])
    assert "note" in raw_schema(tips)
    assert "note" not in raw_schema(shorter)
    migrate(warehouse.dsn, {"tips_old": shorter})
    migrate(warehouse.dsn, {"tips_old": replace(tips, name="tips_old")})
    migrate(warehouse.dsn, {"tips_old": replace(tips, name="tips_old")})
    [(kind,)] = query(
        warehouse,
        "select data_type from information_schema.columns where table_name = 'tips_old' and column_name = 'note'",
    )
    assert kind == "text"
    retyped = replace(tips, name="tips_old", columns=(*tips.columns[:-1], replace(tips.columns[-1], type="integer")))
    [refusal] = migrate(warehouse.dsn, {"tips_old": retyped}).refused
    assert refusal.startswith("raw.tips_old.note is text, the contract now says bigint")


def test_names_may_be_sql_keywords(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    """Migration, ingest, replay and profile of a feed named `table` with columns `order`, `group` and `user`."""
    keywords = {"tip_id": "order", "channel": "group", "content": "user"}
    tips = feeds["tips"]
    columns = tuple(replace(c, name=keywords.get(c.name, c.name)) for c in tips.columns)
    feed = replace(tips, name="table", columns=columns, key=("order", "updated_at"), distribution_column="group")
    migrate(warehouse.dsn, {"table": feed})
    migrate(warehouse.dsn, {"table": replace(feed, columns=(*columns, replace(columns[-1], name="select")))})
    rows = [row("tips", 1), row("tips", 2, channel="Zalo")]
    deliver(warehouse, tips, rows)
    assert ingest(warehouse, feed, "r1").rows_quarantined == 1
    assert replay(warehouse, with_labels(feed, "group", {"Zalo": "hotline"}), "r2").rows_loaded == 1
    assert query(warehouse, 'select "order", "group" from raw."table" order by 1') == [
        ("TB-2024-000001", "hotline"),
        ("TB-2024-000002", "hotline"),
    ]
    assert count_pending(warehouse, feed) == 2
    with transaction(warehouse.dsn, "auditor") as cursor:
        assert len(profile_pending(cursor, {"table": feed}, read_limits(PROJECT).periods)) == 2


def test_the_dbt_files_are_generated_from_the_contracts(feeds: dict[str, Feed]) -> None:
    for path, text in dbt_files(feeds).items():
        assert (PROJECT / path).read_text(encoding="utf-8") == text, f"{path}: run `lachan sources`"
    [raw] = yaml.safe_load(dbt_files(feeds)["dbt_project/models/staging/_raw.yml"])["sources"]
    assert {entry["name"] for entry in raw["tables"]} == feeds.keys()
    for entry in raw["tables"]:
        declared = [(c.name, c.sql_type, c.description) for c in feeds[entry["name"]].columns]
        assert [(c["name"], c["data_type"], c["description"]) for c in entry["columns"]][2:-1] == declared


def test_staging_models_are_tested_on_the_key_of_the_feed(feeds: dict[str, Feed]) -> None:
    models = yaml.safe_load(dbt_files(feeds)["dbt_project/models/staging/_models.yml"])["models"]
    assert {model["name"] for model in models} == {f"stg_{name}" for name in feeds}
    of = {model["name"]: model for model in models}
    [tip_id] = of["stg_tips"]["columns"]
    assert (tip_id["name"], tip_id["data_tests"]) == ("tip_id", ["not_null", "unique"])
    [model_id] = of["stg_model_register"]["columns"]
    assert (model_id["name"], model_id["data_tests"]) == ("model_id", ["not_null"])
    assert of["stg_model_register"]["data_tests"] == [
        {"unique": {"arguments": {"column_name": "model_id || '@' || export_date"}}}
    ]


def test_every_feed_has_its_suite_and_its_staging_model(feeds: dict[str, Feed]) -> None:
    for name in feeds:
        suite = json.loads((PROJECT / f"expectations/suites/{name}.json").read_text(encoding="utf-8"))
        assert suite["name"] == name
        assert len(suite["expectations"]) > 0
        assert (PROJECT / f"dbt_project/models/staging/stg_{name}.sql").is_file()
