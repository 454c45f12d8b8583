"""What the DAGs do, one step after the other in one process without Airflow. Argument: the id of the run."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.jobs import peak_mb, print_outcome

started = time.perf_counter()
seconds: dict[str, float] = {}
peaks: dict[str, float] = {}


@contextmanager
def timed(step: str) -> Iterator[None]:
    before = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - before
    peaks[step] = peak_mb()


def main(run_id: str) -> int:
    with timed("import ingest"):
        from lachan.load.ingest import IngestReport, ingest  # isort: skip  # sets the allocator before polars is imported
        from lachan import settings
        from lachan.contract import read_contracts
        from lachan.quality.gate import gate
        from lachan.transform.pending import has_anything_to_build

        config = settings.load()
    with timed("ingest"):
        feeds = read_contracts(config.contracts).values()
        report = sum((ingest(config, feed, run_id) for feed in feeds), IngestReport())
    if report.files_loaded:
        with timed("import gate"):
            import great_expectations  # noqa: F401  # imported here, so that the gate's time does not include it
    with timed("gate"):
        gate(config, run_id)
        is_something_new = has_anything_to_build(config)
    if is_something_new:
        with timed("import transform"):
            from lachan.publish.publication import publish
            from lachan.quality.audit import audit
            from lachan.transform.build import build
        with timed("transform"):
            build(config, run_id)
        with timed("audit"):
            audit(config, run_id)
        with timed("publish"):
            publish(config, run_id, "bench")
    return report.rows_read


if __name__ == "__main__":
    rows = main(sys.argv[1])
    print_outcome(time.perf_counter() - started, rows, steps=seconds, peaks=peaks)
