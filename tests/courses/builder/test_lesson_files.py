"""Files beside a lesson and pictures in its text: judged, kept once, put in order, taken away and brought back."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from courses.content import lesson_content
from courses.errors import BadCourse
from courses.models import Attachment, Course, Lesson, LessonRevision, Picture
from courses.services import attachments as services
from courses.services.attachments import attach_file, remove_attachment, restore_attachment
from courses.services.pictures import add_picture
from courses.services.publishing import publish_course
from kit.files import RefusedFile
from kit.images import RefusedImage
from tests.factories.courses import make_course
from tests.kit.files import hostile
from tests.threads import at_once

XHR = {"X-Requested-With": "XMLHttpRequest"}
JSON = {"Accept": "application/json"}


def file(name: str = "plan.md", content: bytes = b"# A plan\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/x-whatever")


def picture(name: str = "Photo of an o.png", size: tuple[int, int] = (64, 48), colour: str = "red") -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, "PNG")
    return SimpleUploadedFile(name, held.getvalue(), content_type="image/png")


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, modules=1, lessons=1, published=False)


@pytest.fixture
def lesson(course: Course) -> Lesson:
    return course.lessons.get()


@pytest.fixture
def as_ada(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def address(attachment: Attachment, name: str) -> str:
    return reverse(name, args=[attachment.lesson.course.slug, attachment.lesson_id, attachment.pk])


def upload_to(lesson: Lesson) -> str:
    return reverse("course_attachments", args=[lesson.course.slug, lesson.pk])


@pytest.mark.django_db
class TestAttachments:
    def test_a_file_is_kept_in_the_private_store_under_a_name_of_ours(self, ada: User, lesson: Lesson) -> None:
        attachment = attach_file(lesson, by=ada, upload=file("../Plan für o.md"))
        assert attachment.name == "Plan für o.md"
        assert attachment.content_type == "text/markdown; charset=utf-8"
        assert "Plan" not in str(attachment.file.name)
        assert storages["default"].open(str(attachment.file.name)).read() == b"# A plan\n"
        assert not storages["public"].exists(str(attachment.file.name))

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("run.exe", b"MZ"),
            ("plan.pdf", b"<script>alert(1)</script>"),
            ("plan.zip", hostile.zip_bomb()),
            ("up.zip", hostile.renamed_in_zip("../../etc/passwd")),
            ("drawing.svg", hostile.svg(b"<script>alert(1)</script>")),
            ("empty.md", b""),
            ("page.html", b"<html>"),
        ],
    )
    def test_what_is_not_what_it_says_is_refused_and_nothing_is_stored(self, ada: User, lesson: Lesson, name: str, content: bytes) -> None:
        with pytest.raises(RefusedFile):
            attach_file(lesson, by=ada, upload=file(name, content))
        assert not Attachment.objects.exists()

    def test_there_is_room_for_so_many_and_no_more(self, ada: User, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "MOST_ATTACHMENTS", 1)
        kept = attach_file(lesson, by=ada, upload=file())
        with pytest.raises(BadCourse, match="1 files"):
            attach_file(lesson, by=ada, upload=file("other.md"))
        remove_attachment(kept, by=ada)
        attach_file(lesson, by=ada, upload=file("other.md"))
        with pytest.raises(BadCourse):
            restore_attachment(kept, by=ada)
        assert [entry.name for entry in Attachment.objects.present()] == ["other.md"]

    def test_what_is_stored_but_cannot_be_recorded_is_let_go(self, ada: User, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
        stored: list[str] = []
        real = services.store_upload

        def store(*args: Any, **kwargs: Any) -> Any:
            found = real(*args, **kwargs)
            stored.append(found.name)
            Lesson.objects.filter(pk=lesson.pk).update(removed_at=lesson.updated_at, position=None)  # somebody removes it meanwhile
            return found

        monkeypatch.setattr(services, "store_upload", store)
        with pytest.raises(Exception, match="nothing here"):
            attach_file(lesson, by=ada, upload=file())
        assert stored
        assert not storages["default"].exists(stored[0])

    def test_a_removed_file_stays_in_versions_that_hold_it_and_can_come_back(self, ada: User, course: Course, lesson: Lesson) -> None:
        attachment = attach_file(lesson, by=ada, upload=file())
        publish_course(course, by=ada)
        remove_attachment(attachment, by=ada)
        assert lesson_content(lesson, Attachment.objects.present().filter(lesson=lesson)).attachments == ()
        held = LessonRevision.objects.get().content["attachments"][0]
        assert held["name"] == "plan.md"
        assert storages["default"].exists(held["file"])
        assert restore_attachment(attachment, by=ada).removed_at is None

    def test_the_script_gets_the_row_and_refusals_in_words(self, as_ada: Client, lesson: Lesson) -> None:
        answer = as_ada.post(upload_to(lesson), {"file": file()}, headers=XHR)
        assert answer.status_code == 201
        assert "plan.md" in answer.content.decode()
        refused = as_ada.post(upload_to(lesson), {"file": file("run.exe", b"MZ")}, headers=XHR)
        assert refused.status_code == 422
        assert ".exe" in refused.json()["detail"]

    def test_without_script_several_files_come_at_once_and_each_has_its_answer(self, as_ada: Client, lesson: Lesson) -> None:
        page = as_ada.post(upload_to(lesson), {"file": [file("a.md"), file("b.exe", b"MZ"), file("c.md")]}, follow=True)
        assert [entry.name for entry in Attachment.objects.order_by("position")] == ["a.md", "c.md"]
        assert ".exe" in page.content.decode()

    def test_files_are_moved_removed_and_brought_back_by_script_and_without(self, as_ada: Client, ada: User, lesson: Lesson) -> None:
        one, two = (attach_file(lesson, by=ada, upload=file(name)) for name in ("one.md", "two.md"))

        fragment = as_ada.post(
            address(two, "course_attachment_place"), {"direction": "up"}, headers={"HX-Request": "true"}
        ).content.decode()
        assert fragment.index("two.md") < fragment.index("one.md")
        assert "<html" not in fragment
        as_ada.post(address(two, "course_attachment_place"), {"direction": "up"})
        fragment = as_ada.post(address(one, "course_attachment_remove"), headers={"HX-Request": "true"}).content.decode()
        assert "Undo" in fragment
        assert address(one, "course_attachment_restore") in fragment
        assert as_ada.post(address(one, "course_attachment_remove")).status_code == 404

        back = as_ada.post(address(one, "course_attachment_restore"))
        assert back.status_code == 302
        gone = as_ada.post(address(two, "course_attachment_remove"), follow=True)
        assert address(two, "course_attachment_restore") in gone.content.decode()
        assert [entry.name for entry in Attachment.objects.present()] == ["one.md"]

    def test_nobody_else_touches_them(self, client: Client, ada: User, cleo: User, lesson: Lesson) -> None:
        attachment = attach_file(lesson, by=ada, upload=file())
        client.force_login(cleo)
        assert client.post(upload_to(lesson), {"file": file()}).status_code in (403, 404)
        for name in ("course_attachment_place", "course_attachment_remove", "course_attachment_restore"):
            assert client.post(address(attachment, name)).status_code in (403, 404)
        assert Attachment.objects.present().count() == 1


@pytest.mark.django_db
class TestPictures:
    def test_a_picture_is_drawn_anew_and_its_markdown_told(self, as_ada: Client, course: Course) -> None:
        answer = as_ada.post(reverse("course_pictures", args=[course.slug]), {"file": picture(size=(3000, 1500))}, headers=JSON)
        assert answer.status_code == 201
        kept = Picture.objects.get()
        assert answer.json() == {
            "url": kept.image.url,
            "markdown": f"![Photo of an o]({kept.image.url})",
            "width": 2000,
            "height": 1000,
        }
        assert kept.image.name is not None
        assert kept.image.name.endswith(".webp")
        assert as_ada.get(kept.image.url).headers["Content-Type"] == "image/webp"

    def test_the_same_picture_is_held_once(self, ada: User, course: Course) -> None:
        first = add_picture(course, by=ada, upload=picture())
        assert add_picture(course, by=ada, upload=picture("again.png")) == first
        assert add_picture(course, by=ada, upload=picture(colour="blue")) != first
        assert Picture.objects.count() == 2

    @pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", hostile.png_flood(), b"GIF89a"])
    def test_what_is_no_picture_is_refused(self, as_ada: Client, ada: User, course: Course, content: bytes) -> None:
        with pytest.raises(RefusedImage):
            add_picture(course, by=ada, upload=file("x.png", content))
        told = as_ada.post(reverse("course_pictures", args=[course.slug]), {"file": file("x.png", content)}, headers=JSON)
        assert told.status_code == 422
        assert told.json()["detail"]
        assert not Picture.objects.exists()

    def test_a_name_cannot_write_markdown(self, as_ada: Client, course: Course) -> None:
        sent = picture("](javascript:alert(1)) ![<b>.png")
        told = as_ada.post(reverse("course_pictures", args=[course.slug]), {"file": sent}, headers=JSON).json()
        assert told["markdown"].startswith("![")
        assert told["markdown"].count("(") == 1
        assert told["markdown"].count("[") == 1

    def test_without_script_one_is_told_what_to_write(self, as_ada: Client, course: Course, lesson: Lesson) -> None:
        back = reverse("course_lesson", args=[course.slug, lesson.pk])
        page = as_ada.post(reverse("course_pictures", args=[course.slug]), {"file": picture(), "next": back}, follow=True)
        assert page.redirect_chain[0][0] == back
        assert f"![Photo of an o]({Picture.objects.get().image.url})" in page.content.decode()

    def test_strangers_keep_none_here(self, client: Client, course: Course, cleo: User) -> None:
        client.force_login(cleo)
        assert client.post(reverse("course_pictures", args=[course.slug]), {"file": picture()}).status_code in (403, 404)
        assert not Picture.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_picture_pasted_into_eight_windows_at_once_is_held_once(ada: User) -> None:
    course = make_course(ada, published=False)
    results = at_once(*[lambda: add_picture(course, by=ada, upload=picture())] * 8)
    assert {type(result) for result in results} == {Picture}
    kept = Picture.objects.get()
    assert {result.pk for result in results} == {kept.pk}
    folder = str(kept.image.name).rpartition("/")[0]
    assert storages["public"].listdir(folder)[1].count(str(kept.image.name).rpartition("/")[2]) == 1
