"""Housekeeping of a machine without Airflow, also where other tests of this process have set up one."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)
