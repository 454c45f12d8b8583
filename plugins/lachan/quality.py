"""The gate before dbt and the audit before publication: Great Expectations' verdicts, and what follows from them."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from psycopg2.extensions import cursor as Cursor

from lachan.contract import Feed, survey
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.gate import Verdict, accept, hold, profile_fresh, read_frame, record
from lachan.warehouse.marts import AUDITED, fingerprint, keep, last, no_build_runs

log = logging.getLogger(__name__)

BATCH_KEY = "file_id"


class AuditFailed(Exception):
    """Computed figures contradict each other or their definitions: nothing was published."""


class NotBuilt(Exception):
    """The marts are not what a build left that ended well: there is nothing to audit."""


class SuiteMissing(Exception):
    """A feed or mart has no suite that Great Expectations can read."""


@dataclass(frozen=True)
class GateReport:
    """How many fresh files the gate accepted (of these with a warning) and held."""

    accepted: int
    warned: int
    held: int

    def __add__(self, other: GateReport) -> GateReport:
        """The report of both together."""
        return GateReport(self.accepted + other.accepted, self.warned + other.warned, self.held + other.held)


def gate(settings: Settings, run_id: str) -> GateReport:
    """Judge every loaded file that waits: accept it and give it its number, or hold it.

    A file is held when an expectation of severity `critical` fails for it; a warning lets it through and is
    kept as its reason. An expectation that itself errs holds every file of its feed that was judged with it.
    The files of a feed without a readable suite keep waiting: once all others are judged and that is kept, raises
    SuiteMissing, which names each such suite. A feed whose contract is broken is not looked at.
    """
    feeds = survey(settings.contracts).feeds
    total = GateReport(0, 0, 0)
    missing: dict[str, str] = {}
    held: dict[str, str] = {}
    with transaction(settings.dsn, "loader") as cursor:
        profiles = profile_fresh(cursor, feeds)
        if profiles.empty:
            return total
        with _project(settings) as project:
            while not profiles.empty:
                for name, rows in profiles.groupby("feed"):
                    try:
                        verdicts = _validate(project, str(name), rows, BATCH_KEY, run_id)
                    except SuiteMissing as error:
                        missing[str(name)] = f"{error}; {len(rows)} files of {name} wait for it"
                        continue
                    report, reasons = _settle(cursor, feeds[str(name)], rows, verdicts, run_id)
                    total += report
                    held |= reasons
                profiles = profile_fresh(cursor, feeds)
                profiles = profiles[~profiles["feed"].isin(missing.keys())]
    for path, reason in held.items():
        log.warning("held %s: %s", path, reason)
    if missing:
        log.warning("of the other feeds: %s", total)
        raise SuiteMissing("\n".join(missing.values()))
    return total


def _settle(
    cursor: Cursor, feed: Feed, rows: pd.DataFrame, verdicts: list[Verdict], run_id: str
) -> tuple[GateReport, dict[str, str]]:
    """Accept or hold the files of a feed; returns how many, and the reason for each path that is held.

    Snapshots are compared with the one before, so those after the first that is held wait: what they were
    compared with does not stand.
    """
    rows = rows.sort_values(["export_date", BATCH_KEY])
    files = [int(file_id) for file_id in rows[BATCH_KEY]]
    # an expectation about the table as a whole, or one that erred, speaks of every file
    failed = {id(verdict): [int(key) for key in verdict.failed] or files for verdict in verdicts if not verdict.success}
    critical = {file for verdict in verdicts if verdict.severity == "critical" for file in failed.get(id(verdict), ())}
    if feed.delivery == "snapshot" and critical:
        files = files[: files.index(next(file for file in files if file in critical)) + 1]
    words: dict[int, list[str]] = defaultdict(list)
    for verdict in verdicts:
        for file_id in failed.get(id(verdict), ()):
            if verdict.severity == "critical" or file_id not in critical:
                words[file_id].append(_words(verdict, str(file_id)))
    reasons = {file_id: "; ".join(words[file_id]) for file_id in files if file_id in words}
    held = {file_id: reason for file_id, reason in reasons.items() if file_id in critical}
    accepted = [file_id for file_id in files if file_id not in critical]
    warned = {file_id: reason for file_id, reason in reasons.items() if file_id not in critical}
    record(cursor, run_id, "gate", [verdict.of(map(str, files)) for verdict in verdicts])
    hold(cursor, held)
    accept(cursor, accepted, warned, gate="pending")
    paths = dict(zip(rows[BATCH_KEY], rows["path"], strict=True))
    return GateReport(len(accepted), len(warned), len(held)), {paths[file]: why for file, why in held.items()}


def accepted_not_built(settings: Settings) -> bool:
    """Whether the gate has accepted a file that no build has taken yet: a build that broke off left it."""
    with transaction(settings.dsn, "publisher") as cursor:
        if read_frame(cursor, "select to_regclass('staging.taken_file')").iloc[0, 0] is None:
            return True
        query = (
            "select exists (select from ops.export_file f where f.gate = 'accepted'"
            " and not exists (select from staging.taken_file t where t.file_id = f.file_id)) as left_over"
        )
        return bool(read_frame(cursor, query).iloc[0, 0])


def audit(settings: Settings, run_id: str) -> None:
    """Check the marts that are to be published, and note which state of them was good: only that is published.

    Waits for a build that runs. Raises AuditFailed, saying what is wrong, or NotBuilt when a build broke off.
    """
    frames, mark = _built(settings)
    verdicts: list[Verdict] = []
    with _project(settings) as project:
        for mart, key in AUDITED.items():
            verdicts += _validate(project, mart, frames[mart], key, run_id)
        with transaction(settings.dsn, "loader") as cursor:
            record(cursor, run_id, "audit", verdicts)
        project.build_data_docs()
    failures = [verdict for verdict in verdicts if not verdict.success]
    told = {
        id(verdict): [f"{key}: {_words(verdict, key)}" for key in list(verdict.failed)[:10] or [verdict.suite]]
        for verdict in failures
    }
    for verdict in failures:
        log.warning("audit, %s, marts.%s: %s", verdict.severity, verdict.suite, "; ".join(told[id(verdict)]))
    if critical := [verdict for verdict in failures if verdict.severity == "critical"]:
        raise AuditFailed("; ".join(f"marts.{verdict.suite}: {'; '.join(told[id(verdict)])}" for verdict in critical))
    with transaction(settings.dsn, "loader") as cursor:
        keep(cursor, "audited", run_id, mark)


def _built(settings: Settings) -> tuple[dict[str, pd.DataFrame], str]:
    """The audited marts at one moment between builds, and their fingerprint."""
    with no_build_runs(settings.dsn), transaction(settings.dsn, "publisher") as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        built = last(cursor, "built")
        if built is None or (found := fingerprint(cursor)) != built:
            raise NotBuilt(
                "the marts are not what a build left that ended well: one broke off, or somebody changed them; "
                "look at ops.dbt_result, build again, then audit"
            )
        return {mart: read_frame(cursor, f"select * from marts.{mart}") for mart in AUDITED}, found  # noqa: S608


def _words(verdict: Verdict, key: str) -> str:
    if verdict.exception:
        return f"{verdict.expectation} could not be judged: {verdict.exception}"
    found = verdict.failed.get(key, "")
    return f"{verdict.column or 'the whole'} {found}, wanted {verdict.expected}"


# --- Great Expectations -------------------------------------------------------------------------------------


@contextmanager
def _project(settings: Settings) -> Iterator[Any]:
    """The Great Expectations project of the checkout, copied aside: a run rewrites suites in its own order."""
    home = settings.home / "gx"
    home.mkdir(parents=True, exist_ok=True)
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["LACHAN_GX_HOME"] = str(home)
    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it tells hundreds of registrations
    with TemporaryDirectory(dir=home, prefix="project-") as folder:
        shutil.copytree(settings.project / "expectations", folder, dirs_exist_ok=True)
        yield gx.get_context(mode="file", context_root_dir=folder)


def _validate(project: Any, name: str, rows: pd.DataFrame, key: str, run_id: str) -> list[Verdict]:
    """What each expectation of a suite says of some rows; failing rows are named by their key."""
    import great_expectations as gx
    from great_expectations.core.run_identifier import RunIdentifier

    suite = _suite(project, name)
    data = project.data_sources.get("warehouse").get_asset("rows").get_batch_definition("whole")
    definition = project.validation_definitions.add_or_update(
        gx.ValidationDefinition(name=name, data=data, suite=suite)
    )
    checkpoint = project.checkpoints.add_or_update(
        gx.Checkpoint(
            name=name,
            validation_definitions=[definition],
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [key]},
        )
    )
    results = checkpoint.run(batch_parameters={"dataframe": rows}, run_id=RunIdentifier(run_name=run_id))
    return [_verdict(name, key, result) for each in results.run_results.values() for result in each.results]


def _suite(project: Any, name: str) -> Any:
    """A suite with all its expectations; Great Expectations itself only logs those that it cannot read."""
    place = f"expectations/suites/{name}.json"
    try:
        suite = project.suites.get(name)
        written = json.loads((Path(project.root_directory) / "suites" / f"{name}.json").read_text(encoding="utf-8"))
    except Exception as error:  # of a file that is not JSON, or not a suite: whatever the reader stumbles over
        raise SuiteMissing(f"{place}: no such suite, or not readable: {error}") from error
    if len(suite.expectations) != len(written["expectations"]):
        known = {expectation.expectation_type for expectation in suite.expectations}
        odd = [each["type"] for each in written["expectations"] if each["type"] not in known]
        raise SuiteMissing(f"{place}: not every expectation can be read; look at {', '.join(odd) or 'their arguments'}")
    return suite


def _verdict(suite: str, key: str, result: Any) -> Verdict:
    """A verdict of Great Expectations as ours; one that could not be reached is critical, whatever was declared."""
    config = result.expectation_config
    exception = _exception(result.exception_info or {})
    wanted = {name: value for name, value in config.kwargs.items() if name in ("min_value", "max_value")}
    column = config.kwargs.get("column")
    rows = result.result.get("unexpected_index_list") or ()
    return Verdict(
        suite=suite,
        expectation=config.type,
        column=column,
        severity="critical" if exception else str(config.severity.value),
        success=bool(result.success),
        expected=", ".join(f"{name} {value}" for name, value in wanted.items()) or config.type,
        failed={str(row[key]): str(row[column]) for row in rows},
        exception=exception,
    )


def _exception(info: dict[str, Any]) -> str | None:
    entries = [info] if "raised_exception" in info else list(info.values())
    return next((str(entry["exception_message"]) for entry in entries if entry["raised_exception"]), None)
