"""Loads export files: typed, de-identified rows go to the raw tables, other records to quarantine with reasons."""

import os

import lachan.load.allocators  # noqa: F401  # must be set before polars is imported

# Reports need lxml, and openpyxl would take it for exports too. It resolves entities, and has other limits and errors
# than Python's own parser, with which reading workbooks is tested. Must be set before openpyxl is imported.
os.environ["OPENPYXL_LXML"] = "False"
