"""Airflow's components on one machine: their environment, and how their processes are started and stopped.

`airflow standalone` leaves its child processes running when it ends. Therefore scheduler, dag processor and API server
are started one by one, each as the leader of its own session. Everything that a component starts stays in its session,
including task processes with a process group of their own, and the system does not reuse a session id while a process
is in the session. So the session id identifies all processes of a component, even after a crash.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import psutil

from lachan.local import airflow_database, postgres
from lachan.settings import TIMEZONE, Settings

COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}
LOGIN = "admin"
GRACE_SECONDS = 8


class AirflowError(RuntimeError):
    """A component of Airflow failed; the message names it, shows the end of its log and says what to do."""


def password(settings: Settings) -> str:
    """The generated password of the login `admin`, 80 bits."""
    return settings.secret("airflow_admin_password")[:20]


def environment(settings: Settings, port: int) -> dict[str, str]:
    """The environment variables of every Airflow process of this home; `port` is the API server's."""
    home = settings.home
    address = postgres.dsn(home, airflow_database.NAME, airflow_database.NAME)
    passwords = home / "secrets" / "airflow_passwords.json"
    passwords.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passwords.write_text(json.dumps({LOGIN: password(settings)}))
    passwords.chmod(0o600)
    options = {
        "core": {
            "dags_folder": str(settings.project / "dags"),
            "plugins_folder": str(settings.project / "plugins"),
            "load_examples": "false",
            "executor": "LocalExecutor",
            "parallelism": "3",
            "default_timezone": TIMEZONE,
            "dags_are_paused_at_creation": "true",
            "fernet_key": base64.urlsafe_b64encode(bytes.fromhex(settings.secret("airflow_fernet_key"))).decode(),
            "simple_auth_manager_users": f"{LOGIN}:admin",
            "simple_auth_manager_passwords_file": str(passwords),
            "execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
        },
        "database": {
            "sql_alchemy_conn": address.replace("postgresql://", "postgresql+psycopg2://"),
            "sql_alchemy_conn_async": address.replace("postgresql://", "postgresql+asyncpg://"),
        },
        "api": {
            "host": "127.0.0.1",
            "port": str(port),
            "base_url": f"http://127.0.0.1:{port}",
            "workers": "1",
            "secret_key": settings.secret("airflow_api_key"),
            "enable_swagger_ui": "false",
        },
        "api_auth": {"jwt_secret": settings.secret("airflow_jwt")},
        "scheduler": {
            "scheduler_idle_sleep_time": "0.1",
            "orphaned_tasks_check_interval": "30",
            "task_instance_heartbeat_timeout": "120",
        },
        # A worker that misses the end of its task notices it at the next heartbeat: after 1 s instead of 5 s.
        "workers": {"min_heartbeat_interval": "1", "max_failed_heartbeats": "30"},
        "dag_processor": {"parsing_processes": "1", "min_file_process_interval": "300"},
        "logging": {
            "base_log_folder": str(home / "logs" / "tasks"),
            "dag_processor_child_process_log_directory": str(home / "logs" / "parsing"),
            "colored_console_log": "false",
        },
        "usage_data_collection": {"enabled": "false"},
    }
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AIRFLOW") and name != "PYTHONDONTWRITEBYTECODE"
    }
    plugins = [str(settings.project / "plugins"), *filter(None, [inherited.get("PYTHONPATH")])]
    return (
        inherited
        | {
            f"AIRFLOW__{section}__{name}".upper(): value
            for section, values in options.items()
            for name, value in values.items()
        }
        | {
            "AIRFLOW_HOME": str(home / "airflow"),
            "LACHAN_HOME": str(home),
            "LACHAN_PROJECT": str(settings.project),
            "PYTHONPATH": os.pathsep.join(plugins),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "DO_NOT_TRACK": "1",
            "GX_ANALYTICS_ENABLED": "false",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
    )


def _without_key(variables: dict[str, str]) -> dict[str, str]:
    """The environment of processes that do not load, and therefore do not know the key of the pseudonyms."""
    return {name: value for name, value in variables.items() if name != "LACHAN_PSEUDONYM_KEY"}


class Airflow:
    """The running components of one home: a context manager that starts all of them and stops them at its end.

    The metadata database (PostgreSQL) must be running. Raises AirflowError.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._logs = settings.home / "logs"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        for folder in (self._logs, settings.home / "run", settings.home / "airflow"):
            folder.mkdir(parents=True, exist_ok=True)
        stop(settings.home)  # processes that a crash may have left running
        self.port = postgres.choose_port(settings.home / "run" / "port", preferred=8080)
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment(settings, self.port)

    def migrate(self) -> None:
        """Migrate the metadata database to the installed version of Airflow; returns at once if it has that version."""
        home = self._settings.home
        airflow_database.give_own_login(postgres.dsn(home, "postgres"), postgres.password(home, airflow_database.NAME))
        stamp = self._settings.home / "airflow" / "migrated"
        release = version("apache-airflow-core")
        if stamp.exists() and stamp.read_text() == release:
            return
        log = self._logs / "migrate.log"
        with log.open("wb") as output:
            completed = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
        if completed.returncode:
            raise AirflowError(f"`airflow db migrate` failed; {tail(log)}\nTry again; if it persists, `make clean`.")
        stamp.write_text(release)

    def __enter__(self) -> Airflow:
        try:
            for name, arguments in COMPONENTS.items():
                self.start(name, [sys.executable, "-m", "airflow", *arguments])
        except BaseException:
            stop(self._settings.home)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._settings.home)
        for process in self._processes.values():
            process.wait()

    def check(self) -> None:
        """Raises AirflowError when a component has ended; each of them should run until it is stopped."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                log = self._logs / f"{name}.log"
                raise AirflowError(f"{name} ended with status {process.returncode}; {tail(log)}")

    def start(self, name: str, command: list[str]) -> None:
        """Start a process that belongs to this home: it is checked and stopped together with Airflow's components."""
        with (self._logs / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                command,
                env=self._environment if name == "scheduler" else _without_key(self._environment),
                cwd=self._settings.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes[name] = process
        created = psutil.Process(process.pid).create_time()
        record = self._settings.home / "run" / f"{name}.pid"
        record.write_text(json.dumps({"pid": process.pid, "created": created}))


def stop(home: Path) -> None:
    """End every process of every recorded component of `home`: SIGTERM first, SIGKILL after GRACE_SECONDS."""
    records = list((home / "run").glob("*.pid"))
    leaders = [leader for record in records if (leader := _session_leader(record)) is not None]
    for leader in leaders:
        _signal([leader], signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while (remaining := _session_members(leaders)) and time.monotonic() < deadline:
        if not set(remaining) & set(leaders):
            _signal(remaining, signal.SIGTERM)
        time.sleep(0.1)
    while remaining := _session_members(leaders):
        _signal(remaining, signal.SIGKILL)
        time.sleep(0.1)
    for record in records:
        record.unlink(missing_ok=True)


def tail(log: Path, lines: int = 15) -> str:
    """The name of a log and its last lines, for an error message."""
    if not log.exists():
        return f"there is no log {log}"
    return "\n".join([f"log {log} ends:", *log.read_text(errors="replace").splitlines()[-lines:]])


def task_log_end(log: Path, events: int = 8) -> str:
    """The name of a task's log (JSON lines) and its last events, with the messages of their errors."""
    if not log.exists():
        return f"there is no log {log}"
    lines = []
    for line in log.read_text(errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            lines.append(line)
            continue
        if not event["event"].startswith("::"):
            lines.append(f"  {event.get('level', '')}: {event['event']}")
        lines += [f"    {error['exc_type']}: {error['exc_value']}" for error in event.get("error_detail", [])]
    return "\n".join([f"log {log} ends:", *lines[-events:]])


def _session_leader(record: Path) -> int | None:
    """The pid of the recorded session leader, running or not; None when another process now has this pid."""
    try:
        recorded = json.loads(record.read_text())
        pid, created = int(recorded["pid"]), float(recorded["created"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        actual = float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return pid  # it has ended, but its session may still have members
    return pid if abs(actual - created) < 1 else None


def _session_members(leaders: list[int]) -> list[int]:
    """Live processes in the sessions of these leaders. Zombies are left out: they use nothing and cannot be ended."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) in leaders and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
