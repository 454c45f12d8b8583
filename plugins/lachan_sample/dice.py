"""Chance that can be repeated: every draw has a name, and the same name draws the same."""

from __future__ import annotations

from random import Random


def dice(*name: object) -> Random:
    """A generator of its own for what `name` says, such as (seed, year, feed); the same on every machine."""
    return Random(":".join(map(str, name)))  # noqa: S311 (synthetic data, not a secret)
