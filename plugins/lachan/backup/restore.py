"""Restore a backup into an empty place: first the archive and the office's files, last the warehouse, whole or not."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn, parse_dsn
from pyrage import x25519

from lachan.archive.keys import read_identities
from lachan.archive.store import Store
from lachan.backup.errors import BackupError, BackupRefused
from lachan.backup.folder import read_originals
from lachan.backup.make import AIRFLOW, AIRFLOW_DATABASE, OFFICE, RIGHTS, ROLES, WAREHOUSE
from lachan.backup.manifest import Manifest
from lachan.backup.office_files import restore_office_files
from lachan.backup.originals import restore_originals
from lachan.backup.streams import decrypt, load_dump
from lachan.backup.verify import verify
from lachan.privacy.pseudonyms import key_fingerprint
from lachan.settings import SettingError, Settings
from lachan.warehouse.migration import known_migrations
from lachan.warehouse.session import connect
from lachan.warehouse.statements import run


@dataclass(frozen=True)
class Restored:
    """What was restored; `differing` are counts and hashes that are not those of the backup, which is a defect.

    `folders` are those into which files of the office were written. `missing_keys` are the numbers of pseudonym keys
    that this machine does not have.
    """

    manifest: Manifest
    differing: dict[str, tuple[str, str]]
    folders: list[Path]
    missing_keys: list[int]


def restore(settings: Settings, backup: Path) -> Restored:
    """Restore a backup into the server of LACHAN_DSN, the archive and the folder of reports, which must be empty.

    It can be repeated after it was interrupted. `settings.archive_identity` is the file of private keys. Raises
    BackupRefused when a place is not empty, the login is no superuser, a role is missing or the backup is of a newer
    release; BackupError when the backup is damaged or PostgreSQL refuses a part of it; IdentityFileError.
    """
    if settings.archive_identity is None:
        raise BackupRefused("a backup is opened with a private key: name its file with --identity")
    identities = read_identities(settings.archive_identity)
    manifest = verify(backup)
    originals = read_originals(backup)
    decrypt(backup / ROLES, io.BytesIO(), identities)
    _require_known_release(manifest)
    _require_server(settings.dsn, manifest)
    _require_empty_archive(settings, {each.name for each in originals})
    place = parse_dsn(settings.dsn)
    databases = {file: str(make_dsn(**place | {"dbname": name})) for file, name in _databases(manifest).items()}
    for dsn in databases.values():
        _begin(dsn)
    try:
        restore_originals(backup.parent, settings.archive, originals)
        folders = _restore_office(settings, backup / OFFICE, identities)
    except OSError as error:
        raise BackupError(f"{error.filename or settings.home} cannot be written: {error.strerror}") from None
    _run_statements(settings.dsn, backup / ROLES, identities)
    for file, dsn in databases.items():
        load_dump(dsn, backup / file, identities)
    _run_statements(settings.dsn, backup / RIGHTS, identities)
    for dsn in databases.values():
        _end(dsn)
    return Restored(manifest, differing(settings.dsn, manifest), folders, _missing_keys(settings, manifest))


def differing(dsn: str, manifest: Manifest) -> dict[str, tuple[str, str]]:
    """Counts and hashes of a warehouse that are not those of a backup: what, in the backup, in the warehouse."""
    with closing(connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("set search_path to pg_catalog")
        databases = list(_databases(manifest).values())
        named = run(cursor, "backup/our_roles", owner=manifest.server_owner, databases=databases).fetchall()
        ours = [name for name, is_ours in named if is_ours]
        found = dict(run(cursor, "backup/contents", role_names=ours).fetchall())
    expected = manifest.contents
    return {what: (expected.get(what, ""), found[what]) for what in found if expected.get(what) != found[what]}


def _databases(manifest: Manifest) -> dict[str, str]:
    """The names of the databases that a backup has, by the files of their dumps."""
    return {WAREHOUSE: manifest.database} | ({AIRFLOW: AIRFLOW_DATABASE} if manifest.part(AIRFLOW) else {})


def _require_known_release(manifest: Manifest) -> None:
    newest = known_migrations()[-1].number
    if manifest.migration > newest:
        raise BackupRefused(
            f"the backup is of a newer release: its warehouse has the migration {manifest.migration:04}, and this "
            f"release knows {newest:04} at most; restore it with the release that made it, or a newer one"
        )


def _require_server(dsn: str, manifest: Manifest) -> None:
    name = parse_dsn(dsn).get("dbname", "")
    if name != manifest.database:
        raise BackupRefused(
            f"the backup is of the database {manifest.database}, and LACHAN_DSN names {name}: rights and settings name "
            f"it, so let LACHAN_DSN name a database {manifest.database}, which a restore creates where it is missing"
        )
    with closing(_connect(_on_server(dsn))) as connection, connection.cursor() as cursor:
        [(is_superuser, major, missing)] = run(
            cursor, "backup/state_of_server", roles_needed=manifest.roles_needed
        ).fetchall()
    if not is_superuser:
        raise BackupRefused("a restore makes roles and their rights: let LACHAN_DSN have the login of a superuser")
    if major < int(manifest.postgres.split(".")[0]):
        raise BackupRefused(f"the backup is of PostgreSQL {manifest.postgres}, and this server is older ({major})")
    if missing:
        raise BackupRefused(
            f"the backup names roles that a restore does not make, because they were superusers: {', '.join(missing)}; "
            f"`create role {missing[0]} superuser` makes one, or use a server whose owner has this name"
        )


_UNFINISHED = "a restore into it has not ended"
"""Comment on a database from the beginning of a restore to its end: what was interrupted begins again."""


def _begin(dsn: str) -> None:
    """Make a database empty for a restore that was interrupted before; create it where it is missing, and mark it."""
    name = sql.Identifier(parse_dsn(dsn)["dbname"])
    with closing(_connect(_on_server(dsn))) as connection, connection.cursor() as cursor:
        state = run(cursor, "backup/comment_on_database", database_name=name.string).fetchone()
        if state == (_UNFINISHED,):
            cursor.execute(sql.SQL("drop database {} with (force)").format(name))
        if state in (None, (_UNFINISHED,)):
            cursor.execute(sql.SQL("create database {}").format(name))
            cursor.execute(sql.SQL("revoke all on database {} from public").format(name))
    with closing(_connect(dsn)) as connection, connection.cursor() as cursor:
        if (relation := run(cursor, "backup/any_relation").fetchone()) is not None:
            raise BackupRefused(
                f"the database {name.string} is not empty (it has {relation[0]}), and a restore writes over nothing: "
                f"use a new server, or, if nothing in it is needed, `drop database {name.string}`"
            )
        cursor.execute(sql.SQL("comment on database {} is {}").format(name, sql.Literal(_UNFINISHED)))


def _end(dsn: str) -> None:
    """Remove the mark of a database that is restored, and let its planner know it."""
    with closing(_connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("analyze")
        cursor.execute(sql.SQL("comment on database {} is null").format(sql.Identifier(parse_dsn(dsn)["dbname"])))


def _on_server(dsn: str) -> str:
    """The address of a database that every server has."""
    return str(make_dsn(**parse_dsn(dsn) | {"dbname": "postgres"}))


def _require_empty_archive(settings: Settings, of_backup: set[str]) -> None:
    """The archive may have files of this backup, from a restore that was interrupted."""
    if others := set(Store(settings.archive).files()) - of_backup:
        raise BackupRefused(
            f"the archive {settings.archive} has {len(others)} files that are not in the backup, and a restore writes "
            "over nothing: let LACHAN_ARCHIVE name an empty folder, or move them away"
        )


def _restore_office(settings: Settings, file: Path, identities: Sequence[x25519.Identity]) -> list[Path]:
    with TemporaryFile() as content:  # it has no name, and is gone with this process
        decrypt(file, content, identities)
        content.seek(0)
        return restore_office_files(settings, content)


def _run_statements(dsn: str, file: Path, identities: Sequence[x25519.Identity]) -> None:
    """Run a part that holds statements, in one transaction."""
    statements = io.BytesIO()
    decrypt(file, statements, identities)
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        try:
            cursor.execute(statements.getvalue())
        except psycopg2.Error as error:
            raise BackupError(f"PostgreSQL refuses {file.name}: {str(error).strip()}") from None


def _connect(dsn: str) -> Connection:
    connection = connect(dsn)
    connection.autocommit = True
    return connection


def _missing_keys(settings: Settings, manifest: Manifest) -> list[int]:
    try:
        keys = settings.pseudonym_keys if settings.has_pseudonym_key else {}
    except SettingError:
        keys = {}
    have = {number: key_fingerprint(key) for number, key in keys.items()}
    return [number for number, fingerprint in manifest.pseudonym_keys.items() if have.get(number) != fingerprint]
