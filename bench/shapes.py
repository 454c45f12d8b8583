"""Loading deliveries of unusual shapes: tens of thousands of files with one row, blank lines, a long workbook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.measure import Line, line
from bench.sandbox import Outcome, Sandbox, require_equal

FILES = 30_000
BLANK_LINES = 25_000_000
WORKBOOK_ROWS = 300_000


def shapes(sandbox: Sandbox, repeats: int, print_progress: Callable[[str], None]) -> list[Line]:
    """Measure the time and the peak memory of each shape. Raises BenchError."""
    source = sandbox.folder("one_row")
    sandbox.run("write_tips", source, 2 * FILES)
    header, *lines_below = next(source.rglob("*.csv")).read_bytes().splitlines(keepends=True)
    records = [text for text in lines_below if text.startswith(b"TB") and text.count(b'"') % 2 == 0]
    small, blank = sandbox.folder("small"), sandbox.folder("blank")
    for number in range(FILES):
        day = f"2024{1 + number % 12:02}{1 + number % 28:02}"
        _write(small, f"{day}_{number}", header + records[number])
    _write(blank, "20240305", header + records[0] + b"\r\n" * BLANK_LINES + records[1])
    book = sandbox.folder("book")
    sandbox.run("write_workbook", book, WORKBOOK_ROWS)
    lines: list[Line] = []
    for what, feed, landing, files, rows, most_mb in (
        (f"{FILES:,} files with one row", "tips", small, FILES, FILES, 1000),
        (f"{BLANK_LINES:,} blank lines in a file", "tips", blank, 1, 2, 1000),
        (f"{WORKBOOK_ROWS:,} rows in a workbook", "fire_safety_register", book, 1, WORKBOOK_ROWS, 500),
    ):
        runs: list[Outcome] = []
        for number in range(1, repeats + 1):
            with sandbox.database() as dsn:
                done = sandbox.run("ingest", feed, dsn=dsn, landing=str(landing))
            require_equal("files that were loaded", files, done.detail["files_loaded"])
            require_equal("rows that were read", rows, done.rows)
            print_progress(f"shapes {number} of {repeats}: {what}, {done.seconds:.1f} s, {done.peak_mb:.0f} MB")
            runs.append(done)
        lines.append(line("shapes", what, [done.seconds for done in runs], " s", most=60))
        lines.append(line("shapes", f"{what}, peak", [done.peak_mb for done in runs], " MB", most=most_mb))
    return lines


def _write(landing: Path, name: str, content: bytes) -> None:
    path = landing / "tips" / "2024" / f"tin_bao_{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
