"""Loads a feed in a process of its own, for tests that kill it: `python load_until_killed.py <feed>`."""

from __future__ import annotations

import sys

from lachan import settings
from lachan.contract import read_contracts
from lachan.load.ingest import ingest

here = settings.load()
feed = read_contracts(here.contracts)[sys.argv[1]]
print("loading", flush=True)
print(ingest(here, feed, "killed"), flush=True)
