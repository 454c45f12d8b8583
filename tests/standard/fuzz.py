"""`make fuzz`: run the standard suite again and again, each time with a new seed, until the time is over."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

SUITE = Path(__file__).with_name("test_every_contract.py")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3600, help="how long to go on (default: an hour)")
    parser.add_argument("--seed", type=int, default=138, help="the first seed; each round takes the next one")
    parser.add_argument("--examples", type=int, default=300, help="examples of each test and contract in a round")
    arguments = parser.parse_args()
    environment = os.environ | {"LACHAN_FUZZ_EXAMPLES": str(arguments.examples)}
    ends = time.monotonic() + arguments.seconds
    seed = arguments.seed
    while time.monotonic() < ends:
        suite = [sys.executable, "-m", "pytest", "--numprocesses", "2", "-p", "no:cacheprovider", "--maxfail", "1"]
        done = subprocess.run([*suite, f"--hypothesis-seed={seed}", SUITE], env=environment, check=False)
        if done.returncode:
            print(f"fuzz: failed with seed {seed}; repeat with `make fuzz SEED={seed} SECONDS=1`", file=sys.stderr)
            return 1
        print(f"fuzz: seed {seed} passed, {max(ends - time.monotonic(), 0):.0f} s left", flush=True)
        seed += 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
