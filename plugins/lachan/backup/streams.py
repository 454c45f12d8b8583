"""Encrypted streams between PostgreSQL's programs and the files of a backup; nothing is stored in the clear."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

import pyrage
from psycopg2.extensions import make_dsn, parse_dsn
from pyrage import x25519

from lachan.archive.store import Hashed, is_for_others
from lachan.backup.errors import BackupError, cannot_write
from lachan.backup.manifest import Part
from lachan.warehouse.programs import client_program

_ERROR_CHARACTERS = 2000


def write_part(file: Path, write: Callable[[Hashed], object]) -> Part:
    """Let `write` write a new file that its owner alone can read, and make it durable. Raises OSError."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        hashed = Hashed(opened)
        write(hashed)
        opened.flush()
        os.fsync(opened.fileno())
    return Part(file.name, hashed.size, hashed.sha256())


def encrypt(source: IO[bytes], file: Path, recipients: Sequence[x25519.Recipient]) -> Part:
    """Encrypt what can be read from `source` into a new file, which is durable afterwards.

    Raises OSError or BackupError when it cannot be written.
    """
    try:
        return write_part(file, lambda target: pyrage.encrypt_io(source, target, recipients))
    except pyrage.EncryptError as error:
        raise cannot_write(file, str(error)) from None


def encrypt_written(write: Callable[[BinaryIO], None], file: Path, recipients: Sequence[x25519.Recipient]) -> Part:
    """Encrypt what `write`, which is called in a thread of its own, writes; raises as it and as `encrypt` does."""
    reading, writing = os.pipe()
    failures: list[Exception] = []

    def produce() -> None:
        try:
            with os.fdopen(writing, "wb") as target:
                write(target)
        except Exception as error:  # raised below, in the caller's thread
            failures.append(error)

    thread = threading.Thread(target=produce, name="backup", daemon=True)
    with os.fdopen(reading, "rb") as source:
        thread.start()
        part = encrypt(source, file, recipients)
    thread.join()
    if failures:
        raise failures[0]
    return part


def decrypt(file: Path, target: IO[bytes], identities: Sequence[x25519.Identity]) -> None:
    """Write the content of an encrypted file; raises BackupError when it is damaged or encrypted to others.

    What was written until then must not be used.
    """
    try:
        with file.open("rb") as opened:
            pyrage.decrypt_io(opened, Hashed(target), identities)
    except (OSError, pyrage.DecryptError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        if is_for_others(error):
            raise BackupError(
                f"{file} is opened by none of the private keys: it was encrypted to others (the recipients in the "
                "manifest); use the file of private keys of one of them (--identity)"
            ) from None
        raise BackupError(f"{file} is damaged or cannot be read: {error}; take another backup") from None


def dump(dsn: str, options: Sequence[str], file: Path, recipients: Sequence[x25519.Recipient]) -> Part:
    """Encrypt what pg_dump writes about a database. Raises BackupError when it fails."""
    options = ["--format=custom", "--compress=gzip:3", *options]
    with _program("pg_dump", dsn, options, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None  # noqa: S101  # it is a pipe
        return encrypt(running.stdout, file, recipients)


def load_dump(dsn: str, file: Path, identities: Sequence[x25519.Identity]) -> None:
    """Restore a dump into an empty database, in one transaction. Raises BackupError; the database is empty then."""
    options = ["--exit-on-error", "--single-transaction"]
    with _program("pg_restore", dsn, options, stdin=subprocess.PIPE) as running:
        assert running.stdin is not None  # noqa: S101  # it is a pipe
        with suppress(BrokenPipeError):  # it has ended, and says why
            decrypt(file, running.stdin, identities)
            running.stdin.close()


def is_dump(file: Path, identities: Sequence[x25519.Identity]) -> bool:
    """Whether a part decrypts to its end and is a dump that pg_restore can read to its end. Raises BackupError."""
    command = [client_program("pg_restore"), "--file=/dev/null"]
    with TemporaryFile() as errors:
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        assert running.stdin is not None  # noqa: S101  # it is a pipe
        try:
            with suppress(BrokenPipeError):
                decrypt(file, running.stdin, identities)
        finally:
            with suppress(BrokenPipeError):
                running.stdin.close()
            running.wait()
    return running.returncode == 0


@contextmanager
def _program(
    name: str, dsn: str, options: Sequence[str], stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A running program of PostgreSQL, which is killed if the block raises; BackupError if it ends with an error."""
    address = parse_dsn(dsn)
    environment = _environment(address)
    command = [client_program(name), *options, f"--dbname={make_dsn(**address)}"]
    with TemporaryFile() as errors:
        running = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=errors, env=environment)
        try:
            yield running
        except BaseException:
            running.kill()
            raise
        finally:
            for pipe in (running.stdin, running.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()
            running.wait()
        if running.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()[:_ERROR_CHARACTERS]
            raise BackupError(f"{name} ended with status {running.returncode}: {said}")


def _environment(address: dict[str, str]) -> Mapping[str, str]:
    """The environment of a program, with the password; in its arguments other logins of the machine would see it."""
    password = address.pop("password", None)
    address.setdefault("application_name", "lachan backup")
    return os.environ | ({} if password is None else {"PGPASSWORD": password})
