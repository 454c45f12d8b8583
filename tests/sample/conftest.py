"""The synthetic exports of 2024, written once for all tests of this folder."""

from __future__ import annotations

from datetime import date

import pytest
from lachan_sample import write_city
from sample_reader import Landing


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """A landing folder with all exports of 2024."""
    folder = tmp_path_factory.mktemp("the year 2024")
    write_city(folder, date(2024, 1, 1), date(2024, 12, 31))
    return Landing(folder)
