"""The definition of a feed: where its files are, how they are written, when they are due, and their columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from string import ascii_lowercase
from typing import Literal

from lachan.printable import with_known_words

LogicalType = Literal["string", "integer", "boolean", "date", "timestamp", "array"]
Frequency = Literal["d", "w", "mo"]
Privacy = Literal["open", "free_text", "pseudonym", "drop"]

_ENDINGS = ("csv", "txt", "xlsx", "xls", "zip", "gz", "json", "pdf", "doc", "docx", "xml", "md", "tmp", "bak")
_SUFFIXES = ("sua", "gui", "lai", "bo", "sung", "ban", "sao", "chinh", "thuc", "cuoi", "moi", "cu", "lan", "phan")
_FOREIGN_SUFFIXES = ("final", "new", "old", "copy", "export", "part", "fixed", "readme")
USUAL_WORDS = frozenset((*ascii_lowercase, *_ENDINGS, *_SUFFIXES, *_FOREIGN_SUFFIXES))
"""Words in names of files that are shown, in small letters: suffixes of corrected deliveries, and endings."""
_SHOWN_DIGITS = 4
"""Digits in a name of a file that are shown, besides those of years and days: a number plate has more."""

SQL_TYPES: dict[LogicalType, str] = {
    "string": "text",
    "integer": "bigint",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
    "array": "text[]",
}


@dataclass(frozen=True)
class Column:
    """One column of an export: the spellings of its header, the values it accepts, and how private it is.

    `headers` are all accepted headers, `label` the first of them. `labels` maps each accepted value to its code; it is
    empty when the column has no list of values. `separator` separates the items of an array, as line breaks do, and
    each item matches `item_pattern`, which the contract declares if `declares_items`. `register` names the register of
    the values that the column usually has, which may also have others. `plausible_days` are the days before and after
    the day of its export within which a date is plausible; None if there is no limit.
    """

    name: str
    label: str
    description: str
    type: LogicalType
    privacy: Privacy
    required: bool
    headers: tuple[str, ...]
    labels: dict[str, str] = field(hash=False)
    pattern: str | None
    minimum: int | None
    maximum: int | None
    max_length: int | None
    max_items: int | None
    separator: str
    item_pattern: str
    plausible_days: tuple[int, int] | None = None
    declares_items: bool = False
    register: str | None = None

    @property
    def sql_type(self) -> str:
        """PostgreSQL type of the column in the raw table."""
        return SQL_TYPES[self.type]

    @property
    def is_identity(self) -> bool:
        """Whether the column names a person; its values are then pseudonymised or dropped before they are stored."""
        return self.privacy in ("pseudonym", "drop")

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that the column may hold; empty when the contract lists none."""
        return tuple(dict.fromkeys(self.labels.values()))


@dataclass(frozen=True)
class GateChange:
    """A contract's change to one limit of the gate: other bounds, another severity, or that it does not apply."""

    limit: str
    applies: bool
    at_least: float | None
    at_most: float | str | None
    severity: str | None
    reason: str


@dataclass(frozen=True)
class Feed:
    """One feed: where its files are, how they are written, when they are due, and their columns.

    Feeds of one `indicator_group` serve the same indicators: their figures are published, or held back, together.

    With the delivery `changes` a file holds new and changed rows. With `snapshot` it holds the whole register, and a
    row that is missing from a later file is treated as closed. `deletion_mark` is a column and its code: an item whose
    latest state has it is deleted; None if the feed has no such mark.

    Above the header up to `title_rows` rows may stand; a row that begins with one of `footer_labels` begins the rows
    below the records. `packing` is the kind of archive in which each file comes, if it does. `owner_title` is the
    name of the agency in full.
    """

    name: str
    title: str
    description: str
    grain: str
    owner: str
    path: str
    format: Literal["csv", "xlsx"]
    delimiter: str
    encodings: tuple[str, ...]
    sheet: str | None
    max_bytes: int
    frequency: Frequency
    schedule: str
    latency_days: int
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    date_formats: tuple[str, ...]
    timestamp_formats: tuple[str, ...]
    delivery: Literal["changes", "snapshot"]
    distribution_column: str
    gate_changes: tuple[GateChange, ...]
    starts_on: date | None
    indicator_group: str
    deletion_mark: tuple[str, str] | None
    title_rows: int = 0
    footer_labels: tuple[str, ...] = ()
    packing: Literal["gzip", "zip"] | None = None
    owner_title: str = ""

    def __hash__(self) -> int:
        return hash(self.name)  # that of all columns takes longer than what is cached by feed

    @property
    def period_end(self) -> int:
        """The day on which the period of one export ends, `latency_days` before its scheduled day.

        Of a weekly feed the ISO weekday; of a monthly feed the day of the month, where 0 and below count back from the
        last day of the month before; of a daily feed 0, because each day is a period.
        """
        fields = self.schedule.split()
        if self.frequency == "d":
            return 0
        if self.frequency == "mo":
            return int(fields[2]) - self.latency_days
        return (int(fields[4]) - self.latency_days - 1) % 7 + 1

    @property
    def polling_schedule(self) -> str:
        """When to look for new exports, as cron: daily at the scheduled time, also for weekly and monthly feeds."""
        return f"{' '.join(self.schedule.split()[:2])} * * *" if self.frequency != "d" else self.schedule

    @property
    def folder(self) -> str:
        """The folder before the first wildcard of the path, without a slash at the end."""
        return re.split(r"[*{]", self.path, maxsplit=1)[0].rpartition("/")[0]

    def shown_path(self, path: str) -> str:
        """A path of the landing zone as it may be shown and stored: what the contract leaves open may name a person.

        In what stands for a wildcard, and in a path that does not match at all, words other than USUAL_WORDS are
        masked, and all digits where there are more than _SHOWN_DIGITS besides years and days.
        """
        found = _path_pattern(self.path).fullmatch(path)
        if found is None:
            folder = f"{self.folder}/" if path.startswith(f"{self.folder}/") else ""
            known = _words_of_path(self.path)
            return folder + "/".join(_masked(part, known) for part in path[len(folder) :].split("/"))
        shown, done = "", 0
        date_span = found.span("date")
        for start, end in (found.span(number) for number in range(1, found.re.groups + 1)):
            part = path[start:end] if (start, end) == date_span else _masked(path[start:end], USUAL_WORDS)
            shown, done = shown + path[done:start] + part, end
        return shown + path[done:]

    def export_date(self, path: str) -> date | None:
        """The day that a file of the landing zone reports, or None when its path does not match this feed's."""
        found = _path_pattern(self.path).fullmatch(path)
        if found is None:
            return None
        try:
            return date.fromisoformat(found["date"])
        except ValueError:
            return None


@lru_cache(maxsize=4096)  # folders and the parts of names that are no dates are the same in most paths of a feed
def _masked(part: str, known: frozenset[str]) -> str:
    of_days = sum(map(len, re.findall("(?<![0-9])20[0-9]{2}(?:[0-9]{4})?(?![0-9])", part)))
    return with_known_words(part, known, _SHOWN_DIGITS + of_days)


@cache
def _words_of_path(path: str) -> frozenset[str]:
    return USUAL_WORDS.union(re.findall(r"[a-z]+", path))


@cache
def _path_pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*|\{date\})", path)
    translated = {"**/": r"((?:[^/]+/)*)", "*": r"([^/]*)", "{date}": r"(?P<date>[0-9]{8})"}
    return re.compile("".join(translated.get(part, re.escape(part)) for part in parts))
