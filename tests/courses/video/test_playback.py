"""Playlists for one viewer, passes that end, and who may watch (R180, R201, R208)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.models import Course
from courses.services.lessons import LessonWords, add_lesson
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from courses.video.models import Caption, VideoAsset, VideoRendition
from courses.video.playback import PASS_SECONDS
from courses.video.webvtt import Cue, write_webvtt
from tests.factories.courses import enrol, make_course

pytestmark = pytest.mark.django_db
PLAYLIST = "application/vnd.apple.mpegurl"


@pytest.fixture
def private(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> FileSystemStorage:
    store = FileSystemStorage(location=tmp_path / "private")
    monkeypatch.setitem(storages._storages, "default", store)
    return store


@pytest.fixture
def video(ada: User, private: FileSystemStorage) -> VideoAsset:
    now = timezone.now()
    video = VideoAsset.objects.create(
        owner=ada,
        name="Round letters",
        state=VideoAsset.State.READY,
        generation=1,
        duration_ms=14_000,
        width=1280,
        height=720,
        playable_at=now,
        ready_at=now,
        poster="set",
        storyboard={"file": "set", "width": 160, "height": 90, "columns": 2, "rows": 2, "interval_ms": 6000},
    )
    video.poster, video.storyboard["file"] = f"{video.folder}/poster.webp", f"{video.folder}/storyboard.webp"
    video.save()
    segments = [[6000, 10], [6000, 12], [2000, 4]]
    rungs = (("audio", 0, 0, "mp4a.40.2"), ("360p", 640, 360, "avc1.64001e"), ("720p", 1280, 720, "avc1.64001f"))
    for at, (quality, width, height, codecs) in enumerate(rungs, 1):
        VideoRendition.objects.create(
            video=video,
            generation=1,
            quality=quality,
            width=width,
            height=height,
            frame_rate=25 if height else None,
            codecs=codecs,
            bitrate=at * 1000,
            peak_bitrate=at * 2000,
            segments=segments,
            is_complete=True,
        )
        for name in ("init.mp4", "0.m4s", "1.m4s", "2.m4s"):
            private.save(f"{video.folder}/{quality}/{name}", ContentFile(f"{quality} {name}".encode()))
    for name in (video.poster, video.storyboard["file"]):
        private.save(name, ContentFile(b"RIFF"))
    return video


@pytest.fixture
def course(ada: User, video: VideoAsset) -> Course:
    """A free and a paid lesson, each with the video."""
    course = make_course(ada, modules=0, published=False)
    module = add_module(course, by=ada, title="Part")
    for title, is_free in (("Free", True), ("Paid", False)):
        add_lesson(module, by=ada, words=LessonWords(title=title, kind="video", video_id=video.pk, is_free_preview=is_free))
    publish_course(course, by=ada)
    return course


@pytest.fixture
def learner(client: Client, ben: User, course: Course) -> Client:
    enrol(ben, course)
    client.force_login(ben)
    return client


def address(course: Course, lesson: str, name: str) -> str:
    return reverse("learn_video", args=[course.slug, lesson, name])


def children(master: str) -> list[str]:
    return [*re.findall(r'URI="([^"]+)"', master), *[line for line in master.splitlines() if line and not line.startswith("#")]]


def test_a_learner_gets_playlists_and_segments(learner: Client, course: Course) -> None:
    answer = learner.get(address(course, "paid", "master.m3u8"))
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, PLAYLIST, "private, no-store")
    master = answer.content.decode()
    assert (
        'BANDWIDTH=8000,AVERAGE-BANDWIDTH=4000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=25.000,AUDIO="sound"' in master
    )
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in master
    assert len(children(master)) == 3
    for child in children(master):
        playlist = learner.get(child).content.decode()
        assert "#EXT-X-TARGETDURATION:6" in playlist
        assert playlist.endswith("#EXT-X-ENDLIST\n")
        parts = [line for line in playlist.splitlines() if line and not line.startswith("#")]
        assert len(parts) == 3
        base = child.rpartition("/")[0]
        segment = learner.get(f"{base}/{parts[2]}")
        assert b"".join(segment.streaming_content) == f"{parts[2].replace('/', ' ')}".encode()  # type: ignore[attr-defined]
        assert segment["Content-Type"] == "video/iso.segment"
        assert learner.get(f"{base}/{children(playlist)[0]}").status_code == 200


def test_a_segment_costs_no_query(learner: Client, course: Course, django_assert_num_queries: Any) -> None:
    child = children(learner.get(address(course, "paid", "master.m3u8")).content.decode())[1]
    with django_assert_num_queries(0):
        assert learner.get(f"{child.removesuffix('.m3u8')}/0.m4s").status_code == 200


@pytest.mark.parametrize("name", ["master.m3u8", "native.m3u8", "pass.json", "360p.m3u8", "360p/0.m4s", "poster.webp", "storyboard.vtt"])
def test_who_may_watch(name: str, course: Course, ada: User, ben: User, cleo: User, mo: User) -> None:
    enrol(ben, course)
    for person, paid in ((None, 403), (cleo, 403), (ben, 200), (ada, 200), (mo, 200)):
        browser = Client()
        if person:
            browser.force_login(person)
        allowed = {200, 302}
        assert (browser.get(address(course, "paid", name)).status_code in allowed) == (paid == 200), person
        assert browser.get(address(course, "free", name)).status_code in allowed, person


def test_another_browser_does_not_open_a_copied_link(learner: Client, course: Course, cleo: User) -> None:
    child = children(learner.get(address(course, "paid", "master.m3u8")).content.decode())[0]
    segment = f"{child.removesuffix('.m3u8')}/0.m4s"
    stranger = Client()
    assert stranger.get(segment).status_code == 404
    stranger.force_login(cleo)
    assert stranger.get(child).status_code == 404
    assert stranger.get(segment).status_code == 404


def test_a_copied_link_dies_within_minutes_and_a_fresh_pass_goes_on(
    learner: Client, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    child = children(learner.get(address(course, "paid", "master.m3u8")).content.decode())[0]
    then = time.time() + PASS_SECONDS + 1
    monkeypatch.setattr("kit.signing.time.time", lambda: then)
    assert learner.get(child).status_code == 410
    fresh = learner.get(address(course, "paid", "pass.json")).json()
    assert fresh["seconds"] == PASS_SECONDS
    renewed = re.sub(r"/videos/play/[^/]+/", f"/videos/play/{fresh['pass']}/", child)
    assert learner.get(renewed).status_code == 200


def test_a_pass_opens_nothing_else(learner: Client, course: Course, video: VideoAsset) -> None:
    base = children(learner.get(address(course, "paid", "master.m3u8")).content.decode())[0].rpartition("/")[0]
    for name in ("360p/../../secret", "../1/360p/0.m4s", "360p/00.m4s", "poster.webp", "360p/init.mp4.bak", "2160x/0.m4s", "360p/-1.m4s"):
        assert learner.get(f"{base}/{name}").status_code == 404, name
    assert learner.get(f"{base[:-4]}AAAA/360p/0.m4s").status_code == 404
    video.removed_at = timezone.now()
    video.save()
    assert learner.get(f"{base}/360p.m3u8").status_code == 404


def test_players_that_fetch_by_themselves_ask_with_their_cookie_each_time(learner: Client, course: Course) -> None:
    master = learner.get(address(course, "paid", "native.m3u8")).content.decode()
    assert all(child.startswith(address(course, "paid", "x").removesuffix("x")) for child in children(master))
    playlist = learner.get(children(master)[1]).content.decode()
    segment = next(line for line in playlist.splitlines() if line.endswith("0.m4s"))
    answer = learner.get(segment)
    assert answer.status_code == 302
    assert learner.get(answer["Location"]).status_code == 200
    assert Client().get(segment).status_code == 403


def test_what_is_still_being_made_has_no_end(learner: Client, course: Course, video: VideoAsset) -> None:
    VideoRendition.objects.filter(quality="360p").update(is_complete=False, segments=[[6000, 10]])
    VideoRendition.objects.filter(quality="720p").update(is_complete=False, segments=[])
    VideoAsset.objects.update(state="processing", ready_at=None)
    master = learner.get(address(course, "paid", "master.m3u8")).content.decode()
    assert "720" not in master
    playlist = learner.get(next(child for child in children(master) if "360p" in child)).content.decode()
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in playlist
    assert "ENDLIST" not in playlist


def test_subtitles_and_previews(learner: Client, course: Course, video: VideoAsset) -> None:
    caption = Caption.objects.create(video=video, language="en", label="English", webvtt="WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")
    other = Caption.objects.create(
        video=VideoAsset.objects.create(owner=video.owner, name="Another"), language="en", label="English", webvtt="WEBVTT\n"
    )
    assert b"Hello" in learner.get(address(course, "paid", f"{caption.pk}.vtt")).content
    assert learner.get(address(course, "paid", f"{other.pk}.vtt")).status_code == 404
    thumbnails = learner.get(address(course, "paid", "storyboard.vtt")).content.decode()
    assert "00:00:12.000 --> 00:00:14.000" in thumbnails
    assert "#xywh=0,90,160,90" in thumbnails
    page = learner.get(reverse("learn_lesson", args=[course.slug, "paid"]))
    assert f'src="{address(course, "paid", f"{caption.pk}.vtt")}"' in page.content.decode()
    assert "media-src 'self' blob:" in page["Content-Security-Policy"]


def test_a_refund_closes_the_video_at_once(learner: Client, course: Course, ben: User) -> None:
    from courses.learning.services.enrolments import revoke_enrolment

    revoke_enrolment(course, user=ben, reference="test")
    assert learner.get(address(course, "paid", "pass.json")).status_code == 403
    assert learner.get(address(course, "paid", "master.m3u8")).status_code == 403


def test_its_owner_watches_from_the_shelf_and_nobody_else(client: Client, video: VideoAsset, ada: User, cleo: User) -> None:
    name = reverse("video_play", args=[video.pk, "master.m3u8"])
    client.force_login(ada)
    assert client.get(name).status_code == 200
    assert "data-video-player" in client.get(reverse("video", args=[video.pk])).content.decode()
    cleo.creator_since = timezone.now()
    cleo.save()
    client.force_login(cleo)
    assert client.get(name).status_code == 404


def test_the_pass_is_short(learner: Client) -> None:
    assert timedelta(seconds=PASS_SECONDS) <= timedelta(minutes=5)


# --- The transcript ------------------------------------------------------------------------------------------------------

SPOKEN = """WEBVTT

00:00.000 --> 00:02.000
An o drawn as tall as an x

00:02.000 --> 00:04.500
looks <i>smaller</i> than it.

01:05.000 --> 01:07.000
&lt;script&gt;alert(1)&lt;/script&gt; & "so on"
"""


def test_a_transcript_reads_in_sentences_that_lead_to_their_time(learner: Client, course: Course, video: VideoAsset) -> None:
    Caption.objects.create(video=video, language="en", label="English", webvtt=SPOKEN)
    lesson = learner.get(reverse("learn_lesson", args=[course.slug, "paid"])).content.decode()
    where = address(course, "paid", "transcript")
    assert f'hx-get="{where}"' in lesson
    assert "looks smaller" not in lesson
    words = learner.get(where, headers={"HX-Request": "true"}).content.decode()
    assert '<a href="#t=0"><span class="num">0:00</span><span>An o drawn as tall as an x looks smaller than it.</span></a>' in words
    assert '<a href="#t=65"><span class="num">1:05</span><span>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so' in words
    assert "<html" not in words
    page = learner.get(where).content.decode()
    assert "<html" in page
    assert '<a href="../#t=65">' in page


def test_a_transcript_is_in_the_readers_language_or_the_chosen_one(learner: Client, course: Course, video: VideoAsset) -> None:
    where = address(course, "paid", "transcript")
    assert learner.get(where).status_code == 404
    assert "transcript" not in learner.get(reverse("learn_lesson", args=[course.slug, "paid"])).content.decode()
    for language, words in (("de", "Hallo."), ("en-GB", "Hello.")):
        Caption.objects.create(video=video, language=language, label=language, webvtt=f"WEBVTT\n\n00:00.000 --> 00:01.000\n{words}\n")
    assert "Hello." in learner.get(where).content.decode()
    chosen = learner.get(where, {"language": "de"}).content.decode()
    assert "Hallo." in chosen
    assert "Hello." not in chosen
    assert "Hello." in learner.get(where, {"language": "<x>"}).content.decode()


def test_the_words_of_two_hours_stay_out_of_the_page(learner: Client, course: Course, video: VideoAsset) -> None:
    cues = [Cue(at * 3000, at * 3000 + 2900, f"So the o has to cheat, number {at}") for at in range(2400)]
    text = write_webvtt(cues)
    Caption.objects.create(video=video, language="en", label="English", webvtt=text)
    assert len(learner.get(reverse("learn_lesson", args=[course.slug, "paid"])).content) < 60_000
    words = learner.get(address(course, "paid", "transcript"), headers={"HX-Request": "true"}).content
    assert words.count(b"<li>") < 500
    assert words.count(b"So the o") == 2400


# --- What is not ready ---------------------------------------------------------------------------------------------------


def test_a_page_waits_for_its_video_and_loads_anew_once_it_plays(learner: Client, course: Course, video: VideoAsset) -> None:
    VideoAsset.objects.update(state="processing", playable_at=None, ready_at=None, progress=40)
    where = address(course, "paid", "state")
    lesson = learner.get(reverse("learn_lesson", args=[course.slug, "paid"])).content.decode()
    assert f'hx-get="{where}"' in lesson
    assert "Preparing: 40%" in lesson
    waiting = learner.get(where, headers={"HX-Request": "true"})
    assert b"Preparing: 40%" in waiting.content
    assert "HX-Refresh" not in waiting
    VideoAsset.objects.update(playable_at=timezone.now(), progress=55)
    assert learner.get(where, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "being prepared: 55%" in learner.get(reverse("learn_lesson", args=[course.slug, "paid"])).content.decode()
    assert Client().get(where).status_code == 403


def test_a_failure_says_what_to_do_and_why_to_its_owner_alone(learner: Client, course: Course, video: VideoAsset, ada: User) -> None:
    VideoAsset.objects.update(state="failed", playable_at=None, ready_at=None, error="The file breaks off.", error_code="broken")
    lesson = learner.get(reverse("learn_lesson", args=[course.slug, "paid"])).content.decode()
    assert "could not be prepared" in lesson
    assert "breaks off" not in lesson
    learner.force_login(ada)
    preview = learner.get(reverse("course_preview_lesson", args=[course.slug, "paid"])).content.decode()
    assert "The file breaks off." in preview
    assert reverse("video", args=[video.pk]) in preview
