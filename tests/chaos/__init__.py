"""Faults at every step of the pipeline: after the next run, the warehouse must be as if nothing had happened."""
