"""A video from the file to the lesson, in a browser (R175-R184): uploaded, watched while it is prepared, played, sought, resumed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from courses.learning.models import LessonProgress
from courses.services.lessons import LessonWords, add_lesson
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from courses.video.models import VideoAsset
from kit.jobs.testing import run_all
from tests.browser.checks import axe_findings, sideways
from tests.browser.conftest import Window
from tests.courses.video.processing.clips import H264, picture, run, tone
from tests.factories import make_user
from tests.factories.courses import enrol, make_course

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "Round letters.mp4"
    run(*f"{picture('854x480', '12', 20)} {tone(20)} {H264}".split(" "), "-bitexact", str(path))
    return path


def until(page: Page, fact: str, *, seconds: int = 15) -> None:
    """Looks until `fact` about the `video` holds. (Playwright's own waiting evaluates a text in the page, which its policy forbids.)"""
    ends = time.monotonic() + seconds
    while not page.evaluate(f"(() => {{ const video = document.querySelector('video'); return {fact}; }})()"):
        assert time.monotonic() < ends, fact
        page.wait_for_timeout(100)


def test_a_video_is_uploaded_prepared_and_played(window: Window, film: Path, settings: Any) -> None:
    ada, ben = make_user("ada", creator=True), make_user("ben")
    shelf = window.open("/dashboard/videos/", by=ada)
    shelf.locator("[data-video-file]").set_input_files(str(film))
    expect(shelf.locator("#videos")).to_contain_text("Round letters", timeout=15_000)
    video = VideoAsset.objects.get()
    assert video.state == VideoAsset.State.PROCESSING
    run_all()
    expect(shelf.locator("#videos")).to_contain_text("Ready", timeout=10_000)
    assert window.faults == []

    course = make_course(ada, modules=0, published=False)
    module = add_module(course, by=ada, title="Part")
    add_lesson(module, by=ada, words=LessonWords(title="Overshoot", kind="video", video_id=video.pk))
    publish_course(course, by=ada)
    enrol(ben, course)
    page = window.open(f"/learn/{course.slug}/overshoot/", by=ben)
    player = page.locator("[data-video-player]")
    expect(player.locator(".video-quality option")).to_have_count(3)
    assert axe_findings(page) == []

    # A slow line gets the low rung, a fast one the high one, by itself.
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 20, "downloadThroughput": 40_000, "uploadThroughput": 40_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.evaluate("document.querySelector('video').muted = true")
    page.locator("h1").click()
    page.keyboard.press("k")
    expect(player).to_have_attribute("data-level", "360", timeout=15_000)
    until(page, "video.currentTime > 1")
    network.send("Network.emulateNetworkConditions", {**slow, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    until(page, "video.currentTime > 3")
    page.locator(".video-quality").select_option(label="480p")
    expect(player).to_have_attribute("data-level", "480", timeout=15_000)
    until(page, "video.videoHeight === 480")

    # Seeking, by key; then the place is kept on the server.
    page.locator("h1").click()
    page.keyboard.press("6")
    until(page, "video.currentTime > 12.3")
    page.keyboard.press("k")
    with page.expect_response(lambda answer: "/beats/" in answer.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange')); dispatchEvent(new Event('pagehide'))")
    assert LessonProgress.objects.get().video_seconds >= 12

    page.reload()
    expect(player.locator(".video-quality option")).to_have_count(3)
    page.evaluate("document.querySelector('video').muted = true")
    page.locator("h1").click()
    page.keyboard.press("k")
    until(page, "video.currentTime > 11")
    assert window.faults == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert sideways(page) == []
