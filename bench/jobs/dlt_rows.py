"""For comparison: a dlt pipeline with default options over rows of the csv module. Arguments: file, scratch folder.

Runs in `.venv-bench`. Columns are numbered, because dlt would normalise several Vietnamese headers to the same name.
"""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dlt  # type: ignore[import-not-found]  # installed in .venv-bench only

from bench.jobs import print_outcome

count = 0


def rows(path: Path) -> Iterator[dict[str, str]]:
    global count
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=";")
        names = [f"c{number}" for number, _ in enumerate(next(reader))]
        for count, record in enumerate(reader, start=1):  # noqa: B007  # reported at the end
            yield dict(zip(names, record, strict=True))


if __name__ == "__main__":
    started = time.perf_counter()
    pipeline = dlt.pipeline(
        "tips",
        pipelines_dir=sys.argv[2],
        destination=dlt.destinations.postgres(os.environ["LACHAN_DSN"]),
        dataset_name="dlt",
    )
    pipeline.run(rows(Path(sys.argv[1])), table_name="tips")
    print_outcome(time.perf_counter() - started, count)
