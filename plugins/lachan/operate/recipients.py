"""Who gets which mail: a table of the office (LACHAN_RECIPIENTS), because addresses are no part of the platform."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from lachan.settings import Settings

Gets = Literal["failures", "digest"]
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")


class RecipientsError(ValueError):
    """The table of recipients cannot be used; the message names the row and what it should be."""


@dataclass(frozen=True)
class Recipient:
    """One row of the table: an address, what it gets, and for which agencies (None: all, and the platform itself)."""

    to: str
    gets: frozenset[str]
    agencies: frozenset[str] | None


def recipients(settings: Settings, gets: Gets) -> list[Recipient]:
    """Who gets mails of a kind; nobody where no table is named. Raises RecipientsError."""
    if settings.recipients is None:
        return []
    path = settings.recipients
    try:
        rows: Any = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipientsError(f"LACHAN_RECIPIENTS: {path} cannot be read: {error}") from None
    if not isinstance(rows, list):
        raise RecipientsError(f"LACHAN_RECIPIENTS: {path} must be a list of rows with to, gets and agencies")
    found = [_recipient(f"{path}, row {number}", row) for number, row in enumerate(rows, start=1)]
    return [each for each in found if gets in each.gets]


def _recipient(place: str, row: Any) -> Recipient:
    if not isinstance(row, dict) or set(row) != {"to", "gets", "agencies"}:
        raise RecipientsError(f"{place}: a row has to, gets and agencies, and nothing else")
    to, gets, agencies = row["to"], row["gets"], row["agencies"]
    if not isinstance(to, str) or not _ADDRESS.fullmatch(to):
        raise RecipientsError(f"{place}: to must be one mail address")
    if not isinstance(gets, list) or not gets or not set(gets) <= {"failures", "digest"}:
        raise RecipientsError(f"{place}: gets must be a list of failures, digest")
    if agencies != "all" and not (isinstance(agencies, list) and all(isinstance(each, str) for each in agencies)):
        raise RecipientsError(f"{place}: agencies must be all, or a list of agencies (`team` of the contracts)")
    if "failures" in gets and agencies != "all":
        raise RecipientsError(f"{place}: failures of the platform are for who looks after all agencies")
    return Recipient(to, frozenset(gets), None if agencies == "all" else frozenset(agencies))
