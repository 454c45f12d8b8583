"""A person's request: find, show or erase what is held of one person. Each is entered in ops.person_request.

Who the person is stands in no table, log or message: only pseudonyms are looked for. It needs the login of the owner
of the warehouse (`settings.dsn`), because no stage may change rows that are loaded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lachan.archive.reading import copies_of
from lachan.archive.store import Store
from lachan.contract import Column, Feed
from lachan.load.originals import Place, original_records
from lachan.load.rows import identity_values
from lachan.privacy.erasure import ERASED, ERASED_TEXT, EXTRA, columns_of_person, pseudonym_columns
from lachan.privacy.pseudonyms import key_fingerprint, pseudonyms
from lachan.settings import SettingError, Settings
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import wait_for_builds
from lachan.warehouse.statements import run

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

Feeds = Mapping[str, Feed]
WHY_DISCARDED = "a person was erased from it"


class PersonError(ValueError):
    """The request cannot be met; the message says why, without saying who is asked for."""


@dataclass(frozen=True)
class Asked:
    """Who is asked for: values as the exports have them (names, telephone numbers, staff codes), or pseudonyms."""

    values: tuple[str, ...] = field(default=(), repr=False)
    pseudonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Held:
    """Rows of one table in which one pseudonym of the person stands; days are those of their exports."""

    table: str
    feed: str
    column: str
    pseudonym: str
    rows: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class Waiting:
    """A row in quarantine that is the person's in these columns of its original; `item` is None if it has no key."""

    feed: str
    file_id: int
    line: int
    item: str | None
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What is held of a person.

    `unread` is the number of rows in quarantine whose originals could not be read, so that nobody
    knows whose they are. `keys_missing` are keys of the warehouse that this machine lacks: rows with their pseudonyms
    are not found by a name. `contents` are the SHA-256 of the originals with rows of the person.
    """

    held: list[Held]
    quarantined: list[Waiting]
    unread: int
    keys_missing: list[int]
    contents: frozenset[str] = field(repr=False)

    @property
    def rows_by_feed(self) -> dict[str, int]:
        """Numbers of pseudonyms of the person in raw, by feed."""
        counts: dict[str, int] = {}
        for place in self.held:
            if place.table.startswith("raw."):
                counts[place.feed] = counts.get(place.feed, 0) + place.rows
        return counts


@dataclass(frozen=True)
class Erased:
    """What was erased, and the paths of the originals that still hold it, each with the day until which it is kept."""

    found: Found
    items: int
    originals_kept: list[str]
    originals_destroyed: int


def find(settings: Settings, feeds: Feeds, asked: Asked, why: str, by: str) -> Found:
    """Where rows of a person are. Raises PersonError, and SettingError when the key is not that of the warehouse."""
    with _request(settings, asked, why) as cursor:
        found, _ = _find(settings, cursor, feeds, asked, why, by)
        _note(cursor, "find", found, why, by)
    return found


def show(settings: Settings, feeds: Feeds, asked: Asked, target: Path, why: str, by: str) -> Found:
    """Write all that raw holds of a person to a new file, as JSON, which only its owner can read.

    Raises PersonError when the file exists or cannot be written, and what `find` raises.
    """
    try:
        opened = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise PersonError(f"{target} cannot be written: {error.strerror}; choose another file") from None
    try:
        with opened:
            with _request(settings, asked, why) as cursor:
                found, wanted = _find(settings, cursor, feeds, asked, why, by)
                rows = [row for feed in _with_people(feeds) for row in _shown(cursor, feed, wanted)]
                _note(cursor, "show", found, why, by)
            json.dump(rows, opened, ensure_ascii=False, indent=2, default=str)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return found


def erase(
    settings: Settings,
    feeds: Feeds,
    asked: Asked,
    why: str,
    by: str,
    keep_texts: bool = False,
    destroy_originals: bool = False,
) -> Erased:
    """Take a person out of every row, in one transaction; the rows stay, and with them all figures and their history.

    Their pseudonyms, and unless `keep_texts` the free texts of the rows, are replaced in raw, staging and quarantine.
    The items are entered in ops.erased_item: whatever file they come from later, they are loaded without the person.
    Waits until no load and no build is going on. With `destroy_originals` the archived contents with rows of the person
    are destroyed too, before the transaction ends; what else they hold can then not be replayed.

    Raises what `find` raises, and ArchiveError when the archive cannot be used.
    """
    people = _with_people(feeds)
    with _request(settings, asked, why) as cursor:
        wait_for_builds(cursor)
        run(cursor, "archive/wait_for_loads", feed_names=list(feeds))
        found, wanted = _find(settings, cursor, feeds, asked, why, by)
        run(cursor, "operate/create_erased_now")
        for feed in people:
            _collect(cursor, feed, wanted, found, with_texts=not keep_texts)
        run(cursor, "operate/insert_erased_items")
        for feed in people:
            for schema, table, present in _tables(cursor, feed):
                _erase_rows(cursor, feed, schema, table, present, wanted)
            _erase_quarantined(cursor, feed, found)
        run(cursor, "operate/delete_links_of_person", pseudonyms=wanted)
        cursor.execute("select count(distinct (feed, item_key)) from erased_now")
        [items] = cursor.fetchone() or (0,)
        originals = _originals(settings, cursor, found.contents)
        destroyed = _destroy(settings, cursor, originals, by) if destroy_originals else 0
        _note(cursor, "erase", found, why, by, destroyed)
    return Erased(found, items, [] if destroy_originals else [text for _, _, text in originals], destroyed)


def _request(settings: Settings, asked: Asked, why: str) -> Any:
    """A transaction of the owner of the warehouse. Raises PersonError for what can be refused at once."""
    if not any(value.strip() for value in (*asked.values, *asked.pseudonyms)):
        raise PersonError("nobody is asked for: give a name or a number, or a pseudonym")
    if any(value.strip().casefold() in why.casefold() for value in asked.values if value.strip()):
        raise PersonError("the reason is kept, so it must not say who the person is")
    return transaction(settings.dsn)


def _with_people(feeds: Feeds) -> list[Feed]:
    return [feed for feed in feeds.values() if pseudonym_columns(feed)]


# --- find ---------------------------------------------------------------------------------------------------


def _find(settings: Settings, cursor: Cursor, feeds: Feeds, asked: Asked, why: str, by: str) -> tuple[Found, list[str]]:
    """What is held of the person, and all pseudonyms of the person."""
    keys, missing = _keys(settings, cursor, is_needed=bool(asked.values))
    computed = {
        pseudonym
        for feed in _with_people(feeds)
        for column in pseudonym_columns(feed)
        for pseudonym in _pseudonyms(feed, column, asked.values, keys)
    }
    linked = run(cursor, "operate/linked_pseudonyms", pseudonyms=sorted(computed | set(asked.pseudonyms)))
    wanted = [pseudonym for (pseudonym,) in linked.fetchall()]
    held: list[Held] = []
    contents: set[str] = set()
    quarantined: list[Waiting] = []
    unread = 0
    for feed in _with_people(feeds):
        for schema, table, present in _tables(cursor, feed):
            rows = run(
                cursor, "operate/find_person", table_schema=schema, table_name=table,
                columns=_as_values(feed, present), pseudonyms=wanted,
            ).fetchall()  # fmt: skip
            for column, pseudonym, count, first, last, hashes in rows:
                held.append(Held(f"{schema}.{table}", feed.name, column, pseudonym, count, first, last))
                contents |= {each for each in hashes if each}
        waiting = run(cursor, "operate/quarantined_places", feed_name=feed.name).fetchall()
        of_person, read = _in_quarantine(settings, feed, waiting, wanted, keys, why, by)
        unread += len(waiting) - read
        quarantined += of_person
        lines = {(each.file_id, each.line) for each in of_person}
        contents |= {sha256 for file_id, line, sha256 in waiting if (file_id, line) in lines}
    return Found(held, quarantined, unread, missing, frozenset(contents)), wanted


def _keys(settings: Settings, cursor: Cursor, is_needed: bool) -> tuple[dict[int, bytes], list[int]]:
    """The keys of this machine, by number, and the numbers of those of the warehouse that it lacks."""
    stored = {number: fingerprint for number, fingerprint, *_ in run(cursor, "load/keys_of_warehouse").fetchall()}
    if not settings.has_pseudonym_key:
        if is_needed and stored:
            raise SettingError(
                "this machine has no pseudonym key (LACHAN_PSEUDONYM_KEY), without which nobody is found by a name; "
                "ask on the machine that loads, or with --pseudonym"
            )
        return {}, sorted(stored)
    keys = settings.pseudonym_keys
    for number, key in keys.items():
        if stored.get(number, key_fingerprint(key)) != key_fingerprint(key):
            raise SettingError(
                f"the pseudonym key number {number} in {settings.pseudonym_key_place} is not the one of the rows in "
                "the warehouse, so nobody would be found; set LACHAN_PSEUDONYM_KEY to that of the machine that loads"
            )
    return keys, sorted(stored.keys() - keys.keys())


def _pseudonyms(feed: Feed, column: Column, texts: Sequence[str], keys: Mapping[int, bytes]) -> set[str]:
    """The pseudonyms that values of a column get with each key."""
    values = identity_values(feed, column, texts) if texts else None
    if values is None or not values.len():
        return set()
    return {each for number, key in keys.items() for each in pseudonyms(values, key, column.name, number).to_list()}


def _in_quarantine(
    settings: Settings,
    feed: Feed,
    waiting: Sequence[tuple[int, int, str]],
    wanted: Sequence[str],
    keys: Mapping[int, bytes],
    why: str,
    by: str,
) -> tuple[list[Waiting], int]:
    """Rows in quarantine that are the person's in their originals, and how many rows could be read there."""
    if settings.archive_identity is None or not keys or not waiting:
        return [], 0
    places: list[Place] = [(sha256, line) for _, line, sha256 in waiting]
    records = original_records(settings, feed, places, why, by)
    key = next(column for column in feed.columns if column.name == feed.key[0])
    found = []
    for file_id, line, sha256 in waiting:
        record = records.get((sha256, line), {})
        texts = [(column, record[column.name]) for column in pseudonym_columns(feed) if record.get(column.name)]
        columns = tuple(c.name for c, text in texts if _pseudonyms(feed, c, [text], keys) & set(wanted))
        if columns:
            item = identity_values(feed, key, [record.get(key.name, "")])
            found.append(Waiting(feed.name, file_id, line, str(item[0]) if item.len() else None, columns))
    return found, sum(place in records for place in places)


def _tables(cursor: Cursor, feed: Feed) -> Iterator[tuple[str, str, list[str]]]:
    """The tables with rows of a feed that name people, and the columns of each: further models hold none."""
    for schema, table in (("raw", feed.name), ("staging", f"stg_{feed.name}"), ("changes", f"stg_{feed.name}")):
        present = [name for (name,) in run(cursor, "warehouse/column_names", relation=f"{schema}.{table}").fetchall()]
        if {"file_id", feed.key[0]} <= set(present) and any(c.name in present for c in pseudonym_columns(feed)):
            yield schema, table, present


def _as_values(feed: Feed, present: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"name": column.name, "is_list": column.type == "array"}
        for column in pseudonym_columns(feed)
        if column.name in present
    ]


# --- show ---------------------------------------------------------------------------------------------------


def _shown(cursor: Cursor, feed: Feed, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    labels = {column.name: column.label for column in feed.columns}
    columns = _as_values(feed, list(labels))
    rows = run(cursor, "operate/show_person", feed_name=feed.name, columns=columns, pseudonyms=wanted).fetchall()
    for path, day, loaded_at, line, values in rows:
        yield {
            "feed": feed.title,
            "file": path,
            "line": line,
            "day": day,
            "loaded_at": loaded_at,
            "row": {labels.get(name, name): value for name, value in values.items() if value is not None},
        }


# --- erase --------------------------------------------------------------------------------------------------


def _collect(cursor: Cursor, feed: Feed, wanted: Sequence[str], found: Found, with_texts: bool) -> None:
    """List the items of the person, with the columns that go."""
    goes = [(c.name, each) for c in pseudonym_columns(feed) for each in columns_of_person(feed, c.name, with_texts)]
    run(
        cursor, "operate/collect_erased_items", feed_name=feed.name, key_column=feed.key[0],
        columns=_as_values(feed, [column.name for column in feed.columns]), pseudonyms=wanted,
        found_in=[name for name, _ in goes], goes=[name for _, name in goes],
    )  # fmt: skip
    for row in found.quarantined:
        if row.feed == feed.name and row.item is not None:
            for column in sorted({each for name, each in goes if name in row.columns}):
                cursor.execute("insert into erased_now values (%s, %s, %s)", (feed.name, row.item, column))


def _erase_rows(
    cursor: Cursor, feed: Feed, schema: str, table: str, present: Sequence[str], wanted: Sequence[str]
) -> None:
    columns = [
        {"name": column.name, "is_list": column.type == "array", "instead": _instead(column)}
        for column in feed.columns
        if column.name in present and column.privacy in ("pseudonym", "free_text")
    ]
    if EXTRA in present:
        columns.append({"name": EXTRA, "is_list": False, "instead": None})
    run(
        cursor, "operate/erase_rows", feed_name=feed.name, key_column=feed.key[0], table_schema=schema,
        table_name=table, columns=columns, pseudonyms=wanted, erased=ERASED,
    )  # fmt: skip


def _instead(column: Column) -> str:
    return ERASED if column.privacy == "pseudonym" else ERASED_TEXT


def _erase_quarantined(cursor: Cursor, feed: Feed, found: Found) -> None:
    of_feed = [row for row in found.quarantined if row.feed == feed.name]
    run(
        cursor, "operate/erase_quarantined_rows", feed_name=feed.name, key_column=feed.key[0], why=WHY_DISCARDED,
        file_ids=[row.file_id for row in of_feed], lines=[row.line for row in of_feed],
    )  # fmt: skip


def _originals(settings: Settings, cursor: Cursor, contents: frozenset[str]) -> list[tuple[int, str, str]]:
    """The copies of contents in the archive: number, name, and what it is and until when it is kept, as a text."""
    copies = copies_of(run(cursor, "archive/find_copies", hashes=sorted(contents)).fetchall())
    numbers = {copy.archive_no for copy in copies.values()}
    listed = run(cursor, "archive/archived_copies", keep_days=settings.archive_keep_days).fetchall()
    return [
        (number, name, f"{', '.join(paths)}, until {kept_until:%F}")
        for number, _, name, _, _, _, kept_until, paths in listed
        if number in numbers
    ]


def _destroy(settings: Settings, cursor: Cursor, originals: Sequence[tuple[int, str, str]], by: str) -> int:
    run(cursor, "archive/insert_destructions", copies=[number for number, _, _ in originals], why=WHY_DISCARDED, by=by)
    Store(settings.archive).remove(name for _, name, _ in originals)
    return len(originals)


def _note(cursor: Cursor, action: str, found: Found, why: str, by: str, destroyed: int = 0) -> None:
    run(
        cursor, "operate/insert_person_request", action=action, rows_by_feed=found.rows_by_feed, destroyed=destroyed,
        why=why, by=by,
    )  # fmt: skip
