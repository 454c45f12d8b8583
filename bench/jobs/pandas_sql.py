"""A peer: pandas.read_csv and DataFrame.to_sql, as they come. The argument is the file."""

from __future__ import annotations

import os
import sys
import time

import pandas as pd
from sqlalchemy import create_engine

from bench.jobs import tell

if __name__ == "__main__":
    begun = time.perf_counter()
    engine = create_engine(os.environ["LACHAN_DSN"].replace("postgresql:", "postgresql+psycopg2:"))
    frame = pd.read_csv(sys.argv[1], sep=";")
    frame.to_sql("tips", engine, schema="public", index=False)
    tell(time.perf_counter() - begun, len(frame))
