"""The gate's limits (expectations/gate.yaml), and the Great Expectations suites that are generated from them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from lachan.contract import ContractError, Feed, GateChange

LIMITS = Path("expectations", "gate.yaml")
DERIVED = "derived_columns"
"""Key in a suite's `meta`: columns computed from measures by a formula and added to the frame before the check."""

_LIMIT_FORM = {
    "type": "object",
    "required": ["measure", "severity", "reason"],
    "anyOf": [{"required": ["at_most"]}, {"required": ["at_least"]}],
    "additionalProperties": False,
    "properties": {
        "measure": {"type": "string"},
        "at_least": {"type": "number"},
        "at_most": {"type": ["number", "string"]},
        "where": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "number"}},
        "severity": {"enum": ["critical", "warning"]},
        "reason": {"type": "string", "minLength": 1},
    },
}
_PERIOD_FORM = {
    "type": "object",
    "required": ["value", "unit", "reason"],
    "properties": {"value": {"type": "integer", "minimum": 1}},
}
_PERIODS = ("usual_days", "usual_files", "mix_days")
_GROUPS = ("every_feed", "changes", "snapshots")
_FORM = {
    "type": "object",
    "required": ["periods", *_GROUPS],
    "additionalProperties": False,
    "properties": {
        "periods": {"type": "object", "required": list(_PERIODS), "additionalProperties": _PERIOD_FORM},
        **{group: {"type": "object", "additionalProperties": _LIMIT_FORM} for group in _GROUPS},
    },
}


class LimitsError(ValueError):
    """expectations/gate.yaml cannot be used; the message names the place in the file and the reason."""


@dataclass(frozen=True)
class Limit:
    """Bounds of one measure of a file, and the severity of exceeding them.

    `at_most` may be a formula of other measures. `where` is a measure and its smallest value at which the limit
    applies; below it the limit is not checked.
    """

    name: str
    measure: str
    severity: str
    reason: str
    at_least: float | None = None
    at_most: float | str | None = None
    where: tuple[str, float] | None = None


@dataclass(frozen=True)
class GateLimits:
    """All limits by group and name, and the periods over which measures are computed (days, files)."""

    periods: dict[str, int]
    groups: dict[str, dict[str, Limit]]

    def for_feed(self, feed: Feed) -> list[Limit]:
        """The limits for a feed's kind of delivery, with the changes that its contract makes.

        Raises ContractError when the contract changes a limit that does not exist for the feed.
        """
        limits = self.groups["changes" if feed.delivery == "changes" else "snapshots"] | self.groups["every_feed"]
        for change in feed.gate_changes:
            if change.limit not in limits:
                raise ContractError(
                    f"contracts, feed {feed.name}: $.schema[0].quality names the limit {change.limit!r}; "
                    f"{LIMITS} declares {', '.join(limits)} for this feed"
                )
            if change.applies:
                limits[change.limit] = _changed(limits[change.limit], change)
            else:
                del limits[change.limit]
        return list(limits.values())


def read_limits(project: Path) -> GateLimits:
    """Read the limits from a project's expectations/gate.yaml. Raises LimitsError."""
    import jsonschema

    try:
        document = yaml.load((project / LIMITS).read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LimitsError(f"{LIMITS}: not readable as YAML: {error}") from error
    for fault in jsonschema.Draft202012Validator(_FORM).iter_errors(document):
        raise LimitsError(f"{LIMITS}: {fault.json_path}: {fault.message[:300]}")
    return GateLimits(
        periods={name: document["periods"][name]["value"] for name in _PERIODS},
        groups={
            group: {name: _limit(name, declared) for name, declared in document[group].items()} for group in _GROUPS
        },
    )


def _limit(name: str, declared: dict[str, Any]) -> Limit:
    where = next(iter(declared.pop("where", {}).items()), None)
    return Limit(name=name, where=where, **declared)


def _changed(limit: Limit, change: GateChange) -> Limit:
    """The limit with the change of a contract; a changed bound replaces both bounds."""
    if change.at_least is not None or change.at_most is not None:
        limit = replace(limit, at_least=change.at_least, at_most=change.at_most)
    return replace(limit, severity=change.severity or limit.severity, reason=change.reason)


def suite_files(project: Path, feeds: Mapping[str, Feed]) -> dict[str, str]:
    """The text of each feed's suite, by its path in the project. Raises LimitsError and ContractError."""
    limits = read_limits(project)
    return {
        f"expectations/suites/{name}.json": json.dumps(_suite(feed, limits), indent=2, ensure_ascii=False) + "\n"
        for name, feed in sorted(feeds.items())
    }


def _suite(feed: Feed, limits: GateLimits) -> dict[str, Any]:
    kind = "file" if feed.delivery == "changes" else "snapshot"
    feed_limits = limits.for_feed(feed)
    derived = {_bound_column(limit): limit.at_most for limit in feed_limits if isinstance(limit.at_most, str)}
    return {
        "name": feed.name,
        "id": _id(feed.name),
        "notes": None,
        "meta": {
            "notes": f"Generated by `lachan sources` from {LIMITS}: checks each new {kind}'s row in ops.batch_profile.",
            DERIVED: derived,
        },
        "expectations": [_expectation(feed, limit) for limit in feed_limits],
    }


def _expectation(feed: Feed, limit: Limit) -> dict[str, Any]:
    if isinstance(limit.at_most, str):
        kind = "expect_column_pair_values_a_to_be_greater_than_b"
        arguments: dict[str, Any] = {
            "column_A": _bound_column(limit),
            "column_B": limit.measure,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        }
    else:
        kind = "expect_column_values_to_be_between"
        bounds = {"min_value": limit.at_least, "max_value": limit.at_most}
        arguments = {"column": limit.measure} | {name: value for name, value in bounds.items() if value is not None}
    if limit.where:
        measure, smallest = limit.where
        condition = {"type": "comparison", "column": {"name": measure}, "operator": ">=", "parameter": smallest}
        arguments["row_condition"] = condition
    return {
        "id": _id(f"{feed.name}.{limit.name}"),
        "type": kind,
        "kwargs": arguments,
        "severity": limit.severity,
        "meta": {"notes": limit.reason, "limit": limit.name},
    }


def _bound_column(limit: Limit) -> str:
    return f"{limit.name}_at_most"


def _id(name: str) -> str:
    """The id that Great Expectations requires; derived from the name, so that a suite changes only with its limits."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"lachan/suites/{name}"))
