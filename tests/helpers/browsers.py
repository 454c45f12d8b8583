"""A real browser without a screen, whose network is cut, and a real server for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; the test is skipped, with a word, where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no browser here: none of " + ", ".join(NAMES) + " is installed (Debian: apt-get install chromium)")
    arguments = [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=arguments)
        yield started
        started.close()


@contextlib.contextmanager
def served(application: Any) -> Iterator[str]:
    """The address of an application that a thread serves on a free port of 127.0.0.1."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def log_in(page: Page, address: str, name: str, password: str) -> None:
    """Log in with the form of the office's door."""
    page.goto(f"{address}/dang-nhap")
    page.fill("input[name=ten]", name)
    page.fill("input[name=mat_khau]", password)
    page.click("button")
    page.wait_for_url(lambda url: "/dang-nhap" not in url)
