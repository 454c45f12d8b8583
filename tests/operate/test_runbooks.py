"""Every kind of alert has a page that says what to do, and a name that committee members read."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from lachan.operate.alerts import RUNBOOKS, Kind, runbook
from lachan.settings import PROJECT
from lachan.vietnamese import ALERTS

KINDS = get_args(Kind)
FOLDER = PROJECT / RUNBOOKS


def test_every_kind_has_a_page_a_name_and_a_place_in_the_list() -> None:
    assert len(KINDS) >= 10
    assert {page.stem for page in FOLDER.glob("*.md")} - {"README"} == set(KINDS) == set(ALERTS)
    listed = re.findall(r"\[(\w+)\]\((\w+)\.md\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert {name for name, page in listed if name == page} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_says_what_it_means_what_to_do_and_when_it_ends(kind: str) -> None:
    text = (PROJECT / runbook(kind)).read_text(encoding="utf-8")
    assert text.startswith(f"# `{kind}`: ")
    assert re.findall("^## (.+)$", text, re.MULTILINE) == ["What it means", "What to do", "When it ends"]
    assert "Severity: " in text
    for linked in re.findall(r"\]\(([^)]+)\)", text):
        assert (FOLDER / linked.partition("#")[0]).exists(), linked
