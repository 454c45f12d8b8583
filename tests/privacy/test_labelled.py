"""The recall and precision that docs/privacy.md states are those of the code, and promised spellings are all found."""

from __future__ import annotations

import pytest
from helpers.identities import PROMISED
from lachan.settings import PROJECT
from privacy import labelled


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, writers in PROMISED.items() for name in writers])
def test_a_promised_spelling_is_always_found(kind: str, name: str) -> None:
    share, scrubbed = labelled.recall(labelled.texts_of(kind, name))
    assert share == 1, scrubbed[:5]


def test_the_page_has_the_measured_table() -> None:
    page = (PROJECT / "docs" / "privacy.md").read_text(encoding="utf-8")
    table = page.split("<!-- table -->\n")[1].split("<!-- end of table -->")[0]
    assert table.strip() == "\n".join(labelled.lines()), "see tests/privacy/labelled.py"
