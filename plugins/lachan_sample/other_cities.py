"""Folders of cities of a province: the one of the release, and synthetic ones with other codes and names of wards."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

from lachan.settings import PROJECT

ORIGINAL = PROJECT / "dbt_project" / "cities" / "380"
_CODES = ("code", "current_code", "alias_code", "old_code", "new_code")
_NAMES = ("name", "alias_name")
_FULL_NAMES = ("full_name", "current_name", "old_name", "new_name")
_DISTRICTS = ("district_code", "old_district", "city_code")
_KINDS = ("Phường ", "Xã ", "Thị trấn ")


def write_cities(folder: Path, *codes: str) -> Path:
    """A folder of cities with these codes; those other than 380 have its wards under other codes and names."""
    for number, code in enumerate(codes):
        if code == ORIGINAL.name:
            shutil.copytree(ORIGINAL, folder / code)
            continue
        (folder / code).mkdir(parents=True)
        for file in ORIGINAL.glob("*.csv"):
            text = _changed(file.read_text(encoding="utf-8"), code, 20_000 + 5_000 * number)
            if file.stem.startswith("published"):
                text = text.splitlines()[0] + "\n"
            (folder / code / file.name).write_text(text, encoding="utf-8")
    return folder


def _changed(text: str, city: str, codes_from: int) -> str:
    rows = list(csv.DictReader(io.StringIO(text)))
    changes: dict[str, Callable[[str], str]] = {
        **dict.fromkeys(_CODES, lambda code: f"{codes_from + int(code)}"),
        **dict.fromkeys(_NAMES, lambda name: f"Tân {name}"),
        **dict.fromkeys(_FULL_NAMES, _renamed),
        **dict.fromkeys(_DISTRICTS, lambda code: city if code == ORIGINAL.name else f"{city}9"),
        "name_vi": lambda _: f"Thành phố Ví Dụ {city}",
        "place_vi": lambda _: f"Ví Dụ {city}",
    }
    for row in rows:
        row |= {name: changes[name](value) for name, value in row.items() if name in changes and value}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _renamed(full_name: str) -> str:
    kind = next((kind for kind in _KINDS if full_name.startswith(kind)), "")
    return f"{kind}Tân {full_name.removeprefix(kind)}"
