"""`/metrics` at the office's door, for Prometheus: the state of feeds and of the platform, no figures, no names."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lachan.board.reader import STATEMENT_SECONDS, Queries
from lachan.settings import Settings
from lachan.warehouse import connect, snapshot

PATH = "/metrics"
SHORTEST_TOKEN = 32
ROLE = "monitor"

_OF_FEEDS = {
    "delivery_age": ("lachan_delivery_age_seconds", "Seconds since the newest delivery in force came"),
    "held": ("lachan_files_held", "Files that the gate holds"),
    "quarantined": ("lachan_rows_quarantined", "Rows that wait in quarantine"),
    "missing": ("lachan_exports_missing", "Exports that are owed and not in force, in all of the feed's time"),
}
_OF_PLATFORM = {
    "publication_age": ("lachan_publication_age_seconds", "Seconds since the last publication"),
    "watch_age": ("lachan_watch_age_seconds", "Seconds since watch last came to its end"),
    "backup_age": ("lachan_backup_age_seconds", "Seconds since the state of the warehouse that the last backup holds"),
    "groups_held": ("lachan_groups_held", "Groups of indicators that are held back"),
    "build_seconds": ("lachan_build_seconds", "Seconds of all dbt nodes of the last build together"),
    "revised": ("lachan_figures_revised", "Figures that the last publication changed or withdrew"),
}


def route(settings: Settings) -> Route:
    """The route, for who sends the token of LACHAN_METRICS_TOKEN_FILE; without such a file nobody is answered."""

    async def endpoint(request: Request) -> Response:
        if not _is_allowed(settings, request):
            return PlainTextResponse("Bearer token required", 401, {"www-authenticate": "Bearer"})
        return Response(await run_in_threadpool(_text, settings), media_type=CONTENT_TYPE_LATEST)

    return Route(PATH, endpoint, methods=["GET"])


def _is_allowed(settings: Settings, request: Request) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if settings.metrics_token_file is None or scheme.lower() != "bearer":
        return False
    try:
        token = settings.metrics_token_file.read_bytes().strip()  # each time, so that it can be changed
    except OSError:
        return False
    return len(token) >= SHORTEST_TOKEN and hmac.compare_digest(token, given.strip().encode())


def _text(settings: Settings) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Collector(settings))
    return generate_latest(registry)


class _Collector:
    """Reads the warehouse when it is asked, with a login that can call one function and read nothing else."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def describe(self) -> list[Metric]:
        """Nothing, so that registering does not read the warehouse."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics now."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows():
            found[row["metric"]].append(row)
        for key, (name, text) in _OF_FEEDS.items():
            yield _gauge(name, text, ["feed"], found[key])
        for key, (name, text) in _OF_PLATFORM.items():
            if found[key]:  # a gauge without a value would be one of zero
                yield _gauge(name, text, [], found[key])
        yield _gauge("lachan_alerts_open", "Open alerts of watch", ["kind", "severity"], found["alerts_open"])

    def _rows(self) -> list[dict[str, Any]]:
        with closing(connect(self._settings.address(ROLE), ROLE)) as connection, snapshot(connection) as cursor:
            cursor.execute(f"set local statement_timeout = '{STATEMENT_SECONDS}s'")
            return Queries(cursor, ROLE).rows("board/platform_metrics")


def _gauge(name: str, text: str, labels: list[str], rows: list[dict[str, Any]]) -> Metric:
    metric = GaugeMetricFamily(name, text, labels=labels)
    for row in rows:
        metric.add_metric([row[label] for label in labels], row["value"])
    return metric
