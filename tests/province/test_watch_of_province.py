"""What is told about a province as a whole: backups of its own database, and cities of which it has no new figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from helpers.provinces import Province, run
from lachan import cli
from lachan.operate.watch import watch
from lachan.province.collect import collect


def raised(province: Province, now: datetime) -> dict[str, str]:
    return {alert.key: alert.message for alert in watch(province.whole, now)}


def test_a_city_of_which_nothing_new_was_collected_is_told_until_it_is(
    province: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    run(province.whole.dsn, "delete from province.stored_figure", "delete from province.city")
    province.publish("380", ("total", 12))
    collect(province.whole, ["380"])
    later = raised(province, now + timedelta(hours=47))
    assert set(later) == {"city_old:381"}, "a city whose folder is there, and of which nothing was ever collected"
    assert set(raised(province, now + timedelta(hours=49))) == {"city_old:380", "city_old:381"}

    province.publish("381", ("total", 13))
    collect(province.whole, ["381"])
    capsys.readouterr()
    assert cli.main(["watch"]) == 0
    assert capsys.readouterr().out == "", "without --city it is about the province, and all is well"


def test_a_province_without_a_new_backup_of_its_own_is_told(province: Province, tmp_path: Path) -> None:
    backed_up = replace(province.whole, backup=tmp_path, backup_recipients=("age1synthetic",))
    soon, late = (datetime.now(UTC) + timedelta(hours=hours) for hours in (29, 31))
    assert [alert.kind for alert in watch(backed_up, soon) if alert.kind == "backup_old"] == []
    [alert] = [alert for alert in watch(backed_up, late) if alert.kind == "backup_old"]
    assert alert.severity == "critical" and alert.message.startswith("no backup was ever made")
