"""A video on its way in a real browser: lost connections, a pause, a reload in the middle, and giving up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from accounts.models import User
from courses.video import limits
from courses.video.models import UploadSession, VideoAsset
from kit.storage import private
from tests.browser.conftest import Window
from tests.courses.video.uploading import file_of
from tests.factories.stores import stores_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PART = 64 * 1024
PARTS = re.compile(r"^http://[^/]+/videos/uploads/")


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(limits, "LEAST_PART", PART)
    monkeypatch.setattr(limits, "MEBIBYTE", 1024)
    settings.STORAGES = stores_in(tmp_path)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "Kerning.mp4"
    path.write_bytes(file_of(6 * PART - 100))
    return path


@pytest.fixture
def page(window: Window, ada: User) -> Page:
    page = window.open("/dashboard/videos/", by=ada)
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def number_of(request: Request) -> int:
    return int(request.url.rstrip("/").rpartition("/")[2])


def test_an_upload_outlives_a_lost_connection_a_pause_and_a_reload(page: Page, film: Path) -> None:  # R178, R184
    lost: list[int] = []

    def unsteady(route: Route) -> None:
        number = number_of(route.request)
        if number == 2 and not lost:
            lost.append(number)
            route.abort("connectionfailed")
        elif number <= 3:
            route.continue_()
        # What lies behind is never answered: the line is dead until the reload.

    page.route(PARTS, unsteady)
    with page.expect_response(lambda answer: answer.request.method == "PUT" and number_of(answer.request) == 2) as second:
        page.locator("[data-video-file]").set_input_files(film)
    assert second.value.status == 204
    assert lost == [2]
    row = page.locator("[data-video-list] [data-row]")
    row.get_by_role("button", name="Pause Kerning.mp4").click()
    expect(row).to_contain_text("paused")
    row.get_by_role("button", name="Go on with Kerning.mp4").click()
    expect(row).not_to_contain_text("paused")

    page.reload()
    expect(page.locator("#videos")).to_contain_text("choose the same file again")
    page.unroute_all(behavior="ignoreErrors")
    sent: list[int] = []
    page.on("request", lambda request: sent.append(number_of(request)) if request.method == "PUT" else None)
    page.locator("[data-video-file]").set_input_files(film)
    expect(row).to_contain_text("uploaded. It is being prepared.")
    assert sorted(sent) == [4, 5, 6]
    expect(page.locator("#videos")).to_contain_text("Preparing: 0%")
    video = VideoAsset.objects.get()
    assert video.state == "processing"
    with private().open(video.original_file) as file:
        assert file.read() == film.read_bytes()


def test_what_is_no_video_is_refused_in_words_and_what_is_given_up_is_gone(page: Page, film: Path, tmp_path: Path) -> None:
    posing = tmp_path / "playlist.mp4"
    posing.write_bytes(b"#EXTM3U\nfile:///etc/passwd\n" * 100)
    page.locator("[data-video-file]").set_input_files(posing)
    wrong = page.locator("[data-video-list] [data-wrong]")
    expect(wrong).to_contain_text("This is no video that we know")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.get_by_role("button", name="Stop and throw away playlist.mp4").click()

    page.route(PARTS, lambda route: None)
    with page.expect_request(PARTS):
        page.locator("[data-video-file]").set_input_files(film)
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        page.get_by_role("button", name="Stop and throw away Kerning.mp4").click()
    assert gone.value.status == 204
    expect(page.locator("[data-video-list] [data-row]")).to_have_count(0)
    assert not UploadSession.objects.filter(completed_at=None).exists()
    assert list(VideoAsset.objects.values_list("name", "state")) == [("playlist", "failed")]
