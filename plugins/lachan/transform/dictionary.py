"""What the tables mean, for people: dbt's pages as one file, and the data dictionary from the database's comments."""

from __future__ import annotations

import shutil
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from lachan.settings import Settings
from lachan.warehouse import connect
from lachan.warehouse.statements import run

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMAS = ["reporting", "marts", "reference", "staging", "ops"]

_HEAD = """\
# Data dictionary

Made by `lachan docs` from the comments in the database; a test compares. Analysts query `reporting` (published
figures), `marts` (facts and dimensions) and `reference` (registers, catalogues, rules). `staging` holds the exports as
its contracts describe them, each under its Vietnamese header. `ops` is for those who run the platform: the ledger of
files, quarantine, verdicts, alerts.
"""


class NothingBuilt(RuntimeError):
    """The warehouse has no marts yet, so there is nothing to describe."""


def write_docs(settings: Settings) -> list[Path]:
    """Write index.html (dbt's pages, whole in one file) and data-dictionary.md into the home's docs folder.

    Raises NothingBuilt before the first build and TransformFailed when dbt cannot make its pages.
    """
    from lachan.transform.build import generate_docs

    dictionary = data_dictionary(settings)
    folder = settings.home / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(generate_docs(settings), folder / "index.html")
    (folder / "data-dictionary.md").write_text(dictionary, encoding="utf-8")
    return [folder / "index.html", folder / "data-dictionary.md"]


def data_dictionary(settings: Settings) -> str:
    """Every schema, table, function and column that analysts meet, in Markdown, with the catalogue of indicators.

    Columns stand in the order in which the warehouse has them, so one that has grown over the years may differ from a
    new one. Raises NothingBuilt before the first build.
    """
    with connect(settings.dsn, role="analyst") as connection, connection.cursor() as cursor:
        columns = run(cursor, "transform/described_columns", schemas=SCHEMAS).fetchall()
        if not any(row[0] == "marts" for row in columns):
            raise NothingBuilt("the warehouse has no marts yet; run `lachan build` first")
        functions = run(cursor, "transform/described_functions", schemas=SCHEMAS).fetchall()
        indicators = run(cursor, "transform/indicators").fetchall()
    connection.close()

    parts = [_HEAD]
    for (schema, words), of_schema in groupby(columns, key=lambda row: row[:2]):
        parts.append(f"\n## {schema}\n\n{words}.\n")
        for (table, grain), of_table in groupby(of_schema, key=lambda row: row[2:4]):
            parts.append(f"\n### {schema}.{table}\n\n{grain.rstrip('.')}.\n\n")
            parts.append(_table(("column", "type", "what it is"), [row[4:] for row in of_table]))
        parts.extend(
            f"\n### {name}({arguments})\n\n{words.rstrip('.')}.\n"
            for name, arguments, words in functions
            if name.startswith(f"{schema}.")
        )
    parts.append("\n## Indicators\n\nThe catalogue, from `reference.indicators`.\n\n")
    parts.append(_table(("key", "tên", "đơn vị", "measure", "định nghĩa"), indicators))
    return "".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = ((" ".join((cell or "").split()).replace("|", "\\|") for cell in line) for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)
