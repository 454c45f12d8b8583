"""The commands of `lachan person`: what is held of one person, who is named in no argument and in no message."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lachan import cli_archive
from lachan.settings import Settings

if TYPE_CHECKING:
    from lachan.operate.person import Asked, Found

_ASKED = (
    "Who is asked for is read from the file, from a pipe or from a prompt that does not show it: names, telephone "
    "numbers or staff codes as the exports have them, one on each line. A name alone may be that of several people."
)


class NobodyGiven(ValueError):
    """The file that says who is asked for cannot be read."""


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `lachan person` to its parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    find = actions.add_parser("find", help="count the rows of a person by table, column and time", epilog=_ASKED)
    show = actions.add_parser("show", help="write what is held of a person to a file of one's own", epilog=_ASKED)
    show.add_argument("--to", type=Path, required=True, metavar="FILE", help="file to write, for its owner only")
    erase = actions.add_parser("erase", help="take a person out of all rows; figures stay as they are", epilog=_ASKED)
    erase.add_argument("--keep-texts", action="store_true", help="leave the free texts of the rows")
    erase.add_argument(
        "--destroy-originals",
        action="store_true",
        help="also destroy the archived files with rows of the person, now and as a whole",
    )
    for action in (find, show, erase):
        action.add_argument("--from", dest="source", type=Path, metavar="FILE", help="file with names and numbers")
        action.add_argument(
            "--pseudonym", action="append", default=[], metavar="P", help="a pseudonym instead; may be repeated"
        )
        action.add_argument("--why", required=True, metavar="TEXT", help="reason, which is kept; without any name")
        action.add_argument("--by", default=getpass.getuser(), metavar="NAME", help="who (default: %(default)s)")
        cli_archive.add_identity(action)


def run(settings: Settings, given: argparse.Namespace) -> None:
    """Run one action on a warehouse that is open."""
    from lachan import load  # noqa: F401  # before polars is imported

    from lachan.contract import read_contracts  # isort: skip
    from lachan.operate import person  # isort: skip

    config = cli_archive.with_identity(settings, given)
    feeds = read_contracts(config.contracts)
    asked = _asked(given)
    if given.action == "find":
        _print(person.find(config, feeds, asked, given.why, given.by))
    elif given.action == "show":
        _print(person.show(config, feeds, asked, given.to, given.why, given.by))
        print(f"{given.to}: for the person who asks; delete it when it is handed over")
    else:
        done = person.erase(
            config, feeds, asked, given.why, given.by, given.keep_texts, destroy_originals=given.destroy_originals
        )
        _print(done.found)
        print(f"erased from {done.items} items, in every table; {done.originals_destroyed} originals destroyed")
        for text in done.originals_kept:
            print(f"the archive still has the original {text}")


def _asked(given: argparse.Namespace) -> Asked:
    from lachan.operate.person import Asked

    if given.pseudonym:
        return Asked(pseudonyms=tuple(given.pseudonym))
    if given.source is not None:
        try:
            lines = given.source.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise NobodyGiven(f"{given.source} cannot be read: {reason}") from None
    elif sys.stdin.isatty():
        lines = list(_prompted())
    else:
        lines = sys.stdin.read().splitlines()
    return Asked(tuple(line.strip() for line in lines if line.strip()))


def _prompted() -> Iterator[str]:
    while value := getpass.getpass("Name or number (not shown; empty to end): ").strip():
        yield value


def _print(found: Found) -> None:
    for each in found.held:
        days = f"exports of {each.first_day} to {each.last_day}"
        print(f"{each.table} {each.column} {each.pseudonym}: {each.rows} rows, {days}")
    for row in found.quarantined:
        print(f"quarantine {row.feed}: file {row.file_id}, line {row.line}")
    if not found.held and not found.quarantined:
        print("nothing is held with this name, number or pseudonym")
    if found.unread:
        print(
            f"{found.unread} rows in quarantine could not be searched: they are masked, and their originals are not in "
            "the archive, cannot be read as records, or --identity is not given"
        )
    for number in found.keys_missing:
        print(f"key number {number} is not on this machine: rows with its pseudonyms are found by --pseudonym only")
