"""For comparison: pandas.read_csv and DataFrame.to_sql with default options. The argument is the file."""

from __future__ import annotations

import os
import sys
import time

import pandas as pd
from sqlalchemy import create_engine

from bench.jobs import print_outcome

if __name__ == "__main__":
    started = time.perf_counter()
    engine = create_engine(os.environ["LACHAN_DSN"].replace("postgresql:", "postgresql+psycopg2:"))
    frame = pd.read_csv(sys.argv[1], sep=";")
    frame.to_sql("tips", engine, schema="public", index=False)
    print_outcome(time.perf_counter() - started, len(frame))
