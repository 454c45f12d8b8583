"""The limits of `watch` (expectations/watch.yaml): numbers that an office may change, each with its unit and reason."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from lachan.settings import Settings

LIMITS = Path("expectations", "watch.yaml")
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_BYTES = {"megabytes": 10**6, "gigabytes": 10**9}


class WatchLimitsError(ValueError):
    """expectations/watch.yaml cannot be used; the message names the place in the file and what it should be."""


@dataclass(frozen=True)
class WatchLimits:
    """When something becomes an alert; the file says what each is for. `disk_free` is in bytes."""

    look_back: timedelta
    grace: timedelta
    quarantine_waits: timedelta
    publication_age: timedelta
    disk_free: int
    clock_difference: timedelta
    watch_age: timedelta
    backup_age: timedelta
    mail_waits: timedelta


def watch_limits(settings: Settings) -> WatchLimits:
    """The limits of this installation. Raises WatchLimitsError."""
    path = settings.project / LIMITS
    try:
        given: Any = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WatchLimitsError(f"{LIMITS} cannot be read: {error}") from None
    known = [field.name for field in fields(WatchLimits)]
    if not isinstance(given, dict) or set(given) != set(known):
        raise WatchLimitsError(f"{LIMITS}: the limits must be exactly {', '.join(known)}")
    values: dict[str, Any] = {name: _value(name, given[name]) for name in known}
    return WatchLimits(**values)


def _value(name: str, limit: Any) -> timedelta | int:
    factors = _BYTES if name == "disk_free" else _SECONDS
    if not isinstance(limit, dict) or set(limit) != {"value", "unit", "reason"}:
        raise WatchLimitsError(f"{LIMITS}: {name} must have a value, a unit and a reason, and nothing else")
    value, unit = limit["value"], limit["unit"]
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or unit not in factors:
        raise WatchLimitsError(f"{LIMITS}: {name} must be a number, not negative, of {', '.join(factors)}")
    number = value * factors[unit]
    return int(number) if name == "disk_free" else timedelta(seconds=number)
