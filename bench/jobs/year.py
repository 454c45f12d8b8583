"""The year in one process without Airflow: calls the functions that the DAGs call, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.jobs import print_outcome

started = time.perf_counter()
seconds: dict[str, float] = {}


@contextmanager
def timed(step: str) -> Iterator[None]:
    before = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - before


def main() -> int:
    with timed("import ingest"):
        from lachan.load.ingest import IngestReport, ingest  # isort: skip  # sets the allocator before polars is imported
        from lachan import settings
        from lachan.contract import read_contracts

        config = settings.load()
    with timed("ingest"):
        feeds = read_contracts(config.contracts).values()
        report = sum((ingest(config, feed, "bench") for feed in feeds), IngestReport())
    with timed("import gate"):
        import great_expectations  # noqa: F401  # imported here, so that the gate's time does not include it
        from lachan.quality.audit import audit
        from lachan.quality.gate import gate
    with timed("gate"):
        gate(config, "bench")
    with timed("import transform"):
        from lachan.transform.build import build
    with timed("transform"):
        build(config, "bench")
    with timed("audit"):
        audit(config, "bench")
    with timed("publish"):
        from lachan.publish.publication import publish

        publish(config, "bench", "bench")
    return report.rows_read


if __name__ == "__main__":
    rows = main()
    print_outcome(time.perf_counter() - started, rows, steps=seconds)
