"""The steps of docs/adding-a-feed.md: its blocks become files in a copy of the project, its outputs are compared."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers.raw_rows import query, run_dbt
from lachan import settings as lachan_settings
from lachan.cli import main
from lachan.operate.watch import watch
from lachan.quality.gate import GateReport, gate
from lachan.settings import PROJECT, Settings
from lachan.transform.build import build

FEED = "weapon_handovers"
PAGE = (PROJECT / "docs" / "adding-a-feed.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
CONTRACT = f"contracts/{FEED}.yaml"
HAND_WRITTEN = (CONTRACT, f"dbt_project/models/staging/stg_{FEED}.sql")
GENERATED = (
    "dbt_project/macros/feeds.sql",
    "dbt_project/models/_groups.yml",
    "dbt_project/models/staging/_models.yml",
    "dbt_project/models/staging/_raw.yml",
    f"expectations/suites/{FEED}.json",
)
EXPORTS = [path for path in BLOCKS if path.startswith(f"{FEED}/")]


def query_on_page(beginning: str) -> str:
    """The query on the page that starts with `beginning`."""
    [found] = re.findall(rf"`({beginning}[^`]*)`", PAGE)
    return str(found)


def result_block(settings: Settings, statement: str) -> str:
    """The result of a query in the format of the page's blocks."""
    rows = query(settings, statement)
    return "".join(" | ".join("-" if cell in (None, "") else str(cell) for cell in row) + "\n" for row in rows)


def file_texts(project: Path) -> dict[str, str]:
    files = (file for file in project.rglob("*") if file.is_file())
    return {file.relative_to(project).as_posix(): file.read_text(encoding="utf-8") for file in files}


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), encoding="utf-8")


def deliver(settings: Settings, path: str) -> None:
    file = settings.home / "landing" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(BLOCKS[path], encoding="utf-8")


def add_missing_label(settings: Settings) -> None:
    known = "          - {value: blade, label: Vũ khí thô sơ}\n"
    [entry] = re.findall(r"Add `([^`]+)` to `kind`", PAGE)
    change(settings.project / CONTRACT, known, f"{known}          - {entry}\n")


def waiting_in_quarantine(settings: Settings) -> list[str]:
    """The counts in the alert of `watch` about the feed's quarantine, two days later."""
    alerts = watch(settings, datetime.now(UTC) + timedelta(days=2))
    waiting = [each.message for each in alerts if (each.feed, each.kind) == (FEED, "quarantine_waiting")]
    return re.findall(r"\d+ rows of \d+ files", "".join(waiting))


@pytest.fixture
def exercise(warehouse: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of the project to which the page's two files were added."""
    project = tmp_path / "a project"
    for folder in ("contracts", "dbt_project", "expectations"):
        shutil.copytree(
            PROJECT / folder, project / folder, ignore=shutil.ignore_patterns("target", "logs", ".user.yml")
        )
    monkeypatch.setenv("LACHAN_PROJECT", str(project))
    for path in HAND_WRITTEN:
        assert not (project / path).exists()
        (project / path).write_text(BLOCKS[path], encoding="utf-8")
    return lachan_settings.load()


def dbt(settings: Settings, *arguments: str) -> list[Any]:
    outcome = run_dbt(settings, *arguments)
    assert outcome.success, outcome.exception or [(r.node.name, r.message) for r in outcome.result]
    return list(outcome.result)


def test_a_contract_and_a_staging_model_suffice_for_a_feed(
    exercise: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file_texts(exercise.project)
    assert main(["sources"]) == 0
    assert main(["migrate"]) == 0
    after = file_texts(exercise.project)
    assert {path for path in after if after[path] != before.get(path)} == set(GENERATED)
    for path in GENERATED:
        lines = iter(after[path].splitlines())
        assert all(line in lines for line in before.get(path, "").splitlines()), f"{path}: lines may only be added"

    good, defective, correction = EXPORTS
    for path in (good, defective):
        deliver(exercise, path)
    capsys.readouterr()
    assert main(["ingest", FEED]) == 0
    assert capsys.readouterr().out in PAGE
    assert gate(exercise, "r1") == GateReport(accepted=2, warned=1, held=0)
    reasons = result_block(exercise, query_on_page("select line_no, r ->> 'column'"))
    assert reasons.count("\n") == 5
    ledger = result_block(exercise, query_on_page("select right"))
    assert ledger.count("accepted") == 2
    staging = query_on_page("select handover_id")
    dbt(exercise, "build", "--full-refresh", "--select", f"stg_{FEED}")
    first = result_block(exercise, staging)
    assert first.count("\n") == 3
    for answer in (reasons, ledger, first):
        assert f"```text\n{answer}```" in PAGE

    assert waiting_in_quarantine(exercise) == ["3 rows of 1 files"]
    add_missing_label(exercise)
    assert main(["replay", FEED]) == 0
    assert waiting_in_quarantine(exercise) == ["2 rows of 1 files"]
    deliver(exercise, correction)
    assert main(["ingest", FEED]) == 0
    assert query(exercise, "select line_no, replayed_by is not null from ops.quarantined_row order by 1") == [
        (2, True),
        (3, False),
        (4, False),
    ]
    assert gate(exercise, "r2") == GateReport(accepted=2, warned=0, held=0)
    results = dbt(exercise, "build", "--full-refresh", "--select", f"stg_{FEED}")
    tests = {str(each.node.name): str(each.status) for each in results if str(each.node.resource_type) == "test"}
    assert set(tests.values()) == {"pass"} and len(tests) == 2, "not_null and unique, generated from the contract"
    assert waiting_in_quarantine(exercise) == []
    second = result_block(exercise, staging)
    assert second.count("\n") == 6
    assert f"```text\n{second}```" in PAGE


def test_the_messages_on_the_page_are_those_of_the_program(
    exercise: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = exercise.project / CONTRACT
    assert main(["sources"]) == 0
    assert main(["migrate"]) == 0

    def load_message(path: str, old: str, new: str) -> str:
        """The reason or the warnings of the load of an export in which `old` is replaced by `new`."""
        file = exercise.home / "landing" / FEED / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(BLOCKS[EXPORTS[0]].replace(old, new), encoding="utf-8")
        assert main(["ingest", FEED]) == 0
        [(reason, warnings)] = query(
            exercise, f"select reason, warnings from ops.export_file where path = '{FEED}/{path}'"
        )
        return str(reason or warnings)

    missing = load_message("giao_nop_20240101.csv", ";Loại;", ";Thể loại;")
    assert missing == "missing_column: line 1: missing required columns: kind ('Loại')" and missing in PAGE
    delimiter = load_message("giao_nop_20240102.csv", ";", ",")
    assert (
        delimiter == "wrong_delimiter: line 1: fields are separated by ','; the contract declares ';'"
        and delimiter in PAGE
    )
    stray = load_message("giao_nop.csv", "", "")
    assert stray.startswith("file_name: ") and stray in PAGE
    spelling = load_message("giao_nop_20240103.csv", ";Phường, xã;", ";Phường/xã;")
    for warning in (
        "unknown column 'Phường/xã (column 4)': its values are kept aside, masked",
        "missing column ward ('Phường, xã')",
    ):
        assert warning in spelling and warning in PAGE
    assert gate(exercise, "r1") == GateReport(accepted=0, warned=0, held=1)
    [(held,)] = query(exercise, "select gate_reason from ops.export_file where gate = 'held'")
    assert held.split("; ")[0].removesuffix(".0") in PAGE

    change(contract, "classification: open, logicalTypeOptions: {maxLength: 80}", "logicalTypeOptions: {maxLength: 80}")
    capsys.readouterr()
    assert main(["ingest", FEED]) == 2
    refusal = capsys.readouterr().err.strip().removeprefix(f"lachan ingest: {exercise.project}/")
    assert refusal.startswith(f"{CONTRACT}: $.schema[0].properties[3]") and refusal in PAGE


@pytest.mark.proof
def test_a_figure_of_the_feed_needs_six_more_changes(exercise: Settings) -> None:
    fact, columns = (f"dbt_project/models/marts/fct_weapon_handover.{kind}" for kind in ("sql", "yml"))
    for path in (fact, columns):
        (exercise.project / path).write_text(BLOCKS[path], encoding="utf-8")
    for path in ("dbt_project/models/intermediate/int_ward_mention.sql", "dbt_project/seeds/indicators.csv"):
        with (exercise.project / path).open("a", encoding="utf-8") as file:
            file.write(BLOCKS[path])
    counted = "dbt_project/models/marts/counted_item.sql"
    anchor = "    select * from launched\n"
    change(exercise.project / counted, anchor, BLOCKS[counted] + anchor)
    days = "dbt_project/macros/changes.sql"
    last_day = "        'mass_work_events': 'held_on',\n"
    change(exercise.project / days, last_day, last_day + BLOCKS[days])
    assert main(["sources"]) == 0
    assert main(["migrate"]) == 0

    add_missing_label(exercise)
    for run_id, paths in {"r1": EXPORTS[:2], "r2": EXPORTS[2:]}.items():  # the correction is built by difference
        for path in paths:
            deliver(exercise, path)
        assert main(["ingest", FEED]) == 0
        gate(exercise, run_id)
        build(exercise, run_id)
    assert query(
        exercise,
        "select ward_name, value from marts.figure where indicator_key = 'weapons_handed_over'"
        " and window_key = 'calendar_year@2024-01-01' and ward_basis = 'as_was' and value > 0 order by value",
    ) == [("Lam Sơn", 1), ("Hàm Rồng", 2), ("Đông Vệ", 15), ("Toàn thành phố", 18)]
    assert "\n18 = tổng của 6 dòng\n" in PAGE


def test_every_feed_whose_wards_a_mart_reads_is_in_int_ward_mention() -> None:
    models = PROJECT / "dbt_project" / "models"
    mentions = (models / "intermediate" / "int_ward_mention.sql").read_text(encoding="utf-8")
    resolved = set(re.findall(r"ward_mention\('(\w+)'", mentions))
    feed_pattern = "register_history\\('(\\w+)'|ref\\('stg_(\\w+)'\\)"
    readers = {
        feed
        for file in (models / "marts").glob("*.sql")
        if "int_ward_spelling" in (text := file.read_text(encoding="utf-8")) or "register_history" in text
        for pair in re.findall(feed_pattern, re.sub(r"referred_by=\[[^\]]*\]", "", text))
        for feed in pair
        if feed
    }
    assert len(readers) >= 8
    assert readers == resolved
