"""The pane of a lesson: as a page, as a fragment, saved by script and by button, and its preview."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.content import read_lesson_content
from courses.models import Course, Lesson, LessonRevision, Quiz
from courses.services.lesson_edits import save_lesson
from courses.services.lessons import LessonWords
from courses.services.publishing import publish_course
from courses.video.models import VideoAsset
from tests.factories.courses import make_course
from tests.kit.xss import ATTACKS, assert_harmless

pytestmark = pytest.mark.django_db

JSON = {"HTTP_ACCEPT": "application/json"}
RICH = """## Overshoot

So $h_o = 1.04\\,h_x$.

> [!TIP]
> Squint.

| a | b |
|:--|--:|
| 1 | 2 |

```python
x = 1
```
"""


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, modules=1, lessons=2, published=False, title="Letters that hold")


@pytest.fixture
def lesson(course: Course) -> Lesson:
    return course.lessons.order_by("position")[0]


@pytest.fixture
def as_ada(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def address(lesson: Lesson, name: str = "course_lesson") -> str:
    return reverse(name, args=[lesson.course.slug, lesson.pk])


def typed(lesson: Lesson, **changes: Any) -> dict[str, Any]:
    """What the form of this lesson would send."""
    said = {
        "stamp": lesson.edit_stamp,
        "title": lesson.title,
        "kind": lesson.kind,
        "video_url": lesson.video_url,
        "text": lesson.text,
        "takeaways": "\n".join(lesson.takeaways),
        "minutes": lesson.minutes,
        "hand_in": lesson.hand_in,
        "self_check": "\n".join(lesson.self_check),
    }
    return {**said, **changes}


class TestDoors:
    def test_nobody_but_the_creator_finds_it(self, client: Client, lesson: Lesson, cleo: User) -> None:
        assert client.get(address(lesson)).status_code == 302
        client.force_login(cleo)
        for name in ("course_lesson", "course_lesson_preview", "course_lesson_quiz", "course_attachments"):
            assert client.post(address(lesson, name), typed(lesson, text="Mine now")).status_code in (403, 404)
        assert Lesson.objects.get(pk=lesson.pk).text == lesson.text

    def test_another_creators_lesson_is_not_found_by_ones_own_course(self, as_ada: Client, ada: User, lesson: Lesson) -> None:
        other = make_course(ada, published=False)
        assert as_ada.get(reverse("course_lesson", args=[other.slug, lesson.pk])).status_code == 404


class TestSaving:
    def test_it_is_a_page_and_a_fragment(self, as_ada: Client, lesson: Lesson) -> None:  # R197
        page = as_ada.get(address(lesson))
        assert page.status_code == 200
        assert "<html" in page.content.decode()
        fragment = as_ada.get(address(lesson), headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in fragment
        assert 'name="stamp" value="0"' in fragment
        assert lesson.text in fragment

    def test_without_script_the_button_saves(self, as_ada: Client, lesson: Lesson) -> None:
        answer = as_ada.post(address(lesson), typed(lesson, title="Anew", text="a\r\nb", takeaways="One\r\n\r\n two "))
        assert answer.status_code == 302
        assert answer["Location"] == address(lesson)
        lesson.refresh_from_db()
        assert (lesson.title, lesson.text, lesson.takeaways, lesson.edit_stamp) == ("Anew", "a\nb", ["One", "two"], 1)

    def test_the_script_is_told_the_stamp_and_what_was_stored(self, as_ada: Client, lesson: Lesson) -> None:
        change = typed(lesson, kind="video_embed", video_url='<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ">')
        told = as_ada.post(address(lesson), change, **JSON).json()
        assert told["stamp"] == 1
        assert told["fields"]["video_url"] == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
        assert told["fields"]["is_free_preview"] is False
        assert told["saved_at"] == Lesson.objects.get(pk=lesson.pk).updated_at.isoformat()

    def test_what_cannot_be_stored_is_named_and_kept_in_the_form(self, as_ada: Client, lesson: Lesson) -> None:
        change = typed(lesson, text="Much written", kind="video_embed", video_url="https://example.com/film")
        answer = as_ada.post(address(lesson), change)
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "Much written" in html
        assert "https://example.com/film" in html
        assert "Paste a link to a video on YouTube or Vimeo." in html
        told = as_ada.post(address(lesson), change, **JSON)
        assert told.status_code == 422
        assert told.json()["errors"] == {"video_url": ["Paste a link to a video on YouTube or Vimeo."]}
        assert Lesson.objects.get(pk=lesson.pk).edit_stamp == 0

    @pytest.mark.parametrize(
        ("field", "value"),
        [("title", " "), ("title", "x" * 161), ("minutes", "0"), ("minutes", "many"), ("kind", "film"), ("video_id", "nonsense"),
         ("text", "x" * 100_001), ("takeaways", "\n".join("abcdefghijklmnopqrstu")), ("self_check", "x" * 301), ("stamp", "")],
    )  # fmt: skip
    def test_each_field_has_its_bounds(self, as_ada: Client, lesson: Lesson, field: str, value: str) -> None:
        answer = as_ada.post(address(lesson), typed(lesson, **{field: value}), **JSON)
        assert answer.status_code == 422
        assert list(answer.json()["errors"]) == [field]

    def test_a_wrong_link_that_is_out_of_sight_does_not_keep_a_text_from_being_saved(self, as_ada: Client, lesson: Lesson) -> None:
        answer = as_ada.post(address(lesson), typed(lesson, text="Written", video_url="nonsense"), **JSON)
        assert answer.status_code == 200
        assert answer.json()["fields"]["video_url"] == ""

    def test_a_video_of_ones_own_shelf_is_chosen_and_nobody_elses(
        self, as_ada: Client, ada: User, ben: User, lesson: Lesson
    ) -> None:  # R151, R197
        mine = VideoAsset.objects.create(owner=ada, name="Overshoot")
        theirs = VideoAsset.objects.create(owner=ben, name="Secret")
        html = as_ada.get(address(lesson)).content.decode()
        assert "Overshoot" in html
        assert "Secret" not in html
        told = as_ada.post(address(lesson), typed(lesson, kind="video", video_id=str(mine.pk)), **JSON)
        assert told.status_code == 200
        assert told.json()["fields"]["video_id"] == str(mine.pk)
        lesson.refresh_from_db()
        assert (lesson.kind, lesson.video_id) == ("video", mine.pk)
        assert as_ada.post(address(lesson), typed(lesson, kind="video", video_id=str(theirs.pk)), **JSON).status_code == 422
        lesson.refresh_from_db()
        assert lesson.video_id == mine.pk


class TestTwoWindows:
    def test_both_texts_are_shown_and_keeping_mine_takes_one_more_press(self, as_ada: Client, ada: User, lesson: Lesson) -> None:
        stale = typed(lesson, text="Mine, typed here", minutes=7)
        save_lesson(lesson, by=ada, stamp=0, words=LessonWords(title=lesson.title, text="Theirs, from elsewhere"))

        answer = as_ada.post(address(lesson), stale)

        html = answer.content.decode()
        assert answer.status_code == 409
        assert "Mine, typed here" in html
        assert "Theirs, from elsewhere" in html
        assert 'name="stamp" value="1"' in html
        assert Lesson.objects.get(pk=lesson.pk).text == "Theirs, from elsewhere"
        assert as_ada.post(address(lesson), {**stale, "stamp": 1}).status_code == 302
        assert Lesson.objects.get(pk=lesson.pk).text == "Mine, typed here"

    def test_the_script_gets_the_other_text_field_by_field(self, as_ada: Client, ada: User, lesson: Lesson) -> None:
        save_lesson(lesson, by=ada, stamp=0, words=LessonWords(title="Renamed", text=lesson.text))
        told = as_ada.post(address(lesson), typed(lesson, text="Mine"), **JSON)
        assert told.status_code == 409
        body = json.loads(told.content)
        assert (body["code"], body["stamp"], body["fields"]["title"]) == ("stale_edit", 1, "Renamed")


class TestPreview:
    def shown_to_learners(self, course: Course, ada: User, lesson: Lesson) -> str:
        """What the player shows of the published lesson, by the template that it includes."""
        publish_course(course, by=ada)
        revision = LessonRevision.objects.get(lesson=lesson)
        return render_to_string("courses/learning/_lesson_text.html", {"content": read_lesson_content(revision.content)})

    def test_the_preview_is_what_learners_will_get(self, as_ada: Client, ada: User, course: Course, lesson: Lesson) -> None:  # R197
        change = typed(lesson, text=RICH, takeaways="Round letters overshoot\nTwo per cent")
        preview = as_ada.post(address(lesson, "course_lesson_preview"), change).content.decode()
        assert as_ada.post(address(lesson), change).status_code == 302

        published = self.shown_to_learners(course, ada, lesson)

        assert published.strip() in preview
        assert preview.replace(published.strip(), "").strip() == ""
        for piece in ('class="math"', "callout-tip", '<td align="right">', '<span class="mi">1</span>', "Key takeaways"):
            assert piece in published

    def test_the_player_holds_the_very_same_html(self, as_ada: Client, ada: User, course: Course, lesson: Lesson) -> None:
        preview = as_ada.post(address(lesson, "course_lesson_preview"), typed(lesson, text=RICH)).content.decode()
        as_ada.post(address(lesson), typed(lesson, text=RICH))
        publish_course(course, by=ada)

        page = as_ada.get(reverse("learn_lesson", args=[course.slug, lesson.slug]))

        assert page.status_code == 200
        assert preview.strip() in page.content.decode()

    def test_a_video_from_elsewhere_waits_to_be_asked(self, as_ada: Client, lesson: Lesson) -> None:
        change = typed(lesson, kind="video_embed", video_url="https://vimeo.com/76979871/8272103f6e")
        html = as_ada.post(address(lesson, "course_lesson_preview"), change).content.decode()
        assert 'data-embed="https://player.vimeo.com/video/76979871?h=8272103f6e&amp;dnt=1&amp;autoplay=1"' in html
        assert 'href="https://vimeo.com/76979871/8272103f6e"' in html
        assert "<iframe" not in html
        assert "frame-src" in as_ada.get(address(lesson)).headers["Content-Security-Policy"]

    @pytest.mark.parametrize("attack", ATTACKS[::4])
    def test_no_attack_becomes_markup_in_the_preview(self, as_ada: Client, lesson: Lesson, attack: str) -> None:
        html = as_ada.post(address(lesson, "course_lesson_preview"), typed(lesson, text=attack, takeaways=attack)).content.decode()
        assert_harmless(html, attributes_besides={"role", "aria-labelledby"})
        html = as_ada.post(reverse("course_markdown", args=[lesson.course.slug]), {"text": attack}).content.decode()
        assert_harmless(html, attributes_besides={"role"})

    def test_an_unfinished_form_can_be_looked_at(self, as_ada: Client, lesson: Lesson) -> None:
        html = as_ada.post(
            address(lesson, "course_lesson_preview"), {"text": "Half **done", "minutes": "x", "kind": "film"}
        ).content.decode()
        assert "Half **done" in html


class TestQuizInside:
    def test_it_is_made_once(self, as_ada: Client, lesson: Lesson) -> None:
        Lesson.objects.filter(pk=lesson.pk).update(kind="quiz_inline")
        for _again in range(2):
            answer = as_ada.post(address(lesson, "course_lesson_quiz"))
            assert answer.status_code == 302
        quiz = Quiz.objects.get(lesson=lesson)
        assert answer["Location"] == reverse("course_quiz", args=[lesson.course.slug, quiz.pk])
        assert quiz.title in as_ada.get(address(lesson)).content.decode()


def test_the_pane_takes_as_many_queries_with_ten_files_as_with_none(
    as_ada: Client, lesson: Lesson, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        as_ada.get(address(lesson), headers={"HX-Request": "true"})
    for number in range(10):
        lesson.attachments.create(name=f"{number}.pdf", file=f"attachments/{number}", size_bytes=1, sha256="0" * 64, content_type="x")
    with django_assert_max_num_queries(12):
        as_ada.get(address(lesson), headers={"HX-Request": "true"})
