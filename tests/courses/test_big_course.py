"""The generator of a real-sized course makes what its name says, and publishing takes it."""

from __future__ import annotations

from collections import Counter

from accounts.models import User
from courses.outline import version_outline
from tests.factories.big_course import make_big_course


def test_a_real_sized_course_has_its_parts_and_is_published(ada: User) -> None:
    course = make_big_course(ada)
    version = course.current_version
    assert version is not None
    assert (version.module_count, version.lesson_count, version.quiz_count) == (60, 600, 200)
    outline = version_outline(version.pk)
    assert {len(module.lessons) for module in outline.modules} == {10}
    assert version.free_lesson_count == 10
    assert {lesson.kind for lesson in outline.lessons()} == {"text", "video_embed", "quiz_inline", "exercise"}
    assert Counter(quiz.kind for quiz in outline.all_quizzes()) == {"module": 60, "inline": 139, "course": 1}


def test_a_smaller_one_has_exactly_what_was_asked_for(ada: User) -> None:
    course = make_big_course(ada, modules=7, lessons=23, quizzes=4)
    version = course.current_version
    assert version is not None
    assert (version.module_count, version.lesson_count, version.quiz_count) == (7, 23, 4)
