"""Loads a feed in a separate process, which tests kill: `python load_until_killed.py <feed>`."""

from __future__ import annotations

import sys

from lachan import settings
from lachan.contract import read_contracts
from lachan.load.ingest import ingest

loaded = settings.load()
feed = read_contracts(loaded.contracts)[sys.argv[1]]
print("loading", flush=True)
print(ingest(loaded, feed, "killed"), flush=True)
