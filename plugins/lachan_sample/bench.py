"""Writes one large export of tips, with which benchmarks measure loading."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from lachan import settings

from lachan_sample import tips
from lachan_sample.city import City
from lachan_sample.layout import Layout, read_layout
from lachan_sample.people import FAMILY, GIVEN, MIDDLE
from lachan_sample.wards import WardRegister

POOL_CITIES = 8
CHUNK = 50_000
DEFECTIVE_EVERY = 1000
YEAR = 2024


def write_tips(path: Path, rows: int, seed: int = 138) -> None:
    """Write a tips export of `rows` records (30 columns, about 550 bytes each), every 1,000th one defective.

    Rows are drawn from about 20,000 different rows of several synthetic cities and given new identifiers,
    times of saving, names and telephone numbers. The memory needed does not grow with `rows`.
    """
    config = settings.load()
    layout = read_layout(config.contracts / "tips.yaml")
    pool = _pool(layout, WardRegister(config.city_folder / "ward.csv"), seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for first in range(0, rows, CHUNK):
            chunk = _chunk(pool, first, min(CHUNK, rows - first), seed)
            chunk.write_csv(
                file,
                include_bom=first == 0,
                include_header=first == 0,
                separator=layout.delimiter or ",",
                line_terminator="\r\n",
            )


def _pool(layout: Layout, ward_register: WardRegister, seed: int) -> pl.DataFrame:
    """The tips of several synthetic cities, under the contract's headers."""
    cities = (City(seed, YEAR, number, ward_register) for number in range(1, POOL_CITIES + 1))
    cells = [row.cells for city in cities for row in tips.draw(layout, city)]
    headers = [field.headers[0] for field in layout.fields]
    pool = pl.DataFrame(cells, schema=dict.fromkeys(headers, pl.String), orient="row")
    return pool.with_columns(pl.all().replace("", None))


def _chunk(pool: pl.DataFrame, first: int, rows: int, seed: int) -> pl.DataFrame:
    """A random sample of the pool, with new values in the columns in which real rows differ from each other."""
    serial = pl.int_range(first + 1, first + rows + 1, dtype=pl.Int64)
    start = datetime(YEAR, 1, 1)  # noqa: DTZ001 (local time, as in all exports)
    step = pl.lit(start) + serial * timedelta(seconds=31)
    name = [_pick(parts, serial, seed + place) for place, parts in enumerate((FAMILY, MIDDLE, GIVEN))]
    phone = pl.format("095{}", (serial.hash(seed) % 10**7).cast(pl.String).str.zfill(7))
    defective = serial % DEFECTIVE_EVERY == DEFECTIVE_EVERY // 2
    chunk = pool.sample(rows, with_replacement=True, seed=seed + first)
    return chunk.with_columns(
        pl.format("TB-{}-{}", pl.lit(YEAR), serial.cast(pl.String).str.zfill(9)).alias("Mã tin"),
        step.dt.strftime("%d/%m/%Y %H:%M:%S").alias("Cập nhật lúc"),
        _replace_given("Họ tên người báo", pl.concat_str(name, separator=" ")),
        _replace_given("Điện thoại người báo", phone),
        pl.when(defective)
        .then(pl.lit(f"31/02/{YEAR} 08:15"))
        .otherwise(pl.col("Thời gian tiếp nhận"))
        .alias("Thời gian tiếp nhận"),
    )


def _replace_given(header: str, new: pl.Expr) -> pl.Expr:
    """The column with its non-null values replaced by new ones; null stays null."""
    return pl.when(pl.col(header).is_not_null()).then(new).alias(header)


def _pick(values: tuple[str, ...], serial: pl.Expr, seed: int) -> pl.Expr:
    """One of the values for each row, chosen by the hash of its serial number."""
    return pl.lit(pl.Series(values)).gather((serial.hash(seed) % len(values)).cast(pl.Int64))
