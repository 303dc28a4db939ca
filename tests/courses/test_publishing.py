"""Publishing makes versions: frozen, shared where nothing changed, refused where something is missing."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from courses.content import as_stored, digest_of, lesson_content, quiz_content, read_lesson_content
from courses.drafting import read_draft
from courses.errors import NotReady
from courses.models import CourseVersion, LessonRevision
from courses.outline import outline_as_stored, read_outline, version_outline
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from tests.factories.courses import add_choice, add_text_lesson, make_course, make_quiz

pytestmark = pytest.mark.django_db


def test_a_version_holds_the_outline_and_true_totals(ada: User) -> None:  # R169, R170
    course = make_course(ada, modules=2, lessons=3, quiz=True)
    version = CourseVersion.objects.get()
    assert course.current_version == version
    assert (version.number, version.module_count, version.lesson_count, version.quiz_count, version.minutes) == (1, 2, 6, 1, 30)
    outline = version_outline(version.pk)
    assert [lesson.title for lesson in outline.lessons()][:2] == ["Lesson 1.1", "Lesson 1.2"]
    assert read_outline(outline_as_stored(outline)) == outline
    assert all(lesson.revision for lesson in outline.lessons())
    assert all(quiz.revision for quiz in outline.all_quizzes())


def test_what_did_not_change_is_held_once(ada: User) -> None:
    course = make_course(ada)
    lesson = course.lessons.first()
    assert lesson is not None
    lesson.text = "Now the *o*."
    lesson.save()
    publish_course(course, by=ada)
    assert CourseVersion.objects.count() == 2
    assert LessonRevision.objects.count() == 5
    revision = LessonRevision.objects.get(lesson=lesson, content__text="Now the *o*.")
    content = read_lesson_content(revision.content)
    assert content == lesson_content(lesson, ())
    assert revision.digest == digest_of(content)


def test_a_content_is_stored_with_all_its_parts_and_nothing_else(ada: User) -> None:
    course = make_course(ada, modules=1, lessons=1, quiz=True)
    draft = read_draft(course)
    lesson = lesson_content(course.lessons.get(), ())
    quiz = quiz_content(draft.quizzes[0], draft.questions[draft.quizzes[0].pk])
    before = digest_of(lesson)
    assert lesson.html, "what is worked out from it and kept beside it"
    assert digest_of(lesson) == before
    for content in (lesson, quiz):
        assert as_stored(content) == json.loads(json.dumps(asdict(content)))


def test_what_is_missing_is_named_with_its_place(ada: User) -> None:
    course = make_course(ada, published=False, outcomes=[])
    add_module(course, by=ada, title="Empty part")
    lesson = add_text_lesson(course.modules.first(), title="Hollow", text="  ")
    quiz = make_quiz(course, title="Final")
    add_choice(quiz, text="No right one?", correct=())
    with pytest.raises(NotReady) as refused:
        publish_course(course, by=ada)
    sentences = [str(entry.sentence) for entry in refused.value.missing]
    assert sentences == [
        "Say what one learns in this course.",
        "“Hollow” is empty: write its text.",
        "“Empty part” has no lesson yet: add one, or remove the module.",
        "“Final”, question 3: mark the right answer.",
    ]
    assert refused.value.missing[1].url.endswith(f"/builder/#lesson-{lesson.pk}")
    assert not CourseVersion.objects.exists()


def test_reading_a_draft_costs_the_same_for_any_size(ada: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    small, large = make_course(ada, modules=1, lessons=1), make_course(ada, modules=4, lessons=5, quiz=True)
    for course in (small, large):
        with django_assert_num_queries(5):
            read_draft(course)
