"""The command line tool `lachan`. Its commands call the same functions of the package as the tasks of the DAGs."""

from __future__ import annotations

import argparse
import getpass
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lachan import cli_archive, cli_backup, cli_city, cli_maintain, cli_person, cli_province, settings

if TYPE_CHECKING:
    from lachan.contract import Contracts, Feed
    from lachan.settings import Settings

ROLES = (
    "loader", "auditor", "transformer", "publisher", "steward", "housekeeper", "analyst", "reporter", "ward_viewer",
)  # fmt: skip


class UsageError(ValueError):
    """An argument cannot be used; the message says why, and where possible what can be used instead."""


class _Version(argparse.Action):
    """Prints the version; reads it only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"lachan {settings.release()}")
        parser.exit()


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status.

    0: success. 1: the check that the command makes found a problem (`figures`, `trace`, `watch`, `run`). 2: an error,
    explained on standard error. 130: interrupted.
    """
    given = _parser().parse_args(arguments)
    if given.city == "all":
        return _call(given, partial(cli_city.in_each_city, call=_call))
    return _call(given)


def _call(given: argparse.Namespace, call: Callable[[argparse.Namespace], int] | None = None) -> int:
    try:
        return int((call or given.call)(given) or 0)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if type(error).__module__.startswith(("lachan", "psycopg2")):
            print(f"lachan {given.command}: {error}", file=sys.stderr)
        else:
            traceback.print_exc()  # a defect, or the machine's: whoever mends it needs the place
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lachan",
        description="Lá Chắn: from the daily exports of a city's wards to the committee's figures.",
        epilog="All state is kept under LACHAN_HOME (default: .lachan in the checkout).",
    )
    parser.add_argument(
        "--city", metavar="CODE", help="the city that the command is about, or `all` for each in turn (docs/cities.md)"
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version of the release, and stop")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, call: Callable[[argparse.Namespace], int | None], summary: str) -> argparse.ArgumentParser:
        subparser = commands.add_parser(name, help=summary, description=summary)
        subparser.set_defaults(call=call)
        return subparser

    def by(subparser: argparse.ArgumentParser, meaning: str) -> None:
        subparser.add_argument(
            "--by", default=getpass.getuser(), metavar="NAME", help=f"{meaning} (default: %(default)s)"
        )

    def decision(subparser: argparse.ArgumentParser, why: str | None = None) -> None:
        note = "" if why is None else " (default: %(default)s)"
        subparser.add_argument(
            "--why", required=why is None, default=why, metavar="TEXT", help=f"reason, kept in ops.decision{note}"
        )
        by(subparser, "who decides")

    sample = command("sample", _sample, "Write the exports of the synthetic city into the landing zone.")
    sample.add_argument("--from", dest="since", type=date.fromisoformat, default=date(2024, 1, 1), metavar="DAY")
    sample.add_argument("--to", dest="until", type=date.fromisoformat, default=date(2024, 12, 31), metavar="DAY")
    sample.add_argument("--seed", type=int, default=138)
    sample.add_argument("--scale", type=int, default=1, help="number of copies of the city")
    sample.add_argument("--landing", type=Path, help="folder to write to (default: the landing zone)")

    ingest = command("ingest", _ingest, "Load every export file that is not yet in the ledger.")
    ingest.add_argument("feeds", nargs="*", metavar="FEED", help="feeds to load (default: all)")
    ingest.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="first export day to load")
    ingest.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="last export day to load")

    build = command("build", _build, "Gate, transform, audit and publish everything that is pending, in this process.")
    build.add_argument("--full", action="store_true", help="compute every figure again, not only what has changed")
    command(
        "figures",
        _figures,
        "Compare the figures that the city published for 2024 with the computed ones; exit status 1 if any differs.",
    )

    trace = command("trace", _trace, "List the lines of the export files from which a published figure was computed.")
    trace.add_argument("figure", metavar="FIGURE", help="a figure_id, an indicator_key, or indicator_key/part")
    trace.add_argument(
        "--window", default="calendar_year@2024-01-01", metavar="WINDOW", help="window_key (default: %(default)s)"
    )
    trace.add_argument("--ward", default="city", metavar="WARD", help="ward_key, city or unknown (default: city)")
    trace.add_argument(
        "--basis",
        default="as_was",
        choices=("as_was", "recast"),
        help="wards as they were at the time (as_was, the default) or as they are today (recast)",
    )

    trace.add_argument(
        "--originals", action="store_true", help="also show the records as delivered, with the names (needs --why)"
    )
    cli_archive.add_identity(trace)
    decision(trace, why="")

    report = command("report", _report, "Write the report on a window as DOCX, XLSX or CSV, by the name of the file.")
    report.add_argument("window", nargs="?", metavar="WINDOW", help="window_key, such as calendar_month@2024-10-01")
    report.add_argument("--ward", default="city", metavar="WARD", help="ward_key (default: the whole city)")
    report.add_argument("--to", type=Path, metavar="FILE", help="file to write; it ends with .docx, .xlsx or .csv")
    report.add_argument(
        "--as-of", metavar="INSTANT", help="as it was published then: 2024-12-31T08:00:00+07:00, or a day for its end"
    )
    report.add_argument(
        "--all-numbers", action="store_true", help="also those that only cleared readers see (docs/privacy.md)"
    )
    by(report, "to whom it is handed out")
    report.add_argument(
        "--template-to", type=Path, metavar="FILE", help="write the built-in template, to edit it in Word"
    )

    letter = command("letter", _letter, "Write the letter to an agency about what it should correct, as DOCX or XLSX.")
    letter.add_argument("agency", metavar="AGENCY", help="the agency's name in the contracts (team)")
    letter.add_argument("--to", type=Path, required=True, metavar="FILE", help="file that ends with .docx or .xlsx")
    by(letter, "to whom it is handed out")

    replay = command(
        "replay",
        _replay,
        "Try to load rejected files and quarantined rows again, after the contract has been corrected.",
    )
    replay.add_argument("feed", nargs="?", metavar="FEED", help="feed to replay (default: all)")
    cli_archive.add_identity(replay)
    decision(replay, why="the contract was corrected")

    release = command("release", _release, "Accept a file that the gate holds, after a person has checked it.")
    release.add_argument("file_id", type=int, metavar="FILE_ID", help="the file_id that `lachan watch` prints")
    release.add_argument(
        "--day", type=date.fromisoformat, metavar="DAY", help="the export day, where the file's name gives a wrong one"
    )
    decision(release)

    discard = command(
        "discard",
        _discard,
        "Permanently exclude a held or rejected file, or the quarantined rows of an accepted file.",
    )
    discard.add_argument("file_id", type=int, metavar="FILE_ID", help="the file_id that `lachan watch` prints")
    decision(discard)

    retract = command(
        "retract",
        _retract,
        "Take back accepted deliveries: from the next build on, the figures are as if they had never come.",
    )
    retract.add_argument("file_id", type=int, nargs="?", metavar="FILE_ID", help="a file_id of ops.delivery")
    retract.add_argument("--feed", metavar="FEED", help="instead of FILE_ID: a feed, with --day or --path")
    retract.add_argument("--day", type=date.fromisoformat, metavar="DAY", help="all deliveries of an export day")
    retract.add_argument("--path", metavar="PATH", help="all deliveries at a path of the landing zone")
    decision(retract)

    settle = command(
        "settle-ward",
        _settle_ward,
        "Decide which unit a spelling of a ward means; the next build moves its rows there.",
    )
    settle.add_argument("spelling", metavar="SPELLING", help="as in marts.ward_spelling_to_resolve")
    meaning = settle.add_mutually_exclusive_group(required=True)
    meaning.add_argument("--ward", metavar="WARD", help="ward_key of the unit, such as 14782@2021-02-01")
    meaning.add_argument("--no-ward", action="store_true", help="it is no unit")
    decision(settle)

    command(
        "sources",
        _sources,
        "Generate the files derived from the contracts: dbt sources and tests, and the expectation suites of the gate.",
    )

    command("docs", _docs, "Generate the data dictionary, the pages of dbt and the Data Docs; needs a build.")

    command("watch", _watch, "Raise alerts for problems that need a person; exit status 1 if any is critical.")

    maintain = command("maintain", _maintain, "Remove what has been kept long enough (expectations/retention.yaml).")
    cli_maintain.add_arguments(maintain)

    migrate = command("migrate", _migrate, "Bring the tables of the warehouse to this release and to the contracts.")
    migrate.add_argument(
        "--distributed", action="store_true", help="spread the raw tables over the workers of Citus (docs/growing.md)"
    )

    address = command("dsn", _dsn, "Print the connection URL of the warehouse; start the embedded server if necessary.")
    address.add_argument("--role", choices=ROLES, help="with a login of its own that has this role only")

    login = command(
        "login", _login, "Make, list and end the logins of people; each has one role and nothing beyond it."
    )
    actions = login.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="make a login and print its password, which is stored nowhere")
    add.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="small letters; a ward's follows from its unit"
    )
    add.add_argument("--as", dest="role", required=True, choices=("analyst", "reporter", "steward", "ward"))
    add.add_argument("--unit", metavar="WARD_KEY", help="the unit of a ward's login, such as 14758@2025-07-01")
    add.add_argument(
        "--verifier", metavar="SCRAM", help="a SCRAM-SHA-256 verifier, so that nobody here sees the password"
    )
    admit = actions.add_parser(
        "admit", help="let a login of a city into the database of the province, for its own city"
    )
    admit.add_argument("name", metavar="NAME")
    admit.add_argument("--as", dest="role", required=True, choices=("analyst", "reporter"))
    end = actions.add_parser("end", help="drop a login and end its sessions")
    end.add_argument("name", metavar="NAME")
    actions.add_parser("list", help="list all logins")

    archive = command("archive", _archive, "The encrypted originals: list, read and destroy them; make keys for them.")
    cli_archive.add_commands(archive)

    backup = command("backup", _backup, "Make an encrypted backup of everything but the keys; list and verify backups.")
    cli_backup.add_commands(backup)
    restore = command("restore", _restore, "Restore a backup into an empty place; exit status 1 if anything differs.")
    cli_backup.add_restore(restore)

    province = command("province", _province, "The figures of all cities of a province: collect them, show them.")
    cli_province.add_commands(province)

    person = command("person", _person, "What is held of one person, at that person's request: find, show, erase.")
    cli_person.add_commands(person)

    key = command("key", _key, "Rotate the key of the pseudonyms, and end the overlap of an earlier key.")
    steps = key.add_subparsers(dest="action", required=True, metavar="ACTION")
    steps.add_parser("rotate", help="generate the next key; the next load begins to use it")
    end_key = steps.add_parser("end", help="forget which pseudonyms of a key and of later keys are one person")
    end_key.add_argument("number", type=int, metavar="NUMBER", help="number of the earlier key")
    decision(end_key)

    command("board", _board, "Serve the pages of the board until Ctrl-C; people log in with their own logins.")

    command("run", _run, "Run the year 2024 through Airflow, print the figures, and stop everything it started.")
    command("up", _up, "Start PostgreSQL, Airflow and the board, and keep them running until Ctrl-C.")
    command("down", _down, "Stop whatever is running on this home: Airflow and the embedded server. The data stay.")
    command("clean", _clean, "Stop everything and delete all state: data, secrets, logs.")
    return parser


def _sample(given: argparse.Namespace) -> None:
    from lachan_sample import write_city

    landing = given.landing or _local_folder(settings.load(given.city).landing)
    if given.until < given.since:
        raise UsageError(f"--to {given.until} is before --from {given.since}")
    print(write_city(landing, given.since, given.until, given.seed, given.scale, given.city))


def _local_folder(landing: str) -> Path:
    folder = landing.removeprefix("file://")  # as fsspec parses it: percent-escapes are not decoded
    if "://" in folder:
        raise UsageError(f"the landing zone {landing} is not a local folder; choose a folder with --landing")
    return Path(folder)


def _ingest(given: argparse.Namespace) -> None:
    from lachan.load.ingest import ingest  # isort: skip  # before polars is imported
    from lachan.contract import survey
    from lachan.landing import LandingError
    from lachan.warehouse import MigrationError

    config = settings.load(given.city)
    contracts = survey(config.contracts)
    feeds = [_feed(contracts, name) for name in given.feeds] or contracts.feeds.values()
    _open_warehouse(config)
    failures: list[Exception] = []
    for feed in feeds:
        try:
            _print_report(feed.name, ingest(config, feed, _run_id(), given.since, given.until))
        except (MigrationError, LandingError) as error:  # of this feed's table or folder: the other feeds are loaded
            failures.append(error)
    if config.archive_recipients is None:
        print(cli_archive.no_archive(config), file=sys.stderr)
    if failures:
        raise type(failures[0])("\n".join(dict.fromkeys(map(str, failures))))
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

    config = settings.load(given.city)
    feeds = read_contracts(config.contracts)
    for path, text in (dbt_files(feeds) | suite_files(config.project, feeds)).items():
        (config.project / path).write_text(text, encoding="utf-8")
        print(path)


def _docs(given: argparse.Namespace) -> None:
    from lachan.quality.expectations import write_data_docs
    from lachan.transform.dictionary import write_docs

    config = settings.load(given.city)
    _open_warehouse(config)
    for path in [*write_docs(config), write_data_docs(config)]:
        print(path)


def _build(given: argparse.Namespace) -> None:
    from lachan.quality.expectations import SuiteMissing
    from lachan.quality.gate import gate
    from lachan.transform.pending import has_anything_to_build

    config, run_id = settings.load(given.city), _run_id()
    _open_warehouse(config)
    failures: list[Exception] = []
    try:
        _print_report("gate", gate(config, run_id))
    except SuiteMissing as error:
        print(f"gate: {error}; continuing with what did not fail", file=sys.stderr)
        failures.append(error)
    if not given.full and not has_anything_to_build(config):
        print("nothing to build: everything that was accepted is published (`lachan build --full` builds all the same)")
    else:
        failures += _build_and_publish(config, run_id, given.full)
    if failures:
        raise failures[0]


def _build_and_publish(config: Settings, run_id: str, full: bool) -> list[Exception]:
    """Transform, audit and publish; returns what held back some groups of figures."""
    from lachan.publish.publication import publish
    from lachan.quality.audit import AuditFailed, audit
    from lachan.transform.build import TransformFailed, build

    failures: list[Exception] = []
    steps: dict[str, Callable[[Settings, str], Any]] = {
        "transform": partial(build, full=full),
        "audit": audit,
        "publish": partial(publish, why="by hand"),
    }
    for step, run in steps.items():
        try:
            _print_report(step, run(config, run_id))
        except (TransformFailed, AuditFailed) as error:
            print(f"{step}: {error}; continuing with what did not fail", file=sys.stderr)
            failures.append(error)
    return failures


def _figures(given: argparse.Namespace) -> int:
    from lachan.cities import has_published_figures
    from lachan.local import show
    from lachan.publish.comparison import compare

    config = settings.load(given.city)
    _open_warehouse(config)
    compared = compare(config)
    if not compared and not has_published_figures(config.city_folder):
        print(f"{config.city_names.name_vi} has no published figures to compare with")
        return 0
    return 0 if show.figures(compared) else 1


def _trace(given: argparse.Namespace) -> int:
    from lachan.local import show
    from lachan.publish.trace import trace

    config = cli_archive.with_identity(settings.load(given.city), given)
    if given.originals and not given.why:
        raise UsageError("say with --why what the originals are needed for; it is kept in ops.archive_reading")
    _open_warehouse(config)
    found = trace(config, given.figure, given.window, given.ward, given.basis)
    is_complete = show.trace(found)
    if given.originals:
        cli_archive.show_originals(config, found.lines, given.why, given.by)
    return 0 if is_complete else 1


def _report(given: argparse.Namespace) -> None:
    from lachan.report.content import published_report
    from lachan.report.files import render, write
    from lachan.report.handouts import note_as, of_report
    from lachan.report.instants import instant
    from lachan.report.office import read_office
    from lachan.report.template import built_in_template

    if given.template_to is not None:
        write(given.template_to, built_in_template())
        print(given.template_to)
        return
    if given.window is None or given.to is None:
        raise UsageError("name a WINDOW and a file (--to)")
    try:
        at = instant(given.as_of) if given.as_of else None
    except ValueError:
        raise UsageError(f"--as-of {given.as_of} is no instant, such as 2024-12-31T08:00:00+07:00") from None
    config = settings.load(given.city)
    office = read_office(config.office, config.city_names)
    _open_warehouse(config)
    role = "analyst" if given.all_numbers else "reporter"
    report = published_report(config, given.window, given.ward, at, office.charts, role)
    kind = given.to.suffix.removeprefix(".").lower()
    content = render(report, kind, office)
    handout = of_report(report, kind, content, given.by)
    write(given.to, content, partial(note_as, config, role, handout))
    note = "" if report.is_complete else "; the window is not complete, so its figures may still change"
    print(f"{given.to}: {report.label}, {report.ward_name}, {len(report.own_figures)} figures{note}")
    print(f"as of {report.as_of.isoformat()}, SHA-256 {handout.sha256}")


def _letter(given: argparse.Namespace) -> None:
    from lachan.contract import survey
    from lachan.report.files import write
    from lachan.report.handouts import note_as
    from lachan.report.letter import current_letter, handout, render
    from lachan.report.office import read_office

    config = settings.load(given.city)
    office = read_office(config.office, config.city_names)
    _open_warehouse(config)
    letter = current_letter(config, survey(config.contracts).feeds, given.agency)
    kind = given.to.suffix.removeprefix(".").lower()
    content = render(letter, kind, office)
    write(given.to, content, partial(note_as, config, "steward", handout(letter, kind, content, given.by)))
    print(f"{given.to}: {letter.title}, " + ", ".join(f"{each.title}: {len(each.rows)}" for each in letter.sections))


def _replay(given: argparse.Namespace) -> None:
    from lachan.load.ingest import replay  # isort: skip  # before polars is imported
    from lachan.contract import survey

    config = cli_archive.with_identity(settings.load(given.city), given)
    feed = _feed(survey(config.contracts), given.feed) if given.feed else None
    _open_warehouse(config)
    _print_report("replay", replay(config, feed, _run_id(), given.why, given.by))


def _release(given: argparse.Namespace) -> None:
    from lachan.operate.decisions import release

    config = settings.load(given.city)
    _open_warehouse(config)
    release(config, given.file_id, given.why, given.by, given.day)
    print(f"file {given.file_id} is accepted; `lachan build` or the next run of the build DAG processes it")


def _discard(given: argparse.Namespace) -> None:
    from lachan.operate.decisions import discard

    config = settings.load(given.city)
    _open_warehouse(config)
    done = discard(config, given.file_id, given.why, given.by)
    what = "the file" if done.whole_file else "only its quarantined rows"
    print(f"{done.feed}, file {given.file_id}: discarded {what} ({done.quarantined_rows} quarantined rows)")
    if done.repeated_by:
        print(f"{done.repeated_by} other files have the same bytes; `lachan ingest {done.feed}` loads one of them")


def _retract(given: argparse.Namespace) -> None:
    from lachan.operate.decisions import retract

    by_feed = given.feed is not None and (given.day is not None or given.path is not None)
    if (given.file_id is None) != by_feed:
        raise UsageError("name either a FILE_ID, or --feed with --day or --path")
    config = settings.load(given.city)
    _open_warehouse(config)
    for taken in retract(config, given.why, given.by, given.file_id, given.feed, given.day, given.path):
        print(f"{taken.feed}, file {taken.file_id} ({taken.path}) is retracted; the next build undoes what rests on it")


def _settle_ward(given: argparse.Namespace) -> None:
    from lachan.operate.decisions import settle_ward

    config = settings.load(given.city)
    _open_warehouse(config)
    settle_ward(config, given.spelling, None if given.no_ward else given.ward, given.why, given.by)
    print(
        f"{given.spelling}: {given.ward or 'no unit'}; `lachan build` or the next run of the build DAG moves its rows"
    )


def _watch(given: argparse.Namespace) -> int:
    from lachan.operate.watch import watch
    from lachan.transform.build import TransformFailed
    from lachan.transform.freshness import check_freshness

    config = settings.load_chosen(given.city)
    _open_warehouse(config)
    if config.city is not None:
        try:
            check_freshness(config, _run_id())
        except TransformFailed as error:
            print(f"freshness: {error}; continuing with the last check", file=sys.stderr)
    alerts = watch(config, datetime.now(UTC))
    for alert in alerts:
        print(f"{alert.severity}: {alert}")
    return int(any(alert.severity == "critical" for alert in alerts))


def _maintain(given: argparse.Namespace) -> None:
    config = settings.load_chosen(given.city)
    _open_warehouse(config)
    cli_maintain.run(config, given, _run_id())


_NOT_LOGGED = (
    "what these logins read is not written into the server's log: {}; the login of LACHAN_DSN may not order it, "
    "a superuser grants it with GRANT SET ON PARAMETER log_statement"
)


def _migrate(given: argparse.Namespace) -> int:
    from lachan.contract import survey
    from lachan.contract.published import published_tables
    from lachan.warehouse.databases import migrate_warehouse, migration_of_server
    from lachan.warehouse.logins import LoginError, log_statements_of_people, use_process_logins

    config = settings.load_chosen(given.city)
    _start_server(config)
    feeds, published = survey(config.contracts).feeds, published_tables(config.project)
    with migration_of_server(config):
        report = migrate_warehouse(config, feeds, published, given.distributed)
        try:
            use_process_logins(config.dsn, config.login_password)
        except LoginError as error:
            print(f"the logins of the processes were not made: {error}", file=sys.stderr)
        not_logged = log_statements_of_people(config.dsn)
    if not_logged:
        print(_NOT_LOGGED.format(", ".join(not_logged)), file=sys.stderr)
    for name in report.applied:
        print(f"applied {name}")
    for name in report.added:
        print(f"added {name}")
    for name in report.distributed:
        print(f"distributed {name}")
    for text in report.refused:
        print(f"refused: {text}", file=sys.stderr)
    if not (report.applied or report.added or report.refused or report.distributed):
        print("the warehouse is at this release already")
    return 1 if report.refused else 0


def _dsn(given: argparse.Namespace) -> None:
    from lachan.warehouse.address import without_password
    from lachan.warehouse.logins import use_role_login

    config = settings.load_chosen(given.city)
    _start_server(config)
    user = password = None
    if given.role:
        password = config.login_password(given.role)
        user = use_role_login(config.dsn, given.role, password)
    print(without_password(config.dsn, config.home / "secrets" / "pgpass", user, password))


def _login(given: argparse.Namespace) -> None:
    from lachan.province.readers import add_reader, remove_reader
    from lachan.warehouse.address import without_password
    from lachan.warehouse.logins import add_login, admit_login, end_login, logins

    config = settings.load_chosen(given.city)
    _start_server(config)
    if given.action == "list":
        for login in logins(config.dsn):
            print(f"{login.name}: {login.role}, {login.remark}" + ("" if login.is_logged else ", not logged"))
    elif given.action == "end":
        end_login(config.dsn, given.name)
        remove_reader(config.dsn, given.name)
        print(f"the login {given.name} is ended, and its sessions with it")
    elif given.action == "admit":
        if config.city is not None:
            raise UsageError("a login is admitted to the database of a province: leave --city out")
        admit_login(config.dsn, given.name, given.role)
        print(f"{given.name} sees its own city in the database of the province")
    else:
        name, password = add_login(config.dsn, given.name, given.role, given.unit, given.verifier)
        if config.city is None:
            add_reader(config.dsn, name)
        print(without_password(config.dsn, config.home / "secrets" / "pgpass", name).partition("?")[0])
        if password:
            print(f"password, shown only now: {password}")
        if name in {login.name for login in logins(config.dsn) if not login.is_logged}:
            print(_NOT_LOGGED.format(name), file=sys.stderr)


def _archive(given: argparse.Namespace) -> None:
    if given.action == "key":
        cli_archive.make_key(given)
        return
    config = settings.load(given.city)
    _open_warehouse(config)
    cli_archive.run(config, given)


def _backup(given: argparse.Namespace) -> None:
    cli_backup.backup(settings.load_chosen(given.city), given, _run_id(), _open_warehouse)


def _restore(given: argparse.Namespace) -> int:
    config = settings.load_chosen(given.city)
    _start_server(config)
    return cli_backup.restore(config, given)


def _province(given: argparse.Namespace) -> None:
    config = settings.load_province()
    _open_warehouse(config)
    cli_province.run(config, given)


def _person(given: argparse.Namespace) -> None:
    config = settings.load(given.city)
    _open_warehouse(config)
    cli_person.run(config, given)


def _key(given: argparse.Namespace) -> None:
    from lachan.operate.keys import end_key

    config = settings.load(given.city)
    if given.action == "rotate":
        number, file = config.next_pseudonym_key()
        print(
            f"{file}: key number {number}; keep a copy in another place, and the earlier key until its overlap is ended"
        )
        return
    _open_warehouse(config)
    end_key(config, given.number, given.why, given.by)
    print(f"the overlap of key number {given.number} is ended; remove the key from every machine")


def _board(given: argparse.Namespace) -> None:
    from lachan.board.serving import serve

    config = cli_city.installation(given)
    if config.has_secret("login_analyst"):
        _open_warehouse(config)
    else:  # the deployed board has no login of its own, only those of the people who log in
        _start_server(config)
    serve(config)


def _run(given: argparse.Namespace) -> int:
    from lachan.local.run import run

    config = cli_city.installation(given)
    if config.cities is not None:
        raise UsageError("`run` shows the sample year of one city; use `lachan up` for a province")
    return 0 if run(config) else 1


def _up(given: argparse.Namespace) -> None:
    from lachan.local.run import up

    up(cli_city.installation(given))


def _down(given: argparse.Namespace) -> None:
    from lachan.local.run import down

    down(cli_city.installation(given))


def _clean(given: argparse.Namespace) -> None:
    from lachan.local.run import clean

    clean(cli_city.installation(given))


def _open_warehouse(config: settings.Settings) -> None:
    """Start the embedded server unless LACHAN_DSN names another one; raises MigrationError when it is not migrated."""
    from lachan.warehouse import require_current

    _start_server(config)
    require_current(config.address("analyst"))


def _start_server(config: settings.Settings) -> None:
    from lachan.local import postgres

    if config.dsn_override is None:
        postgres.start(config.server_home)


def _run_id() -> str:
    return f"cli.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"


def _print_report(step: str, report: Any) -> None:
    entries = report if isinstance(report, list) else [f"{name} {value}" for name, value in asdict(report).items()]
    print(f"{step}: " + ", ".join(entries))
