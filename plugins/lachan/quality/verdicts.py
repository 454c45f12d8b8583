"""What an expectation said, and how it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from psycopg2.extensions import cursor as Cursor

from lachan.warehouse.statements import run


@dataclass(frozen=True)
class Verdict:
    """What one expectation said in one run; `failed` maps the keys of the rows that failed it to what they held."""

    suite: str
    expectation: str
    column: str | None
    severity: str
    success: bool
    expected: str
    failed: dict[str, str]
    exception: str | None

    def of(self, keys: Iterable[str]) -> Verdict:
        """The verdict as far as it speaks of some rows; one that names no rows stays as it is."""
        failed = {key: self.failed[key] for key in keys if key in self.failed}
        return replace(self, failed=failed, success=self.success or bool(self.failed and not failed))

    def explain(self, key: str) -> str:
        """What the row with this key held and what was expected, or why the expectation could not be judged."""
        if self.exception:
            return f"{self.expectation} could not be judged: {self.exception}"
        return f"{self.column or 'the whole'} {self.failed.get(key, '')}, wanted {self.expected}"


def record(cursor: Cursor, run_id: str, stage: str, verdicts: Sequence[Verdict]) -> None:
    """Keep what every expectation said."""
    if verdicts:
        run(cursor, "quality/insert_check_results", run_id=run_id, stage=stage, verdicts=verdicts)
