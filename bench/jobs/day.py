"""What `lachan ingest` and `lachan build` do each morning, in one process with its imports."""

from __future__ import annotations

import time

from bench.jobs import print_outcome

started = time.perf_counter()


def main() -> int:
    from lachan.load.ingest import IngestReport, ingest  # isort: skip  # sets the allocator before polars is imported
    from lachan import settings
    from lachan.contract import read_contracts
    from lachan.quality.gate import gate
    from lachan.transform.pending import has_anything_to_build

    config = settings.load()
    report = sum((ingest(config, feed, "bench") for feed in read_contracts(config.contracts).values()), IngestReport())
    gate(config, "bench")
    if has_anything_to_build(config):
        from lachan.publish.publication import publish
        from lachan.quality.audit import audit
        from lachan.transform.build import build

        build(config, "bench")
        audit(config, "bench")
        publish(config, "bench", "bench")
    return report.rows_read


if __name__ == "__main__":
    rows = main()
    print_outcome(time.perf_counter() - started, rows)
