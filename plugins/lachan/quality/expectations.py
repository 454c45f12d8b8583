"""Run a suite of Great Expectations over a frame of rows; each expectation gives a `Verdict`."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from lachan.quality.limits import DERIVED
from lachan.quality.verdicts import Verdict
from lachan.settings import Settings


class SuiteMissing(Exception):
    """A feed or mart has no suite that Great Expectations can read."""


@contextmanager
def open_project(settings: Settings) -> Iterator[Any]:
    """Open a temporary copy of the checkout's Great Expectations project; a run would rewrite the suites in place."""
    home = settings.home / "gx"
    home.mkdir(parents=True, exist_ok=True)
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["LACHAN_GX_HOME"] = str(home)
    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # at INFO it logs hundreds of registrations
    with TemporaryDirectory(dir=home, prefix="project-") as folder:
        shutil.copytree(settings.project / "expectations", folder, dirs_exist_ok=True)
        yield gx.get_context(mode="file", context_root_dir=folder)


def write_data_docs(settings: Settings) -> Path:
    """Let Great Expectations render the results that are kept as pages (Data Docs); returns the first page.

    Rendering takes longer than the checks of a day, and nobody reads it on most days, so no run does it by itself.
    """
    with open_project(settings) as project:
        project.build_data_docs()
    return settings.home / "gx" / "data_docs" / "index.html"


def run_suite(project: Any, name: str, rows: pd.DataFrame, key: str, run_id: str) -> list[Verdict]:
    """Verdicts of all expectations of a suite on some rows; failing rows are identified by the column `key`."""
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
    parameters = {"dataframe": _with_derived(rows, suite)}
    results = checkpoint.run(batch_parameters=parameters, run_id=RunIdentifier(run_name=run_id))
    return [_verdict(suite, key, result) for each in results.run_results.values() for result in each.results]


def _with_derived(rows: pd.DataFrame, suite: Any) -> pd.DataFrame:
    """The rows with the columns that the suite's `meta` derives from others by a formula."""
    formulas = suite.meta.get(DERIVED) or {}
    if not formulas:
        return rows
    numbers = rows.apply(pd.to_numeric, errors="coerce")
    return rows.assign(**{name: numbers.eval(formula) for name, formula in formulas.items()})


def _suite(project: Any, name: str) -> Any:
    """A suite with all its expectations. Raises SuiteMissing; Great Expectations would only log unreadable ones."""
    place = f"expectations/suites/{name}.json"
    try:
        suite = project.suites.get(name)
        declared = json.loads((Path(project.root_directory) / "suites" / f"{name}.json").read_text(encoding="utf-8"))
    except Exception as error:  # a file that is not JSON or not a suite raises errors of many types
        raise SuiteMissing(f"{place}: no such suite, or not readable: {error}") from error
    if len(suite.expectations) != len(declared["expectations"]):
        known = {expectation.expectation_type for expectation in suite.expectations}
        unreadable = [each["type"] for each in declared["expectations"] if each["type"] not in known]
        raise SuiteMissing(
            f"{place}: not every expectation can be read; look at {', '.join(unreadable) or 'their arguments'}"
        )
    return suite


def _verdict(suite: Any, key: str, result: Any) -> Verdict:
    """Convert a result of Great Expectations; an expectation that raised an error is critical, whatever it declares."""
    config = result.expectation_config
    arguments = config.kwargs
    exception = _exception(result.exception_info or {})
    rows = result.result.get("unexpected_index_list") or ()
    bound = arguments.get("column_A")  # in a comparison of two columns, the column of upper bounds
    column = arguments.get("column_B", arguments.get("column"))
    if bound:
        expected = f"max_value {suite.meta[DERIVED][bound]}"
        failed = {str(row[key]): f"{row[column]} (at most {row[bound]:g})" for row in rows}
    else:
        bounds = {name: value for name, value in arguments.items() if name in ("min_value", "max_value")}
        expected = ", ".join(f"{name} {value}" for name, value in bounds.items()) or config.type
        failed = {str(row[key]): str(row[column]) for row in rows}
    return Verdict(
        suite=suite.name,
        expectation=config.type,
        column=column,
        severity="critical" if exception else str(config.severity.value),
        success=bool(result.success),
        expected=expected,
        failed=failed,
        exception=exception,
    )


def _exception(info: dict[str, Any]) -> str | None:
    entries = [info] if "raised_exception" in info else list(info.values())
    return next((str(entry["exception_message"]) for entry in entries if entry["raised_exception"]), None)
