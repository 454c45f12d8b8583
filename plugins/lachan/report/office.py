"""What the office knows and no figure says: names, number, place, signer, recipients, and its own template."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from lachan.cities import City
from lachan.report.errors import ReportError


@dataclass(frozen=True)
class Office:
    """Data of the issuing office (Nghị định 30/2020, Phụ lục I); LACHAN_OFFICE names a YAML file with these keys.

    `parent` and `place` are the names of the city by default. `date` is written as it is; without it, the day of the
    publication is the date. `template` is the path of a DOCX, relative to the YAML file; without it, the built-in
    layout is used. `charts` are the indicators that reports draw.
    """

    parent: str = ""
    place: str = ""
    issuer: str = "BAN CHỈ ĐẠO 138"
    number: str = "       /BC-BCĐ138"
    letter_number: str = "       /BCĐ138"
    date: str = ""
    legal_bases: tuple[str, ...] = ()
    authority: str = "TM. BAN CHỈ ĐẠO"
    post: str = "TRƯỞNG BAN"
    signer: str = ""
    recipients: tuple[str, ...] = ("Như trên", "Lưu: VT")
    charts: tuple[str, ...] = ("tips_received", "patrols_performed", "camera_extractions")
    template: Path | None = None


def read_office(path: Path | None, city: City) -> Office:
    """The office's data of a YAML file; what it leaves out are the defaults, of this city. Raises ReportError."""
    names: dict[str, Any] = {"parent": city.name_vi.upper(), "place": city.place_vi}
    if path is None:
        return Office(**names)
    try:
        given: Any = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReportError(
            f"the office's data cannot be read from {path}: {error}",
            f"Không đọc được dữ liệu của văn phòng ở {path}: {error}",
        ) from None
    known = {field.name for field in fields(Office)}
    if not isinstance(given, dict) or set(given) - known:
        wrong = ", ".join(sorted(map(str, set(given) - known))) if isinstance(given, dict) else "no mapping"
        keys = ", ".join(sorted(known))
        raise ReportError(f"{path}: {wrong}; the keys are {keys}", f"{path}: {wrong}; chỉ có các mục {keys}.")
    values: dict[str, Any] = {}
    for key, value in given.items():
        is_list = key in ("legal_bases", "recipients", "charts")
        if is_list and not isinstance(value, list):
            raise ReportError(f"{path}: {key} must be a list", f"{path}: mục {key} phải là một danh sách.")
        values[key] = tuple(map(str, value)) if is_list else str(value or "")
    if values.get("template"):
        values["template"] = path.parent / values["template"]
    else:
        values.pop("template", None)
    return Office(**names | values)
