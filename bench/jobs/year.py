"""The year in one plain process: the functions that the DAGs call, one after the other, with no Airflow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.jobs import tell

begun = time.perf_counter()
seconds: dict[str, float] = {}


@contextmanager
def timed(step: str) -> Iterator[None]:
    before = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - before


def main() -> int:
    with timed("import ingest"):
        from lachan import settings
        from lachan.contract import read_contracts
        from lachan.load.ingest import IngestReport, ingest

        known = settings.load()
    with timed("ingest"):
        feeds = read_contracts(known.contracts).values()
        report = sum((ingest(known, feed, "bench") for feed in feeds), IngestReport())
    with timed("import gate"):
        import great_expectations  # noqa: F401  # the gate and the audit import it when they are called
        from lachan.quality.audit import audit
        from lachan.quality.gate import gate
    with timed("gate"):
        gate(known, "bench")
    with timed("import transform"):
        from lachan.transform.build import build
    with timed("transform"):
        build(known, "bench")
    with timed("audit"):
        audit(known, "bench")
    with timed("publish"):
        from lachan.publish.publication import publish

        publish(known, "bench", "bench")
    return report.rows_read


if __name__ == "__main__":
    rows = main()
    tell(time.perf_counter() - begun, rows, steps=seconds)
