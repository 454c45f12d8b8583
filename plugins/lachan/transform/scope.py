"""What one build runs: the whole project, or the models and tests that new deliveries may have touched."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dbt.contracts.graph.manifest import Manifest
from psycopg2.extensions import cursor as Cursor

from lachan.warehouse.mart_state import GroupState, fingerprints
from lachan.warehouse.statements import run

logger = logging.getLogger(__name__)

DAILY = "daily"
"""Tag of the tests that every build runs. The others test the project, not the data, and run in full builds."""
FOLLOWED_SEEDS = {"city/ward_alias.csv", "seeds/holiday.csv", "city/published_2024.csv"}
"""Seeds whose changes reach the figures through the models that rest on them. Any other change needs a full build."""


@dataclass(frozen=True)
class Scope:
    """Whether a build is full, and whether it loads the seeds."""

    is_full: bool
    with_seeds: bool

    def options(self, project: Manifest) -> list[str]:
        """The options of `dbt build`."""
        if self.is_full:
            return ["--full-refresh"]
        left_out = sorted({*_release_tests(project), *(() if self.with_seeds else _resting_on_seeds_alone(project))})
        return ["--exclude", *left_out] if left_out else []


def scope_of_build(cursor: Cursor, files: Mapping[str, str], states: Mapping[str, GroupState], full: bool) -> Scope:
    """The scope of the next build of a project with these files (path and hash); the reason is logged.

    `states` are those before the build. A group that was built, but whose marts are no longer as that build left them,
    was changed by hand; only a full build restores it. A full build withdraws the record of the last complete build, so
    that builds are full until one has succeeded.
    """
    recorded = run(cursor, "transform/complete_build").fetchone()
    before: dict[str, str] = recorded[0] if recorded else {}
    changed = {name for name in files.keys() | before.keys() if files.get(name) != before.get(name)}
    # where models have changed, the marts may be those of an earlier release, of which there are no fingerprints
    is_known = bool(recorded) and changed <= FOLLOWED_SEEDS
    by_hand = sorted(_changed_by_hand(cursor, states)) if is_known else []
    if not full and is_known and not by_hand:
        logger.info("incremental build: what deliveries have touched since the last complete build")
        return Scope(is_full=False, with_seeds=bool(changed))
    if full:
        why = "it was asked for"
    elif by_hand:
        why = f"the marts of {', '.join(by_hand)} are not as the last build left them"
    elif recorded:
        why = f"changed since the last complete build: {', '.join(sorted(changed)[:5])}"
    else:
        why = "no build is complete yet"
    logger.info("full build: %s", why)
    run(cursor, "transform/delete_complete_build")
    return Scope(is_full=True, with_seeds=True)


def _changed_by_hand(cursor: Cursor, states: Mapping[str, GroupState]) -> Iterator[str]:
    found = fingerprints(cursor)
    return (
        group for group, state in states.items() if not state.is_held and state.built not in (None, found.get(group))
    )


def _release_tests(project: Manifest) -> Iterator[str]:
    return (node.name for node in project.nodes.values() if node.resource_type == "test" and DAILY not in node.tags)


def _resting_on_seeds_alone(project: Manifest) -> Iterator[str]:
    """Seeds, and the models and tests that read no data."""
    reads_data: dict[str, bool] = {}

    def reads(node_id: str) -> bool:
        if node_id not in reads_data:
            node = project.nodes.get(node_id)
            reads_data[node_id] = node is None or any(reads(parent) for parent in node.depends_on_nodes)
        return reads_data[node_id]

    return (
        node.name for node_id, node in project.nodes.items() if node.resource_type != "unit_test" and not reads(node_id)
    )
