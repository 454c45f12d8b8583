"""A warehouse over three real servers of Citus publishes, traces and allows what one plain server does.

`make citus` runs it; LACHAN_CITUS_BIN names the programs of a PostgreSQL that has the extension.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from attack.access import rights
from helpers import citus
from helpers.commands import Home, new_home, rows
from helpers.warehouses import migrate
from lachan.contract import Feed
from psycopg2.extensions import parse_dsn

pytestmark = [
    pytest.mark.proof,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(citus.missing() is not None, reason=str(citus.missing())),
]
FIGURES = "select to_jsonb(f) - 'published_at' from reporting.figure as f order by figure_id"
REVISIONS = (
    "select to_jsonb(f) - 'changed_at' - 'run_id' from reporting.figure_revision as f order by figure_id, revision_no"
)
SENTENCES = "select window_key, sentence_key, sentence_vi from reporting.report_sentence order by 1, 2"
LEDGER = """
select
    feed, path, sha256, delivery_no, status, gate, reason, acceptance_no,
    rows_read, rows_loaded, rows_quarantined, rows_duplicate
from ops.export_file order by feed, path, delivery_no, replay_no
"""
RAW = """
select file.path, raw.line_no, to_jsonb(raw) - 'file_id' from raw.{} as raw
inner join ops.export_file as file on file.file_id = raw.file_id order by 1, 2, 3
"""
ROWS_ON_WORKERS = """
select count(distinct nodename || nodeport), sum(result::int)
from run_command_on_shards('raw.tips', 'select count(*) from %s')
inner join pg_dist_shard_placement using (shardid)
where result <> '0'
"""
DISTRIBUTED = "select logicalrelid::text from pg_dist_partition order by 1"
TRACE = ("trace", "tips_received", "--window", "calendar_month@2024-03-01")
TIPS = Path("tips", "2024", "03")
LOGINS = (
    ("wards", "ward", "--unit", "15970@2021-02-01"),
    ("readers", "reporter"),
    ("analysts", "analyst"),
)


@dataclass(frozen=True)
class Pair:
    """The same city in one plain server and in a distributed one; `owner` runs commands as the latter's owner."""

    plain: Home
    spread: Home
    owner: Home
    nodes: citus.Nodes

    def run(self, *command: str) -> None:
        """Run a command in both, one after the other."""
        self.plain.run(*command)
        self.spread.run(*command)

    def migrate(self, feeds: dict[str, Feed]) -> None:
        """Migrate both to changed contracts."""
        migrate(self.plain.dsn, feeds)
        migrate(self.owner.dsn, feeds)

    def same(self, query: str) -> list[tuple[Any, ...]]:
        """What a query returns in both."""
        of_plain, of_spread = rows(self.plain.dsn, query), rows(self.owner.dsn, query)
        assert of_plain == of_spread, query
        return of_plain


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Both cities with six days of exports, migrated; they read one landing zone and have one key."""
    with new_home() as plain, citus.servers() as nodes, new_home() as other:
        plain.run("migrate")
        plain.run("sample", "--from", "2024-02-28", "--to", "2024-03-04")
        plain.run("ingest", "tips")
        (other.folder / "secrets").mkdir()
        shutil.copy(plain.folder / "secrets" / "pseudonym_key", other.folder / "secrets")
        settings = other.environment | {"LACHAN_LANDING": f"file://{plain.folder / 'landing'}"}
        owner = replace(other, address=nodes.coordinator, environment=settings | {"LACHAN_DSN": nodes.coordinator})
        without_login = re.sub("//[^@]*@", "//", nodes.coordinator)
        spread = replace(owner, environment=settings | {"LACHAN_DSN": without_login})
        yield Pair(plain, spread, owner, nodes)


def test_a_distributed_warehouse_is_one_server_to_all_who_use_it(
    pair: Pair, feeds: dict[str, Feed], tmp_path: Path
) -> None:
    said = pair.owner.run("migrate", "--distributed")
    assert [line for line in said.splitlines() if line.startswith("distributed")] == [
        f"distributed raw.{name}" for name in feeds
    ]
    pair.run("ingest")
    pair.run("build")
    _compare(pair, feeds)
    assert rows(pair.owner.dsn, DISTRIBUTED) == [(f"raw.{name}",) for name in sorted(feeds)]
    assert rows(pair.owner.dsn, ROWS_ON_WORKERS) == [(2, pair.same("select count(*) from raw.tips")[0][0])]

    # the next day by difference, a corrected delivery and one that is taken back
    pair.plain.run("sample", "--from", "2024-02-28", "--to", "2024-03-05")
    tips = pair.plain.folder / "landing" / TIPS
    corrected = tips / "tin_bao_20240302.csv"
    corrected.write_bytes(b"".join(corrected.read_bytes().splitlines(keepends=True)[:-1]))
    pair.run("ingest")
    pair.run("retract", "--feed", "tips", "--day", "2024-03-03", "--why", "a try")
    pair.run("build")
    _compare(pair, feeds)
    assert pair.same("select count(*) > 0 from reporting.figure_revision where change <> 'new'") == [(True,)]
    assert pair.plain.run(*TRACE) == pair.spread.run(*TRACE)

    # a release in which a contract has gained a column
    wider = replace(feeds["tips"], columns=(*feeds["tips"].columns, replace(feeds["tips"].columns[-1], name="more")))
    pair.migrate(feeds | {"tips": wider})
    assert set(pair.same("select more from raw.tips")) == {(None,)}
    assert "at this release" in pair.owner.run("migrate")

    _try_rights(pair)
    _lose_a_worker(pair)
    pair.plain.run("ingest")
    pair.run("build")
    _compare(pair, feeds)
    _remove_and_restore(pair, feeds, tmp_path)


def _compare(pair: Pair, feeds: dict[str, Feed]) -> None:
    """All that is loaded and published is equal."""
    assert len(pair.same(FIGURES)) > 10_000
    assert pair.same(REVISIONS) and pair.same(SENTENCES) and pair.same(LEDGER)
    _compare_rows(pair, feeds)


def _compare_rows(pair: Pair, feeds: dict[str, Feed]) -> None:
    """All rows as exported are equal."""
    assert sum(len(pair.same(RAW.format(name))) for name in feeds) > 1_000


def _try_rights(pair: Pair) -> None:
    """Every process and every person may do in the distributed warehouse what it may in the plain one, and no more.

    Nobody but the nodes gets into a worker.
    """
    worker = parse_dsn(pair.nodes.workers[0])
    for name, role, *unit in LOGINS:
        addresses = []
        for home in (pair.plain, pair.owner):
            said = home.run("login", "add", *([] if unit else [name]), "--as", role, *unit)
            [password] = re.findall(r"shown only now: (\S+)", said)
            [user] = re.findall(r"//([^:@]+)[:@]", said)
            addresses.append(psycopg2.extensions.make_dsn(**parse_dsn(home.dsn) | {"user": user, "password": password}))
        assert _may(addresses[0], pair.plain.dsn) == _may(addresses[1], pair.owner.dsn), role
        shown = [rows(address, _figures_of(role)) for address in addresses]
        assert shown[0] == shown[1] != [], role
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(psycopg2.extensions.make_dsn(**parse_dsn(addresses[1]) | {"port": worker["port"]}))
    for process in ("loader", "auditor", "transformer", "publisher", "housekeeper"):
        of_process = [_address_of(home, process) for home in (pair.plain, pair.owner)]
        assert _may(of_process[0], pair.plain.dsn) == _may(of_process[1], pair.owner.dsn), process
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(psycopg2.extensions.make_dsn(**parse_dsn(of_process[1]) | {"port": worker["port"]}))


def _address_of(home: Home, process: str) -> str:
    """The warehouse of a home with the login of one process."""
    password = (home.folder / "secrets" / f"login_{process}").read_text()
    login = {"user": f"lachan_{process}_login", "password": password}
    return str(psycopg2.extensions.make_dsn(**parse_dsn(home.dsn) | login))


def _figures_of(role: str) -> str:
    source = "reporting.ward_figure" if role == "ward" else "reporting.figure"
    return f"select figure_id, value from {source} order by 1"


def _may(address: str, admin: str) -> dict[str, str]:
    """What a login may do with the objects of the platform."""
    with closing(psycopg2.connect(address)) as connection, closing(psycopg2.connect(admin)) as as_owner:
        return rights(connection, as_owner)


def _lose_a_worker(pair: Pair) -> None:
    """A load without one of the workers loads nothing, the next one all; published figures can be read meanwhile."""
    pair.plain.run("sample", "--from", "2024-02-28", "--to", "2024-03-06")
    before = rows(pair.owner.dsn, "select count(*) from ops.export_file")
    citus.stop(pair.nodes, 1)
    said = pair.spread.run("ingest", "patrol_rosters", status=2)
    assert "run it again" in said
    assert rows(pair.owner.dsn, "select count(*) from ops.export_file") == before
    assert pair.same(FIGURES)
    citus.start(pair.nodes, 1)
    pair.spread.run("ingest")


def _remove_and_restore(pair: Pair, feeds: dict[str, Feed], tmp_path: Path) -> None:
    """Housekeeping removes rows of a retracted delivery, and a backup becomes a plain warehouse with the same rows."""
    expired = "select item_count from ops.remove_expired('a try', 'raw.tips', now() - interval '60 days', {})"
    retracted = "select sum(rows_loaded) from ops.export_file where gate = 'retracted' and feed = 'tips'"
    with closing(psycopg2.connect(pair.owner.dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("set local session_replication_role to replica")  # verdicts are kept by a trigger
        cursor.execute("update ops.export_file set gate_at = gate_at - interval '90 days' where gate = 'retracted'")
    [(before,)], [(old,)] = rows(pair.owner.dsn, "select count(*) from raw.tips"), rows(pair.owner.dsn, retracted)
    assert old > 2
    with closing(psycopg2.connect(_address_of(pair.owner, "housekeeper"))) as connection:
        for at_most, removed in ((2, 2), (1000, old - 2)):
            with connection, connection.cursor() as cursor:
                cursor.execute(expired.format(at_most))
                assert cursor.fetchone() == (removed,)
    assert rows(pair.owner.dsn, "select count(*) from raw.tips") == [(before - old,)]

    private = tmp_path / "steward.key"
    public = pair.plain.run("archive", "key", str(private)).strip()
    keeping = {"LACHAN_BACKUP": str(tmp_path / "backups"), "LACHAN_BACKUP_RECIPIENTS": public}
    replace(pair.spread, environment=pair.spread.environment | keeping).run("backup")
    with new_home() as restored:
        restored.run("restore", str(tmp_path / "backups"), "--identity", str(private), status=1)
        restored.run("migrate")
        for query in (FIGURES, LEDGER, *(RAW.format(name) for name in feeds)):
            assert rows(restored.dsn, query) == rows(pair.owner.dsn, query)


def test_a_plain_warehouse_that_is_in_use_is_distributed_later(pair: Pair, feeds: dict[str, Feed]) -> None:
    citus.leave(pair.nodes)
    pair.owner.run("migrate")
    pair.run("ingest")
    citus.join(pair.nodes)
    pair.owner.run("migrate", "--distributed")
    assert rows(pair.owner.dsn, DISTRIBUTED) == [(f"raw.{name}",) for name in sorted(feeds)]
    _compare_rows(pair, feeds)
