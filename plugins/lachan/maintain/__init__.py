"""Housekeeping: what is kept for how long, and the removal of what is older (docs/housekeeping.md)."""
