"""A peer: dlt's pipeline over rows of the csv module, as it comes. Arguments: the file, a scratch folder.

Runs in `.venv-bench`. Columns are numbered: dlt would fold some Vietnamese headers into one name.
"""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dlt  # type: ignore[import-not-found]  # it is in the bench's own environment

from bench.jobs import tell

count = 0


def rows(path: Path) -> Iterator[dict[str, str]]:
    global count
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=";")
        names = [f"c{number}" for number, _ in enumerate(next(reader))]
        for count, record in enumerate(reader, start=1):  # noqa: B007  # told at the end
            yield dict(zip(names, record, strict=True))


if __name__ == "__main__":
    begun = time.perf_counter()
    pipeline = dlt.pipeline(
        "tips",
        pipelines_dir=sys.argv[2],
        destination=dlt.destinations.postgres(os.environ["LACHAN_DSN"]),
        dataset_name="dlt",
    )
    pipeline.run(rows(Path(sys.argv[1])), table_name="tips")
    tell(time.perf_counter() - begun, count)
