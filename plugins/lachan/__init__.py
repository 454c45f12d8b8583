"""Lá Chắn: from the daily exports of a city's wards to the committee's figures, every figure traceable."""

import lachan.allocators  # noqa: F401  # before polars
