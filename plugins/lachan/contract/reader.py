"""From a folder of contracts to feeds; a broken contract takes nothing from the others."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lachan.contract.document import Missing, feed_of
from lachan.contract.feed import Feed


class ContractError(ValueError):
    """A contract cannot be used; the message names the file, the place in it and the reason."""


@dataclass(frozen=True)
class Contracts:
    """What a folder of contracts declares: feeds by name, and by the file's name what is wrong with broken ones."""

    feeds: dict[str, Feed]
    broken: dict[str, ContractError]

    def require_sound(self) -> None:
        """Raises ContractError, which tells each broken contract; for when all others have been served."""
        if self.broken:
            raise ContractError("\n".join(map(str, self.broken.values())))


def survey(folder: Path) -> Contracts:
    """The contracts of a folder. A broken one takes nothing from the others.

    Raises ContractError for a folder without contracts.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ContractError(f"{folder}: no contract (*.yaml) found; is this the project's contracts folder?")
    found = Contracts({}, {})
    for file in files:
        try:
            feed = read_contract(file)
            if feed.name in found.feeds:
                raise ContractError(f"{file}: $.id: another contract already declares the feed {feed.name!r}")
        except ContractError as error:
            found.broken[re.sub(r"[^a-zA-Z0-9_]", "_", file.stem)] = error
        else:
            found.feeds[feed.name] = feed
    return found


def read_contracts(folder: Path) -> dict[str, Feed]:
    """Every feed that is declared in a folder of contracts, by name; for what must not go on without one of them.

    Raises ContractError for a folder without contracts and for contracts that are broken.
    """
    found = survey(folder)
    found.require_sound()
    return found.feeds


def read_contract(file: Path) -> Feed:
    """The feed that one contract declares.

    Raises ContractError with file, place and reason when the file is not a contract of the standard, or lacks
    what this platform needs from one.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{file}: not readable as YAML: {error}") from error
    return _contract(file, text)


@cache
def _contract(file: Path, text: str) -> Feed:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ContractError(f"{file}: not readable as YAML: {error}") from error
    for fault in sorted(_standard().iter_errors(document), key=lambda fault: len(fault.path), reverse=True):
        raise ContractError(f"{file}: {fault.json_path}: {fault.message[:300]}")
    try:
        return feed_of(document)
    except Missing as fault:
        raise ContractError(f"{file}: {fault}") from None


@cache
def _standard() -> Any:
    import jsonschema
    from open_data_contract_standard.model import OpenDataContractStandard

    schema = json.loads(OpenDataContractStandard.json_schema())
    return jsonschema.validators.validator_for(schema)(schema)
