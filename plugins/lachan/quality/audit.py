"""The audit before publication: expectations on the marts as the last successful build left them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

import pandas as pd

from lachan.quality.expectations import open_project, run_suite
from lachan.quality.verdicts import Verdict, record
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import (
    GroupState,
    fingerprints,
    group_states,
    hold_build_lock,
    hold_groups,
    record_states,
    unpublished_windows,
)
from lachan.warehouse.session import read_frame
from lachan.warehouse.statements import statement

log = logging.getLogger(__name__)

AUDITED = {
    "reconciliation": "quality/audited_reconciliation",
    "figure": "quality/audited_figure",
    "report_sentence": "quality/audited_report_sentence",
}
"""The audited marts, each with the query that adds the key of a row and the groups that it belongs to."""
_ROW_KEY = "row_key"
_EXAMPLES = 10


class AuditFailed(Exception):
    """Computed figures contradict each other or their definitions; their groups must not be published."""


class NotBuilt(Exception):
    """The marts are not as the last successful build left them, so they cannot be audited."""


def audit(settings: Settings, run_id: str) -> list[str]:
    """Check the marts before publication, and record the fingerprint of each group that passes; returns these groups.

    Only a group in the state that passed is published. A failing row holds back the groups of its indicators, a check
    of a whole mart holds back all. Groups that the build holds back are left out. Waits for a running build, and lets
    none begin. Raises AuditFailed, which names each critical failure, and NotBuilt when the marts of a group are not
    those of a successful build; the other groups are recorded all the same.
    """
    with hold_build_lock(settings.address("auditor"), "auditor"):  # no build may begin before the states are recorded
        frames, marts, states = _read(settings)
        not_held = {group: found for group, found in marts.items() if not states.get(group, GroupState()).is_held}
        built = {group: found for group, found in not_held.items() if states.get(group, GroupState()).built == found}
        changed = sorted(not_held.keys() - built.keys())
        if not built and not changed:
            log.warning("audit: every group is held back by the build: %s", ", ".join(sorted(marts)))
        verdicts: list[Verdict] = []
        if built:
            with open_project(settings) as project:
                for mart, frame in frames.items():
                    verdicts += run_suite(project, mart, frame.drop(columns="groups"), _ROW_KEY, run_id)
                with transaction(settings.address("auditor"), "auditor") as cursor:
                    record(cursor, run_id, "audit", verdicts)
        failures = _failures(verdicts, frames, built)
        with transaction(settings.address("auditor"), "auditor") as cursor:
            hold_groups(cursor, run_id, {group: f"the audit failed: {why}" for group, why in failures.items()})
            passed = {group: found for group, found in built.items() if group not in failures}
            record_states(cursor, "audited", run_id, passed)
    if failures:
        raise AuditFailed("; ".join(f"{group} is held back: {why}" for group, why in sorted(failures.items())))
    if changed:
        raise NotBuilt(
            f"the marts of {', '.join(changed)} are not as the last successful build left them: a later build did not "
            "finish, or somebody changed them; look at ops.dbt_result, build again, then audit"
        )
    return sorted(passed)


def _failures(verdicts: list[Verdict], frames: Mapping[str, pd.DataFrame], groups: Mapping[str, str]) -> dict[str, str]:
    """The groups that fail a critical expectation, each with the reasons; every failed expectation is logged."""
    reasons: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.success:
            continue
        failed = list(verdict.failed) or [verdict.suite]
        explained = "; ".join(f"{key}: {verdict.explain(key)}" for key in failed[:_EXAMPLES])
        log.warning("audit, %s, marts.%s: %s", verdict.severity, verdict.suite, explained)
        if verdict.severity != "critical":
            continue
        groups_of = _groups_of_rows(frames[verdict.suite], verdict.failed)
        for group in groups:
            of_group = [key for key in failed if group in groups_of.get(key, groups)]
            if of_group:
                explained = "; ".join(f"{key}: {verdict.explain(key)}" for key in of_group[:_EXAMPLES])
                reasons.setdefault(group, []).append(f"marts.{verdict.suite}: {explained}")
    return {group: "; ".join(each) for group, each in reasons.items()}


def _groups_of_rows(frame: pd.DataFrame, keys: Collection[str]) -> dict[str, set[str]]:
    """The groups of each of the rows with these keys; several rows have a key that should be unique and is not."""
    found: dict[str, set[str]] = {}
    for key, groups in frame.loc[frame[_ROW_KEY].isin(keys), [_ROW_KEY, "groups"]].itertuples(index=False):
        found.setdefault(key, set()).update(groups)
    return found


def _read(settings: Settings) -> tuple[dict[str, pd.DataFrame], dict[str, str], dict[str, GroupState]]:
    """The audited marts in one snapshot, with the fingerprints and the states of their groups."""
    with transaction(settings.address("auditor"), "auditor") as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        states = group_states(cursor)
        if not states:
            raise NotBuilt("no build of these marts has succeeded yet; build, then audit")
        windows = unpublished_windows(cursor)
        frames = {
            mart: read_frame(cursor, statement(cursor, query, windows=windows)) for mart, query in AUDITED.items()
        }
        return frames, fingerprints(cursor), states
