"""Where settings are given: environment variables, files that these name, and the file of a city of a province."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NOT_SHARED = frozenset({"PSEUDONYM_KEY", "OFFICE", "RECIPIENTS", "WARD_GEOMETRY", "HEARTBEAT_URL", "ARCHIVE_IDENTITY"})
"""Settings that a city of a province never takes from the environment, because each belongs to one city."""


class SettingError(ValueError):
    """A LACHAN_… setting is missing or wrong; the message names it and states what to do."""


@dataclass(frozen=True)
class Variables:
    """Where settings are given: in the environment, for a city of a province first in its own file.

    `own` are the settings of the file `folder/settings.toml` by the names of the variables; paths in it are relative to
    the folder. `folder` is None in an installation of one city.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    def place(self, name: str) -> str | None:
        """The variable that gives a setting: its own, or the one that names a file. Raises SettingError for both.

        A variable that should name a file and is empty counts as not set, because Compose can empty one, not remove it.
        """
        for given in (self.own, os.environ if self._is_shared(name) else {}):
            places = [place for place in (name, f"{name}_FILE") if place in given and (place == name or given[place])]
            if len(places) > 1:
                raise SettingError(f"{name} and {name}_FILE are both set; set one of them")
            if places:
                return places[0]
        return None

    def given(self, name: str) -> str | None:
        """The value of a setting, None where it is not set. The end of a file's last line does not belong to it."""
        place = self.place(name)
        if place is None:
            return None
        value = self.own[place] if place in self.own else os.environ[place]
        if place == name:
            return value
        try:
            file = (self.folder or Path()) / value if place in self.own else Path(value)
            return file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"{place} names {value!r}, which cannot be read: {error}") from None

    def path(self, name: str) -> Path | None:
        """The file or folder that a setting names, None where it names none."""
        given = self.given(name)
        if not given:
            return None
        return (self.folder / given).resolve() if self.is_own(name) and self.folder else Path(given).resolve()

    def is_own(self, name: str) -> bool:
        """Whether the city has the setting of its own."""
        return name in self.own or f"{name}_FILE" in self.own

    def _is_shared(self, name: str) -> bool:
        return self.folder is None or name.removeprefix("LACHAN_") not in NOT_SHARED
