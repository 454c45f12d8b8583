"""What the DAGs do, step by step in one process without Airflow. Arguments: the id of the run, the steps (or all)."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.jobs import peak_mb, print_outcome

STEPS = ("ingest", "gate", "transform", "audit", "publish")

started = time.perf_counter()
seconds: dict[str, float] = {}
peaks: dict[str, float] = {}


@contextmanager
def timed(step: str) -> Iterator[None]:
    before = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - before
    peaks[step] = peak_mb()


def main(run_id: str, steps: Sequence[str]) -> int:
    with timed("import ingest"):
        from lachan.load.ingest import IngestReport, ingest  # isort: skip  # sets the allocator before polars is imported
        from lachan import settings
        from lachan.contract import read_contracts
        from lachan.quality.gate import gate
        from lachan.transform.pending import has_anything_to_build

        config = settings.load()
    report = IngestReport()
    if "ingest" in steps:
        with timed("ingest"):
            feeds = read_contracts(config.contracts).values()
            report = sum((ingest(config, feed, run_id) for feed in feeds), report)
    if "gate" in steps:
        if report.files_loaded or "ingest" not in steps:
            with timed("import gate"):
                import great_expectations  # noqa: F401  # imported here, so that the gate's time does not include it
        with timed("gate"):
            gate(config, run_id)
    if "transform" in steps:
        if not has_anything_to_build(config):
            return report.rows_read
        with timed("import transform"):
            from lachan.transform.build import build
        with timed("transform"):
            build(config, run_id)
    if "audit" in steps:
        with timed("import audit"):
            from lachan.quality.audit import audit
        with timed("audit"):
            audit(config, run_id)
    if "publish" in steps:
        with timed("import publish"):
            from lachan.publish.publication import publish
        with timed("publish"):
            publish(config, run_id, "bench")
    return report.rows_read


if __name__ == "__main__":
    rows = main(sys.argv[1], sys.argv[2:] or STEPS)
    print_outcome(time.perf_counter() - started, rows, steps=seconds, peaks=peaks)
