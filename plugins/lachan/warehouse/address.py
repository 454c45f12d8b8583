"""The address of a warehouse as it may be shown: passwords are in a file, where the process list does not show them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg2.extensions import parse_dsn


def without_password(dsn: str, passfile: Path, user: str | None = None, password: str | None = None) -> str:
    """The address as a postgresql:// URL that names `passfile` instead of a password, which is written there.

    `user` and `password` replace those of `dsn`. The file has the format of PostgreSQL's .pgpass, and only its owner
    can read it. Programs that do not use libpq, such as those with JDBC, need the password from it.
    """
    parts = parse_dsn(dsn)
    host, port, database = parts.pop("host", ""), parts.pop("port", "5432"), parts.pop("dbname", "")
    own_user, own_password = parts.pop("user", ""), parts.pop("password", "")
    name, secret = (user, password) if user else (own_user, own_password)
    if host.startswith("/"):
        parts["host"], place = host, f":{port}"
    else:
        place = f"{host}:{port}"
    if secret:
        _keep(passfile, ["localhost" if host.startswith("/") else host, port, database, name], secret)
        parts["passfile"] = str(passfile)
    options = f"?{urlencode(parts, quote_via=quote)}" if parts else ""
    return f"postgresql://{quote(name)}@{place}/{quote(database)}{options}"


def _keep(passfile: Path, place: list[str], secret: str) -> None:
    """Write the line of a password into the file, in place of the one for the same place and user."""
    key = ":".join(part.replace("\\", "\\\\").replace(":", "\\:") for part in place) + ":"
    kept = passfile.read_text().splitlines() if passfile.exists() else []
    escaped = secret.replace("\\", "\\\\").replace(":", "\\:")
    lines = [*(line for line in kept if not line.startswith(key)), key + escaped]
    passfile.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=passfile.parent, delete=False) as draft:  # mode 0600
        draft.write("\n".join(lines) + "\n")
    Path(draft.name).replace(passfile)
