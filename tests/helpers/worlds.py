"""A world of one warehouse in which deliveries, decisions and builds happen step by step, and what it says in the end.

A step is a tuple: a verb and what it is about. A list of steps can be run by hand with `World(settings).run(steps)`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from helpers.exports import encode, row, with_labels
from helpers.raw_rows import FEEDS, query
from lachan.contract import Feed
from lachan.load.ingest import ingest, replay
from lachan.operate.decisions import DecisionError, discard, release, retract
from lachan.publish.publication import publish
from lachan.quality.audit import audit
from lachan.quality.gate import gate
from lachan.settings import Settings
from lachan.transform.build import build

Step = tuple[Any, ...]
NewWarehouse = Callable[..., AbstractContextManager[Settings]]

PATHS = {
    "5th": "tips/2024/03/tin_bao_20240305.csv",
    "5th, addition": "tips/2024/03/tin_bao_20240305_bo_sung.csv",
    "6th": "tips/2024/03/tin_bao_20240306.csv",
    "register": "camera_register/2024/danh_muc_camera_20240229.txt",
    "register, corrected": "camera_register/2024/danh_muc_camera_20240229_sua.txt",
    "next register": "camera_register/2024/danh_muc_camera_20240331.txt",
}
CONTENTS = ("first", "second", "third", "with an unknown label", "empty", "of another day", "unreadable")
DECISIONS = ("retract", "release", "discard")
_UNKNOWN = {"channel": "Zalo", "status": "Đang sửa"}
_START = 1_712_300_000  # 5 April 2024; each delivery is a minute later than the one before


def _feed_of(path: str) -> str:
    return path.split("/", 1)[0]


def _tips(feed: Feed, day: int, content: str) -> bytes:
    at = f"{day:02}/03/2024 09:00:00"
    late = f"{day:02}/03/2024 10:00:00"
    rows = {
        "first": [row("tips", 1, updated_at=at), row("tips", 2, updated_at=at), row("tips", day, updated_at=at)],
        "second": [row("tips", 1, updated_at=at, verdict="Có giá trị"), row("tips", 3, updated_at=late)],
        "third": [row("tips", 2, updated_at=late, verdict="Tin thử"), row("tips", 3, updated_at=at)],
        "with an unknown label": [
            row("tips", 1, updated_at=late, channel=_UNKNOWN["channel"]),
            row("tips", 4, updated_at=at),
        ],
        "of another day": [row("tips", n, updated_at="20/02/2024 09:00:00") for n in (1, 5, 6)],
    }
    if content == "unreadable":
        return b"not an export"
    return encode(feed, rows.get(content, []))


def _register(feed: Feed, content: str) -> bytes:
    numbers = {"first": range(8), "second": range(1, 9), "third": range(3, 8), "of another day": range(6)}
    if content == "unreadable":
        return b"not an export"
    changes = {"second": {"status": "Hỏng"}, "with an unknown label": {"status": _UNKNOWN["status"]}}
    rows = [
        row("camera_register", n, **(changes.get(content, {}) if n == 3 else {}))
        for n in numbers.get(content, range(0 if content == "empty" else 5))
    ]
    return encode(feed, rows)


def content_of(feeds: dict[str, Feed], path: str, content: str) -> bytes:
    """The bytes of a file: `content` is one of CONTENTS."""
    feed = feeds[_feed_of(path)]
    if feed.name == "tips":
        return _tips(feed, 6 if "0306" in path else 5, content)
    return _register(feed, content)


def mended(feeds: dict[str, Feed]) -> dict[str, Feed]:
    """The contracts with the labels that they lack at first."""
    return feeds | {
        "tips": with_labels(feeds["tips"], "channel", {_UNKNOWN["channel"]: "hotline"}),
        "camera_register": with_labels(feeds["camera_register"], "status", {_UNKNOWN["status"]: "broken"}),
    }


@dataclass
class Seen:
    """A content that was at a path when the landing zone was read: when it was delivered, and the decision about it."""

    content: str
    at: int
    decision: str | None = None


@dataclass
class World:
    """A warehouse and its landing zone; `files` has what is at each path now, `seen` all that the platform has read."""

    settings: Settings
    feeds: dict[str, Feed] = field(default_factory=lambda: dict(FEEDS))
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    is_mended: bool = False
    steps_done: int = 0

    def run(self, steps: Iterable[Step]) -> None:
        """Run steps: deliver (path, content), retract, release or discard (path), ingest, build, mend."""
        verbs: dict[str, Callable[..., None]] = {
            "deliver": self.deliver,
            "ingest": self.ingest,
            "build": self.build,
            "mend": self.mend,
        }
        for verb, *about in steps:
            self.steps_done += 1
            if verb in DECISIONS:
                self.decide(verb, *about)
            else:
                verbs[verb](*about)

    def deliver(self, name: str, content: str, at: int | None = None) -> None:
        """Write a file over what is at its path."""
        path = PATHS[name]
        if self.files.get(name, ("", 0))[0] == content and at is None:
            return  # a file written again with the same bytes is no delivery
        at = _START + 60 * self.steps_done if at is None else at
        file = self.settings.home / "landing" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content_of(self.feeds, path, content))
        os.utime(file, (at, at))
        self.files[name] = (content, at)

    def ingest(self) -> None:
        """Load and judge what is in the landing zone."""
        for name, (content, at) in self.files.items():
            seen = self.seen.setdefault(name, [])
            if not seen or seen[-1].content != content:
                seen.append(Seen(content, at))
        for feed in ("tips", "camera_register"):
            ingest(self.settings, self.feeds[feed], f"s{self.steps_done}")
        gate(self.settings, f"s{self.steps_done}")

    def build(self) -> None:
        """Build, audit and publish; without any delivery in force there is nothing to build."""
        run = f"s{self.steps_done}"
        build(self.settings, run)
        audit(self.settings, run)
        publish(self.settings, run, run)

    def mend(self) -> None:
        """Add the missing labels to the contracts, and replay."""
        self.feeds, self.is_mended = mended(self.feeds), True
        for feed in ("tips", "camera_register"):
            replay(self.settings, self.feeds[feed], f"s{self.steps_done}")
        gate(self.settings, f"s{self.steps_done}")

    def decide(self, verb: str, name: str) -> None:
        """Decide about what is at a path, if it has been loaded and the decision applies to it."""
        if name not in self.seen or self.seen[name][-1].content != self.files[name][0]:
            return
        found = query(
            self.settings,
            "select file_id from ops.export_file where replay_no = 0 and path = "
            f"'{PATHS[name]}' order by file_id desc limit 1",
        )
        call: Callable[..., Any] = {"retract": retract, "release": release, "discard": discard}[verb]
        for (file_id,) in found:
            with suppress(DecisionError):
                call(self.settings, why="a test", by="tester", file_id=file_id)
                self.seen[name][-1].decision = verb

    def settle(self) -> None:
        """Load, judge and replay until nothing is left to do, because a repeat may have become a load of its own."""
        for _ in range(2):
            self.ingest()
        if self.is_mended:
            self.mend()
            self.ingest()


@contextmanager
def two_worlds(new_warehouse: NewWarehouse, are_built: bool = False) -> Iterator[tuple[Settings, Settings]]:
    """Two warehouses with the same key of the pseudonyms, each with a landing zone of its own."""
    with (
        TemporaryDirectory(prefix="lachan order ") as one,
        TemporaryDirectory(prefix="lachan order ") as other,
        new_warehouse(Path(one), is_built=are_built) as first,
        new_warehouse(Path(other), is_built=are_built) as second,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("LACHAN_PSEUDONYM_KEY", "5a" * 32)  # so that both give an informant the same pseudonym
        yield first, second


def reference_world(other: World, settings: Settings) -> World:
    """A world that reads the same contents as the other one, and decides the same, in the shortest order.

    The first contents of all paths come at once, then the second ones. Each is decided about as soon as it is loaded,
    and the contracts are mended from the start. What an accepted content has replaced at its path does not come at all.
    """
    world = World(settings)
    if other.is_mended:
        world.feeds, world.is_mended = mended(world.feeds), True
    accepted = {path for (path,) in query(other.settings, ACCEPTED_LAST)}
    histories = {name: seen[-1:] if PATHS[name] in accepted else seen for name, seen in other.seen.items()}
    for place in range(max(map(len, histories.values()), default=0)):
        now = {name: seen[place] for name, seen in histories.items() if place < len(seen)}
        for name, each in now.items():
            world.deliver(name, each.content, each.at)
        world.ingest()
        for name, each in now.items():
            if each.decision:
                world.decide(each.decision, name)
    world.settle()
    return world


ACCEPTED_LAST = """
select path from (
    select distinct on (path) path, standing from ops.delivery where not is_replay order by path, file_id desc
) as last
where standing = 'accepted'
"""
IN_FORCE = """
select
    (select json_agg(to_jsonb(tip) - 'file_id' - 'extra' order by tip.tip_id) from (
        select distinct on (raw.tip_id) raw.*, delivery.export_date
        from raw.tips as raw
        inner join ops.delivery as delivery on delivery.file_id = raw.file_id and delivery.standing = 'accepted'
        order by raw.tip_id, raw.updated_at desc, delivery.export_date desc, delivery.delivered_at desc,
            delivery.path desc, raw.file_id desc, raw.line_no desc
    ) as tip),
    (select json_agg(to_jsonb(camera) - 'file_id' - 'extra' order by camera.export_date, camera.camera_id) from (
        select raw.*, delivery.export_date
        from raw.camera_register as raw
        inner join ops.delivery as delivery on delivery.file_id = raw.file_id and delivery.standing = 'accepted'
    ) as camera)
"""
FIGURES = """
select to_jsonb(figure) - 'published_at' - 'revision_no' from reporting.figure as figure order by figure_id
"""
SENTENCES = """
select to_jsonb(sentence) - 'published_at' from reporting.report_sentence as sentence order by window_key, sentence_key
"""
MARTS = """
select to_jsonb(mart) - 'file_id' - 'acceptance_no' from marts.{} as mart order by 1
"""


def rows_in_force(world: World) -> Any:
    """The latest state of each tip, and the cameras of each snapshot in force."""
    return query(world.settings, IN_FORCE)


def published(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """What is published, and the marts behind it, without times, file numbers and revision numbers."""
    marts = ("fct_tip", "dim_camera", "expected_export", "reconciliation", "implausible_row")
    found = {name: query(world.settings, MARTS.format(name)) for name in marts}
    return found | {"figures": query(world.settings, FIGURES), "sentences": query(world.settings, SENTENCES)}
