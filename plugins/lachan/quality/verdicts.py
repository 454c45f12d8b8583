"""The verdict of one expectation, and its storage in ops.check_result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from psycopg2.extensions import cursor as Cursor

from lachan.warehouse.statements import run


@dataclass(frozen=True)
class Verdict:
    """Result of one expectation in one run; `failed` maps the key of each failing row to the value found."""

    suite: str
    expectation: str
    column: str | None
    severity: str
    success: bool
    expected: str
    failed: dict[str, str]
    exception: str | None

    def for_rows(self, keys: Iterable[str]) -> Verdict:
        """The verdict restricted to the rows with these keys; unchanged if it names no rows."""
        failed = {key: self.failed[key] for key in keys if key in self.failed}
        return replace(self, failed=failed, success=self.success or bool(self.failed and not failed))

    def explain(self, key: str) -> str:
        """The value found in the row with this key and the one expected, or the error of the expectation."""
        if self.exception:
            return f"{self.expectation} could not be evaluated: {self.exception}"
        return f"{self.column or 'the table'} {self.failed.get(key, '')}, wanted {self.expected}"


def record(cursor: Cursor, run_id: str, stage: str, verdicts: Sequence[Verdict]) -> None:
    """Insert verdicts into ops.check_result."""
    if verdicts:
        run(cursor, "quality/insert_check_results", run_id=run_id, stage=stage, verdicts=verdicts)
