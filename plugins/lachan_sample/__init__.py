"""The synthetic city: a year of exports that look like life, whose totals are the published ones."""

from lachan_sample.city import write_city
from lachan_sample.rhythm import SampleError

__all__ = ["SampleError", "write_city"]
