"""`make bench`: the speed of Lá Chắn relative to other tools, measured in one run; see docs/performance.md."""
