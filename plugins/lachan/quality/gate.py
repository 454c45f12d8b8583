"""The gate before dbt: each new file is accepted or held, by the expectations on its profile."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass

import pandas as pd
from psycopg2.extensions import cursor as Cursor

from lachan.contract import Feed, survey
from lachan.quality.batch_profile import profile_pending
from lachan.quality.expectations import SuiteMissing, open_project, run_suite
from lachan.quality.limits import read_limits
from lachan.quality.verdicts import Verdict, record
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.acceptance import accept, hold

log = logging.getLogger(__name__)

BATCH_KEY = "file_id"


@dataclass(frozen=True)
class GateReport:
    """How many new files the gate accepted, how many of these with a warning (`warned`), and how many it held."""

    accepted: int
    warned: int
    held: int

    def __add__(self, other: GateReport) -> GateReport:
        """The sums of both reports."""
        return GateReport(self.accepted + other.accepted, self.warned + other.warned, self.held + other.held)


def gate(settings: Settings, run_id: str) -> GateReport:
    """Judge every pending file: accept it with an acceptance number, or hold it.

    A file is held when an expectation of severity `critical` fails for it. When only a warning fails, the file is
    accepted, with the warning as its gate reason. An expectation that raises an error holds all files of the feed that
    are judged in the same pass. Feeds with a broken contract are skipped.

    Files of a feed whose suite cannot be read stay pending. When all other files have been judged and the decisions are
    committed, SuiteMissing is raised, which names each such suite.
    """
    feeds = survey(settings.contracts).feeds
    total = GateReport(0, 0, 0)
    missing: dict[str, str] = {}
    held: dict[str, str] = {}
    periods = read_limits(settings.project).periods
    with transaction(settings.address("auditor"), "auditor") as cursor:
        profiles = profile_pending(cursor, feeds, periods)
        if profiles.empty:
            return total
        with open_project(settings) as project:
            while not profiles.empty:
                for name, rows in profiles.groupby("feed"):
                    try:
                        verdicts = run_suite(project, str(name), rows, BATCH_KEY, run_id)
                    except SuiteMissing as error:
                        missing[str(name)] = f"{error}; {len(rows)} files of {name} wait for it"
                        continue
                    report, reasons = _decide(cursor, feeds[str(name)], rows, verdicts, run_id)
                    total += report
                    held |= reasons
                profiles = profile_pending(cursor, feeds, periods)
                profiles = profiles[~profiles["feed"].isin(missing.keys())]
    for path, reason in held.items():
        log.warning("held %s: %s", path, reason)
    if missing:
        log.warning("the other feeds were judged: %s", total)
        raise SuiteMissing("\n".join(missing.values()))
    return total


def _decide(
    cursor: Cursor, feed: Feed, rows: pd.DataFrame, verdicts: list[Verdict], run_id: str
) -> tuple[GateReport, dict[str, str]]:
    """Accept or hold the files of a feed; returns the counts, and the reason for each path that is held.

    A snapshot is compared with the one before it. Snapshots after the first held one were compared with a
    snapshot that does not count; they stay pending, and the next pass compares them again.
    """
    rows = rows.sort_values(["export_date", BATCH_KEY])
    files = [int(file_id) for file_id in rows[BATCH_KEY]]
    # an expectation on the whole table, or one that raised an error, names no rows: it applies to every file
    failed = {id(verdict): [int(key) for key in verdict.failed] or files for verdict in verdicts if not verdict.success}
    critical = {file for verdict in verdicts if verdict.severity == "critical" for file in failed.get(id(verdict), ())}
    if feed.delivery == "snapshot" and critical:
        files = files[: files.index(next(file for file in files if file in critical)) + 1]
    explanations: dict[int, list[str]] = defaultdict(list)
    for verdict in verdicts:
        for file_id in failed.get(id(verdict), ()):
            if verdict.severity == "critical" or file_id not in critical:
                explanations[file_id].append(verdict.explain(str(file_id)))
    reasons = {file_id: "; ".join(explanations[file_id]) for file_id in files if file_id in explanations}
    held = {file_id: reason for file_id, reason in reasons.items() if file_id in critical}
    accepted = [file_id for file_id in files if file_id not in critical]
    warned = {file_id: reason for file_id, reason in reasons.items() if file_id not in critical}
    record(cursor, run_id, "gate", [verdict.for_rows(map(str, files)) for verdict in verdicts])
    hold(cursor, held)
    accept(cursor, accepted, warned, gate="pending")
    paths = dict(zip(rows[BATCH_KEY], rows["path"], strict=True))
    return GateReport(len(accepted), len(warned), len(held)), {paths[file]: why for file, why in held.items()}
