"""Whether there is anything to build. Importing this module does not import dbt, which takes seconds."""

from __future__ import annotations

from lachan.settings import Settings
from lachan.transform.project import project_files
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import group_states
from lachan.warehouse.statements import run


def has_anything_to_build(settings: Settings) -> bool:
    """Whether a build, audit and publication could change anything that readers see.

    Nothing can change if the ledger and the dbt project are those of the last complete build, no group of figures is
    held back, and everything is published.
    """
    with transaction(settings.address("transformer"), "transformer") as cursor:
        last = run(cursor, "transform/last_build").fetchone()
        if last is None or any(state.is_held for state in group_states(cursor).values()):
            return True
        files, is_same_ledger, is_published = last
        return not (is_same_ledger and is_published) or files != project_files(settings)
