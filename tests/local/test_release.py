"""A release: its version, its changelog, and locks of which the image takes one."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from lachan.settings import PROJECT, release

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, set[str]]:
    """The versions of each package in a lock; some depend on the platform."""
    found: dict[str, set[str]] = {}
    for package, version in PINNED.findall((PROJECT / name).read_text()):
        found.setdefault(package, set()).add(version)
    return found


def imports() -> Iterator[tuple[str, str]]:
    """Each top-level module that the platform's code imports, with the file."""
    for folder in ("plugins", "dags"):
        for file in (PROJECT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    yield from ((alias.name.partition(".")[0], str(file)) for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield node.module.partition(".")[0], str(file)


def test_the_version_is_printed_and_is_the_newest_of_the_changelog() -> None:
    changes = re.findall(r"^## (\d+\.\d+\.\d+)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert changes[0] == release()
    assert len(set(changes)) == len(changes)
    command = [sys.executable, "-m", "lachan", "--version"]
    printed = subprocess.run(command, cwd=PROJECT / "plugins", capture_output=True, text=True, check=True)
    assert printed.stdout == f"lachan {release()}\n"


def test_the_locks_agree_and_the_image_has_no_tools_of_tests() -> None:
    platform, tests = pins("requirements.txt"), pins("requirements-test.txt")
    assert len(platform) > 200 and len(tests) > 80
    assert {name: versions for name, versions in tests.items() if platform.get(name, versions) != versions} == {}
    assert {"mypy", "moto", "playwright"} <= tests.keys() - platform.keys()
    assert "requirements-test.txt" not in (PROJECT / "Dockerfile").read_text()


def test_the_platform_imports_nothing_that_only_tests_have() -> None:
    platform, tests = pins("requirements.txt"), pins("requirements-test.txt")
    of_module = packages_distributions()
    seen = 0
    for module, file in imports():
        packages = {re.sub(r"[-_.]+", "-", name).lower() for name in of_module.get(module, [])}
        seen += bool(packages & platform.keys())
        assert not packages or packages & platform.keys() or not packages & tests.keys(), f"{file} imports {module}"
    assert seen > 100
