"""Modules and lessons: moved, copied, removed and brought back, and always numbered without gaps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.files.base import ContentFile

from accounts.models import User
from courses.drafting import read_draft, read_draft_outline
from courses.errors import BadCourse, CourseKept, StaleOutline
from courses.models import Attachment, Course, Lesson, LessonKind, Module, Question, Quiz
from courses.services.courses import delete_course
from courses.services.lessons import (
    LessonWords,
    add_quiz_lesson,
    change_lesson,
    duplicate_lesson,
    remove_lesson,
    rename_lesson,
    restore_lesson,
)
from courses.services.modules import ModuleWords, change_module, duplicate_module, remove_module, restore_module
from courses.services.ordering import arrange_outline, move_lesson, move_module, order_of, step_lesson, step_module, step_quiz
from courses.services.publishing import publish_course, unpublished_changes
from kit.events.testing import deliver_all
from kit.storage import private
from tests.factories.courses import add_text_lesson, enrol, make_course, make_quiz

pytestmark = pytest.mark.django_db


def titles(course: Course) -> list[tuple[str, list[str]]]:
    draft = read_draft(course)
    found = [(module.title, [lesson.title for lesson in draft.lessons.get(module.pk, [])]) for module in draft.modules]
    for number, module in enumerate(draft.modules):
        assert module.position == number
        assert [lesson.position for lesson in draft.lessons.get(module.pk, [])] == list(range(len(draft.lessons.get(module.pk, []))))
    return found


def stamp(course: Course) -> int:
    return Course.objects.values_list("outline_stamp", flat=True).get(pk=course.pk)


def lesson(course: Course, title: str) -> Lesson:
    return Lesson.objects.get(course=course, title=title)


def module(course: Course, title: str) -> Module:
    return Module.objects.get(course=course, title=title)


def test_a_whole_order_is_written_at_once(ada: User) -> None:  # R189, R196
    course = make_course(ada)
    one, two = order_of(course)
    seen = stamp(course)
    new = arrange_outline(course, by=ada, stamp=seen, order=[(two[0], [one[1][0], *two[1]]), (one[0], one[1][1:])])
    assert new == seen + 1 == stamp(course)
    assert titles(course) == [("Part 2", ["Lesson 1.1", "Lesson 2.1", "Lesson 2.2"]), ("Part 1", ["Lesson 1.2"])]
    assert arrange_outline(course, by=ada, stamp=new, order=order_of(course)) == new


def test_an_order_of_what_stood_there_before_is_refused(ada: User) -> None:
    course = make_course(ada)
    seen, order = stamp(course), order_of(course)
    step_lesson(lesson(course, "Lesson 1.1"), by=ada, stamp=seen, direction="down")
    before = titles(course)
    for change in (
        lambda: arrange_outline(course, by=ada, stamp=seen, order=order),
        lambda: move_module(module(course, "Part 1"), by=ada, stamp=seen, position=1),
        lambda: step_module(module(course, "Part 1"), by=ada, stamp=seen, direction="down"),
        lambda: step_lesson(lesson(course, "Lesson 1.1"), by=ada, stamp=seen, direction="down"),
        lambda: move_lesson(lesson(course, "Lesson 1.1"), by=ada, stamp=seen, module=module(course, "Part 2"), position=0),
    ):
        with pytest.raises(StaleOutline):
            change()
    assert titles(course) == before


def test_an_order_names_everything_once(ada: User) -> None:
    course, other = make_course(ada), make_course(ada)
    (one, first), (two, second) = order_of(course)
    for wrong in (
        [(one, first)],
        [(one, first), (two, [*second, first[0]])],
        [(one, first), (two, second[:1])],
        [(one, first), (two, second), (one, [])],
        [*order_of(course), *order_of(other)],
    ):
        with pytest.raises(BadCourse) as refused:
            arrange_outline(course, by=ada, stamp=stamp(course), order=wrong)
        assert refused.value.field == "order"
    with pytest.raises(BadCourse):
        move_lesson(lesson(course, "Lesson 1.1"), by=ada, stamp=stamp(course), module=Module.objects.filter(course=other)[0], position=0)
    assert order_of(course) == [(one, first), (two, second)]


def test_steps_go_over_the_edge_into_the_neighbouring_module(ada: User) -> None:
    course = make_course(ada)
    subject = lesson(course, "Lesson 1.2")
    step_lesson(subject, by=ada, stamp=stamp(course), direction="down")
    assert titles(course) == [("Part 1", ["Lesson 1.1"]), ("Part 2", ["Lesson 1.2", "Lesson 2.1", "Lesson 2.2"])]
    subject.refresh_from_db()
    step_lesson(subject, by=ada, stamp=stamp(course), direction="up")
    subject.refresh_from_db()
    step_lesson(subject, by=ada, stamp=stamp(course), direction="up")
    seen = stamp(course)
    subject.refresh_from_db()
    assert step_lesson(subject, by=ada, stamp=seen, direction="up") == seen
    assert titles(course)[0] == ("Part 1", ["Lesson 1.2", "Lesson 1.1"])
    step_module(module(course, "Part 2"), by=ada, stamp=seen, direction="up")
    assert step_module(module(course, "Part 2"), by=ada, stamp=stamp(course), direction="up") == stamp(course)
    assert [name for name, _inside in titles(course)] == ["Part 2", "Part 1"]
    move_lesson(lesson(course, "Lesson 1.1"), by=ada, stamp=stamp(course), module=module(course, "Part 2"), position=99)
    assert titles(course)[0] == ("Part 2", ["Lesson 2.1", "Lesson 2.2", "Lesson 1.1"])


def test_a_quiz_steps_among_its_neighbours_and_into_the_next_module(ada: User) -> None:
    course = make_course(ada)
    parts = list(course.modules.all())
    first, second = make_quiz(course, module=parts[0], title="First"), make_quiz(course, module=parts[0], title="Second")
    step_quiz(second, by=ada, stamp=stamp(course), direction="up")
    assert list(Quiz.objects.filter(module=parts[0]).order_by("position").values_list("title", "position")) == [("Second", 0), ("First", 1)]
    first.refresh_from_db()
    step_quiz(first, by=ada, stamp=stamp(course), direction="down")
    first.refresh_from_db()
    assert (first.module_id, first.position) == (parts[1].pk, 0)
    final = make_quiz(course, title="Final")
    assert step_quiz(final, by=ada, stamp=stamp(course), direction="up") == stamp(course)


def test_what_was_removed_comes_back_where_it_was(ada: User) -> None:  # R188
    course = make_course(ada, lessons=3)
    subject = lesson(course, "Lesson 1.2")
    before = titles(course)
    remove_lesson(subject, by=ada)
    remove_lesson(subject, by=ada)
    assert titles(course)[0] == ("Part 1", ["Lesson 1.1", "Lesson 1.3"])
    restore_lesson(subject, by=ada, position=1)
    restore_lesson(subject, by=ada, position=0)
    assert titles(course) == before
    part = module(course, "Part 1")
    remove_module(part, by=ada)
    assert [name for name, _inside in titles(course)] == ["Part 2"]
    remove_lesson(subject, by=ada)
    with pytest.raises(BadCourse, match="module"):
        restore_lesson(subject, by=ada)
    restore_module(part, by=ada, position=0)
    restore_lesson(subject, by=ada, position=1)
    assert titles(course) == before


def test_a_removed_lesson_stays_in_what_is_published(ada: User) -> None:
    course = make_course(ada)
    remove_lesson(lesson(course, "Lesson 1.1"), by=ada)
    course.refresh_from_db()
    assert course.current_version is not None
    assert course.current_version.lesson_count == 4
    assert publish_course(course, by=ada).lesson_count == 3


def test_a_copied_lesson_has_its_files_and_its_quiz(ada: User) -> None:
    course = make_course(ada, modules=1, lessons=1)
    part = course.modules.get()
    quiz_lesson = add_quiz_lesson(part, by=ada, title="Measure it")
    make = Question.objects.create
    make(quiz=quiz_lesson.quiz, text="Wider?", options=[{"id": "a", "text": "x"}, {"id": "b", "text": "o"}], correct=["b"], position=0)
    Attachment.objects.create(
        lesson=quiz_lesson, name="grid.pdf", file="courses/grid.pdf", size_bytes=3, sha256="0" * 64, content_type="x/y"
    )
    copy = duplicate_lesson(quiz_lesson, by=ada)
    assert titles(course) == [("Part 1", ["Lesson 1.1", "Measure it", "Measure it (copy)"])]
    assert (copy.quiz.title, copy.quiz.questions.get().text, copy.attachments.get().file.name) == (
        "Measure it (copy)",
        "Wider?",
        "courses/grid.pdf",
    )
    assert copy.slug != quiz_lesson.slug
    assert copy.quiz.questions.get().pk != quiz_lesson.quiz.questions.get().pk


def test_a_copied_module_has_all_that_is_in_it(ada: User) -> None:
    course = make_course(ada, quiz=True)
    part = module(course, "Part 1")
    add_quiz_lesson(part, by=ada, title="Inside")
    copy = duplicate_module(part, by=ada)
    assert titles(course) == [
        ("Part 1", ["Lesson 1.1", "Lesson 1.2", "Inside"]),
        ("Part 1 (copy)", ["Lesson 1.1", "Lesson 1.2", "Inside"]),
        ("Part 2", ["Lesson 2.1", "Lesson 2.2"]),
    ]
    assert Quiz.objects.get(module=copy).questions.count() == 2
    assert Quiz.objects.get(lesson__module=copy).title == "Inside"
    slugs = list(Lesson.objects.filter(course=course).values_list("slug", flat=True))
    assert len(set(slugs)) == len(slugs)


def test_renaming_keeps_the_address_and_says_so_to_the_editor(ada: User) -> None:
    course = make_course(ada)
    subject = lesson(course, "Lesson 1.1")
    renamed = rename_lesson(subject, by=ada, title="  The   n ")
    assert (renamed.title, renamed.slug, renamed.edit_stamp) == ("The n", subject.slug, 1)
    inside = add_quiz_lesson(course.modules.all()[0], by=ada, title="Check")
    rename_lesson(inside, by=ada, title="Check twice")
    assert Quiz.objects.get(lesson=inside).title == "Check twice"
    assert change_lesson(renamed, by=ada, words=LessonWords.of(renamed)).edit_stamp == 1
    with pytest.raises(BadCourse):
        rename_lesson(subject, by=ada, title=" ")
    part = change_module(module(course, "Part 1"), by=ada, words=ModuleWords(title="Stems", description="First.", is_free_preview=True))
    assert (part.title, part.description, part.is_free_preview) == ("Stems", "First.", True)


def test_the_light_outline_is_the_drafts_own(ada: User) -> None:  # R169, R170
    course = make_course(ada, quiz=True)
    add_quiz_lesson(course.modules.all()[1], by=ada, title="Inside")
    make_quiz(course, title="Final")
    assert read_draft_outline(course) == read_draft(course).outline


def test_changes_are_unpublished_until_they_are_published_or_undone(ada: User) -> None:
    course = make_course(ada, quiz=True)
    assert not unpublished_changes(course)
    subject = lesson(course, "Lesson 1.1")
    seen = stamp(course)
    step_lesson(subject, by=ada, stamp=seen, direction="down")
    assert unpublished_changes(course)
    step_lesson(subject, by=ada, stamp=seen + 1, direction="up")
    assert not unpublished_changes(course, outline=read_draft_outline(course))
    change_lesson(subject, by=ada, words=replace(LessonWords.of(subject), text="Other words."))
    assert unpublished_changes(course, outline=read_draft_outline(course))
    publish_course(course, by=ada)
    course.refresh_from_db()
    assert not unpublished_changes(course)
    Question.objects.filter(quiz__course=course).update(explanation="Because.")
    assert unpublished_changes(course)
    assert unpublished_changes(make_course(ada, published=False))


def test_a_quiz_kept_from_another_kind_of_lesson_is_no_change(ada: User) -> None:
    course = make_course(ada, modules=1, lessons=1, published=False)
    inside = add_quiz_lesson(course.modules.get(), by=ada, title="Inside")
    change_lesson(inside, by=ada, words=replace(LessonWords.of(inside), kind=LessonKind.TEXT, text="Now a text."))
    publish_course(course, by=ada)
    course.refresh_from_db()
    assert not unpublished_changes(course)


def test_a_course_without_learners_is_deleted_with_its_files(ada: User) -> None:
    course = make_course(ada, quiz=True)
    subject = lesson(course, "Lesson 1.1")
    name = private().save("courses/a.pdf", ContentFile(b"a"))
    Attachment.objects.create(lesson=subject, name="a", file=name, size_bytes=1, sha256="0" * 64, content_type="x/y")
    duplicate_lesson(subject, by=ada)
    delete_course(course, by=ada)
    deliver_all()
    assert not Course.objects.exists()
    assert not Lesson.objects.exists()
    assert not private().exists(name)


def test_a_course_that_somebody_takes_is_kept(ada: User, ben: User) -> None:
    course = make_course(ada)
    add_text_lesson(course.modules.all()[0], title="New")
    enrol(ben, course)
    before = titles(course)
    with pytest.raises(CourseKept):
        delete_course(course, by=ada)
    course.refresh_from_db()
    assert course.current_version is not None
    assert titles(course) == before
