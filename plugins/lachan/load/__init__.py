"""Bytes of export files -> typed, de-identified rows in the raw tables, or rejected rows with reasons."""

import lachan.load.allocators  # noqa: F401  # must be set before polars is imported
