"""Why a report or letter cannot be made: in English for the command line, in Vietnamese for the board."""

from __future__ import annotations


class ReportError(ValueError):
    """A report or letter cannot be made; the message says what is wrong, where, and what to do.

    `in_vietnamese` is the same for readers of the board.
    """

    def __init__(self, message: str, in_vietnamese: str) -> None:
        super().__init__(message)
        self.in_vietnamese = in_vietnamese
