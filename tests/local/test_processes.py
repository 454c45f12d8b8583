"""Stopping the processes that a crash left running: all of ours, and no others."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
from lachan.local import airflow

LEADER = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
print(child.pid, flush=True)
time.sleep(60)
"""


def start_leader(home: Path, created: float | None = None) -> tuple[subprocess.Popen[str], int]:
    """Start and record a component; its child has its own process group, as Airflow's task processes have."""
    leader = subprocess.Popen([sys.executable, "-c", LEADER], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert leader.stdout is not None
    child = int(leader.stdout.readline())
    (home / "run").mkdir(exist_ok=True)
    record = {"pid": leader.pid, "created": created or psutil.Process(leader.pid).create_time()}
    (home / "run" / "scheduler.pid").write_text(json.dumps(record))
    return leader, child


def has_ended(pid: int) -> bool:
    for _ in range(50):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_stop_ends_a_component_and_its_tasks(tmp_path: Path) -> None:
    leader, child = start_leader(tmp_path)
    airflow.stop(tmp_path)
    assert leader.wait(5) != 0
    assert has_ended(child)
    assert not list((tmp_path / "run").glob("*.pid"))


def test_stop_ends_the_children_of_a_killed_component(tmp_path: Path) -> None:
    leader, child = start_leader(tmp_path)
    leader.kill()
    leader.wait()
    assert psutil.pid_exists(child)
    airflow.stop(tmp_path)
    assert has_ended(child)


def test_a_recorded_pid_that_another_process_now_has_is_left_alone(tmp_path: Path) -> None:
    leader, child = start_leader(tmp_path, created=time.time() - 3600)
    airflow.stop(tmp_path)
    try:
        assert leader.poll() is None
        assert psutil.Process(child).is_running()
    finally:
        psutil.Process(child).kill()
        leader.kill()
        leader.wait()


def test_the_end_of_a_task_log_is_shown_as_plain_text(tmp_path: Path) -> None:
    log = tmp_path / "attempt=1.log"
    events = [
        {"event": "::group::Pre Execute", "level": "info"},
        {
            "event": "Task failed",
            "level": "error",
            "error_detail": [{"exc_type": "AuditFailed", "exc_value": "5 is not 6"}],
        },
    ]
    log.write_text("\n".join(map(json.dumps, events)))
    assert airflow.task_log_end(log).splitlines() == [
        f"log {log} ends:",
        "  error: Task failed",
        "    AuditFailed: 5 is not 6",
    ]
