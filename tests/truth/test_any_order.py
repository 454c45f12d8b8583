"""In whatever order deliveries, decisions and builds happen, the end is that of one build over the same ones.

`make soak` runs the same properties on many more examples. A failure prints a list of steps; to repeat it by hand, give
the list to `World(settings).run` of helpers/worlds.py.
"""

from __future__ import annotations

import os

from helpers.contents import built_rows
from helpers.worlds import (
    CONTENTS,
    DECISIONS,
    PATHS,
    NewWarehouse,
    Step,
    World,
    published,
    reference_world,
    rows_in_force,
    two_worlds,
)
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st
from lachan.transform.build import build

EXAMPLES = int(os.environ.get("LACHAN_SOAK_EXAMPLES", "0"))
QUICK = settings(
    max_examples=EXAMPLES or 3,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    print_blob=True,
    derandomize=not EXAMPLES,  # `make test` runs the same examples each time, `make soak` others
)
COMPLETE = settings(
    QUICK, max_examples=(EXAMPLES // 10) or 1, phases=list(Phase) if EXAMPLES else [Phase.explicit]
)  # every build takes seconds: `make test` runs the example alone

deliveries = st.tuples(st.just("deliver"), st.sampled_from(sorted(PATHS)), st.sampled_from(CONTENTS))
decisions = st.tuples(st.sampled_from(DECISIONS), st.sampled_from(sorted(PATHS)))
loads = st.just(("ingest",))
builds = st.just(("build",))
mends = st.just(("mend",))
without_builds = st.lists(st.one_of(deliveries, deliveries, loads, decisions, mends), min_size=3, max_size=14)
with_builds = st.lists(st.one_of(deliveries, deliveries, loads, decisions, mends, builds), min_size=6, max_size=14)

RESTORED: list[Step] = [
    ("deliver", "register", "first"),
    ("ingest",),
    ("deliver", "register", "third"),
    ("build",),
    ("ingest",),
    ("build",),
    ("deliver", "register", "first"),
]
OVERTAKEN: list[Step] = [
    # the reference loads the second contents after the first one of the other path, which was delivered later
    ("deliver", "register", "first"),
    ("deliver", "5th", "third"),
    ("ingest",),
    ("deliver", "register", "second"),
    ("deliver", "5th", "first"),
    ("ingest",),
    ("deliver", "register, corrected", "third"),
    ("deliver", "5th, addition", "second"),
    ("ingest",),
]
LATE_AND_TAKEN_BACK: list[Step] = [
    ("deliver", "6th", "second"),
    ("deliver", "register", "with an unknown label"),
    ("ingest",),
    ("build",),
    ("deliver", "5th", "first"),
    ("deliver", "5th, addition", "first"),
    ("ingest",),
    ("retract", "5th"),
    ("build",),
    ("mend",),
    ("retract", "6th"),
]


@QUICK
@given(steps=without_builds)
@example(steps=RESTORED)
@example(steps=OVERTAKEN)
def test_the_rows_in_force_do_not_depend_on_the_order(new_warehouse: NewWarehouse, steps: list[Step]) -> None:
    with two_worlds(new_warehouse) as (first, second):
        world = World(first)
        world.run(step for step in steps if step != ("build",))
        world.settle()
        reference = reference_world(world, second)
        note(f"read: {world.seen}")
        assert rows_in_force(world) == rows_in_force(reference)


@COMPLETE
@given(steps=with_builds)
@example(steps=LATE_AND_TAKEN_BACK)
def test_what_is_published_does_not_depend_on_the_order(new_warehouse: NewWarehouse, steps: list[Step]) -> None:
    with two_worlds(new_warehouse, are_built=True) as (first, second):
        world = World(first)
        world.run(steps)
        world.settle()
        world.build()
        reference = reference_world(world, second)
        reference.build()
        note(f"read: {world.seen}")
        assert published(world) == published(reference)
        by_difference = built_rows(first)
        build(first, "everything", full=True)
        assert built_rows(first) == by_difference
