"""The keys of the archive: public ones, to which originals are encrypted, and files of private ones (age format)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519

from lachan.settings import SettingError


class IdentityFileError(ValueError):
    """A file of private keys cannot be used; the message names it and says what to do."""


def recipients(given: Iterable[str]) -> list[x25519.Recipient]:
    """The public keys of LACHAN_ARCHIVE_RECIPIENTS. Raises SettingError for one that is none."""
    found = []
    for text in given:
        try:
            found.append(x25519.Recipient.from_str(text))
        except RecipientError:
            raise SettingError(
                f"LACHAN_ARCHIVE_RECIPIENTS: {text!r} is not a public key of age; `age-keygen -y FILE`, or "
                "`lachan archive key FILE` for a new one, prints it as age1…"
            ) from None
    return found


def read_identities(file: Path) -> list[x25519.Identity]:
    """The private keys in a file as `age-keygen` and `lachan archive key` write it.

    Raises IdentityFileError when the file cannot be read or has none.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise IdentityFileError(f"the file of private keys {file} cannot be read: {reason}") from None
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    try:
        found = [x25519.Identity.from_str(key) for key in keys]
    except IdentityError:
        found = []
    if not found:
        raise IdentityFileError(
            f"{file} has no private key of age, or something else as well; such a key begins with AGE-SECRET-KEY-1"
        )
    return found


def write_identity(file: Path) -> str:
    """Make a key pair; write the private key into a new file, which its owner alone can read. Returns the public key.

    Raises IdentityFileError when the file exists or cannot be written.
    """
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(f"# public key: {public}\n{identity}\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise IdentityFileError(f"{file} cannot be written: {error.strerror}; choose another file") from None
    return public
