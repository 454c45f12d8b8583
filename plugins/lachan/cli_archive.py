"""The commands of `lachan archive`."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lachan.settings import Settings

if TYPE_CHECKING:
    from lachan.publish.trace import Line


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `lachan archive` to its parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    key = actions.add_parser("key", help="make a key pair: the private key in a new file, the public key is printed")
    key.add_argument("file", type=Path, metavar="FILE", help="file for the private key; keep it off this machine")
    actions.add_parser("list", help="list what the archive holds, and for how long")
    read = actions.add_parser("read", help="write the original of a file of the ledger to a file of one's own")
    read.add_argument("file_id", type=int, metavar="FILE_ID", help="the file_id of ops.export_file")
    read.add_argument("--to", type=Path, required=True, metavar="FILE", help="file to write, for its owner only")
    add_identity(read)
    rekey = actions.add_parser("rekey", help="after a rotation of the pseudonym key: compute the pseudonyms anew")
    rekey.add_argument("feeds", nargs="*", metavar="FEED", help="feeds (default: all)")
    add_identity(rekey)
    expire = actions.add_parser("expire", help="destroy what has been kept for LACHAN_ARCHIVE_KEEP_DAYS")
    expire.add_argument("--dry-run", action="store_true", help="only list what would be destroyed")
    for action, default in (
        (read, None),
        (rekey, "rotation of the pseudonym key"),
        (expire, "the time for which it is kept is over"),
    ):
        note = "" if default is None else " (default: %(default)s)"
        action.add_argument(
            "--why", required=default is None, default=default, metavar="TEXT", help=f"reason, which is kept{note}"
        )
        action.add_argument("--by", default=getpass.getuser(), metavar="NAME", help="who (default: %(default)s)")


def add_identity(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the file of private keys."""
    parser.add_argument(
        "--identity", type=Path, metavar="FILE", help="file of private keys (default: LACHAN_ARCHIVE_IDENTITY)"
    )


def with_identity(settings: Settings, given: argparse.Namespace) -> Settings:
    """The settings, with the file of private keys that the arguments name."""
    return settings if given.identity is None else replace(settings, archive_identity=given.identity.resolve())


def run(settings: Settings, given: argparse.Namespace) -> None:
    """Run one action on a warehouse that is open."""
    actions: dict[str, Any] = {"list": _list, "read": _read, "expire": _expire, "rekey": _rekey}
    actions[given.action](settings, given)


def make_key(given: argparse.Namespace) -> None:
    """Make a key pair; needs no warehouse."""
    from lachan.archive.keys import write_identity

    print(write_identity(given.file))


def show_originals(settings: Settings, lines: Sequence[Line], why: str, by: str) -> None:
    """Print the records of traced lines as they were delivered."""
    from lachan.contract import survey
    from lachan.load.originals import contents_of, original_records

    feeds = survey(settings.contracts).feeds
    contents = contents_of(settings, {line.file_id for line in lines if line.file_id is not None})
    places = {
        (contents[line.file_id], line.line_no): line
        for line in lines
        if line.file_id is not None and line.line_no is not None
    }
    shown = 0
    for feed in sorted({line.feed for line in places.values()} & feeds.keys()):
        of_feed = [place for place, line in places.items() if line.feed == feed]
        for place, record in original_records(settings, feeds[feed], of_feed, why, by).items():
            line = places[place]
            print(f"{line.path} : {line.line_no}: {'; '.join(f'{name}: {value}' for name, value in record.items())}")
            shown += 1
    if shown < len(places):
        print(f"{len(places) - shown} lines are not in the archive, or their contract has changed")


def _list(settings: Settings, given: argparse.Namespace) -> None:
    from lachan.archive.upkeep import contents

    found = contents(settings)
    for copy in found.copies:
        state = "MISSING" if copy.is_missing else f"until {copy.kept_until:%F}"
        print(f"{copy.sha256[:12]} {copy.size:>11,} bytes, {state}: {', '.join(copy.paths)}")
    print(
        f"{len(found.copies)} contents, {sum(copy.size for copy in found.copies):,} bytes; "
        f"{len(found.without_entry)} files without entry, {len(found.drafts)} unfinished"
    )
    if not settings.archive_recipients:
        print(no_archive(settings))


def no_archive(settings: Settings) -> str:
    """Why nothing is archived, as a sentence."""
    return (
        "nothing is archived: LACHAN_ARCHIVE_RECIPIENTS is `none`"
        if settings.archive_recipients is not None
        else "nothing is archived, because LACHAN_ARCHIVE_RECIPIENTS is not set (docs/privacy.md)"
    )


def _read(settings: Settings, given: argparse.Namespace) -> None:
    from lachan.archive.reading import read_to

    size = read_to(with_identity(settings, given), given.file_id, given.to, given.why, given.by)
    print(f"{given.to}: {size:,} bytes, with the names in it; delete it when you are done")


def _rekey(settings: Settings, given: argparse.Namespace) -> None:
    from lachan.load.rekey import rekey  # isort: skip  # before polars is imported
    from lachan.contract import read_contracts

    config = with_identity(settings, given)
    run_id = f"cli.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    for name, feed in read_contracts(config.contracts).items():
        if not given.feeds or name in given.feeds:
            print(f"{name}: {rekey(config, feed, run_id, given.why, given.by)}")


def _expire(settings: Settings, given: argparse.Namespace) -> None:
    from lachan.archive.upkeep import expire
    from lachan.contract import survey

    feeds = survey(settings.contracts)
    names = [*feeds.feeds, *feeds.broken]
    done = expire(settings, names, datetime.now(UTC), given.why, given.by, given.dry_run)
    for copy in done.copies:
        print(f"{copy.sha256[:12]} {copy.size:>11,} bytes, kept until {copy.kept_until:%F}: {', '.join(copy.paths)}")
    print(
        f"{'would destroy' if given.dry_run else 'destroyed'} {len(done.copies)} contents, "
        f"{len(done.without_entry)} files without entry and {len(done.drafts)} unfinished ones"
    )
