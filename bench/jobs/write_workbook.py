"""Write a register of fire-safety points as one workbook. Arguments: the folder of the landing zone, number of rows."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

import xlsxwriter
from lachan import settings
from lachan.contract import read_contract

from bench.jobs import print_outcome

FEED = "fire_safety_register"

if __name__ == "__main__":
    landing, rows = Path(sys.argv[1]), int(sys.argv[2])
    feed = read_contract(settings.load().contracts / f"{FEED}.yaml")
    path = landing / FEED / "2024/12/so_pccc_20241231.xlsx"
    path.parent.mkdir(parents=True)
    started = time.perf_counter()
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(feed.sheet)
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, [column.label for column in feed.columns])
        for row in range(1, rows + 1):
            point_id = f"PC{row // 100_000}-{row % 100_000:05}"
            values = {"point_id": point_id, "kind": "Tổ liên gia", "ward": "Phường Đông Vệ", "households": 3 + row % 9}
            for number, column in enumerate(feed.columns):
                if column.type == "date":
                    sheet.write_datetime(row, number, date(2010 + row % 14, 1 + row % 12, 1 + row % 28), day)
                else:
                    sheet.write(row, number, values.get(column.name))
    print_outcome(time.perf_counter() - started, rows, path=str(path))
