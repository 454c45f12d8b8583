"""The heartbeat of `watch`: a service outside of this machine notices when it stops, as nothing here can."""

from __future__ import annotations

import logging
from http.client import HTTPException
from urllib.request import Request, urlopen

from lachan.settings import Settings

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10


def send(settings: Settings) -> bool:
    """Call LACHAN_HEARTBEAT_URL, if it is set; returns whether it was called and answered without an error.

    A service that cannot be reached is only logged, without the address, which is often a secret.
    """
    if not settings.heartbeat_url:
        return False
    request = Request(settings.heartbeat_url, headers={"user-agent": "lachan"})  # noqa: S310  # settings.py checks the scheme
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310  # as above
            return True
    except (OSError, HTTPException) as error:
        reason = getattr(error, "code", None) or getattr(error, "reason", None) or type(error).__name__
        log.warning("the heartbeat of watch was not delivered (LACHAN_HEARTBEAT_URL): %s", reason)
        return False
