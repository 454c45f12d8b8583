"""Writes systemd units for a machine without containers: python deploy/make_units.py FOLDER [--province]

The services, their commands, variables, secrets and folders are those of the compose files, so there is one place for
them. docs/deploying.md says what the machine must have before the units are started.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[1]
COMPOSE = ("docker-compose.yml", "docker-compose.production.yml")
PROVINCE = "deploy/province/compose.yml"
SERVICES = ("init", "api-server", "scheduler", "dag-processor", "board")
REFERENCE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?P<kind>:[-?])(?P<text>[^}]*)\}")
OF_CONTAINERS = {"CADDY_IMAGE", "POSTGRES_IMAGE", "PYTHON_IMAGE"}
"""Variables of .env that only containers need."""

# Within a container a service may listen on every address; on a machine it shall on the loopback only.
ON_A_MACHINE = {
    "LACHAN_HOME": "/var/lib/lachan",
    "LACHAN_PROJECT": "/opt/lachan",
    "LACHAN_BOARD_LISTEN": "127.0.0.1:8138",
    "PYTHONPATH": "/opt/lachan/plugins",
    "AIRFLOW_HOME": "/var/lib/lachan/airflow",
    "AIRFLOW__CORE__DAGS_FOLDER": "/opt/lachan/dags",
    "AIRFLOW__CORE__PLUGINS_FOLDER": "/opt/lachan/plugins",
    "AIRFLOW__API__HOST": "127.0.0.1",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
    "FORWARDED_ALLOW_IPS": "127.0.0.1",
    "HOME": "/var/lib/lachan",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}
UNIT = """\
[Unit]
Description=Lá Chắn: {name}
After=network-online.target postgresql.service{after}
Wants=network-online.target
{requires}PartOf=lachan.target

[Service]
Type={type}
User=lachan
Group=lachan
WorkingDirectory=/var/lib/lachan
{environment}
ExecStart=/opt/lachan/.venv/bin/python -m {command}
{restart}
TimeoutStopSec=60
MemoryMax={memory}
CPUQuota={cpus}%
TasksMax={tasks}
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
TemporaryFileSystem=/run/secrets:mode=0755
{folders}

[Install]
WantedBy=lachan.target
"""
TARGET = """\
[Unit]
Description=Lá Chắn
Wants={services}

[Install]
WantedBy=multi-user.target
"""


class UnitError(ValueError):
    """A variable has no value, or .env cannot be read; the message names it."""


def units(variables: Mapping[str, str], is_of_province: bool = False) -> dict[str, str]:
    """The text of each unit by its file name. Raises UnitError for a variable that .env has to set and does not."""
    files = [*COMPOSE, *([PROVINCE] if is_of_province else [])]
    compose = [yaml.safe_load((PROJECT / file).read_text())["services"] for file in files]
    made = {
        f"lachan-{name}.service": _unit(name, _merged([file[name] for file in compose]), variables) for name in SERVICES
    }
    return made | {"lachan.target": TARGET.format(services=" ".join(made))}


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What several compose files say of a service: volumes are added, variables and all else replace earlier ones."""
    merged: dict[str, Any] = {"environment": {}, "volumes": []}
    for part in parts:
        environment = merged["environment"] | part.get("environment", {})
        volumes = merged["volumes"] + part.get("volumes", [])
        merged |= part | {"environment": environment, "volumes": volumes}
    return merged


def _unit(name: str, service: dict[str, Any], variables: Mapping[str, str]) -> str:
    given = {key: _filled(value, variables) for key, value in service["environment"].items()}
    is_init = name == "init"
    secrets = _secrets(variables)
    folders = [_bound("BindReadOnlyPaths", f"{secrets}/{each}", f"/run/secrets/{each}") for each in service["secrets"]]
    return UNIT.format(
        name=name,
        type="oneshot" if is_init else "exec",
        after="" if is_init else " lachan-init.service",
        requires="" if is_init else "Requires=lachan-init.service\n",
        restart="RemainAfterExit=yes" if is_init else "Restart=always\nRestartSec=5",
        environment="\n".join(
            f"Environment={_quoted(f'{key}={value}')}" for key, value in sorted((given | ON_A_MACHINE).items())
        ),
        command=" ".join(service["command"]),
        memory=service["mem_limit"].upper(),
        cpus=int(service["cpus"] * 100),
        tasks=service["pids_limit"],
        folders="\n".join([*folders, *_folders(service, variables)]),
    )


def _folders(service: dict[str, Any], variables: Mapping[str, str]) -> list[str]:
    """What of the machine a service sees and may write, by the volumes that the compose file gives it."""
    volumes = [
        each if isinstance(each, str) else f"{each['source']}:{each['target']}:ro" for each in service["volumes"]
    ]
    has_state = any(each.startswith("state:") for each in volumes)
    found = ["ReadWritePaths=/var/lib/lachan" if has_state else "TemporaryFileSystem=/var/lib/lachan:mode=1777"]
    for volume in volumes:
        filled = _filled(volume, variables)
        source, _, target = filled.removesuffix(":ro").rpartition(":")
        if source in ("state", "logins"):
            continue
        is_path = source.startswith((".", "/"))
        place = (PROJECT / source).resolve() if is_path else f"/var/lib/lachan-{source}"
        is_read_only = filled.endswith(":ro")
        found.append(
            _bound("BindReadOnlyPaths", f"-{place}", target) if is_read_only else _bound("BindPaths", place, target)
        )
    return found


def _bound(setting: str, place: object, target: str) -> str:
    """A line that binds a place of the machine into a service; quoted where the path has a space."""
    bound = f"{place}:{target}"
    return f"{setting}={_quoted(bound) if ' ' in bound else bound}"


def _secrets(variables: Mapping[str, str]) -> Path:
    return (PROJECT / variables.get("SECRETS_FOLDER", "secrets")).resolve()


def _filled(value: object, variables: Mapping[str, str]) -> str:
    """A value of the compose file with its variables replaced, as Compose does."""

    def replace(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        if given := variables.get(found["name"], ""):
            return given
        if found["kind"] == ":?" and found["name"] not in OF_CONTAINERS:
            raise UnitError(f"{found['name']}: {found['text']}")
        return found["text"] if found["kind"] == ":-" else ""

    return REFERENCE.sub(replace, "" if value is None else str(value))


def _quoted(text: str) -> str:
    """A word of a unit file: quotes and backslashes escaped, percent signs doubled."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def read_env(file: Path) -> dict[str, str]:
    """The variables of an .env file: NAME=value, quotes left out. Raises UnitError for other lines."""
    found = {}
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.isidentifier():
            raise UnitError(f"{file}, line {number}: not of the form NAME=value")
        value = value.strip()
        found[name] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
    return found


def main() -> int:
    """Write the units into the folder that is given; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="such as /etc/systemd/system")
    parser.add_argument("--env", type=Path, default=PROJECT / ".env", metavar="FILE", help="(default: .env)")
    parser.add_argument("--province", action="store_true", help="for all cities of a province (CITIES_FOLDER in .env)")
    given = parser.parse_args()
    try:
        made = units(read_env(given.env), given.province)
    except (UnitError, OSError) as error:
        print(f"make_units: {error}", file=sys.stderr)
        return 2
    for name, text in made.items():
        (given.folder / name).write_text(text)
        print(given.folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
