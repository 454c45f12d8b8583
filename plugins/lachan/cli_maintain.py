"""The command `lachan maintain`."""

from __future__ import annotations

import argparse
import getpass
from datetime import UTC, datetime

from lachan.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lachan maintain` to its parser."""
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be removed")
    parser.add_argument("--by", default=getpass.getuser(), metavar="NAME", help="who (default: %(default)s)")


def run(settings: Settings, given: argparse.Namespace, run_id: str) -> None:
    """Clean what is too old, on a warehouse that is open, and print what was removed."""
    from lachan.maintain.run import maintain

    report = maintain(settings, run_id, datetime.now(UTC), given.by, given.dry_run)
    for removed in report.removed:
        if removed.items:
            print(removed)
    items, size = (sum(getattr(each, name) for each in report.removed) for name in ("items", "size"))
    print(f"{'would remove' if given.dry_run else 'removed'} {items:,} rows and files, {size:,} bytes")
    for name in report.undeclared:
        print(f"{name} is kept without a stated time: add it to expectations/retention.yaml")
