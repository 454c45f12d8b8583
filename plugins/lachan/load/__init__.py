"""Loads export files: typed, de-identified rows go to the raw tables, other records to quarantine with reasons."""

import lachan.load.allocators  # noqa: F401  # must be set before polars is imported
