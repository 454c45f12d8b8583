"""Settings: what is read from the environment, and that the table in docs/operations/README.md lists it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from lachan import settings as lachan_settings
from lachan.settings import LANDING_IGNORE, PROJECT, SettingError


def test_the_table_of_settings_lists_every_variable_and_the_default_patterns() -> None:
    page = (PROJECT / "docs" / "operations" / "README.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(LACHAN_\w+)` \|.*\| (.+) \|$", page, re.MULTILINE))
    code = (PROJECT / "plugins" / "lachan" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:given|path|below|address|_count)\((?:variables, )?"(LACHAN_\w+)"', code))
    assert len(read) >= 8
    assert set(table) == read
    assert table["LACHAN_LANDING_IGNORE"] == f"`{LANDING_IGNORE}`"


@pytest.mark.parametrize("given", ["a minute", "-1", "1.5"])
def test_a_minimum_age_that_is_no_number_of_seconds_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("LACHAN_LANDING_MIN_AGE", given)
    with pytest.raises(SettingError, match=r"LACHAN_LANDING_MIN_AGE must be a whole number of seconds"):
        lachan_settings.load()


def test_an_empty_name_of_a_file_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LACHAN_HOME", str(tmp_path))
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY_FILE", "")
    assert not lachan_settings.load().has_pseudonym_key
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", "ab" * 32)
    assert lachan_settings.load().pseudonym_key_place == "LACHAN_PSEUDONYM_KEY"


def test_an_empty_setting_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACHAN_LANDING_MIN_AGE", "")
    monkeypatch.setenv("LACHAN_LANDING_IGNORE", "")
    settings = lachan_settings.load()
    assert settings.landing_min_age == timedelta(0)
    assert ",".join(settings.landing_ignore) == LANDING_IGNORE


def test_a_setting_can_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("ab" * 32 + "\n")
    monkeypatch.delenv("LACHAN_PSEUDONYM_KEY", raising=False)
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY_FILE", str(key))
    settings = lachan_settings.load()
    assert settings.pseudonym_key == bytes.fromhex("ab" * 32) and settings.has_pseudonym_key
    assert settings.pseudonym_key_place == "LACHAN_PSEUDONYM_KEY_FILE"
    key.write_text("123")
    with pytest.raises(SettingError, match="LACHAN_PSEUDONYM_KEY_FILE is not hexadecimal"):
        lachan_settings.load()


def test_a_setting_in_two_places_or_in_a_missing_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LACHAN_LANDING_OPTIONS_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingError, match=r"LACHAN_LANDING_OPTIONS_FILE names '.*none', which cannot be read"):
        lachan_settings.load()
    monkeypatch.setenv("LACHAN_LANDING_OPTIONS", "{}")
    with pytest.raises(SettingError, match="LACHAN_LANDING_OPTIONS and LACHAN_LANDING_OPTIONS_FILE are both set"):
        lachan_settings.load()
