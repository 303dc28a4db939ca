"""The main job as its people do it, on the whole product: web server, worker, beat, Postgres and Valkey as `make run` starts them.

A new creator registers, verifies her address by the mailed link, lists an ebook with a real PDF and submits it; staff approve; a
newly registered buyer finds it by searching, buys it in the sandbox, gets the receipt by mail and downloads the same bytes; the
creator sees 70 % of the price on hold. On a phone and on a desktop.
"""

from __future__ import annotations

import email
import io
import re
import secrets
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from pypdf import PdfReader

from kit.pdf import typeset
from scripts.processes import wait_until
from tests.setup.test_whole_run import START_SECONDS, Site, site

pytestmark = [pytest.mark.browser, pytest.mark.worker]

PASSWORD = "a-long-walk-in-november"
DEADLINE = 40


class Town:
    """The running site, its post, and browsers for the people in it."""

    def __init__(self, running: Site, mail: Path, browser: Browser) -> None:
        self.origin = f"http://127.0.0.1:{running.port}"
        self.mail = mail
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def enter(self, width: int) -> Page:
        """A new person's browser, with nothing in it."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, base_url=self.origin, accept_downloads=True)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: self.faults.append(f"{page.url}: {message.text}") if "Content Security Policy" in message.text else None,
        )
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)

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
        for context in self.contexts:
            context.close()


@pytest.fixture(scope="module")
def town(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data = tmp_path_factory.mktemp("town")
    data.chmod(0o755)
    with site(data, "town", DEMO="1") as running:
        assert wait_until(running.is_ready, START_SECONDS * 2, every=0.3), running.log.read_text()
        opened = Town(running, data / "kept" / "mail", chromium)
        yield opened
        opened.leave()


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


def make_pdf() -> bytes:
    """A real book of its own."""
    chapter = {"title": "Before paper", "blocks": [{"kind": "text", "spans": [{"text": "A page.", "style": "plain"}]}]}
    book = {"title": "Paper", "author": "A maker", "summary": "On paper", "edition": "1", "lang": "en", "chapters": [chapter]}
    return typeset("ebook.typ", book)


@pytest.mark.parametrize("width", [1440, 390], ids=["desktop", "phone"])
def test_from_registering_as_creator_to_seeing_the_share_on_hold(town: Town, width: int, tmp_path: Path) -> None:
    mark = secrets.token_hex(3)
    maker, reader = f"maker{mark}", f"reader{mark}"
    title = f"Paper grain {mark}"
    pdf = make_pdf()
    (tmp_path / "paper-grain.pdf").write_bytes(pdf)

    # The creator registers, verifies, and lists her ebook.
    creator = town.enter(width)
    register(town, creator, "/register/creator/", maker)
    creator.goto("/dashboard/products/new/?kind=ebook")
    creator.locator("input[name=title]").fill(title)
    creator.locator("input[name=summary]").fill("Why a book lies open, or does not.")
    creator.locator("textarea[name=description]").fill(
        "Everything about the **grain** of paper.\n\n- how to find it\n- how to fold along it"
    )
    creator.locator("select[name=category]").select_option(label="Craft and making")
    creator.locator("input[name=tags]").fill("paper, bookbinding")
    creator.get_by_text("Fixed price").click()
    creator.locator("input[name=price]").fill("19.00")
    creator.get_by_role("button", name="Save and go on to the files").click()
    creator.wait_for_url("**/files/")
    creator.locator("input[type=file]").first.set_input_files(str(tmp_path / "paper-grain.pdf"))
    expect(creator.locator("main")).to_contain_text(re.compile(r"paper-grain\.pdf.*3 pages", re.DOTALL))
    edit = creator.url.replace("/files/", "/edit/")
    creator.goto(edit)
    creator.get_by_role("button", name=re.compile("submit for review")).first.click()
    expect(creator.locator("main")).to_contain_text("Submitted")

    # Staff look and approve.
    staff = town.enter(width)
    sign_in(staff, "mo@example.com", "demo-pass-1234")
    staff.goto("/moderation/")
    staff.get_by_role("link", name=title).first.click()
    staff.get_by_role("button", name=re.compile("Approve")).click()
    town.letter(f"{maker}@example.org", title)

    # A newly registered buyer finds it and buys it.
    buyer = town.enter(width)
    register(town, buyer, "/register/", reader)
    buyer.goto("/marketplace/")
    search = buyer.locator("input[name=q]:visible").first
    search.fill(f"grain {mark}")
    search.press("Enter")
    buyer.get_by_role("link", name=title).first.click(position={"x": 6, "y": 8})  # on the words: the middle of the card is the maker's link
    expect(buyer.get_by_role("heading", level=1)).to_have_text(title)
    buyer.get_by_role("button", name=re.compile("Buy")).first.click()
    buyer.wait_for_url("**/checkout/**")
    expect(buyer.locator("main")).to_contain_text("€19.00")
    buyer.get_by_role("button", name=re.compile("Pay")).click()
    buyer.wait_for_url("**/sandbox/checkout/**")
    buyer.get_by_role("button", name=re.compile("Pay")).click()
    buyer.wait_for_url("**/success/**")
    expect(buyer.locator("main")).to_contain_text("yours", timeout=DEADLINE * 1000)

    # The receipt comes by mail, with the PDF.
    receipt = town.letter(f"{reader}@example.org", "receipt")
    assert title in text_of(receipt)
    assert "€19.00" in text_of(receipt)
    (attached,) = [part for part in receipt.iter_attachments() if part.get_content_type() == "application/pdf"]
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(attached.get_payload(decode=True))).pages)
    assert title in printed

    # The same bytes.
    buyer.goto("/library/")
    buyer.get_by_role("main").get_by_role("link", name=title).click()
    with buyer.expect_download() as fetching:
        buyer.get_by_role("link", name="Download paper-grain.pdf").click()
    fetched = fetching.value
    assert fetched.suggested_filename == "paper-grain.pdf"
    assert Path(fetched.path()).read_bytes() == pdf

    # 70 % of 19.00 is on hold.
    creator.goto("/dashboard/earnings/")
    held = creator.locator(".figure", has_text="On hold")
    expect(held).to_contain_text("€13.30")
    expect(creator.locator(".figure", has=creator.get_by_text("Available", exact=True))).to_contain_text("€0.00")
    expect(creator.locator("main")).to_contain_text(title)
    for page in (creator, buyer, staff):
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    assert town.faults == []
