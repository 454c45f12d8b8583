"""A province: the figures of its cities side by side, in a database of its own (docs/cities.md)."""
