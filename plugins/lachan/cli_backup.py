"""The commands `lachan backup` and `lachan restore`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from lachan.cli_archive import add_identity, with_identity
from lachan.settings import Settings


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `lachan backup` to its parser; without one, a backup is made."""
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="folder of backups (default: LACHAN_BACKUP)")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="list the backups of a folder, the oldest first")
    listing.add_argument("--in", dest="place", type=Path, metavar="FOLDER", help="default: LACHAN_BACKUP")
    verify = actions.add_parser("verify", help="read a backup to its end and compare its hashes")
    verify.add_argument(
        "place", nargs="?", type=Path, metavar="FROM", help="backup, or folder of backups for its newest"
    )
    add_identity(verify)


def add_restore(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lachan restore` to its parser."""
    parser.add_argument("place", type=Path, metavar="FROM", help="backup, or folder of backups for its newest")
    add_identity(parser)


def backup(
    settings: Settings, given: argparse.Namespace, run_id: str, open_warehouse: Callable[[Settings], None]
) -> None:
    """Make a backup, or list or verify those that are there, for which no warehouse is needed."""
    if given.action == "list":
        _list(given.place or _folder(settings))
    elif given.action == "verify":
        _verify(with_identity(settings, given), given.place or _folder(settings))
    else:
        open_warehouse(settings)
        _make(settings, given.to, run_id)


def restore(settings: Settings, given: argparse.Namespace) -> int:
    """Restore a backup, and print what to do next; 1 if something is not as it was backed up."""
    from lachan.backup.folder import find_backup
    from lachan.backup.restore import restore as restore_backup

    done = restore_backup(with_identity(settings, given), find_backup(given.place.resolve()))
    manifest = done.manifest
    print(f"restored {manifest.name}: the state of {manifest.snapshot_at.isoformat(timespec='seconds')}")
    for what, value in manifest.contents.items():
        was, found = done.differing.get(what, (value, value))
        print(
            f"  {what}: {value.split()[0]}"
            + ("" if was == found else f"; DIFFERS from the backup ({found.split()[0]})")
        )
    print(f"  originals in the archive: {manifest.originals}")
    for folder in done.folders:
        print(f"  files of the office: {folder}")
    print(_NEXT)
    for number in done.missing_keys:
        print(
            f"The pseudonym key number {number} is not on this machine, and not in any backup; its fingerprint is "
            f"{manifest.pseudonym_keys[number]}. Put it back (LACHAN_PSEUDONYM_KEY, or secrets/ of the home): until "
            "then nothing is loaded here."
        )
    return 1 if done.differing else 0


_NEXT = """Next:
1. `lachan migrate`: brings the warehouse to this release, and gives the processes logins with new passwords.
2. Check: `lachan figures` or the board, `lachan trace INDICATOR`, `lachan watch`, `lachan login list`.
3. Start Airflow. The passwords of its connections need the old Fernet key, or are entered again."""


def _make(settings: Settings, to: Path | None, run_id: str) -> None:
    from lachan.backup.make import back_up

    made = back_up(settings, run_id, to and to.resolve())
    manifest = made.manifest
    print(
        f"{made.place}: {manifest.size:,} bytes, {manifest.added_size:,} of them new, {manifest.originals} originals, "
        f"in {(manifest.finished_at - manifest.started_at).total_seconds():.1f} s"
    )
    for name in made.removed:
        print(f"removed {name}, because {settings.backup_keep} newer ones are whole (LACHAN_BACKUP_KEEP)")


def _list(folder: Path) -> None:
    from lachan.backup.errors import BackupError
    from lachan.backup.folder import unfinished_backups, whole_backups
    from lachan.backup.manifest import read_manifest

    for place in whole_backups(folder):
        try:
            manifest = read_manifest(place)
        except BackupError as error:
            print(f"{place.name}: DAMAGED, {error}")
            continue
        print(
            f"{place.name}: {manifest.size:,} bytes, {manifest.contents['deliveries'].split()[0]} deliveries, "
            f"{manifest.originals} originals, migration {manifest.migration:04}, PostgreSQL {manifest.postgres}, to "
            f"{len(manifest.recipients)} recipients"
        )
    for place in unfinished_backups(folder):
        print(f"{place.name}: not complete; the next backup removes it, unless it is being written")


def _verify(settings: Settings, place: Path) -> None:
    from lachan.archive.keys import read_identities
    from lachan.backup.folder import find_backup
    from lachan.backup.verify import verify

    identities = [] if settings.archive_identity is None else read_identities(settings.archive_identity)
    found = find_backup(place.resolve())
    manifest = verify(found, identities)
    how = (
        "decrypted and read to its end" if identities else "as it was written; with --identity it is decrypted as well"
    )
    print(f"{found}: {len(manifest.parts)} files and {manifest.originals} originals, {how}")


def _folder(settings: Settings) -> Path:
    from lachan.backup.errors import BackupRefused

    if settings.backup is None:
        raise BackupRefused("LACHAN_BACKUP is `none`: name a folder")
    return settings.backup
