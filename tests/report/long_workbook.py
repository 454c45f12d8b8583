"""`PYTHONPATH=plugins:tests python tests/report/long_workbook.py`: a real table that is longer than a sheet of Excel.

It takes minutes, so it is not among the tests; they split a short table by a lower limit.
"""

from __future__ import annotations

import io
import resource
import time

import openpyxl
from lachan.report.sheets import ROWS_OF_A_SHEET, Sheet, to_xlsx

ROWS = ROWS_OF_A_SHEET + 1000


def main() -> None:
    started = time.perf_counter()
    content = to_xlsx(
        "dài", [Sheet("Số liệu", ["Dòng", "Chữ"], [[number, f"dòng {number}"] for number in range(ROWS)])]
    )
    taken = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{ROWS} rows: {len(content) / 1e6:.0f} MB in {taken:.0f} s, peak memory {peak:.0f} MB")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    counts = {sheet.title: sum(1 for _ in sheet.rows) for sheet in book}
    print(counts)
    assert list(counts) == ["Số liệu (1)", "Số liệu (2)", "Chia trang"]
    assert counts["Số liệu (1)"] == ROWS_OF_A_SHEET and counts["Số liệu (2)"] == ROWS - ROWS_OF_A_SHEET + 2
    last = [row[0].value for row in book["Số liệu (2)"].rows][-1]
    assert last == ROWS - 1
    print(next(row[0].value for number, row in enumerate(book["Chia trang"].rows) if number == 1))


if __name__ == "__main__":
    main()
