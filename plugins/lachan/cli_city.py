"""Which city a command is about (docs/cities.md): one, each in turn, or the province as a whole."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from copy import copy

from lachan import settings
from lachan.settings import SettingError, Settings


def installation(given: argparse.Namespace) -> Settings:
    """The settings of the whole installation, which is started, stopped and deleted as one. Raises SettingError."""
    if not settings.is_province():
        return settings.load(given.city)
    if given.city is not None:
        raise SettingError(f"`{given.command}` is about the whole installation: leave --city out")
    return settings.load_province()


def in_each_city(given: argparse.Namespace, call: Callable[[argparse.Namespace], int]) -> int:
    """Run a command for each city of the installation, one after the other, and return the highest exit status.

    An error in one city stops no other. All run in this process, which imports the libraries once.
    """
    status = 0
    for code in settings.served_cities():
        print(f"== {code}", flush=True)
        own = copy(given)
        own.city = code
        ended = call(own)
        sys.stderr.flush()
        if ended == 130:
            return ended
        status = max(status, ended)
    return status
