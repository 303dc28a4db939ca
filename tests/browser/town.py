"""The whole product running for browsers: web server, worker, beat, Postgres and Valkey as `make run` starts them, and its people."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

from playwright.sync_api import Browser, BrowserContext, Page

from scripts.processes import wait_until
from tests.setup.test_whole_run import START_SECONDS, site

PASSWORD = "a-long-walk-in-november"
DEADLINE = 40
"""Seconds that the worker may take for what it does meanwhile."""


class Town:
    """The running site, its post, and browsers for the people in it."""

    def __init__(self, origin: str, mail: Path, browser: Browser) -> None:
        self.origin = origin
        self.mail = mail
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def enter(self, width: int) -> Page:
        """A new person's browser, with nothing in it. What its console complains of is a fault."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, base_url=self.origin, accept_downloads=True)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self.faults.append(f"{page.url}: {message.text}") if message.type == "error" else None)
        return page

    def letters(self, to: str) -> list[EmailMessage]:
        """What was mailed to an address, in the order of the files."""
        found = []
        for path in sorted(self.mail.glob("*"), key=lambda path: path.stat().st_mtime_ns):
            for part in path.read_bytes().split(b"-" * 79 + b"\n"):
                letter = cast(EmailMessage, email.message_from_bytes(part.lstrip(), policy=default))
                if to in str(letter["To"]):
                    found.append(letter)
        return found

    def letter(self, to: str, subject: str) -> EmailMessage:
        """The letter with these words in its subject; waits for the worker to send it."""

        def matching() -> list[EmailMessage]:
            return [letter for letter in self.letters(to) if subject.lower() in str(letter["Subject"]).lower()]

        assert wait_until(lambda: bool(matching()), DEADLINE, every=0.2), [str(letter["Subject"]) for letter in self.letters(to)]
        return matching()[-1]

    def leave(self) -> None:
        """Everybody goes home; the site runs on."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()
        self.faults.clear()


@contextmanager
def open_town(data: Path, browser: Browser) -> Iterator[Town]:
    """A site with the demo's data, started in `data`, until it is left."""
    data.chmod(0o755)
    with site(data, "town", DEMO="1") as running:
        assert wait_until(running.is_ready, START_SECONDS * 2, every=0.3), running.log.read_text()
        yield Town(f"http://127.0.0.1:{running.port}", data / "kept" / "mail", browser)


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def register(town: Town, page: Page, path: str, username: str) -> None:
    """Register and verify by the mailed link."""
    page.goto(path)
    page.get_by_label("Email").fill(f"{username}@example.org")
    page.get_by_label("Username").fill(username)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password1]").press("Enter")
    page.wait_for_url("**/account/**")
    letter = town.letter(f"{username}@example.org", "confirm")
    link = re.search(r"https?://\S+/account/\S+", text_of(letter))
    assert link, text_of(letter)
    page.goto(link[0])
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url(lambda url: "/confirm-email/" not in url)


def sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/login/")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
