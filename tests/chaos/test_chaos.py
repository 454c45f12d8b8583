"""A small fixed set of the faults that `make chaos` draws: after the next run, nothing is left of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.homes import temporary_home

from chaos.faults import Trial, run
from chaos.victim import Fault
from chaos.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with temporary_home("lachan chaos ") as home:
        world = World(home)
        yield world
        world.close()


def last_commit(world: World, step: str) -> int:
    """The event in which an undisturbed step commits its last changes."""
    world.state(step)
    return [int(event.split()[0]) for event in world.undisturbed[step].events if " begins COMMIT" in event][-1]


@pytest.mark.parametrize(
    ("step", "moment", "phase"),
    [
        ("ingest", "before", "between commits"),
        pytest.param("replay", "before", "between commits", marks=pytest.mark.proof),
        ("migrate", "before", "between commits"),
    ],
)
def test_a_step_killed_at_its_last_commit_is_made_good_by_the_next_run(
    world: World, step: str, moment: str, phase: str
) -> None:
    result = run(world, Trial(step, Fault("kill", last_commit(world, step), moment)))
    assert (result.errors, result.phase) == (["killed"], phase)
    assert result.differences == []


def test_a_publication_whose_server_is_killed_is_whole_or_absent(world: World) -> None:
    result = run(world, Trial("publish", Fault("server killed", last_commit(world, "publish"), "before")))
    assert "connection" in result.errors[0]
    assert result.differences == []


def test_a_landing_zone_that_is_gone_for_a_moment_loses_no_file(world: World) -> None:
    result = run(world, Trial("ingest", Fault("landing gone", 20, until=40)))
    assert result.differences == []
