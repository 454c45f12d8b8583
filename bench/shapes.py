"""Loading deliveries of unusual shapes: tens of thousands of files with one row, and files of blank lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.measure import Line, line
from bench.sandbox import Outcome, Sandbox, require_equal

FILES = 30_000
BLANK_LINES = 25_000_000


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
    lines: list[Line] = []
    for what, landing, files in (("files with one row", small, FILES), ("blank lines in a file", blank, 1)):
        runs: list[Outcome] = []
        for number in range(1, repeats + 1):
            with sandbox.database() as dsn:
                done = sandbox.run("ingest", "tips", dsn=dsn, landing=str(landing))
            require_equal("files that were read", files, done.detail["files_loaded"])
            print_progress(f"shapes {number} of {repeats}: {what}, {done.seconds:.1f} s, {done.peak_mb:.0f} MB")
            runs.append(done)
        count = FILES if files > 1 else BLANK_LINES
        lines.append(line("shapes", f"{count:,} {what}", [done.seconds for done in runs], " s", most=60))
        lines.append(line("shapes", f"{count:,} {what}, peak", [done.peak_mb for done in runs], " MB", most=1000))
    return lines


def _write(landing: Path, name: str, content: bytes) -> None:
    path = landing / "tips" / "2024" / f"tin_bao_{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
