"""Make a backup: one state of the warehouse, then what belongs to it; whole only when its manifest is written."""

from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from psycopg2.extensions import make_dsn, parse_dsn
from psycopg2.extras import RealDictCursor
from pyrage import x25519

from lachan.archive.keys import recipients
from lachan.archive.store import sync_folder
from lachan.backup.errors import BackupError, BackupRefused
from lachan.backup.folder import (
    ORIGINALS_LIST,
    UNFINISHED,
    Original,
    only_process,
    read_originals,
    remove_oldest,
    remove_unfinished,
    whole_backups,
)
from lachan.backup.manifest import FILE, Manifest, Part
from lachan.backup.office_files import write_office_files
from lachan.backup.originals import keep_originals
from lachan.backup.streams import dump, encrypt, encrypt_written, write_part
from lachan.settings import Settings
from lachan.warehouse import connect, snapshot, transaction
from lachan.warehouse.statements import run

ROLES, WAREHOUSE, AIRFLOW, RIGHTS, OFFICE = (
    "roles.sql.age",
    "warehouse.dump.age",
    "airflow.dump.age",
    "rights.sql.age",
    "office.tar.age",
)
AIRFLOW_DATABASE = "airflow"
AS_BACKUP = ["--role=lachan_backup", "--lock-wait-timeout=15min", "--exclude-extension=citus"]
"""Options of pg_dump: its role, and how long a table is waited for that a build replaces just then. Without the
extension a distributed warehouse is dumped as that of one server, which any server can restore."""


@dataclass(frozen=True)
class Made:
    """A backup that is whole, where it is, and the names of older ones that were removed for it."""

    place: Path
    manifest: Manifest
    removed: list[str]


def back_up(settings: Settings, run_id: str, folder: Path | None = None) -> Made:
    """Make a backup in `folder` (default: LACHAN_BACKUP), then remove those beyond LACHAN_BACKUP_KEEP.

    The warehouse is copied as of one moment, whatever is loaded or built meanwhile; Airflow's database as of another
    one a little later. Files of the archive are copied once, and shared by all backups of the folder. Raises
    BackupRefused when there is no folder, nobody to encrypt to, or no right to read everything; BackupError when it
    cannot be written, when PostgreSQL's programs fail, and while another backup goes on in this folder; WarehouseError.
    """
    folder = folder or settings.backup
    if folder is None:
        raise BackupRefused("LACHAN_BACKUP is `none`: name a folder with --to, or set LACHAN_BACKUP")
    if not settings.backup_recipients:
        raise BackupRefused(
            "a backup is encrypted, and there is nobody to encrypt it to: set LACHAN_BACKUP_RECIPIENTS or "
            "LACHAN_ARCHIVE_RECIPIENTS to the public keys (age1…) of at least two people; `lachan archive key FILE` "
            "makes a pair, whose private key belongs on no machine of the platform"
        )
    to = recipients(settings.backup_recipients)
    with only_process(folder):
        remove_unfinished(folder)
        name = _name(folder)
        draft = folder / f"{name}{UNFINISHED}"
        draft.mkdir(mode=0o700)
        try:
            manifest = _write(settings, run_id, name, folder, draft, to)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        place = draft.rename(folder / name)
        sync_folder(folder)
        with transaction(settings.address("backup"), "backup") as cursor:
            run(cursor, "backup/insert_backup", manifest=manifest, place=str(folder))
        return Made(place, manifest, remove_oldest(folder, settings.backup_keep))


def _name(folder: Path) -> str:
    """A name after all others: the present second, or the next one that is free."""
    while True:
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        if not (folder / name).exists():
            return name
        time.sleep(0.1)


def _write(
    settings: Settings, run_id: str, name: str, folder: Path, draft: Path, to: Sequence[x25519.Recipient]
) -> Manifest:
    started = datetime.now(UTC)
    airflow = AIRFLOW_DATABASE if settings.shared_home is None else None  # the cities of a province share it
    about, parts = _write_warehouse(settings.address("backup"), airflow, draft, to)
    if airflow in about.pop("databases"):
        of_airflow = make_dsn(**parse_dsn(settings.address("backup")) | {"dbname": airflow})
        parts.append(dump(of_airflow, AS_BACKUP, draft / AIRFLOW, to))
    parts.append(encrypt_written(lambda file: write_office_files(settings, file), draft / OFFICE, to))
    # After the dump: a file is in the archive before the load that enters it in the ledger ends. The list and the
    # manifest need no encryption: they have hashes and sizes, and names that are keyed hashes themselves.
    originals, added = keep_originals(settings.archive, folder, _known_originals(folder))
    listed = json.dumps([asdict(each) for each in originals], indent=0).encode()
    parts.append(write_part(draft / ORIGINALS_LIST, lambda file: file.write(listed)))
    manifest = Manifest(
        name=name,
        run_id=run_id,
        started_at=started,
        finished_at=datetime.now(UTC),
        recipients=list(settings.backup_recipients),
        airflow=version("apache-airflow-core"),
        parts=parts,
        originals=len(originals),
        originals_size=sum(each.size for each in originals),
        added_size=sum(part.size for part in parts) + added,
        **about,
    )
    write_part(draft / FILE, lambda file: file.write(manifest.to_json().encode()))
    sync_folder(draft)
    return manifest


def _write_warehouse(
    dsn: str, airflow: str | None, draft: Path, to: Sequence[x25519.Recipient]
) -> tuple[dict[str, Any], list[Part]]:
    """Write roles, rights and the dump of the warehouse as of one moment; returns what the manifest says of it as well.

    `airflow` is the name of Airflow's database if its roles and rights are wanted, too.

    The session keeps the state that it sees open while pg_dump reads the same one, however long that takes.
    """
    with closing(connect(dsn, "backup", "lachan backup")) as connection, snapshot(connection) as cursor:
        cursor.execute("set local idle_in_transaction_session_timeout = 0; set local search_path to pg_catalog")
        [about] = _rows(cursor, "backup/about_server", airflow=airflow)
        databases = about["databases"]
        if not about.pop("may_back_up"):
            raise BackupRefused(
                "the role lachan_backup may not read everything that a backup needs: run `lachan migrate` with the "
                "login of a superuser once (docs/backup.md)"
            )
        named = _rows(cursor, "backup/our_roles", owner=about["server_owner"], databases=databases)
        ours = [role["name"] for role in named if role["is_ours"]]
        parts = []
        for file, statements in ((ROLES, "backup/role_statements"), (RIGHTS, "backup/database_statements")):
            lines = [row["statement"] for row in _rows(cursor, statements, role_names=ours, databases=databases)]
            parts.append(encrypt(io.BytesIO("\n".join([*lines, ""]).encode()), draft / file, to))
        parts.append(dump(dsn, [*AS_BACKUP, f"--snapshot={about.pop('snapshot')}"], draft / WAREHOUSE, to))
        about |= _rows(cursor, "backup/migration_of_warehouse")[0] | {
            "pseudonym_keys": {row["number"]: row["fingerprint"] for row in _rows(cursor, "backup/pseudonym_keys")},
            "contents": {row["what"]: row["value"] for row in _rows(cursor, "backup/contents", role_names=ours)},
            "roles_needed": [role["name"] for role in named if not role["is_ours"]],
        }
    return about, parts


def _known_originals(folder: Path) -> list[Original]:
    """Those of the last backup, if its list can be read."""
    try:
        return read_originals(whole_backups(folder)[-1])
    except (IndexError, BackupError):
        return []


def _rows(cursor: RealDictCursor, name: str, **values: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in run(cursor, name, **values).fetchall()]
