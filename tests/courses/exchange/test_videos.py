"""Courses from playlists and links, against a server that speaks as YouTube does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from courses.exchange.errors import BadLinks, VideoServiceAway
from courses.exchange.models import CourseImport
from courses.exchange.services.importing import confirm_import
from courses.exchange.services.video_lists import check_videos
from courses.exchange.videos import playlist_of, seconds_of
from courses.models import Lesson, Module
from tests.courses.exchange.video_services import KEY, PLAYLIST, VideoServices, serving, video_id

pytestmark = pytest.mark.django_db

WATCH = "https://www.youtube.com/watch?v="


@pytest.fixture
def services(settings: Any) -> Iterator[VideoServices]:
    with serving(VideoServices()) as running:
        settings.YOUTUBE_API_KEY = KEY
        settings.YOUTUBE_API_URL = f"{running.address}/v3"
        settings.YOUTUBE_OEMBED_URL = f"{running.address}/oembed"
        settings.VIMEO_OEMBED_URL = f"{running.address}/vimeo"
        yield running


def test_a_playlist_becomes_a_module_of_video_lessons(ada: User, services: VideoServices) -> None:
    checked = check_videos(f"https://www.youtube.com/playlist?list={PLAYLIST}", by=ada)
    assert (checked.problems, checked.report["warnings"], checked.kind) == ([], [], "videos")
    course = confirm_import(checked, by=ada).course
    assert course is not None
    assert course.title == "Letters, filmed"
    lessons = list(Lesson.objects.filter(course=course).in_order())
    assert len(lessons) == 119  # one of 120 is private
    assert (lessons[0].title, lessons[0].kind, lessons[0].minutes) == ("Film 000", "video_embed", 63)
    assert lessons[0].video_url == WATCH + video_id(0)
    assert [lesson.video_url for lesson in lessons][3] == WATCH + video_id(4)
    assert not any(lesson.is_free_preview for lesson in lessons)


def test_titles_of_single_videos_are_asked_for_where_none_is_given(ada: User, services: VideoServices) -> None:
    links = "https://youtu.be/aaaaaaaaaaa\n\nhttps://youtu.be/bbbbbbbbbbb  My own title\nhttps://vimeo.com/123456789\nhttps://youtu.be/unknown0000"
    checked = check_videos(links, by=ada, title="Films")
    course = confirm_import(checked, by=ada).course
    assert course is not None
    titles = list(Lesson.objects.filter(course=course).in_order().values_list("title", flat=True))
    assert titles == ["Title of aaaaaaaaaaa", "My own title", "Title of m/123456789", "Video 4"]
    assert [note["path"] for note in checked.report["warnings"]] == ["modules[0].lessons[3].title"]
    assert [path for path, _query in services.asked] == ["/oembed", "/vimeo", "/oembed"]
    assert list(Module.objects.filter(course=course).values_list("title", flat=True)) == ["Films"]


def test_single_videos_need_no_key_and_no_service(ada: User, services: VideoServices, settings: Any) -> None:
    settings.YOUTUBE_API_KEY = ""
    services.mode = "away"
    checked = check_videos("\n".join(f"{WATCH}{video_id(number)}" for number in range(6)), by=ada, title="Films")
    assert checked.report["counts"]["lessons"] == 6
    assert len(checked.report["warnings"]) == 6


@pytest.mark.parametrize("mode", ["redirect", "flood", "nonsense", "away"])
def test_a_service_that_misbehaves_is_left_alone(ada: User, services: VideoServices, mode: str) -> None:
    services.mode = mode
    with pytest.raises(VideoServiceAway):
        check_videos(f"https://www.youtube.com/playlist?list={PLAYLIST}", by=ada)
    checked = check_videos("https://youtu.be/aaaaaaaaaaa", by=ada)
    assert len(checked.report["warnings"]) == 1
    assert not [path for path, _query in services.asked if path == "/secret"]


def test_nobody_answering_is_said_and_asked_three_times_at_most(ada: User, services: VideoServices, settings: Any) -> None:
    settings.YOUTUBE_OEMBED_URL = settings.YOUTUBE_API_URL = "http://127.0.0.1:9"
    with pytest.raises(VideoServiceAway):
        check_videos(f"https://www.youtube.com/playlist?list={PLAYLIST}", by=ada)
    checked = check_videos("\n".join(f"{WATCH}{video_id(number)}" for number in range(20)), by=ada)
    assert checked.report["counts"]["lessons"] == 20


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        ("", "Paste a link"),
        (f"https://www.youtube.com/playlist?list={PLAYLIST}x", "no such playlist"),
        ("https://example.com/video", "Line 1"),
        ("https://youtu.be/aaaaaaaaaaa\nhttp://169.254.169.254/latest/meta-data", "Line 2"),
        ("http://127.0.0.1:8000/oembed?url=https://youtu.be/aaaaaaaaaaa", "Line 1"),
        ("https://www.youtube.com@127.0.0.1/watch?v=aaaaaaaaaaa", "Line 1"),
        ("https://youtube.com.evil.example/watch?v=aaaaaaaaaaa", "Line 1"),
        ("file:///etc/passwd", "Line 1"),
        ("gopher://www.youtube.com/watch?v=aaaaaaaaaaa", "Line 1"),
        ("https://www.youtube.com:8443/watch?v=aaaaaaaaaaa", "Line 1"),
        ("https://www.youtube.com/playlist?list=../../videos?x=", "Line 1"),
        ("https://www.youtube.com/redirect?q=http://127.0.0.1/", "Line 1"),
        ("\n".join(f"https://youtu.be/{video_id(number)}" for number in range(201)), "At most 200"),
    ],
)
def test_links_that_cannot_be_used_are_named_and_nobody_else_is_asked(ada: User, services: VideoServices, links: str, reason: str) -> None:
    with pytest.raises(BadLinks, match=reason):
        check_videos(links, by=ada)
    assert {path for path, _query in services.asked} <= {"/v3/playlists"}
    assert not CourseImport.objects.exists()


def test_a_playlist_without_a_key_says_what_to_do_instead(ada: User, settings: Any) -> None:
    settings.YOUTUBE_API_KEY = ""
    with pytest.raises(BadLinks, match="paste the links of the videos"):
        check_videos(f"https://www.youtube.com/playlist?list={PLAYLIST}", by=ada)


def test_titles_from_elsewhere_are_text_and_nothing_else(ada: User, services: VideoServices) -> None:
    services.answer = lambda path, query: (200, {"title": "<script>alert(1)</script>" + "x" * 500, "duration": -5})  # type: ignore[method-assign]
    checked = check_videos("https://youtu.be/aaaaaaaaaaa", by=ada)
    course = confirm_import(checked, by=ada).course
    lesson = Lesson.objects.get(course=course)
    assert lesson.title.startswith("<script>")
    assert len(lesson.title) == 160
    assert lesson.minutes == 5


@pytest.mark.parametrize(
    ("written", "seconds"), [("PT4M13S", 253), ("PT1H", 3600), ("P1DT1S", 86401), ("PT0S", 0), ("P", None), ("4:13", None), ("PT", None)]
)
def test_lengths_are_read_as_iso_8601_writes_them(written: str, seconds: int | None) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    ("link", "playlist"),
    [
        (f"https://www.youtube.com/playlist?list={PLAYLIST}", PLAYLIST),
        (f"youtube.com/playlist?list={PLAYLIST}&si=x", PLAYLIST),
        (f"https://www.youtube.com/watch?v=aaaaaaaaaaa&list={PLAYLIST}", ""),
        (f"https://evil.example/playlist?list={PLAYLIST}", ""),
        (f"https://www.youtube.com@evil.example/playlist?list={PLAYLIST}", ""),
        ("https://[", ""),
    ],
)
def test_only_youtube_has_playlists(link: str, playlist: str) -> None:
    assert playlist_of(link) == playlist
