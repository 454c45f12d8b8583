"""What an export is once it is opened: batches of records as text, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import polars as pl


class UnreadableFile(Exception):
    """A file from which no row can be taken: `rule` is the short name of the fault, the message says where."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


@dataclass(frozen=True)
class Malformed:
    """A record that does not have as many fields as the header."""

    line: int
    text: str
    expected: int
    found: int


@dataclass(frozen=True)
class Batch:
    """Some records of a file as text: a column per header, the line of each, and the malformed among them.

    `tight` names columns in which nothing is known to be empty, or to begin or end with a blank.
    """

    text: pl.DataFrame
    lines: pl.Series
    malformed: list[Malformed]
    has_nul: bool = False
    tight: frozenset[str] = frozenset()


@dataclass
class Export:
    """An opened export: batches to be read once; `warnings` is complete when they have been read.

    Whoever may stop before the last batch must close `batches`: threads still read from the file.
    """

    encoding: str
    unknown_columns: tuple[str, ...]
    batches: Generator[Batch]
    warnings: list[str] = field(default_factory=list)
