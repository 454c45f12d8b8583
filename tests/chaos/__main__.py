"""`python -m chaos`: a long run of faults drawn from a seed; prints each trial, the counterexamples, and the totals.

A counterexample is repeated with the same seed and numbers, and `--only NUMBER`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from random import Random

from helpers.homes import temporary_home

from chaos.faults import as_text, kill_points, other_faults, run, summary
from chaos.world import World

PHASES = (
    "before the first commit",
    "while committing",
    "between commits",
    "after the last commit",
    "fault did not happen",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=138, help="seed from which the faults are drawn (default: 138)")
    parser.add_argument("--kills", type=int, default=200, help="number of kill points (default: 200)")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of the other faults (default: 1)")
    parser.add_argument(
        "--through", type=int, default=5, help="run the whole pipeline after every n-th kill (default: 5)"
    )
    parser.add_argument("--only", type=int, action="append", help="run only the trial of this number")
    parser.add_argument("--log", type=Path, help="file to which each result is added as a line of JSON")
    given = parser.parse_args()
    print(f"seed {given.seed}, {given.kills} kill points, {given.rounds} rounds of other faults", flush=True)
    began = time.monotonic()
    chance = Random(given.seed)
    results, failed = [], 0
    with temporary_home("lachan chaos ") as home:
        world = World(home)
        try:
            trials = [
                *kill_points(world, chance, given.kills, given.through),
                *other_faults(world, chance, given.rounds),
            ]
            print(f"the world is prepared: {time.monotonic() - began:.0f} s", flush=True)
            for number, trial in enumerate(trials, start=1):
                if given.only and number not in given.only:
                    continue
                result = run(world, trial)
                results.append(result)
                verdict = "DIFFERENT" if result.differences else "equal"
                print(
                    f"{number} {verdict} {trial} | {result.phase} | {result.place[:70]} | {result.errors}"[:400],
                    flush=True,
                )
                if result.differences:
                    failed += 1
                    print(
                        f"  repeat: --seed {given.seed} --kills {given.kills} --rounds {given.rounds} --only {number}"
                    )
                    print("  " + "\n  ".join(result.differences), flush=True)
                if given.log:
                    with given.log.open("a", encoding="utf-8") as log:
                        log.write(json.dumps({"number": number} | as_text(result), ensure_ascii=False) + "\n")
        finally:
            world.close()
    killed = [result for result in results if result.trial.fault and result.trial.fault.kind == "kill"]
    print("step | kills | " + " | ".join(PHASES) + " | whole pipeline | equal")
    for step, counts in summary(killed).items():
        cells = [counts["kills"], *(counts[phase] for phase in PHASES), counts["whole pipeline"], counts["equal"]]
        print(f"{step} | " + " | ".join(map(str, cells)))
    print(
        f"{len(results)} trials in {time.monotonic() - began:.0f} s: {len(results) - failed} equal, {failed} different"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
