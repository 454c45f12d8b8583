"""The data types of an opened export: batches of records as text, malformed records, and faults of the whole file."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import polars as pl


class UnreadableFile(Exception):
    """A file of which no record can be loaded: `rule` is the short name of the fault, the message says where it is."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


@dataclass(frozen=True)
class Malformed:
    """A record whose number of fields (`found`) is not that of the header (`expected`)."""

    line: int
    text: str
    expected: int
    found: int


@dataclass(frozen=True)
class Broken:
    """A record that has cells without a usable value: the text of the others, and a reason for each of these cells.

    A reason is the name of the column, the rule, what was expected, and what was found where.
    """

    line: int
    values: dict[str, str | None]
    reasons: list[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Batch:
    """Some records of a file as text, with a column for each header and the line of each; malformed and broken records.

    `has_nul` is false if no value contains a NUL character. `trimmed` names columns in which no value is empty (a
    missing value is null), or begins or ends with a blank; `ascii` those of ASCII only, `visible` those without
    characters that cannot be seen (Unicode category Cf). Other columns may also be like that.
    """

    text: pl.DataFrame
    lines: pl.Series
    malformed: list[Malformed]
    broken: list[Broken] = field(default_factory=list)
    has_nul: bool = False
    trimmed: frozenset[str] = frozenset()
    ascii: frozenset[str] = frozenset()
    visible: frozenset[str] = frozenset()


@dataclass
class Export:
    """An opened export: its batches can be read once; `warnings` and `notes` are complete after the last of them.

    A warning is about an irregularity of the file; a note tells how something was read that is not irregular.
    `missing_identities` are the identity columns that the file lacks: their values may be anywhere else.

    A caller that may stop before the last batch must close `batches`.
    """

    encoding: str
    unknown_columns: tuple[str, ...]
    batches: Generator[Batch]
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing_identities: list[str] = field(default_factory=list)
