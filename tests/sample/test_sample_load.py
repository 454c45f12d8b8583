"""Loading the synthetic exports reports exactly the irregularities that the manifest lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import IngestReport, ingest
from lachan.quality.gate import gate
from lachan.settings import Settings
from lachan_sample import write_city

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All exports of 2024."""
    folder = tmp_path_factory.mktemp("the year")
    write_city(folder, date(2024, 1, 1), date(2024, 12, 31))
    return folder


@pytest.fixture
def loaded(
    warehouse: Settings, feeds: dict[str, Feed], year: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Settings, dict[str, IngestReport]]]:
    """A warehouse into which the year has been loaded, and the report of each feed's load."""
    from lachan import settings as lachan_settings

    monkeypatch.setenv("LACHAN_LANDING", f"file://{year}")
    settings = lachan_settings.load()
    yield settings, {name: ingest(settings, feed, "r") for name, feed in feeds.items()}


def test_the_year_is_loaded_as_its_manifest_expects(
    loaded: tuple[Settings, dict[str, IngestReport]], feeds: dict[str, Feed], year: Path
) -> None:
    settings, reports = loaded
    manifest: Manifest = json.loads((year / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["expected"]) == 9
    for feed, report in reports.items():
        expected = dict(manifest["expected"].get(feed, {"files": 0}))  # the sample does not cover every feed
        assert expected.pop("files") == report.files_loaded + report.files_duplicate + report.files_rejected
        assert {name: count for name, count in asdict(report).items() if count} == expected
    _quarantined_rows_are_the_planted_defects(settings, manifest, feeds)
    _rejected_and_repeated_files_are_those_planted(settings, manifest)
    _irregular_rows_are_loaded_from_the_listed_lines(settings, manifest, feeds)
    assert {name: ingest(settings, feed, "again") for name, feed in feeds.items()} == dict.fromkeys(
        feeds, IngestReport()
    )
    _gate_holds_the_halved_snapshots(settings, manifest)


def _gate_holds_the_halved_snapshots(settings: Settings, manifest: Manifest) -> None:
    """The gate holds the snapshots that lack half of their entries, and accepts all other files."""
    held = [entry["path"] for entry in manifest["corrected"] if entry["expected_gate"] == "held"]
    assert {path.split("/")[0] for path in held} == {
        "model_register",
        "model_points",
        "camera_register",
        "fire_safety_register",
    }
    gate(settings, "r")
    assert query(settings, "select path from ops.export_file where gate = 'held' order by path") == [
        (path,) for path in sorted(held)
    ]


def _quarantined_rows_are_the_planted_defects(settings: Settings, manifest: Manifest, feeds: dict[str, Feed]) -> None:
    found = query(
        settings,
        "select path, line_no, r ->> 'column', r ->> 'rule'"
        " from ops.quarantined_row join ops.export_file using (file_id), json_array_elements(reasons) r",
    )
    planted = [
        (
            entry["path"],
            entry["line"],
            feeds[entry["feed"]].key[0] if entry["rule"] == "duplicate_key" else entry["column"] or "",
            entry["rule"],
        )
        for entry in manifest["defects"]
        if entry["rule"] != "duplicate"
    ]
    assert sorted(found) == sorted(planted)


def _rejected_and_repeated_files_are_those_planted(settings: Settings, manifest: Manifest) -> None:
    rejected = query(
        settings,
        "select path, split_part(reason, ':', 1) from ops.export_file where status = 'rejected' order by path",
    )
    planted = [
        (entry["path"], entry["reason"]) for entry in manifest["unreadable"] if entry["expected_status"] == "rejected"
    ]
    assert rejected == sorted(planted)
    repeated = query(
        settings,
        "select again.path, original.path from ops.export_file again"
        " join ops.export_file original on original.file_id = again.duplicate_of"
        " where again.status = 'duplicate' order by 1",
    )
    assert repeated == sorted((entry["path"], entry["original"]) for entry in manifest["duplicates"])
    empty = query(settings, "select path from ops.export_file where status = 'loaded' and rows_read = 0")
    header_only = [entry["path"] for entry in manifest["unreadable"] if entry["reason"] == "header_only"]
    assert set(header_only) <= {path for (path,) in empty}


def _irregular_rows_are_loaded_from_the_listed_lines(
    settings: Settings, manifest: Manifest, feeds: dict[str, Feed]
) -> None:
    for kind in ("out_of_order", "unknown_wards"):
        assert manifest[kind]
        for entry in manifest[kind]:
            feed = feeds[entry["feed"]]
            found = query(
                settings,
                f"select {feed.key[0]} from raw.{feed.name} join ops.export_file using (file_id)"
                f" where path = '{entry['path']}' and line_no = {entry['line']}",
            )
            assert found == [(entry["key"],)]
