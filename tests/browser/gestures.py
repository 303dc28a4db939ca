"""What hands do on a page."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page

PASTE = """async textarea => {
    const canvas = new OffscreenCanvas(40, 30);
    canvas.getContext("2d").fillRect(0, 0, 40, 30);
    const file = new File([await canvas.convertToBlob({type: "image/png"})], "stem.png", {type: "image/png"});
    const clipboardData = new DataTransfer();
    clipboardData.items.add(file);
    textarea.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}"""
"""A picture from the clipboard, "stem.png", pasted into a textarea."""


def drag(page: Page, grip: Locator, to: Locator, *, below: bool = False) -> None:
    """By the pointer: pressed, moved in steps, let go. Above the middle of `to`, or below it."""
    start, end = grip.bounding_box(), to.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    x, y = end["x"] + 60, end["y"] + (end["height"] - 4 if below else 4)
    page.mouse.move(x, start["y"] - 8 if y < start["y"] else start["y"] + 30, steps=4)
    page.mouse.move(x, y, steps=12)
    rest(page, x, y)
    page.mouse.up()


def rest(page: Page, x: float, y: float) -> None:
    """Hold what is dragged about there for some frames: a list makes room once per frame, and in steps."""
    for turn in range(8):
        page.mouse.move(x, y + turn % 2)
        page.evaluate("() => new Promise(requestAnimationFrame)")


def row(page: Page, title: str) -> Locator:
    """The row of the course builder's outline with this title."""
    name = page.get_by_text(title, exact=True)
    return page.locator(".builder-outline [data-part]").filter(has=name).last


def await_outline(page: Page, expected: list[tuple[str, list[str]]]) -> None:
    """Until the course builder shows these modules with these lessons, and nothing is on its way to the server."""
    page.wait_for_function(
        """expected => !document.querySelector(".htmx-request")
        && JSON.stringify([...document.querySelectorAll("#modules > li")].map(module => [
            module.querySelector("h3").innerText.trim(),
            [...module.querySelectorAll("[data-lessons] .row-name")].map(name => name.innerText)])) === expected""",
        arg=json.dumps(expected, ensure_ascii=False, separators=(",", ":")),
    )
