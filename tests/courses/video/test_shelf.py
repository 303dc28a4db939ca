"""The shelf, a video's page, deleting, and what lessons say about their videos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.data_export import exporters
from accounts.models import User
from courses.completeness import missing_from_course
from courses.errors import BadCourse, NotReady
from courses.models import Course, Lesson
from courses.services.lessons import LessonWords, change_lesson
from courses.services.publishing import publish_course
from courses.video.errors import VideoInUse
from courses.video.models import Caption, VideoAsset, VideoRendition
from courses.video.own_data import close_shelf
from courses.video.services.shelf import remove_video
from kit.events.testing import deliver_all
from kit.jobs.models import Job
from kit.storage import private
from tests.courses.video.uploading import MIB, file_of, files_below
from tests.factories.courses import enrol, make_course
from tests.factories.stores import stores_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = stores_in(tmp_path)
    return tmp_path / "private"


@pytest.fixture
def as_ada(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def make_video(owner: User, *, name: str = "Overshoot", state: str = "ready", **fields: Any) -> VideoAsset:
    """A video whose file is in the store; a ready one has a rung."""
    now = timezone.now()
    if state == "ready":
        fields = {"ready_at": now, "playable_at": now, "duration_ms": 245_000, "width": 1280, "height": 720, **fields}
    video = VideoAsset.objects.create(owner=owner, name=name, state=state, generation=1, original_size_bytes=5 * MIB, **fields)
    VideoAsset.objects.filter(pk=video.pk).update(original_file=private().save(f"videos/{video.pk.hex}/original", ContentFile(b"film")))
    if state == "ready":
        private().save(f"{video.folder}/720p/0.m4s", ContentFile(b"segment"))
        VideoRendition.objects.create(
            video=video, generation=1, quality="720p", width=1280, height=720, codecs="avc1", size_bytes=3 * MIB, is_complete=True
        )
    video.refresh_from_db()
    return video


def show_in_lesson(course: Course, video: VideoAsset) -> Lesson:
    lesson = course.lessons.order_by("module__position", "position").first()
    assert lesson is not None
    return change_lesson(lesson, by=course.creator, words=replace(LessonWords.of(lesson), kind="video", video_id=video.pk))


# --- Pages --------------------------------------------------------------------------------------------------------------


def test_the_shelf_asks_again_only_while_something_moves(as_ada: Client, ada: User) -> None:  # R184
    make_video(ada)
    html = as_ada.get(reverse("videos")).content.decode()
    assert "Overshoot" in html
    assert "4:05" in html
    assert "every 3s" not in html
    make_video(ada, name="Kerning", state="processing", progress=40)
    fragment = as_ada.get(reverse("videos"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "every 3s" in fragment
    assert "Preparing: 40%" in fragment


def test_the_shelf_costs_the_same_with_many_videos(as_ada: Client, ada: User, django_assert_num_queries: Any) -> None:
    make_video(ada)
    as_ada.get(reverse("videos"))
    with django_assert_num_queries(7):
        as_ada.get(reverse("videos"))
    for number in range(10):
        make_video(ada, name=f"Film {number}")
    with django_assert_num_queries(7):
        as_ada.get(reverse("videos"))


def test_strangers_find_no_videos_of_others(client: Client, ada: User, cleo: User) -> None:
    video = make_video(ada)
    User.objects.filter(pk=cleo.pk).update(creator_since=timezone.now())
    client.force_login(cleo)
    assert "Overshoot" not in client.get(reverse("videos")).content.decode()
    for name in ("video", "video_deletion"):
        assert client.get(reverse(name, args=[video.pk])).status_code == 404
    for name in ("video_attempts", "video_captions", "video_deletion", "video"):
        assert client.post(reverse(name, args=[video.pk]), {"name": "Mine"}).status_code == 404
    assert "Overshoot" not in client.get(reverse("video_choice"), {"video_id": str(video.pk)}).content.decode()
    video.refresh_from_db()
    assert (video.name, video.removed_at) == ("Overshoot", None)


def test_a_failed_video_says_why_and_is_tried_again(as_ada: Client, ada: User) -> None:  # R176
    video = make_video(ada, state="failed", error="There is no picture in this file.", error_code="no_picture")
    html = as_ada.get(reverse("video", args=[video.pk])).content.decode()
    assert "There is no picture in this file." in html
    assert reverse("video_attempts", args=[video.pk]) in html
    assert as_ada.post(reverse("video_attempts", args=[video.pk])).status_code == 302
    video.refresh_from_db()
    assert (video.state, video.error, video.generation) == ("processing", "", 2)
    assert Job.objects.filter(key=f"video:{video.pk}:2").exists()


def test_what_was_never_kept_is_not_offered_to_be_tried_again(as_ada: Client, ada: User) -> None:
    video = make_video(ada, state="failed", error="This is no video.", error_code="not_a_video")
    VideoAsset.objects.filter(pk=video.pk).update(original_file="")
    assert reverse("video_attempts", args=[video.pk]) not in as_ada.get(reverse("video", args=[video.pk])).content.decode()
    assert as_ada.post(reverse("video_attempts", args=[video.pk])).status_code == 409


def test_a_video_is_renamed(as_ada: Client, ada: User) -> None:
    video = make_video(ada)
    page = reverse("video", args=[video.pk])
    assert as_ada.post(page, {"name": " "}).status_code == 422
    assert as_ada.post(page, {"name": "x" * 201}).status_code == 422
    assert as_ada.post(page, {"name": "  The <b>overshoot</b>  "}).status_code == 302
    html = as_ada.get(page).content.decode()
    assert "The &lt;b&gt;overshoot&lt;/b&gt;" in html
    assert "720p" in html


def test_subtitles_are_added_read_and_taken_away(as_ada: Client, ada: User) -> None:
    video = make_video(ada)
    page = reverse("video_captions", args=[video.pk])
    srt = b"1\n00:00:01,000 --> 00:00:02,500\nDraw the <script>x</script>n first.\n"
    assert as_ada.post(page, {"language": "de", "file": SimpleUploadedFile("a.srt", srt)}).status_code == 302
    caption = Caption.objects.get()
    answer = as_ada.get(reverse("video_caption", args=[video.pk, caption.pk]))
    assert answer["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.content.decode() == "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nDraw the xn first.\n"
    for language, content in (("de", b"nonsense"), ("german!", srt), ("de", b"x" * (3 * MIB)), ("de", b"")):
        refused = as_ada.post(page, {"language": language, "file": SimpleUploadedFile("a.srt", content)})
        assert refused.status_code == 422
        assert "wrong" in refused.content.decode()
    assert Caption.objects.count() == 1
    assert as_ada.post(reverse("video_caption_deletion", args=[video.pk, caption.pk])).status_code == 302
    assert not Caption.objects.exists()


# --- Deleting -----------------------------------------------------------------------------------------------------------


def test_deleting_takes_the_files_with_it(as_ada: Client, ada: User, folder: Path) -> None:
    kept, gone = make_video(ada, name="Kept"), make_video(ada, name="Gone")
    assert as_ada.get(reverse("video_deletion", args=[gone.pk])).status_code == 200
    assert len(files_below(folder)) == 4
    assert as_ada.post(reverse("video_deletion", args=[gone.pk])).status_code == 302
    deliver_all()
    assert files_below(folder) == [f"videos/{kept.pk.hex}/1/720p/0.m4s", f"videos/{kept.pk.hex}/original"]
    assert as_ada.get(reverse("video", args=[gone.pk])).status_code == 404


def test_a_video_that_a_lesson_shows_is_not_deleted_and_the_lesson_is_named(as_ada: Client, ada: User, folder: Path) -> None:
    video = make_video(ada)
    course = make_course(ada, published=False)
    lesson = show_in_lesson(course, video)
    with pytest.raises(VideoInUse) as refusal:
        remove_video(video, by=ada)
    assert lesson.title in str(refusal.value)
    assert "Delete it" not in as_ada.get(reverse("video_deletion", args=[video.pk])).content.decode()
    assert as_ada.post(reverse("video_deletion", args=[video.pk])).status_code == 409
    # Learners have it for as long as the version that they take shows it.
    publish_course(course, by=ada)
    change_lesson(lesson, by=ada, words=replace(LessonWords.of(lesson), kind="text", text="No film any more."))
    with pytest.raises(VideoInUse):
        remove_video(video, by=ada)
    assert "in the published version only" in as_ada.get(reverse("video", args=[video.pk])).content.decode()
    publish_course(course, by=ada)
    assert remove_video(video, by=ada).removed_at is not None
    deliver_all()
    assert files_below(folder) == []


# --- Lessons ------------------------------------------------------------------------------------------------------------


def test_a_course_waits_for_its_videos(ada: User) -> None:
    course = make_course(ada, published=False)
    video = make_video(ada, state="processing", progress=10)
    lesson = show_in_lesson(course, video)
    missing = missing_from_course(course)
    assert [(entry.subject, str(entry.sentence), entry.url) for entry in missing] == [
        (f"lesson:{lesson.pk}", f"“{lesson.title}”: its video is still being prepared.", reverse("video", args=[video.pk]))
    ]
    with pytest.raises(NotReady):
        publish_course(course, by=ada)
    VideoAsset.objects.filter(pk=video.pk).update(playable_at=timezone.now())
    assert missing_from_course(course) == []
    VideoAsset.objects.filter(pk=video.pk).update(removed_at=timezone.now())
    assert "is gone" in str(missing_from_course(course)[0].sentence)


def test_a_lesson_shows_no_video_of_another_shelf(ada: User, cleo: User) -> None:
    course = make_course(ada, published=False)
    with pytest.raises(BadCourse) as refusal:
        show_in_lesson(course, make_video(cleo))
    assert refusal.value.field == "video_id"
    assert not course.lessons.filter(kind="video").exists()


# --- The API ------------------------------------------------------------------------------------------------------------


def test_a_program_uploads_the_video_of_a_lesson(as_ada: Client, ada: User) -> None:  # R178, R179, R192
    course = make_course(ada, published=False)
    lesson = course.lessons.first()
    content = file_of(9 * MIB)
    body = {"name": "Kerning.mp4", "size_bytes": len(content), "fingerprint": "kerning"}
    answer = as_ada.post(f"/api/v1/creator/lessons/{lesson.pk}/upload-video", body, content_type="application/json")
    assert answer.status_code == 201
    upload = answer.json()
    assert (upload["part_count"], upload["missing"]) == (2, [1, 2])
    lesson.refresh_from_db()
    assert (lesson.kind, str(lesson.video_id)) == ("video", upload["video"])
    uploads = f"/api/v1/creator/videos/uploads/{upload['id']}"
    early = as_ada.post(f"{uploads}/completion")
    assert (early.status_code, early.json()["missing"]) == (409, [1, 2])
    parts = as_ada.post(f"{uploads}/parts", {"numbers": [1, 2]}, content_type="application/json").json()["parts"]
    for part in parts:
        begin = (part["number"] - 1) * upload["part_bytes"]
        chunk = content[begin : begin + upload["part_bytes"]]
        assert Client().put(part["url"], chunk, content_type="application/octet-stream").status_code == 204
    assert as_ada.get(uploads).json()["missing"] == []
    video = as_ada.post(f"{uploads}/completion").json()
    assert (video["state"], video["size_bytes"], video["upload"]) == ("processing", len(content), None)
    listed = as_ada.get("/api/v1/creator/videos").json()
    assert (listed["count"], listed["used_bytes"]) == (1, len(content))
    refused = as_ada.delete(f"/api/v1/creator/videos/{video['id']}")
    assert (refused.status_code, refused.json()["lessons"]) == (409, [lesson.title])


def test_the_api_says_what_is_wrong_and_shows_nobody_elses(as_ada: Client, ada: User, ben: User, settings: Any) -> None:
    settings.VIDEO_QUOTA_BYTES = 4 * MIB
    url = "/api/v1/creator/videos"

    def post(address: str, body: dict[str, Any]) -> Any:
        return as_ada.post(address, body, content_type="application/json")

    assert post(url, {"name": "a.mp4", "size_bytes": 5 * MIB}).status_code == 413
    assert post(url, {"name": "a.mp4", "size_bytes": 0}).status_code == 422
    assert post(url, {"name": "", "size_bytes": 1}).status_code == 422
    upload = post(url, {"name": "a.mp4", "size_bytes": MIB}).json()
    for numbers in ([0], [2], [], [1] * 101):
        assert post(f"{url}/uploads/{upload['id']}/parts", {"numbers": numbers}).status_code == 422
    video = make_video(ada)
    stranger = Client()
    User.objects.filter(pk=ben.pk).update(creator_since=timezone.now())
    stranger.force_login(ben)
    assert stranger.get(f"{url}/{video.pk}").status_code == 404
    assert stranger.delete(f"{url}/{video.pk}").status_code == 404
    assert stranger.get(f"{url}/uploads/{upload['id']}").status_code == 410
    assert stranger.delete(f"{url}/uploads/{upload['id']}").status_code == 410
    assert Client().get(url).status_code == 401
    assert as_ada.delete(f"{url}/uploads/{upload['id']}").status_code == 204
    assert as_ada.patch(f"{url}/{video.pk}", {"name": "New"}, content_type="application/json").json()["name"] == "New"


# --- The account --------------------------------------------------------------------------------------------------------


def test_the_export_names_the_videos_and_closing_keeps_what_learners_watch(ada: User, ben: User, folder: Path) -> None:
    watched, idle = make_video(ada, name="Watched"), make_video(ada, name="Idle")
    Caption.objects.create(video=idle, language="de", webvtt="WEBVTT\n")
    course = make_course(ada, published=False)
    show_in_lesson(course, watched)
    publish_course(course, by=ada)
    enrol(ben, course)
    told = list(exporters()["videos"](ada))
    assert [entry["name"] for entry in told] == ["Watched", "Idle"]
    assert told[1]["subtitles"] == [{"language": "de", "webvtt": "WEBVTT\n"}]
    assert list(exporters()["videos"](ben)) == []
    close_shelf(ada)
    deliver_all()
    assert list(VideoAsset.objects.present()) == [watched]
    assert not any(idle.pk.hex in name for name in files_below(folder))


def test_the_support_desk_finds_videos_and_changes_none(client: Client, ada: User) -> None:
    video = make_video(ada, state="failed", error="There is no picture in this file.", error_code="no_picture")
    client.force_login(User.objects.create_superuser(username="root", email="root@example.com"))
    for path in ("", "?q=over", f"?q={video.pk}", f"{video.pk}/change/"):
        assert "Overshoot" in client.get(f"/admin/video/videoasset/{path}").content.decode(), path
    assert client.post(f"/admin/video/videoasset/{video.pk}/change/", {"name": "Mine"}).status_code == 403
    assert client.post(f"/admin/video/videoasset/{video.pk}/delete/", {"post": "yes"}).status_code == 403
    video.refresh_from_db()
    assert video.name == "Overshoot"
