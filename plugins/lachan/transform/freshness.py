"""`dbt source freshness`: when the ledger last accepted a delivery of each feed. No row of raw is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from dbt.cli.main import dbtRunner

from lachan.settings import Settings
from lachan.transform.build import TransformFailed, dbt_environment, dbt_options, failure_message
from lachan.transform.parsing import ProjectInvalid, parse
from lachan.transform.project import project_files
from lachan.warehouse import transaction
from lachan.warehouse.statements import run


@dataclass(frozen=True)
class SourceFreshness:
    """One source: when a delivery of it was last loaded that is accepted, and pass, warn (late) or error (stale)."""

    feed: str
    loaded_at: datetime
    status: str


def check_freshness(settings: Settings, run_id: str) -> list[SourceFreshness]:
    """Let dbt judge each source by the periods of its contract, and store the verdicts in ops.source_freshness.

    A stale source is a verdict and no error. Raises TransformFailed when dbt could not judge.
    """
    with dbt_environment(settings):
        options = dbt_options(settings)
        try:
            project = parse(settings, os.environ["LACHAN_PG_DBNAME"], project_files(settings), options)
        except ProjectInvalid as error:
            raise TransformFailed(failure_message(settings, [], error)) from error
        outcome = dbtRunner(manifest=project).invoke(["source", "freshness", *options])
    results = list(outcome.result or ())
    failed = [result for result in results if str(result.status) == "runtime error"]
    if failed or outcome.exception or not results:
        raise TransformFailed(failure_message(settings, failed, outcome.exception))
    found = [SourceFreshness(each.node.name, each.max_loaded_at, str(each.status)) for each in results]
    with transaction(settings.address("transformer"), "transformer") as cursor:
        run(cursor, "transform/delete_other_sources", feed_names=[each.feed for each in found])
        for each in found:
            run(cursor, "transform/upsert_source_freshness", freshness=each, run_id=run_id)
    return found
