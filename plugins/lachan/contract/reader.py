"""Read a folder of contracts into feeds; a broken contract does not affect the other feeds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from lachan.contract.document import InvalidDeclaration, feed_of
from lachan.contract.feed import Feed


class ContractError(ValueError):
    """A contract cannot be used; the message names the file, the place in it and the reason."""


@dataclass(frozen=True)
class Contracts:
    """The contracts of a folder: feeds by name, and the errors of broken contracts by file name.

    The file name is without its suffix, and every character in it that is no ASCII letter or digit is `_`.
    """

    feeds: dict[str, Feed]
    broken: dict[str, ContractError]

    def raise_if_broken(self) -> None:
        """Raise one ContractError that lists every broken contract; to be called after the other feeds were handled."""
        if self.broken:
            raise ContractError("\n".join(map(str, self.broken.values())))


def survey(folder: Path) -> Contracts:
    """Read the contracts of a folder; a broken one is reported in the result and does not affect the others.

    Raises ContractError for a folder without contracts.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ContractError(f"{folder}: no contract (*.yaml) found; is this the project's contracts folder?")
    found = Contracts({}, {})
    for file in paths:
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
    """Every feed that is declared in a folder of contracts, by name; for work that needs all of them.

    Raises ContractError for a folder without contracts, and when any contract is broken.
    """
    found = survey(folder)
    found.raise_if_broken()
    return found.feeds


def read_contract(file: Path) -> Feed:
    """The feed that one contract declares.

    Raises ContractError with file, place and reason when the file is not a contract of the standard, or does not
    meet the additional requirements of this platform.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{file}: not readable as YAML: {error}") from error
    return _contract(file, text)


@cache
def _contract(file: Path, text: str) -> Feed:
    try:
        document = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ContractError(f"{file}: not readable as YAML: {error}") from error
    for fault in sorted(_standard().iter_errors(document), key=lambda fault: len(fault.path), reverse=True):
        raise ContractError(f"{file}: {fault.json_path}: {fault.message[:300]}")
    try:
        return feed_of(document)
    except InvalidDeclaration as fault:
        raise ContractError(f"{file}: {fault}") from None


@cache
def _standard() -> Any:
    import jsonschema

    # the file of the package, because its module defines hundreds of models that are not needed
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)
