"""The upper limit: PostgreSQL's own COPY of the unchanged file into text columns. The argument is the file.

The table is created in a transaction of its own, as raw tables are: with `wal_level = minimal`, a COPY in the same
transaction would write no WAL.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from bench.jobs import print_outcome

BUFFER_BYTES = 1 << 18

if __name__ == "__main__":
    path = Path(sys.argv[1])
    with path.open(encoding="utf-8-sig") as text:
        width = len(text.readline().split(";"))
    columns = ", ".join(f"c{number} text" for number in range(width))
    with closing(psycopg2.connect(os.environ["LACHAN_DSN"])) as connection, connection.cursor() as cursor:
        cursor.execute(f"create table public.tips ({columns})")
        connection.commit()
        started = time.perf_counter()
        with path.open("rb") as file:
            statement = "copy public.tips from stdin with (format csv, delimiter ';', header)"
            cursor.copy_expert(statement, file, BUFFER_BYTES)
        connection.commit()
        print_outcome(time.perf_counter() - started, cursor.rowcount)
