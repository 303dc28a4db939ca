"""A real Chromium against the live server. Skipped, with the reason, where there is none or the static files are not built."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from accounts.models import User
from tests.browser.town import Town, open_town

# Playwright's own event loop runs in this thread; Django would refuse to touch the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Far more than anything takes: a slow machine is no fault of the page.
expect.set_options(timeout=20_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    if not path:
        pytest.skip("no Chromium on this machine (set CHROMIUM to its path)")
    if not (Path(settings.BASE_DIR) / "static" / "dist" / "app.css").exists():
        pytest.skip("static/dist is not built (npm run build)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Window:
    """A browser window on the live server: `open` a path, as somebody or as nobody, in a theme, at a width."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self.origin = origin
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._asked: set[Request] = set()

    def open(
        self, path: str, *, by: User | None = None, theme: str = "paper", width: int = 1440, height: int = 900, script: bool = True
    ) -> Page:
        context = self._browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
        self._contexts.append(context)
        cookies = [{"name": "theme", "value": theme, "url": self.origin}]
        if by is not None:
            client = Client()
            client.force_login(by, backend=settings.AUTHENTICATION_BACKENDS[0])
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.origin})
        context.add_cookies(cookies)
        page = context.new_page()
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: self._asked.add(request))
        for ended in ("requestfinished", "requestfailed"):
            page.on(ended, lambda request: self._asked.discard(request))
        page.goto(self.origin + path)
        page.wait_for_load_state("networkidle")
        return page

    def close(self) -> None:
        """Lets answers arrive and the last reports of pages go nowhere: the tables are emptied next, which would meet them."""
        ends = time.monotonic() + 5
        while self._asked and time.monotonic() < ends and (page := next((p for c in self._contexts for p in c.pages), None)):
            page.wait_for_timeout(20)
        for context in self._contexts:
            context.set_offline(True)
            context.close()


@pytest.fixture
def window(chromium: Browser, live_server: object) -> Iterator[Window]:
    opened = Window(chromium, live_server.url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def running_town(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(tmp_path_factory.mktemp("town"), chromium) as opened:
        yield opened


@pytest.fixture
def town(running_town: Town) -> Iterator[Town]:
    """The whole product with the demo's data, started once for all tests that walk through it."""
    yield running_town
    running_town.leave()
