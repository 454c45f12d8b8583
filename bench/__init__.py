"""`make bench`: speed as ratios to peers, measured in one run; see docs/performance.md."""
