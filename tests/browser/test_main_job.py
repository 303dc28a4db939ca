"""The main job as its people do it, on the whole product: web server, worker, beat, Postgres and Valkey as `make run` starts them.

A new creator registers, verifies her address by the mailed link, lists an ebook with a real PDF and submits it; staff approve; a
newly registered buyer finds it by searching, buys it in the sandbox, gets the receipt by mail and downloads the same bytes; the
creator sees 70 % of the price on hold. On a phone and on a desktop.
"""

from __future__ import annotations

import io
import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from kit.pdf import typeset
from tests.browser.town import DEADLINE, Town, register, sign_in, text_of

pytestmark = [pytest.mark.browser, pytest.mark.worker]


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
