"""What is in force: restored, replaced, repeated and retracted deliveries, and what the figures make of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from helpers.exports import CAMERA, deliver, encode, row, with_labels
from helpers.pipeline import figure, process
from helpers.raw_rows import query
from helpers.warehouses import own_contract
from lachan.contract import ContractError, Feed, read_contracts
from lachan.contract.dbt_files import dbt_files
from lachan.load.ingest import IngestReport, ingest, replay
from lachan.operate.decisions import DecisionError, release, retract
from lachan.quality.gate import gate
from lachan.settings import Settings
from lachan.transform.build import build

pytestmark = pytest.mark.built_warehouse

Feeds = dict[str, Feed]
MARCH = "calendar_month@2024-03-01"
FIGURES = "select to_jsonb(f) - 'published_at' - 'revision_no' from reporting.figure as f order by figure_id"
STANDINGS = "select file_id, standing, superseded_by from ops.delivery order by file_id"


def camera_register(
    settings: Settings, feed: Feed, day: str, numbers: range, name: str = "", status: str = CAMERA["status"]
) -> Path:
    """Deliver a register of cameras, of which the first has this status."""
    path = settings.home / "landing" / feed.path.replace("**/", "2024/").format(date=day).replace("*", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = numbers
    rows = [row("camera_register", first, status=status), *(row("camera_register", n) for n in others)]
    path.write_bytes(encode(feed, rows))
    return path


def judge(settings: Settings, feed: Feed, run: str) -> IngestReport:
    report = ingest(settings, feed, run)
    gate(settings, run)
    return report


def cameras_in_staging(settings: Settings) -> list[tuple[Any, ...]]:
    return query(settings, "select export_date, count(*) from staging.stg_camera_register group by 1 order by 1")


def test_a_restored_register_is_in_force_again(warehouse: Settings, feeds: Feeds) -> None:
    register = feeds["camera_register"]
    path = camera_register(warehouse, register, "20240301", range(40))
    right = path.read_bytes()
    assert judge(warehouse, register, "right").files_loaded == 1
    camera_register(warehouse, register, "20240301", range(50))
    assert judge(warehouse, register, "wrong").files_loaded == 1
    path.write_bytes(right)
    assert judge(warehouse, register, "restored").files_loaded == 1, "what is there last counts"
    assert [standing for _, standing, _ in query(warehouse, STANDINGS)] == ["superseded", "superseded", "accepted"]
    build(warehouse, "r1")
    assert cameras_in_staging(warehouse) == [(date(2024, 3, 1), 40)]
    assert judge(warehouse, register, "again") == IngestReport()


def test_a_file_written_over_replaces_what_it_held(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1), row("tips", 2)])
    process(warehouse, feeds, "first", "tips")
    assert figure(warehouse, "tips_received", MARCH) == 2
    deliver(warehouse, tips, [row("tips", 2), row("tips", 3), row("tips", 4)])
    process(warehouse, feeds, "second", "tips")
    assert figure(warehouse, "tips_received", MARCH) == 3, "tip 1 was in the first version only"
    assert query(warehouse, STANDINGS) == [(1, "superseded", 2), (2, "accepted", None)]


def test_a_retracted_delivery_is_as_if_it_had_never_come(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1), row("tips", 2)], "20240305")
    later = {"updated_at": "06/03/2024 10:00:00", "verdict": "Có giá trị"}
    process(warehouse, feeds, "first", "tips")
    before = query(warehouse, FIGURES)
    deliver(warehouse, tips, [row("tips", 1, **later), row("tips", 9, **later)], "20240306")
    process(warehouse, feeds, "second", "tips")
    assert figure(warehouse, "tips_valuable", MARCH) == 2
    [taken] = retract(warehouse, "a test of the sender", "Nguyễn Thị Mẫu", file_id=2)
    assert (taken.file_id, taken.feed, taken.export_date) == (2, "tips", date(2024, 3, 6))
    process(warehouse, feeds, "third", "tips")
    after = query(warehouse, FIGURES)
    assert after == before
    assert query(warehouse, "select count(*) from raw.tips") == [(4,)], "raw keeps its rows"
    assert query(warehouse, "select decision, file_id, why, decided_by, login from ops.decision") == [
        ("retracted", 2, "a test of the sender", "Nguyễn Thị Mẫu", "lachan")
    ]
    assert query(warehouse, "select standing, decided_by from ops.delivery where file_id = 2") == [
        ("retracted", "Nguyễn Thị Mẫu")
    ]


@pytest.mark.proof
def test_what_a_retracted_delivery_had_replaced_is_in_force_again(warehouse: Settings, feeds: Feeds) -> None:
    register = feeds["camera_register"]
    camera_register(warehouse, register, "20240301", range(40))
    judge(warehouse, register, "r1")
    camera_register(warehouse, register, "20240301", range(60), name="_sua")
    judge(warehouse, register, "r2")
    build(warehouse, "r2")
    assert cameras_in_staging(warehouse) == [(date(2024, 3, 1), 60)]
    retract(
        warehouse,
        "of another city",
        "officer",
        feed="camera_register",
        path="camera_register/2024/danh_muc_camera_20240301_sua.txt",
    )
    build(warehouse, "r3")
    assert cameras_in_staging(warehouse) == [(date(2024, 3, 1), 40)]
    retract(warehouse, "nothing of that day holds", "officer", feed="camera_register", day=date(2024, 3, 1))
    build(warehouse, "r4")
    assert cameras_in_staging(warehouse) == []


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("pending", "the gate has not judged it yet"),
        ("held", r"`lachan release 1` or `lachan discard 1`"),
        ("rejected", "it could not be read"),
        ("unknown", "the ledger has no file 1"),
    ],
)
def test_only_what_is_in_force_can_be_retracted(warehouse: Settings, feeds: Feeds, state: str, advice: str) -> None:
    rows = [row("tips", n) for n in range(1, 14)]
    if state == "rejected":
        deliver(warehouse, feeds["tips"], b"x")
    elif state != "unknown":
        deliver(warehouse, feeds["tips"], rows, "20240310" if state == "held" else "20240305")
    ingest(warehouse, feeds["tips"], "r1")
    if state == "held":
        assert gate(warehouse, "r1").held == 1
    with pytest.raises(DecisionError, match=advice):
        retract(warehouse, "why", "officer", file_id=1)


def test_a_held_file_that_was_corrected_is_not_released(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    rows = [row("tips", n) for n in range(1, 14)]
    deliver(warehouse, tips, rows, "20240310")
    judge(warehouse, tips, "r1")
    deliver(warehouse, tips, [row("tips", n, updated_at="10/03/2024 09:00:00") for n in range(1, 14)], "20240310")
    judge(warehouse, tips, "r2")
    with pytest.raises(DecisionError, match=r"was corrected by file 2, which is in force; .* `lachan retract 2 --why"):
        release(warehouse, 1, "right after all", "officer")
    retract(warehouse, "the correction was wrong", "officer", file_id=2)
    release(warehouse, 1, "right after all", "officer")
    assert query(warehouse, STANDINGS) == [(1, "accepted", None), (2, "retracted", None)]


def test_a_replay_completes_its_snapshot_and_replaces_no_other(warehouse: Settings, feeds: Feeds) -> None:
    register = feeds["camera_register"]
    camera_register(warehouse, register, "20240301", range(40), status="Đang sửa")
    assert judge(warehouse, register, "r1").rows_quarantined == 1
    camera_register(warehouse, register, "20240308", range(40))
    judge(warehouse, register, "r2")
    corrected = with_labels(register, "status", {"Đang sửa": "broken"})
    assert replay(warehouse, corrected, "r3", "a new status", "officer").rows_loaded == 1
    decision = (
        "select decision, why, decided_by, file_id = (select max(file_id) from ops.export_file) from ops.decision"
    )
    assert query(warehouse, decision) == [("replayed", "a new status", "officer", True)]
    gate(warehouse, "r3")
    build(warehouse, "r3")
    assert cameras_in_staging(warehouse) == [(date(2024, 3, 1), 40), (date(2024, 3, 8), 40)]


def test_a_replay_leaves_alone_what_was_corrected_or_is_held(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    wide = with_labels(tips, "channel", {"Zalo": "hotline"})
    deliver(warehouse, tips, [row("tips", 1), row("tips", 2, channel="Zalo")], "20240305")
    deliver(
        warehouse, tips, [row("tips", n, channel="Zalo" if n == 21 else "Hòm thư") for n in range(20, 40)], "20240310"
    )
    judge(warehouse, tips, "r1")
    deliver(warehouse, tips, [row("tips", 1), row("tips", 2)], "20240305")
    judge(warehouse, tips, "r2")
    assert [standing for _, standing, _ in query(warehouse, STANDINGS)] == ["superseded", "held", "accepted"]
    assert replay(warehouse, wide, "r3") == IngestReport()


def test_a_repeat_of_what_was_replaced_is_loaded_itself(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1)], "20240305")
    deliver(warehouse, tips, [row("tips", 1)], "20240305_ban_sao")
    assert judge(warehouse, tips, "r1").files_duplicate == 1
    deliver(warehouse, tips, [row("tips", 2)], "20240305")
    judge(warehouse, tips, "r2")
    assert judge(warehouse, tips, "r3").files_loaded == 1
    build(warehouse, "r3")
    assert query(warehouse, "select tip_id from staging.stg_tips order by 1") == [
        ("TB-2024-000001",),
        ("TB-2024-000002",),
    ]


def test_what_is_accepted_while_a_build_runs_belongs_to_the_next(
    warehouse: Settings, feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips = feeds["tips"]
    deliver(warehouse, tips, [row("tips", 1)], "20240305")
    judge(warehouse, tips, "r1")
    query(
        warehouse,
        "create function public.late() returns trigger language plpgsql security definer as $$ begin"
        " update ops.export_file set gate = 'accepted', acceptance_no = nextval('ops.acceptance_no')"
        "  where gate = 'pending'; return null; end $$;"
        " create trigger late after insert on ops.delivery_in_force execute function public.late()",
    )
    deliver(warehouse, tips, [row("tips", 2, updated_at="09/03/2024 08:00:00")], "20240309")
    ingest(warehouse, tips, "r2")
    build(warehouse, "r2")
    assert query(warehouse, "select count(*) from ops.delivery where standing = 'accepted'") == [(2,)]
    assert query(warehouse, "select last_day from intermediate.int_feed_span where feed = 'tips'") == [
        (date(2024, 3, 5),)
    ]
    assert query(warehouse, "select count(*) from staging.stg_tips") == [(1,)]
    build(warehouse, "r3")
    assert query(warehouse, "select last_day from intermediate.int_feed_span where feed = 'tips'") == [
        (date(2024, 3, 9),)
    ]
    assert query(warehouse, "select count(*) from staging.stg_tips") == [(2,)]


@pytest.mark.proof
def test_a_deletion_mark_takes_its_item_out_until_a_later_state_brings_it_back(warehouse: Settings) -> None:
    """The contract says that the verdict `test` deletes; the reconciliation of staging knows the mark too."""
    settings, tips = own_contract(warehouse, "tips", deletionMark={"column": "verdict", "value": "test"})
    assert tips.deletion_mark == ("verdict", "test")
    for path, content in dbt_files(read_contracts(settings.contracts)).items():
        (settings.project / path).write_text(content, encoding="utf-8")
    deliver(settings, tips, [row("tips", 1), row("tips", 2)], "20240305")
    judge(settings, tips, "r1")
    build(settings, "r1")
    in_staging = "select tip_id from staging.stg_tips order by 1"
    assert query(settings, in_staging) == [("TB-2024-000001",), ("TB-2024-000002",)]
    deliver(settings, tips, [row("tips", 1, updated_at="06/03/2024 08:00:00", verdict="Tin thử")], "20240306")
    judge(settings, tips, "r2")
    build(settings, "r2")
    assert query(settings, in_staging) == [("TB-2024-000002",)]
    assert query(settings, "select count(*) from marts.reconciliation where difference <> 0") == [(0,)]
    deliver(settings, tips, [row("tips", 1, updated_at="07/03/2024 08:00:00")], "20240307")
    judge(settings, tips, "r3")
    build(settings, "r3")
    assert query(settings, in_staging) == [("TB-2024-000001",), ("TB-2024-000002",)]


@pytest.mark.parametrize(
    ("name", "mark", "message"),
    [
        ("tips", {"column": "verdict", "value": "gone"}, "'gone' is not a value of the column 'verdict'"),
        ("camera_register", {"column": "status", "value": "removed"}, "is for a feed of changes"),
    ],
)
def test_a_deletion_mark_that_cannot_apply_is_refused(
    warehouse: Settings, name: str, mark: dict[str, str], message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        own_contract(warehouse, name, deletionMark=mark)
