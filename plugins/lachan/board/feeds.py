"""Feeds as pages name them: by the titles of their contracts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lachan.contract import Feed, survey
from lachan.settings import Settings


def known_feeds(settings: Settings) -> dict[str, Feed]:
    """The feeds with a valid contract, by name."""
    folder = settings.contracts
    return _feeds(folder, max((path.stat().st_mtime_ns for path in folder.glob("*.y*ml")), default=0))


@lru_cache(maxsize=4)
def _feeds(folder: Path, changed: int) -> dict[str, Feed]:
    return dict(survey(folder).feeds)


def title(settings: Settings, name: str) -> str:
    """The title of a feed; its name where there is no contract (any more)."""
    feed = known_feeds(settings).get(name)
    return feed.title if feed else name
