"""One large export of tips, to measure loading with."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from lachan import settings

from lachan_sample import tips
from lachan_sample.form import Form, read_form
from lachan_sample.life import City
from lachan_sample.people import FAMILY, GIVEN, MIDDLE
from lachan_sample.wards import Register

POOL_CITIES = 8
CHUNK = 50_000
DEFECTIVE_EVERY = 1000
YEAR = 2024


def write_tips(path: Path, rows: int, seed: int = 138) -> None:
    """Write a tips export of `rows` records (30 columns, about 550 bytes each), every 1,000th one defective.

    Texts are drawn from some 20,000 different rows of the synthetic city; identifiers, times, names and
    telephone numbers are each row's own. Memory does not grow with `rows`.
    """
    project = settings.load().project
    form = read_form(project / "contracts" / "tips.yaml")
    pool = _pool(form, Register(project / "dbt_project" / "seeds" / "ward.csv"), seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for first in range(0, rows, CHUNK):
            chunk = _chunk(pool, first, min(CHUNK, rows - first), seed)
            chunk.write_csv(
                file,
                include_bom=first == 0,
                include_header=first == 0,
                separator=form.delimiter or ",",
                line_terminator="\r\n",
            )


def _pool(form: Form, register: Register, seed: int) -> pl.DataFrame:
    """Rows of several synthetic cities, under the contract's headers."""
    cities = (City(seed, YEAR, number, register) for number in range(1, POOL_CITIES + 1))
    cells = [row.cells for city in cities for row in tips.draw(form, city)]
    headers = [field.headers[0] for field in form.fields]
    pool = pl.DataFrame(cells, schema=dict.fromkeys(headers, pl.String), orient="row")
    return pool.with_columns(pl.all().replace("", None))


def _chunk(pool: pl.DataFrame, first: int, rows: int, seed: int) -> pl.DataFrame:
    """Rows of the pool by chance, made unlike each other where real rows are."""
    serial = pl.int_range(first + 1, first + rows + 1, dtype=pl.Int64)
    start = datetime(YEAR, 1, 1)  # noqa: DTZ001 (local time, as exports carry it)
    step = pl.lit(start) + serial * timedelta(seconds=31)
    name = [_word(words, serial, seed + place) for place, words in enumerate((FAMILY, MIDDLE, GIVEN))]
    phone = pl.format("095{}", (serial.hash(seed) % 10**7).cast(pl.String).str.zfill(7))
    defective = serial % DEFECTIVE_EVERY == DEFECTIVE_EVERY // 2
    chunk = pool.sample(rows, with_replacement=True, seed=seed + first)
    return chunk.with_columns(
        pl.format("TB-{}-{}", pl.lit(YEAR), serial.cast(pl.String).str.zfill(9)).alias("Mã tin"),
        step.dt.strftime("%d/%m/%Y %H:%M:%S").alias("Cập nhật lúc"),
        _where_given("Họ tên người báo", pl.concat_str(name, separator=" ")),
        _where_given("Điện thoại người báo", phone),
        pl.when(defective)
        .then(pl.lit(f"31/02/{YEAR} 08:15"))
        .otherwise(pl.col("Thời gian tiếp nhận"))
        .alias("Thời gian tiếp nhận"),
    )


def _where_given(header: str, own: pl.Expr) -> pl.Expr:
    """The row's own value where the row of the pool has one."""
    return pl.when(pl.col(header).is_not_null()).then(own).alias(header)


def _word(words: tuple[str, ...], serial: pl.Expr, seed: int) -> pl.Expr:
    """One of the words for each row."""
    return pl.lit(pl.Series(words)).gather((serial.hash(seed) % len(words)).cast(pl.Int64))
