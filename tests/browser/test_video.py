"""A video from the file to the lesson, in a browser (R175-R184): uploaded, watched while it is prepared, played, sought, resumed."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from courses.learning.models import LessonProgress
from courses.models import Course
from courses.services.lessons import LessonWords, add_lesson
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from courses.video.models import VideoAsset
from courses.video.services.captions import save_captions
from kit.jobs.testing import run_all
from tests.browser.checks import axe_findings, sideways
from tests.browser.conftest import Window
from tests.courses.video.processing.clips import H264, picture, run, tone
from tests.courses.video.uploading import upload_whole
from tests.factories import make_user
from tests.factories.courses import enrol, make_course
from tests.marketplace.courseware.school import sell

HELD = re.compile(r"/videos/play/([^/]+)/")
SPOKEN = """WEBVTT

00:00.000 --> 00:01.900
One.

00:02.000 --> 00:02.900
Two &lt;b&gt;twice&lt;/b&gt;.

00:03.000 --> 00:04.000
Three.
"""
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "Round letters.mp4"
    run(*f"{picture('854x480', '12', 14)} {tone(14)} {H264}".split(" "), "-bitexact", str(path))
    return path


@pytest.fixture
def short(tmp_path: Path) -> VideoAsset:
    """Four seconds, with subtitles."""
    path = tmp_path / "short.mp4"
    run(*f"{picture('640x360', '10', 4)} {tone(4)} {H264}".split(" "), str(path))
    ada = make_user("ada", creator=True)
    video = upload_whole(ada, path.read_bytes(), name="Short.mp4")
    run_all()
    save_captions(video, by=ada, language="en", raw=SPOKEN.encode())
    video.refresh_from_db()
    return video


def make_film_course(video: VideoAsset, *, free: bool = False) -> Course:
    course = make_course(video.owner, modules=0, published=False)
    module = add_module(course, by=video.owner, title="Part")
    add_lesson(module, by=video.owner, words=LessonWords(title="Watch", kind="video", video_id=video.pk, is_free_preview=free))
    add_lesson(module, by=video.owner, words=LessonWords(title="Read", text="Words."))
    publish_course(course, by=video.owner)
    return course


def mute(page: Page) -> None:
    page.evaluate("document.querySelector('video').muted = true")


def choose(page: Page, menu: str, words: str) -> None:
    page.locator(".video-stage").hover()
    page.locator(f"[data-menu={menu}] > summary").click()
    page.locator(f"[data-menu={menu}]").get_by_label(words, exact=True).click()


def leave(page: Page) -> None:
    """The page goes out of sight, and reports."""
    with page.expect_response(lambda answer: "/beats/" in answer.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange')); dispatchEvent(new Event('pagehide'))")


def until(page: Page, fact: str, *, seconds: int = 15) -> None:
    """Looks until `fact` about the `video` holds. (Playwright's own waiting evaluates a text in the page, which its policy forbids.)"""
    ends = time.monotonic() + seconds
    while not page.evaluate(f"(() => {{ const video = document.querySelector('video'); return {fact}; }})()"):
        assert time.monotonic() < ends, fact
        page.wait_for_timeout(100)


def test_a_video_is_uploaded_prepared_and_played(window: Window, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = make_user("ada", creator=True), make_user("ben")
    shelf = window.open("/dashboard/videos/", by=ada)
    shelf.locator("[data-video-file]").set_input_files(str(film))
    expect(shelf.locator("#videos")).to_contain_text("Round letters", timeout=15_000)
    video = VideoAsset.objects.get()
    assert video.state == VideoAsset.State.PROCESSING
    run_all()
    expect(shelf.locator("#videos")).to_contain_text("Ready", timeout=10_000)
    assert window.faults == []

    # A slow line gets the low rung, a fast one the high one, by itself; passes end meanwhile, and nobody notices.
    monkeypatch.setattr("courses.video.playing.PASS_SECONDS", 8)
    monkeypatch.setattr("courses.video.playback.PASS_SECONDS", 8)
    course = make_film_course(video)
    enrol(ben, course)
    page = window.open(f"/learn/{course.slug}/watch/", by=ben)
    player = page.locator("[data-video-player]")
    expect(player.locator("[name=video-quality]")).to_have_count(3)
    assert axe_findings(page) == []
    passes: set[str] = set()
    page.on("request", lambda request: passes.update(HELD.findall(request.url)))
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 20, "downloadThroughput": 40_000, "uploadThroughput": 40_000}
    network.send("Network.emulateNetworkConditions", slow)
    mute(page)
    page.locator("h1").click()
    page.keyboard.press("k")
    expect(player).to_have_attribute("data-level", "360", timeout=15_000)
    until(page, "video.currentTime > 1")
    ends = time.monotonic() + 25
    while len(passes) < 2:
        assert time.monotonic() < ends, passes
        page.wait_for_timeout(200)
    network.send("Network.emulateNetworkConditions", {**slow, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    until(page, "video.currentTime > 3")
    choose(page, "quality", "480p")
    expect(player).to_have_attribute("data-level", "480", timeout=15_000)
    until(page, "video.videoHeight === 480")

    # Seeking, by key and by hand; the place is kept on the server, and what was skipped is not watched.
    page.locator("h1").click()
    page.keyboard.press("6")
    until(page, "video.currentTime > 8.7")
    page.keyboard.press("k")
    scrub = player.get_by_label("Place in the video")
    scrub.hover(position={"x": 300, "y": 20})
    expect(player.locator(".video-still")).to_be_visible()
    page.keyboard.press("8")
    page.keyboard.press("k")
    until(page, "video.currentTime > 11.5")
    page.keyboard.press("k")
    leave(page)
    kept = LessonProgress.objects.get()
    assert kept.video_seconds >= 11
    assert kept.completed_at is None
    assert sum(last - first for first, last in kept.watched) < 12

    # On another device it goes on there.
    LessonProgress.objects.update(video_seconds=7)
    phone = window.open(f"/learn/{course.slug}/watch/", by=ben, width=390, height=844)
    expect(phone.locator(".video-big")).to_have_text("Go on at 0:07")
    mute(phone)
    phone.locator(".video-big").click()
    until(phone, "video.currentTime > 7")
    assert page.evaluate("document.querySelector('video').played.start(0)") < 1
    assert phone.evaluate("document.querySelector('video').played.start(0)") > 6
    for name in ("speed", "quality"):
        phone.locator(".video-stage").hover()
        phone.locator(f"[data-menu={name}] > summary").click()
        assert axe_findings(phone) == []
        phone.keyboard.press("Escape")
    assert sideways(phone) == []
    assert window.faults == []


def test_a_lesson_is_done_by_watching_and_its_words_lead_to_their_time(window: Window, short: VideoAsset) -> None:
    course, ben = make_film_course(short), make_user("ben")
    enrol(ben, course)
    page = window.open(f"/learn/{course.slug}/watch/", by=ben)
    player, lines = page.locator("[data-video-player]"), page.locator(".transcript-lines a")
    page.get_by_text("Transcript", exact=True).click()
    expect(lines).to_have_text(["0:00One.", "0:02Two <b>twice</b>.", "0:03Three."])
    page.get_by_label("Search the transcript").fill("TW")
    expect(page.locator("[data-count]")).to_have_text("2 found")
    expect(page.locator(".transcript-lines mark")).to_have_text(["Tw", "tw"])
    page.get_by_label("Search the transcript").fill("xyz")
    expect(page.locator("[data-count]")).to_have_text("Not found")
    page.get_by_label("Search the transcript").fill("")
    assert axe_findings(page) == []
    mute(page)
    lines.nth(1).focus()
    page.keyboard.press("Enter")
    until(page, "video.currentTime > 2.1 && !video.paused")
    expect(lines.nth(1)).to_have_attribute("aria-current", "true")
    player.locator(".video-stage").hover()
    player.get_by_label("Subtitles (c)").click()
    expect(player.locator(".video-cue")).to_have_text("Three.", timeout=10_000)
    until(page, "video.ended")
    leave(page)
    assert LessonProgress.objects.get().completed_at is None
    page.get_by_label("Add a note").fill("Twice.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".note a.textlink")).to_have_attribute("href", re.compile(r"^#t=[34]$"))

    # From the beginning, at double speed, to the end: then it is done, and the page says so.
    choose(page, "speed", "2×")
    lines.first.click()
    until(page, "video.ended && video.playbackRate === 2")
    expect(page.locator("#marks")).to_contain_text("Done", timeout=10_000)
    expect(page.locator("#toasts")).to_contain_text("Watched: this lesson is done.")
    expect(page.locator("#course-progress")).to_contain_text("1 of 2 done")
    assert LessonProgress.objects.get().watched == ((0, 4),)
    assert window.faults == []


def test_a_visitor_plays_a_free_lesson_of_a_course_on_sale(window: Window, short: VideoAsset) -> None:  # R208
    course = make_film_course(short, free=True)
    sell(course, approved_by=make_user("mo", staff=True))
    page = window.open(f"/learn/{course.slug}/watch/", width=390, height=844)
    mute(page)
    page.locator(".video-big").click()
    until(page, "video.currentTime > 1")
    expect(page.locator("[data-video-player]")).to_have_attribute("data-level", "360")
    assert sideways(page) == []
    assert window.faults == []
    assert not LessonProgress.objects.exists()
