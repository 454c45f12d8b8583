"""The calls of Airflow's REST API that `lachan run` and `lachan up` make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

ACTIVE = ("queued", "running")


class RestError(RuntimeError):
    """A call of Airflow's API failed; the message names the call and the reason."""


@dataclass(frozen=True)
class Run:
    """One DAG run: its state, and when it started and ended (None if it has not yet)."""

    dag: str
    id: str
    state: str
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class TaskRun:
    """One task of one DAG run; `attempt` counts from 1, `seconds` is None until it has ended."""

    dag: str
    run: str
    task: str
    state: str
    attempt: int
    seconds: float | None


class Rest:
    """A client of the API. `url` is the server's address without a path. Its methods raise RestError."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._login = {"username": login, "password": password}
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def healthy(self) -> bool:
        """Whether API server, scheduler, dag processor and metadata database all report that they are healthy."""
        try:
            # The API server builds its execution API on the first request. Make it now, so that no task waits for it.
            self._client.get("/execution/health")
            answer = self._client.get("/api/v2/monitor/health").json()
        except (httpx.HTTPError, ValueError):
            return False
        parts = (answer.get(part) or {} for part in ("metadatabase", "scheduler", "dag_processor"))
        return all(part.get("status") == "healthy" for part in parts)

    def log_in(self) -> None:
        """Get a token, which every call except `healthy` needs."""
        token = self._call("POST", "/auth/token", json=self._login)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def dags(self) -> set[str]:
        """Ids of all DAGs that Airflow has parsed."""
        found: set[str] = set()
        while True:
            page = self._call("GET", "/api/v2/dags", params={"limit": 100, "offset": len(found), "order_by": "dag_id"})
            found |= {dag["dag_id"] for dag in page["dags"]}
            if not page["dags"] or len(found) >= page["total_entries"]:
                return found

    def import_errors(self) -> list[str]:
        """The errors of DAG files that could not be imported, one text per file."""
        found = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in found]

    def unpause(self, dag: str) -> None:
        """Unpause a DAG, so that the scheduler runs it."""
        self._call("PATCH", f"/api/v2/dags/{dag}", json={"is_paused": False})

    def trigger(self, dag: str) -> str:
        """Start a run of a DAG now, through the scheduler; returns its id."""
        return str(self._call("POST", f"/api/v2/dags/{dag}/dagRuns", json={"logical_date": None})["dag_run_id"])

    def fail(self, run: Run) -> None:
        """Mark an unfinished run as failed."""
        self._call("PATCH", f"/api/v2/dags/{run.dag}/dagRuns/{run.id}", json={"state": "failed"})

    def runs(self, dags: Iterable[str]) -> list[Run]:
        """The newest runs of these DAGs, newest first (at most 100)."""
        body = {"dag_ids": sorted(dags), "order_by": "-id", "page_limit": 100}
        found = self._call("POST", "/api/v2/dags/~/dagRuns/list", json=body)["dag_runs"]
        return [
            Run(
                run["dag_id"],
                run["dag_run_id"],
                run["state"],
                _time(run["start_date"]),
                _time(run["end_date"]),
            )
            for run in found
        ]

    def tasks(self, runs: Iterable[Run]) -> list[TaskRun]:
        """The tasks of these runs."""
        wanted = {(run.dag, run.id) for run in runs}
        if not wanted:
            return []
        body = {
            "dag_ids": sorted({dag for dag, _ in wanted}),
            "dag_run_ids": sorted({run for _, run in wanted}),
        }
        found = self._call("POST", "/api/v2/dags/~/dagRuns/~/taskInstances/list", json=body)["task_instances"]
        return [
            TaskRun(
                task["dag_id"],
                task["dag_run_id"],
                task["task_id"],
                task["state"] or "waiting",
                max(task["try_number"], 1),
                task["duration"],
            )
            for task in found
            if (task["dag_id"], task["dag_run_id"]) in wanted
        ]

    def has_queued_asset_event(self, dag: str) -> bool:
        """Whether an asset event is queued for a DAG, for which the scheduler has not created a run yet."""
        answer = self._client.get(f"/api/v2/dags/{dag}/assets/queuedEvents")
        return answer.status_code == httpx.codes.OK and bool(answer.json()["queued_events"])

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            answer = self._client.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise RestError(f"Airflow does not answer {method} {path}: {error}; see logs/api-server.log") from error
        if answer.is_error:
            raise RestError(f"Airflow refused {method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
