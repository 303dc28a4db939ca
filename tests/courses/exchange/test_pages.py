"""The pages on which courses come and go."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from courses.exchange.models import CourseExport, CourseImport
from courses.exchange.services import exporting, importing
from courses.models import Course, Lesson, Picture
from courses.services.courses import delete_course
from kit.events.testing import deliver_all
from kit.jobs.models import Job
from kit.jobs.testing import run_all
from kit.storage import private, public
from tests.courses.exchange.packages import packed, picture, small_course, upload
from tests.factories import make_user
from tests.factories.courses import make_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def send(desk: Client, content: Any = None, *, name: str = "course.json", to: str = "") -> Any:
    return desk.post(to or reverse("course_import"), {"file": upload(small_course() if content is None else content, name)})


def test_a_creator_sends_a_file_reads_the_report_and_confirms(desk: Client, ada: User) -> None:
    assert b"Check the file" in desk.get(reverse("course_import")).content
    answer = send(desk)
    found = CourseImport.objects.get()
    assert answer.url == reverse("course_import_report", args=[found.pk])
    report = desk.get(answer.url)
    assert b"Straight letters" in report.content
    assert b"Make this course" in report.content
    assert not Course.objects.exists()
    made = desk.post(reverse("course_import_confirm", args=[found.pk]))
    course = Course.objects.get()
    assert made.url == reverse("course_builder", args=[course.slug])
    assert course.creator == ada
    again = desk.get(reverse("course_import_report", args=[found.pk]))
    assert again.url == made.url


def test_confirming_twice_makes_one_course(desk: Client) -> None:
    send(desk)
    found = CourseImport.objects.get()
    for _time in range(2):
        assert desk.post(reverse("course_import_confirm", args=[found.pk])).status_code == 302
    assert Course.objects.count() == 1


def test_problems_are_shown_by_their_path_and_cannot_be_confirmed(desk: Client) -> None:
    answer = send(desk, small_course(level="<b>expert</b>", title=""))
    report = desk.get(answer.url).content.decode()
    assert "2 problems to fix first" in report
    assert ">level<" in report
    assert "Make this course" not in report
    assert desk.post(reverse("course_import_confirm", args=[CourseImport.objects.get().pk])).status_code == 422
    assert not Course.objects.exists()


def test_a_refused_file_is_said_beside_its_field(desk: Client) -> None:
    answer = send(desk, packed({"a.md": "x", "run.sh": "#!/bin/sh\n"}), name="x.zip")
    assert answer.status_code == 422
    assert "“run.sh” in the archive is a program or a script." in answer.content.decode()
    assert not CourseImport.objects.exists()


def test_a_file_beyond_the_limit_is_read_away_and_refused(desk: Client, settings: Any) -> None:
    settings.MAX_IMPORT_BYTES = 1000
    answer = send(desk, {**small_course(), "description": "x" * 5000})
    assert answer.status_code == 422
    assert "too large" in answer.content.decode()
    assert not CourseImport.objects.exists()


def test_nothing_sent_is_nothing_imported(desk: Client) -> None:
    answer = desk.post(reverse("course_import"))
    assert answer.status_code == 422
    assert b"Choose a file." in answer.content


def test_a_post_without_its_token_is_refused(ada: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert send(strict).status_code == 403
    assert not CourseImport.objects.exists()


def test_modules_are_added_to_a_course_that_is_there(desk: Client, ada: User) -> None:
    course = make_course(ada, modules=1, lessons=1)
    where = reverse("course_import_into", args=[course.slug])
    assert b"added behind the modules" in desk.get(where).content
    answer = send(desk, to=where)
    assert b"Add to the course" in desk.get(answer.url).content
    desk.post(reverse("course_import_confirm", args=[CourseImport.objects.get().pk]))
    assert Lesson.objects.filter(course=course).count() == 5
    assert Course.objects.count() == 1


def test_what_is_not_wanted_is_let_go_with_its_file(desk: Client) -> None:
    send(desk)
    found = CourseImport.objects.get()
    answer = desk.post(reverse("course_import_discard", args=[found.pk]))
    assert answer.url == reverse("course_import")
    assert not private().exists(str(found.file.name))
    assert not CourseImport.objects.exists()


def test_an_import_is_nobody_elses(desk: Client, ben: User) -> None:
    send(desk)
    found = CourseImport.objects.get()
    other = Client()
    other.force_login(make_user("naledi", creator=True))
    for name, method in (("report", other.get), ("confirm", other.post), ("discard", other.post)):
        assert method(reverse(f"course_import_{name}", args=[found.pk])).status_code == 404
    other.force_login(ben)
    assert other.get(reverse("course_import")).status_code == 403
    assert not Course.objects.exists()
    assert CourseImport.objects.filter(state="checked").exists()


def test_a_course_is_imported_into_and_exported_by_its_creator_alone(desk: Client, ada: User) -> None:
    course = make_course(ada)
    other = Client()
    other.force_login(make_user("naledi", creator=True))
    assert send(other, to=reverse("course_import_into", args=[course.slug])).status_code == 404
    for name in ("course_import_into", "course_export"):
        assert other.get(reverse(name, args=[course.slug])).status_code == 404
    assert other.post(reverse("course_export", args=[course.slug])).status_code == 404
    assert other.get(reverse("course_export_file", args=[course.slug, uuid4()])).status_code == 404


def test_what_waited_too_long_is_gone(desk: Client) -> None:
    send(desk)
    found = CourseImport.objects.get()
    CourseImport.objects.update(expires_at=found.created_at)
    assert desk.get(reverse("course_import_report", args=[found.pk])).status_code == 410
    assert desk.post(reverse("course_import_confirm", args=[found.pk])).status_code == 410
    assert not Course.objects.exists()


def test_a_course_that_is_deleted_takes_no_file_out_of_sight(desk: Client, ada: User) -> None:
    course = make_course(ada, published=False)
    answer = send(desk, to=reverse("course_import_into", args=[course.slug]))
    exporting.fulfil_export(exporting.start_export(course, by=ada))
    delete_course(course, by=ada)
    assert desk.get(answer.url).status_code == 410
    found, export = CourseImport.objects.get(), CourseExport.objects.get()
    assert desk.post(reverse("course_import_confirm", args=[found.pk])).status_code == 410
    assert not Course.objects.exists()
    importing.forget_ended(found.expires_at)
    exporting.forget_ended(export.expires_at)
    assert not private().exists(str(found.file.name))
    assert not private().exists(str(export.file.name))


def many_pictures() -> bytes:
    files: dict[str, bytes | str] = {f"1/n{number}.png": picture(f"hsl({number * 25}, 80%, 50%)") for number in range(14)}
    files["1/a.md"] = "\n\n".join(f"![n](n{number}.png)" for number in range(14))
    files["2/b.md"] = "b"
    return packed(files)


def test_a_large_import_is_done_by_a_job_that_tells_how_far_it_is(desk: Client) -> None:
    answer = send(desk, many_pictures(), name="many.zip")
    found = CourseImport.objects.get()
    assert desk.post(reverse("course_import_confirm", args=[found.pk])).url == answer.url
    assert not Course.objects.exists()
    assert b"Waiting for its turn" in desk.get(answer.url).content
    assert b"<html" not in desk.get(answer.url, headers={"HX-Request": "true"}).content
    assert desk.post(reverse("course_import_confirm", args=[found.pk])).status_code == 409
    assert run_all() == 1
    course = Course.objects.get()
    assert Picture.objects.filter(course=course).count() == 14
    done = desk.get(answer.url, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == reverse("course_builder", args=[course.slug])
    assert Job.objects.get().message == "14 of 14 files"


def test_an_import_that_breaks_off_leaves_nothing_and_says_so(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = send(desk, many_pictures(), name="many.zip")
    found = CourseImport.objects.get()
    stored: list[str] = []
    keep = importing.store_upload

    def keep_some(file: Any, **options: Any) -> Any:
        if len(stored) == 9:
            raise OSError("no room")
        kept = keep(file, **options)
        stored.append(kept.name)
        return kept

    monkeypatch.setattr(importing, "store_upload", keep_some)
    desk.post(reverse("course_import_confirm", args=[found.pk]))
    for _try in range(3):
        with pytest.raises(OSError, match="no room"):
            run_all()
    deliver_all()
    assert not Course.objects.exists()
    assert len(stored) == 9
    assert not any(public().exists(name) for name in stored)
    assert b"The import broke off and nothing was made." in desk.get(answer.url).content


def test_a_picture_that_turns_out_to_be_broken_stops_all_of_it(desk: Client) -> None:
    noise = io.BytesIO()
    Image.effect_noise((120, 120), 80).save(noise, "PNG")
    whole = noise.getvalue()
    broken = whole[:3000] + whole[-12:]
    answer = send(desk, packed({"1/a.md": "![n](n.png) ![m](m.png)", "1/n.png": broken, "1/m.png": picture(), "2/b.md": "x"}), name="x.zip")
    found = CourseImport.objects.get()
    assert found.problems == []  # only decoding shows it
    assert desk.post(reverse("course_import_confirm", args=[found.pk])).status_code == 400
    assert not Course.objects.exists()
    assert not Picture.objects.exists()
    assert b"1/n.png" in desk.get(answer.url).content


def test_a_small_course_is_exported_at_once(desk: Client, ada: User) -> None:
    course = make_course(ada, quiz=True)
    assert b"Export the course" in desk.get(reverse("course_export", args=[course.slug])).content
    answer: Any = desk.post(reverse("course_export", args=[course.slug]))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{course.slug}.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.namelist() == ["course.json"]


def test_a_large_course_is_packed_by_a_job_and_fetched_by_a_link_that_ends(
    desk: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE_BYTES", -1)
    course = make_course(ada)
    where = desk.post(reverse("course_export", args=[course.slug])).url
    assert b"Waiting for its turn" in desk.get(where).content
    export = CourseExport.objects.get()
    fetch = reverse("course_export_download", args=[course.slug, export.pk])
    assert desk.get(fetch).status_code == 404
    assert run_all() == 1
    ready = desk.get(where, headers={"HX-Request": "true"}).content
    assert b"It is ready" in ready
    assert b"<html" not in ready
    link = desk.get(fetch).url
    assert link.startswith("/files/")
    assert desk.get(link).headers["Content-Type"] == "application/zip"
    assert exporting.forget_ended(export.expires_at) == 1
    assert desk.get(where).status_code == 404


def test_videos_are_looked_up_and_wait_for_confirmation_too(desk: Client, settings: Any) -> None:
    settings.YOUTUBE_OEMBED_URL = "http://127.0.0.1:9"
    answer = desk.post(reverse("course_import_videos"), {"title": "Films", "links": "https://youtu.be/aaaaaaaaaaa One"})
    assert b"Films" in desk.get(answer.url).content
    refused = desk.post(reverse("course_import_videos"), {"links": "https://example.com"})
    assert refused.status_code == 422
    assert b"Line 1:" in refused.content
    assert b"https://example.com" in refused.content


@pytest.mark.parametrize("name", ["report", "import"])
def test_pages_ask_little_of_the_database(desk: Client, name: str, django_assert_max_num_queries: Any) -> None:
    answer = send(desk)
    with django_assert_max_num_queries(6):
        desk.get(answer.url if name == "report" else reverse("course_import"))
