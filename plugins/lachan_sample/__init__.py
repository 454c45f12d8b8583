"""A generator of synthetic exports: one city's exports of a year, with the totals that were published for 2024."""

from lachan_sample.dates import SampleError
from lachan_sample.write import write_city

__all__ = ["SampleError", "write_city"]
