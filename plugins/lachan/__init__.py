"""Lá Chắn: computes the committee's figures from the daily exports of a city's wards, traceable to source lines."""

import atexit
import gc

# dbt and Great Expectations, and the dbt project once it is read, consist of a million objects that stay. By Python's
# default the collector of reference cycles would walk through all of them whenever a quarter more has come, and again
# several times when the process ends: together a fifth of the time of a morning's build.
gc.set_threshold(50_000, 50, 100)
atexit.register(gc.freeze)
