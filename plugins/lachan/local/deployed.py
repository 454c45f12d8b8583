"""Prepares the deployed form, as the service `init` of docker-compose.yml: `python -m lachan.local.deployed`.

Makes what is missing of Airflow's database, its tables and its first user, and of the warehouse and the logins of its
processes. It can run at every start.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg2

from lachan import settings
from lachan.local.airflow_database import give_own_login
from lachan.settings import SettingError

SECRETS = Path("/run/secrets")
ADMIN = "admin"


def main(secrets: Path = SECRETS, migrate_options: Sequence[str] = ()) -> int:
    """Prepare everything, with options of `lachan migrate`; returns the exit status of the service.

    Raises SettingError when a secret is missing.
    """
    _secret(secrets, "warehouse_owner")  # LACHAN_DSN_FILE names it
    airflow_password = unquote(urlsplit(_secret(secrets, "airflow_database")).password or "")
    give_own_login(settings.load_installation().dsn, airflow_password)
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
    make_admin(_secret(secrets, "airflow_admin_password"))
    ended = _lachan("migrate", *migrate_options)
    if settings.is_province() and _lachan("--city", "all", "migrate", *migrate_options) > 1:
        print("init: not every city is ready (see above); the tasks of those that are not will say so", file=sys.stderr)
    return 0 if ended == 1 else ended  # 1: a retyped column was refused, which stops the loads of its feed only


def _lachan(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "lachan", *arguments], check=False).returncode


def make_admin(password: str) -> None:
    """Make Airflow's first user where there is none; a password that was changed since then is kept."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        manager = builder.sm
        if manager.find_user(username=ADMIN) is None:
            role = manager.find_role("Admin")
            manager.add_user(ADMIN, "Quản trị", "Lá Chắn", "admin@localhost", role, password=password)


def _secret(folder: Path, name: str) -> str:
    try:
        value = (folder / name).read_text().strip()
    except OSError as error:
        raise SettingError(f"the secret {name} cannot be read: {error}; deploy/make-secrets.sh makes it") from None
    if not value:
        raise SettingError(f"the secret {name} is empty; delete its file and run deploy/make-secrets.sh")
    return value


def _main() -> int:
    try:
        return main(migrate_options=sys.argv[1:])
    except (SettingError, psycopg2.OperationalError) as error:
        print(f"init: {error}", file=sys.stderr)
        if "password authentication failed" in str(error):
            print(_RESTORE, file=sys.stderr)
        return 2


_RESTORE = (
    "init: the server keeps the password that postgres_owner_password held when it was made: restore the secrets from "
    "then, in warehouse_owner as well"
)

if __name__ == "__main__":
    sys.exit(_main())
