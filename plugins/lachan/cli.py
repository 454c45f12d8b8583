"""The command `lachan`: each verb is one function of the package, the same that a DAG's task calls."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from lachan import settings

if TYPE_CHECKING:
    from lachan.contract import Contracts, Feed

ROLES = ("loader", "transformer", "publisher", "analyst", "reporter", "ward_viewer", "steward")


class UsageError(ValueError):
    """A verb was asked for something that is not there; the message says what is."""


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; exit status 0, 1 when its answer is no, 2 for an error that the message explains."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.call(given) or 0)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if not type(error).__module__.startswith(("lachan", "psycopg2")):
            raise
        print(f"lachan {given.verb}: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lachan",
        description="Lá Chắn: from the daily exports of a city's wards to the committee's figures.",
        epilog="All state lives under LACHAN_HOME (default: .lachan in the checkout).",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, call: Callable[[argparse.Namespace], int | None], words: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=words, description=words)
        added.set_defaults(call=call)
        return added

    sample = verb("sample", _sample, "Write the exports of the synthetic city into the landing zone.")
    sample.add_argument("--from", dest="since", type=date.fromisoformat, default=date(2024, 1, 1), metavar="DAY")
    sample.add_argument("--to", dest="until", type=date.fromisoformat, default=date(2024, 12, 31), metavar="DAY")
    sample.add_argument("--seed", type=int, default=138)
    sample.add_argument("--scale", type=int, default=1, help="repeat the city this often")
    sample.add_argument("--landing", type=Path, help="folder to write to (default: the landing zone)")

    ingest = verb("ingest", _ingest, "Load every export file that the ledger does not know.")
    ingest.add_argument("feeds", nargs="*", metavar="FEED", help="feeds to load (default: all)")
    ingest.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="first export day to look at")
    ingest.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="last export day to look at")

    verb("build", _build, "Gate, transform, audit and publish all that is pending, in this process.")
    verb("figures", _figures, "Compare the figures that the city published for 2024 with the computed ones.")

    trace = verb("trace", _trace, "Show the lines of the files that a published figure rests on.")
    trace.add_argument("figure", metavar="FIGURE", help="a figure_id, or a key as `lachan figures` prints it")
    trace.add_argument("--window", default="calendar_year@2024-01-01", metavar="WINDOW", help="reporting window")
    trace.add_argument("--ward", default="city", metavar="WARD", help="ward_key, city or unknown (default: city)")
    trace.add_argument("--basis", default="as_was", choices=("as_was", "recast"), help="units as they were, or today's")

    replay = verb("replay", _replay, "Load quarantined rows again, after what they failed on was mended.")
    replay.add_argument("feed", nargs="?", metavar="FEED", help="feed to replay (default: all)")

    release = verb("release", _release, "Accept a batch that the gate holds, once a person has looked at it.")
    release.add_argument("file_id", type=int, metavar="FILE_ID", help="as `lachan watch` names it")
    release.add_argument("--why", required=True, metavar="TEXT", help="kept in the ledger")

    discard = verb("discard", _discard, "Give up a held or rejected file, or what is in quarantine of one, for good.")
    discard.add_argument("file_id", type=int, metavar="FILE_ID", help="as `lachan watch` names it")
    discard.add_argument("--why", required=True, metavar="TEXT", help="kept in the ledger")

    verb(
        "sources",
        _sources,
        "Write what follows from the contracts: what dbt is told of the feeds, and their suites.",
    )

    verb("docs", _docs, "Write the pages of all tables and the data dictionary, once something is built.")

    verb("watch", _watch, "Raise alerts for what waits for a person; status 1 when any is critical.")

    address = verb("dsn", _dsn, "Print the warehouse's address, starting the embedded server where needed.")
    address.add_argument("--role", choices=ROLES, help="log in with the rights of this role only")

    verb("run", _run, "Run the year 2024 through Airflow and print the figures; stops all it started.")
    verb("up", _up, "Start PostgreSQL and Airflow and keep them running until Ctrl-C.")
    verb("down", _down, "Stop what `run` or `up` left behind.")
    verb("clean", _clean, "Stop everything and delete all state: data, secrets, logs.")
    return parser


def _sample(given: argparse.Namespace) -> None:
    from lachan_sample import write_city

    landing = given.landing or _local_folder(settings.load().landing)
    if given.until < given.since:
        raise UsageError(f"--to {given.until} is before --from {given.since}")
    print(write_city(landing, given.since, given.until, given.seed, given.scale))


def _local_folder(landing: str) -> Path:
    folder = landing.removeprefix("file://")  # as fsspec reads it: nothing is unquoted
    if "://" in folder:
        raise UsageError(f"the landing zone {landing} is not a local folder; say where to write with --landing")
    return Path(folder)


def _ingest(given: argparse.Namespace) -> None:
    from lachan.load.ingest import ingest  # isort: skip  # before polars is imported
    from lachan.contract import survey

    known = settings.load()
    contracts = survey(known.contracts)
    feeds = [_feed(contracts, name) for name in given.feeds] or contracts.feeds.values()
    _warehouse(known)
    for feed in feeds:
        _report(feed.name, ingest(known, feed, _run_id(), given.since, given.until))
    if not given.feeds:
        contracts.raise_if_broken()


def _feed(contracts: Contracts, name: str) -> Feed:
    if name in contracts.feeds:
        return contracts.feeds[name]
    if name in contracts.broken:
        raise contracts.broken[name]
    raise UsageError(f"no contract for {name}; there are {', '.join(contracts.feeds)}")


def _sources(given: argparse.Namespace) -> None:
    from lachan.contract import read_contracts
    from lachan.contract.dbt_files import dbt_files
    from lachan.quality.limits import suite_files

    known = settings.load()
    feeds = read_contracts(known.contracts)
    for path, text in (dbt_files(feeds) | suite_files(known.project, feeds)).items():
        (known.project / path).write_text(text, encoding="utf-8")
        print(path)


def _docs(given: argparse.Namespace) -> None:
    from lachan.transform.dictionary import write_docs

    known = settings.load()
    _warehouse(known)
    for path in write_docs(known):
        print(path)


def _build(given: argparse.Namespace) -> None:
    from lachan.publish.publication import publish
    from lachan.quality.audit import audit
    from lachan.quality.expectations import SuiteMissing
    from lachan.quality.gate import gate
    from lachan.transform.build import build

    known, run_id = settings.load(), _run_id()
    _warehouse(known)
    unjudged: SuiteMissing | None = None
    try:
        _report("gate", gate(known, run_id))
    except SuiteMissing as error:
        print(f"gate: {error}; the other feeds go on", file=sys.stderr)
        unjudged = error
    _report("transform", build(known, run_id))
    audit(known, run_id)
    print("audit: passed")
    _report("publish", publish(known, run_id, "by hand"))
    if unjudged is not None:
        raise unjudged


def _figures(given: argparse.Namespace) -> int:
    from lachan.local import show
    from lachan.publish.comparison import compare

    known = settings.load()
    _warehouse(known)
    return 0 if show.figures(compare(known)) else 1


def _trace(given: argparse.Namespace) -> int:
    from lachan.local import show
    from lachan.publish.trace import trace

    known = settings.load()
    _warehouse(known)
    return 0 if show.trace(trace(known, given.figure, given.window, given.ward, given.basis)) else 1


def _replay(given: argparse.Namespace) -> None:
    from lachan.load.ingest import replay  # isort: skip  # before polars is imported
    from lachan.contract import survey

    known = settings.load()
    feed = _feed(survey(known.contracts), given.feed) if given.feed else None
    _warehouse(known)
    _report("replay", replay(known, feed, _run_id()))


def _release(given: argparse.Namespace) -> None:
    from lachan.operate.decisions import release

    known = settings.load()
    _warehouse(known)
    release(known, given.file_id, given.why)
    print(f"file {given.file_id} is accepted; `lachan build` or the next build takes it")


def _discard(given: argparse.Namespace) -> None:
    from lachan.operate.decisions import discard

    known = settings.load()
    _warehouse(known)
    done = discard(known, given.file_id, given.why)
    what = "the file" if done.whole_file else "what waits in quarantine"
    print(f"{done.feed}, file {given.file_id}: {what} is discarded ({done.quarantined_rows} quarantined rows)")
    if done.repeated_by:
        print(f"{done.repeated_by} deliveries have the same bytes; `lachan replay {done.feed}` checks and loads one")


def _watch(given: argparse.Namespace) -> int:
    from lachan.operate.watch import watch

    known = settings.load()
    _warehouse(known)
    alerts = watch(known, datetime.now(UTC))
    for alert in alerts:
        print(f"{alert.severity}: {alert.message}")
    return int(any(alert.severity == "critical" for alert in alerts))


def _dsn(given: argparse.Namespace) -> None:
    known = settings.load()
    _warehouse(known)
    parts = urlsplit(known.dsn)
    role = f"options={quote(f'-crole=lachan_{given.role}')}" if given.role else ""
    print(urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, role])))))


def _run(given: argparse.Namespace) -> int:
    from lachan.local.run import run

    return 0 if run(settings.load()) else 1


def _up(given: argparse.Namespace) -> None:
    from lachan.local.run import up

    up(settings.load())


def _down(given: argparse.Namespace) -> None:
    from lachan.local.run import down

    down(settings.load())


def _clean(given: argparse.Namespace) -> None:
    from lachan.local.run import clean

    clean(settings.load())


def _warehouse(known: settings.Settings) -> None:
    """Make sure that the warehouse is there: the embedded server, unless LACHAN_DSN names another one."""
    from lachan import warehouse
    from lachan.contract import survey
    from lachan.contract.published import published_tables
    from lachan.local import postgres

    if known.dsn_override is None:
        postgres.start(known.home)
    warehouse.prepare(known.dsn, survey(known.contracts).feeds, published_tables(known.project))


def _run_id() -> str:
    return f"cli.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"


def _report(step: str, report: Any) -> None:
    print(f"{step}: " + ", ".join(f"{name} {value}" for name, value in asdict(report).items()))
