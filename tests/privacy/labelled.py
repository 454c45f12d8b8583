"""How well identities are found in free text: a labelled set, and the table of it in docs/privacy.md.

    PYTHONPATH=plugins:tests .venv/bin/python tests/privacy/labelled.py

prints the table anew, to be pasted between the marks of the page.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from random import Random

import polars as pl
from helpers.identities import NOT_PROMISED, PROMISED, Planted, is_found
from lachan.privacy.scrub import scrub
from lachan.settings import PROJECT
from lachan_sample.people import STREETS

SEED, TEXTS = 138, 200
"""Texts of each class of spelling."""
MARKS = {
    "name": "[tên]",
    "telephone or identity number": "[số]",
    "number plate": "[biển số]",
    "e-mail address, account": r"[thư điện tử]|[tài khoản]",
}
HARMLESS = (
    "Mất 2.500.000 đồng lúc 20h30 ngày 05/03/2024 - 06/03/2024",
    "Camera CAM-14758-003 mờ từ 20:15 đến 21:00, cao 2,5 m",
    "tổ 12, ngõ 3/45, số nhà 12–14; lãi 5.000 đồng/triệu/ngày",
    "Quyết định 01/QĐ-BCĐ ngày 1/1/2024 của UBND thành phố",
    "anh em trong khu phố báo Công an phường, bà con bức xúc",
    "Có nhóm thanh niên đi xe Wave đen, Exciter xanh",
    "gặp Trưởng công an; liên hệ Ban bảo vệ dân phố; nhóm 10 người",
)


def places() -> list[str]:
    """Texts that name wards and streets of the city, as reports do."""
    rows = csv.DictReader((PROJECT / "dbt_project" / "cities" / "380" / "ward.csv").open(encoding="utf-8"))
    wards = sorted({row["name"] for row in rows})
    forms = ("tại phường {}, gần chợ", "công an P. {} đến", "ở xã {} lúc 8h", "Phường {} báo", "khu vực {} mất điện")
    of_wards = [form.format(ward) for ward in wards for form in forms]
    of_streets = [
        form.format(street) for street in STREETS for form in ("trên đường {}", "phố {} đoạn cầu", "số 3 đ. {}")
    ]
    return of_wards + of_streets


def texts_of(kind: str, name: str) -> list[Planted]:
    """The labelled texts of one class of spelling, always the same ones."""
    write = NOT_PROMISED[name] if kind == "" else PROMISED[kind][name]
    rng = Random(f"{SEED} {kind} {name}")
    return [write(rng) for _ in range(TEXTS)]


def recall(planted: list[Planted]) -> tuple[float, list[str]]:
    """The share of texts in which nothing of the identity is left, and the scrubbed texts."""
    scrubbed = scrub(pl.Series([text for text, _ in planted])).to_list()
    kept = sum(is_found(each, text) for each, text in zip(planted, scrubbed, strict=True))
    return 1 - kept / len(planted), scrubbed


def marks(texts: list[str]) -> Counter[str]:
    """Numbers of the marks in texts, by kind of identity."""
    return Counter(
        {kind: sum(len(re.findall("|".join(map(re.escape, mark.split("|"))), text)) for text in texts)
         for kind, mark in MARKS.items()}
    )  # fmt: skip


def lines() -> Iterator[str]:
    """The lines of the table."""
    yield "| kind | spelling | recall |"
    yield "|---|---|---|"
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for kind, writers in PROMISED.items():
        for name in writers:
            share, scrubbed = recall(texts_of(kind, name))
            yield f"| {kind} | {name} | {_percent(share)} |"
            found = marks(scrubbed)
            right[kind] += found[kind]
            wrong.update({other: count for other, count in found.items() if other != kind})
    for name in NOT_PROMISED:
        yield f"| *not promised* | {name} | {_percent(recall(texts_of('', name))[0])} |"
    harmless = [*places(), *HARMLESS]
    left = scrub(pl.Series(harmless)).to_list()
    wrong.update(marks(left))
    yield ""
    yield "| kind | precision |"
    yield "|---|---|"
    for kind in PROMISED:
        yield f"| {kind} | {_percent(right[kind] / (right[kind] + wrong[kind]))} |"
    kept = sum(before == after for before, after in zip(harmless, left, strict=True))
    yield ""
    yield f"Of {len(harmless)} texts that name wards, streets, amounts and times, and no person, {kept} are unchanged."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


if __name__ == "__main__":
    print("\n".join(lines()))
