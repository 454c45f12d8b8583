"""Draws faults from a seed, lets each happen in a copy of the world, and compares the outcome with the undisturbed."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psycopg2
from lachan.warehouse.mart_state import fingerprints, group_states

from chaos.content import content, differences
from chaos.victim import Fault
from chaos.world import PIPELINE, STARTS, Case, Outcome, World

SHARES = {
    "ingest": 24, "gate": 12, "build": 14, "audit": 10, "publish": 14, "replay": 12, "retract": 6, "migrate": 8
}  # fmt: skip
"""The share of each step in the kill points, in percent."""
SERVER_FAULTS = ("server killed", "server stopped", "backend killed", "sessions ended")
CHEAP = ("build", "audit", "publish")
"""Steps after which no build is left to do, so that the rest of the pipeline takes little time."""
PAIRS = (
    ("ingest", "ingest"), ("gate", "gate"), ("build", "build"), ("audit", "audit"), ("publish", "publish"),
    ("replay", "replay"), ("retract", "retract"), ("migrate", "migrate"), ("ingest", "gate"), ("gate", "build"),
    ("build", "audit"), ("build", "publish"), ("audit", "publish"), ("ingest", "replay"), ("build", "retract"),
    ("gate", "retract"), ("publish", "retract"), ("build", "migrate"), ("publish", "migrate"), ("ingest", "migrate"),
)  # fmt: skip
START_OF_PAIR = {"retract": "publish", "replay": "publish"}
CLOCKS = ("clock was a day ahead", "clock was a year ahead", "clock was a day behind", "files touched")


@dataclass(frozen=True)
class Trial:
    """One fault in one step; or two steps at once (`other`), the second one `offset` seconds after the first."""

    step: str
    fault: Fault | None = None
    other: str | None = None
    offset: float = 0.0
    clock: str | None = None
    through: bool = False

    def __str__(self) -> str:
        if self.other:
            return f"{self.step} and, {self.offset:.2f} s later, {self.other}"
        return f"{self.step}: {self.clock or self.fault}"


@dataclass
class Result:
    """What came of a trial: `differences` is empty when the world is as the undisturbed one."""

    trial: Trial
    phase: str
    place: str
    errors: list[str]
    visible: list[str]
    differences: list[str]
    checked: list[str] = field(default_factory=list)


def kill_points(world: World, chance: Random, kills: int, through_every: int) -> Iterator[Trial]:
    """Kills of every step: at an event, half of them at commits, or after a time."""
    for number in range(kills):
        step = chance.choices(list(SHARES), list(SHARES.values()))[0]
        fault = draw_fault(world, chance, step, "kill")
        yield Trial(step, fault, through=step in CHEAP or number % through_every == 0)


def draw_fault(world: World, chance: Random, step: str, kind: str) -> Fault:
    """A point of a step, drawn from the events and the time that it took undisturbed."""
    world.state(step)
    undisturbed = world.undisturbed[step]
    begun = [event.split(" ", 2) for event in undisturbed.events if " begins " in event]
    commits = [int(number) for number, _, text in begun if text == "COMMIT"]
    way = chance.random()
    if way < 0.3 and kind == "kill":
        return Fault(kind, delay=chance.uniform(0, undisturbed.seconds))
    event = chance.choice(commits) if way < 0.6 else chance.randint(1, len(begun))
    moment = chance.choice(["before", "during", "after"])
    return Fault(kind, event, moment, chance.uniform(0, 0.03) if moment == "during" else 0.0)


def other_faults(world: World, chance: Random, rounds: int) -> Iterator[Trial]:
    """Faults of the server and the landing zone in every step, two runs at once, and clocks that were wrong."""
    for _ in range(rounds):
        for step in SHARES:
            for kind in SERVER_FAULTS:
                yield Trial(step, draw_fault(world, chance, step, kind), through=step in CHEAP)
        for step in ("ingest", "replay", "ingest"):
            event = draw_fault(world, chance, step, "landing gone").event or 1
            yield Trial(step, Fault("landing gone", event), through=False)
            yield Trial(step, Fault("landing gone", event, until=event + chance.randint(1, 12)), through=False)
        for step, other in PAIRS:
            world.state(step)
            yield Trial(
                step, other=other, offset=chance.uniform(0, world.undisturbed[step].seconds) * chance.choice([0, 1])
            )
        for clock in CLOCKS:
            for step in ("ingest", "build", "audit", "publish"):
                yield Trial(step, clock=clock, through=True)


def run(world: World, trial: Trial) -> Result:
    """Let the fault happen, look at what it leaves, run again, and compare."""
    if trial.other:
        return _run_two(world, trial)
    landing = world.landing_at(STARTS[trial.step])
    is_own = bool(trial.clock) or bool(trial.fault and trial.fault.kind == "landing gone")
    with world.case(STARTS[trial.step], landing, is_own) as case:
        if trial.clock:
            _turn_clock(case, trial.clock)
            outcome = case.run(trial.step)
        else:
            outcome = case.run(trial.step, trial.fault)
        phase = _phase(world, trial.step, outcome)
        _restore_place(world, case)
        errors = [outcome.error] if outcome.error else []
        visible = look(world, case)
        went_on = trial.step == "build" and bool(outcome.error)
        if went_on:  # as the DAG does; what did not fail is published
            for step in ("audit", "publish"):
                following = case.run(step)
                if following.error:
                    errors.append(f"{step}: {following.error}")
        result = Result(trial, phase, outcome.last_event, errors, visible, [])
        _compare(world, case, trial, result, went_on)
    return result


def _compare(world: World, case: Case, trial: Trial, result: Result, went_on: bool) -> None:
    """Compare after the step was run again, and after the rest of the pipeline.

    Where the pipeline went on after the fault, only the end is compared, without the number of publications before it.
    """
    again = case.run(trial.step)
    if not again.is_fine:
        result.differences.append(f"the next run of {trial.step} failed: {again.error}")
    if not went_on:
        result.differences += differences(world.after(trial.step), content(case.dsn))
        result.checked.append("after the step")
    if (trial.through or went_on) and not result.differences:
        rest = PIPELINE[PIPELINE.index(trial.step) + 1 :] if trial.step in PIPELINE else PIPELINE
        for step in rest:
            if not (outcome := case.run(step)).is_fine:
                result.differences.append(f"{step} failed after the fault: {outcome.error}")
        expected = world.at_the_end([trial.step], STARTS[trial.step], history=not went_on)
        result.differences += differences(expected, content(case.dsn, history=not went_on))
        result.checked.append("after the whole pipeline")


def _run_two(world: World, trial: Trial) -> Result:
    """Run two steps at once, then both again, then the pipeline; compare with the steps one after the other."""
    assert trial.other is not None
    start = "landed" if "migrate" in (trial.step, trial.other) and trial.step == trial.other else STARTS[trial.step]
    start = START_OF_PAIR.get(trial.other, start) if trial.step in ("ingest", "gate") else start
    if trial.other in START_OF_PAIR and trial.step not in ("ingest", "gate"):
        start = STARTS[trial.step]
    with world.case(start, world.landing_at(start)) as case:
        first = case.start(trial.step)
        first.process.join(trial.offset)
        second = case.start(trial.other)
        outcomes = [first.wait(), second.wait()]
        errors = [
            f"{step}: {each.error}"
            for step, each in zip((trial.step, trial.other), outcomes, strict=True)
            if each.error
        ]
        visible = look(world, case)
        result = Result(trial, "at once", "", errors, visible, [])
        if "stuck" in str(errors):
            result.differences.append(f"a step did not end: {errors}")
        extra = [step for step in dict.fromkeys((trial.step, trial.other)) if step not in PIPELINE]
        for step in (*extra, *PIPELINE):
            if not (outcome := case.run(step)).is_fine:
                result.differences.append(f"{step} failed afterwards: {outcome.error}")
        expected = world.at_the_end(extra or ["publish"], start, history=False)
        result.differences += differences(expected, content(case.dsn, history=False))
        result.checked.append("after the whole pipeline")
    return result


def _phase(world: World, step: str, outcome: Outcome) -> str:
    """How much of the step was committed when the fault happened."""
    world.state(step)
    struck = [number for number, event in enumerate(outcome.events) if event.startswith("0 fault")]
    if not struck:
        return "fault did not happen"
    done = Outcome(None, None, outcome.events[: struck[0]], 0, True)
    if done.was_committing:
        return "while committing"
    if not done.commits:
        return "before the first commit"
    return "after the last commit" if done.commits >= world.undisturbed[step].commits else "between commits"


def _restore_place(world: World, case: Case) -> None:
    world.wait_for_server()
    gone = case.landing.with_name("landing gone")
    if gone.exists():
        shutil.move(gone, case.landing)
    world.wait_for_sessions_to_end(case.database)


def _turn_clock(case: Case, clock: str) -> None:
    """Move the times of modification of files that the ledger has, or all times in `ops` and `reporting`."""
    if clock == "files touched":
        for name, sha256 in case.world.sql("select path, sha256 from ops.export_file", case.database):
            path = case.landing / name
            if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
                os.utime(path, (path.stat().st_mtime + 3600,) * 2)
        return
    shift = {"clock was a day ahead": "1 day", "clock was a year ahead": "1 year", "clock was a day behind": "-1 day"}
    recorded = case.world.sql(
        "select table_schema || '.' || table_name, string_agg(format('%1$I = %1$I + interval %2$L', column_name,"
        f" '{shift[clock]}'), ', ') from information_schema.columns inner join information_schema.tables"
        " using (table_schema, table_name) where table_type = 'BASE TABLE' and table_schema in ('ops', 'reporting')"
        " and data_type = 'timestamp with time zone' and column_name <> 'delivered_at' group by 1",
        case.database,
    )
    for table, moved in recorded:
        case.world.sql(f"update {table} set {moved}", case.database)


def look(world: World, case: Case) -> list[str]:
    """What people see of the state: files by status, groups that are not audited or are held, alerts."""
    seen: list[str] = []
    with psycopg2.connect(case.dsn) as connection, connection.cursor() as cursor:
        cursor.execute("set timezone to 'Asia/Ho_Chi_Minh'")
        cursor.execute("select count(*) from ops.export_file where gate = 'pending'")
        [(pending,)] = cursor.fetchall()
        seen.append(f"{'some' if pending else 'no'} files wait for the gate")
        cursor.execute(
            "select to_regclass('ops.inaccessible_file') is not null and exists (select from information_schema.columns"
            " where table_schema = 'reference' and table_name = 'indicators' and column_name = 'indicator_group')"
        )
        if cursor.fetchall() == [(True,)]:
            cursor.execute("select count(*) from ops.inaccessible_file")
            [(inaccessible,)] = cursor.fetchall()
            if inaccessible:
                seen.append("files in ops.inaccessible_file")
            now, states = fingerprints(cursor), group_states(cursor)
            held = sorted(name for name, state in states.items() if state.is_held)
            unbuilt = sorted(name for name, state in states.items() if state.built != now.get(name))
            unaudited = sorted(name for name, state in states.items() if state.audited != now.get(name))
            seen += [f"groups held: {', '.join(held)}"] if held else []
            seen += ["marts differ from the last recorded build"] if unbuilt else []
            seen += ["marts differ from the last audit"] if unaudited else []
    connection.close()
    alerts = case.run("watch")
    seen.append(f"alerts: {_alerts(alerts)}")
    return seen


def _alerts(outcome: Outcome) -> str:
    if outcome.error:
        return outcome.error
    return ", ".join(kind for kind, _ in outcome.result) or "none"


def summary(results: list[Result]) -> dict[str, Counter[str]]:
    """For each step, the numbers of kills by phase, and of those after which everything was equal."""
    found: dict[str, Counter[str]] = {}
    for result in results:
        counts = found.setdefault(result.trial.step, Counter())
        counts["kills"] += 1
        counts[result.phase] += 1
        counts["equal"] += not result.differences
        counts["whole pipeline"] += len(result.checked) > 1
    return found


def as_text(result: Result) -> dict[str, Any]:
    """A result as one line of JSON."""
    return {
        "trial": str(result.trial),
        "step": result.trial.step,
        "kind": result.trial.clock
        or ("at once" if result.trial.other else result.trial.fault and result.trial.fault.kind),
        "phase": result.phase,
        "place": result.place,
        "errors": result.errors,
        "visible": result.visible,
        "checked": result.checked,
        "differences": result.differences,
    }
