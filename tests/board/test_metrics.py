"""/metrics: refused to who has no token, and what it counts is what the warehouse has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import pytest
from helpers.raw_rows import query
from lachan.board import office
from lachan.board.sessions import Sessions
from lachan.settings import Settings
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient


@contextmanager
def client(settings: Settings, token_file: Path | None) -> Iterator[TestClient]:
    sessions = Sessions(settings.dsn)
    app = office.create(replace(settings, metrics_token_file=token_file), sessions)
    yield TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    sessions.end_all()


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def samples(text: str) -> dict[tuple[str, str], float]:
    """The value of each sample by its name and its feed or kind."""
    return {
        (sample.name, sample.labels.get("feed", sample.labels.get("kind", ""))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_nobody_without_the_token_gets_them(city: Settings, tmp_path: Path) -> None:
    token, file = token_hex(32), tmp_path / "token"
    file.write_text(token + "\n")
    with client(city, file) as board:
        for headers in ({}, bearer(""), bearer("x" * 64), bearer(token[:-1]), {"authorization": f"Basic {token}"}):
            answer = board.get("/metrics", headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert "lachan_" not in answer.text
        assert board.post("/metrics", headers=bearer(token)).status_code == 405
        file.write_text("short")
        assert board.get("/metrics", headers=bearer("short")).status_code == 401, "a token that can be guessed"
        file.unlink()
        assert board.get("/metrics", headers=bearer("")).status_code == 401
    with client(city, None) as board:
        assert board.get("/metrics", headers=bearer("")).status_code == 401


def test_they_are_what_the_warehouse_has(city: Settings, tmp_path: Path) -> None:
    token, file = token_hex(32), tmp_path / "token"
    file.write_text(token)
    query(
        city,
        "insert into ops.alert (alert_key, kind, feed, severity, message, first_seen, last_seen)"
        " values ('m', 'stray_file', 'tips', 'warning', 'Nguyễn Văn An', now(), now())",
    )
    with client(city, file) as board:
        answer = board.get("/metrics", headers=bearer(token))
    query(city, "delete from ops.alert where alert_key = 'm'")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=")
    assert "Nguyễn" not in answer.text
    found = samples(answer.text)
    feeds = {feed for (feed,) in query(city, "select distinct feed from ops.export_file")}
    assert {feed for name, feed in found if name == "lachan_exports_missing"} == feeds and len(feeds) >= 7
    missing = "select feed, count(*) from marts.expected_export where standing <> 'in_force' group by feed"
    assert {feed: found[("lachan_exports_missing", feed)] for feed in feeds} == dict.fromkeys(feeds, 0) | dict(
        query(city, missing)
    )
    waiting = "select count(*) from ops.quarantined_row where replayed_by is null and discarded_why is null"
    quarantined = sum(value for (name, _), value in found.items() if name == "lachan_rows_quarantined")
    assert quarantined == query(city, waiting)[0][0] > 0
    [(revised, age)] = query(
        city,
        "select count(*) filter (where change <> 'new' and publication_id = (select max(publication_id) from"
        " reporting.publication)), extract(epoch from now() - (select max(published_at) from reporting.publication))"
        " from reporting.figure_revision",
    )
    assert found[("lachan_figures_revised", "")] == revised > 0
    assert 0 <= float(age) - found[("lachan_publication_age_seconds", "")] < 60
    assert found[("lachan_delivery_age_seconds", "tips")] > 0 and found[("lachan_build_seconds", "")] > 0
    assert found[("lachan_alerts_open", "stray_file")] == 1 and found[("lachan_groups_held", "")] == 0


def test_an_empty_warehouse_has_no_ages(warehouse: Settings, tmp_path: Path) -> None:
    token, file = token_hex(32), tmp_path / "token"
    file.write_text(token)
    with client(warehouse, file) as board:
        answer = board.get("/metrics", headers=bearer(token))
    assert answer.status_code == 200
    assert samples(answer.text) == {("lachan_groups_held", ""): 0, ("lachan_figures_revised", ""): 0}


@pytest.mark.parametrize("path", ["/metrics/", "/metrics/x", "/metrics.txt"])
def test_only_this_path_is_reached_without_a_session(city: Settings, tmp_path: Path, path: str) -> None:
    with client(city, None) as board:
        assert board.get(path).status_code == 401
