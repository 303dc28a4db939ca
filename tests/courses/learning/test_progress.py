"""Lessons done, the rule fulfilled once, and new versions under way (R162, R164)."""

from __future__ import annotations

import time

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from courses.learning.completion import aim_of, measure
from courses.learning.errors import LessonLocked, LessonNotFound
from courses.learning.events import CourseCompleted, StudentEnrolled
from courses.learning.models import Enrolment, LessonProgress, QuizAttempt
from courses.learning.selectors import courses_of, next_step, previews_of, resume_step, resume_steps, state_of
from courses.learning.services.enrolments import enrol_student, ensure_enrolment, revoke_enrolment
from courses.learning.services.progress import complete_lesson, mark_lesson, refresh_course, refresh_progress, reopen_lesson
from courses.models import Course, Lesson, Quiz, QuizRevision
from courses.outline import version_outline
from kit.events.event import name_of
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from tests.courses.learning.taking import lessons_of, republish
from tests.factories import make_user
from tests.factories.courses import add_text_lesson, enrol, make_course, make_quiz


def finished_events() -> int:
    return OutboxEvent.objects.filter(name=name_of(CourseCompleted)).count()


def pass_quiz(enrolment: Enrolment, quiz: Quiz, *, passed: bool = True) -> None:
    now = timezone.now()
    QuizAttempt.objects.create(
        enrolment=enrolment,
        quiz=quiz,
        revision=QuizRevision.objects.filter(quiz=quiz).latest("pk"),
        number=QuizAttempt.objects.filter(enrolment=enrolment, quiz=quiz).count() + 1,
        arrangement=[],
        points=2 if passed else 0,
        most_points=2,
        percentage=100 if passed else 0,
        is_passed=passed,
        started_at=now,
        completed_at=now,
    )
    refresh_progress(enrolment)


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, modules=2, lessons=2)


def test_done_lessons_are_counted(course: Course, ben: User) -> None:
    enrolment = enrol(ben, course)
    first, second, *_rest = lessons_of(course)
    complete_lesson(enrolment, lesson_id=first.id)
    complete_lesson(enrolment, lesson_id=first.id)
    enrolment = complete_lesson(enrolment, lesson_id=second.id)
    assert (enrolment.lessons_completed, enrolment.lessons_total, enrolment.progress) == (2, 4, 50)
    assert str(enrolment.last_lesson_id) == second.id
    enrolment = reopen_lesson(enrolment, lesson_id=second.id)
    assert (enrolment.lessons_completed, enrolment.progress) == (1, 25)


def test_the_last_lesson_finishes_the_course_once(course: Course, ben: User) -> None:
    enrolment = enrol(ben, course)
    for lesson in lessons_of(course):
        enrolment = complete_lesson(enrolment, lesson_id=lesson.id)
    assert enrolment.is_completed
    assert enrolment.progress == 100
    completed_at = enrolment.completed_at
    enrolment = reopen_lesson(enrolment, lesson_id=lessons_of(course)[0].id)
    enrolment = complete_lesson(enrolment, lesson_id=lessons_of(course)[0].id)
    assert enrolment.completed_at == completed_at
    assert finished_events() == 1


@pytest.mark.parametrize(
    ("rule", "after_lessons", "after_quiz"),
    [("lessons", (100, True), (100, True)), ("quizzes", (0, False), (100, True)), ("both", (66, False), (100, True))],
)
def test_each_rule_asks_for_its_own(ada: User, ben: User, rule: str, after_lessons: tuple[int, bool], after_quiz: tuple[int, bool]) -> None:
    course = make_course(ada, modules=1, lessons=2, quiz=True, completion=rule)
    enrolment = enrol(ben, course)
    for lesson in lessons_of(course):
        enrolment = complete_lesson(enrolment, lesson_id=lesson.id)
    assert (enrolment.progress, enrolment.is_completed) == after_lessons
    quiz = Quiz.objects.get(course=course)
    pass_quiz(enrolment, quiz, passed=False)
    enrolment.refresh_from_db()
    assert (enrolment.progress, enrolment.is_completed) == after_lessons
    pass_quiz(enrolment, quiz)
    enrolment.refresh_from_db()
    assert (enrolment.progress, enrolment.is_completed) == after_quiz


def test_a_rule_about_quizzes_falls_back_on_lessons_where_none_is_required(ada: User, ben: User) -> None:
    course = make_course(ada, modules=1, lessons=2, completion="quizzes")
    make_quiz(course, title="For fun", is_required=False)
    republish(course)
    enrolment = enrol(ben, course)
    assert not enrolment.is_completed
    outline = version_outline(course.current_version_id or 0)
    aim = aim_of(outline, "quizzes")
    assert measure(outline, aim, done=set(), passed=set()).progress == 0
    assert measure(outline, aim, done=set(outline.lesson_by_id), passed=set()).is_finished


def test_a_passed_quiz_does_its_lesson_and_undoing_does_not_undo_it(ada: User, ben: User) -> None:
    course = make_course(ada, modules=1, lessons=1, published=False)
    asked = add_text_lesson(course.modules.get(), title="Asked", kind="quiz_inline")
    quiz = make_quiz(course, lesson=asked)
    republish(course)
    enrolment = enrol(ben, course)
    pass_quiz(enrolment, quiz)
    enrolment.refresh_from_db()
    assert enrolment.lessons_completed == 1
    assert reopen_lesson(enrolment, lesson_id=asked.pk).lessons_completed == 1


def test_nothing_is_done_in_what_is_closed(course: Course, ben: User, cleo: User) -> None:
    lesson = lessons_of(course)[0]
    preview = ensure_enrolment(course, user=cleo)
    enrolment = enrol(ben, course)
    revoke_enrolment(course, user=ben, reference="test")
    enrolment.refresh_from_db()
    for closed in (preview, enrolment):
        with pytest.raises(LessonLocked):
            complete_lesson(closed, lesson_id=lesson.id)
        with pytest.raises(LessonLocked):
            mark_lesson(closed, lesson_id=lesson.id, bookmarked=True)
    with pytest.raises(LessonNotFound):
        complete_lesson(enrolment, lesson_id="00000000-0000-0000-0000-000000000000")
    assert not LessonProgress.objects.exists()


def test_a_preview_remembers_free_lessons_and_finishes_only_when_the_course_is_taken(ada: User, cleo: User) -> None:
    course = make_course(ada, modules=1, lessons=2)
    Lesson.objects.filter(course=course).update(is_free_preview=True)
    republish(course)
    preview = ensure_enrolment(course, user=cleo)
    for lesson in lessons_of(course):
        preview = complete_lesson(preview, lesson_id=lesson.id)
    assert not preview.is_full
    assert not preview.is_completed
    assert list(courses_of(cleo)) == []
    assert list(previews_of(cleo)) == [preview]
    taken = enrol(cleo, course)
    assert taken.pk == preview.pk
    assert taken.is_completed
    assert finished_events() == 1
    assert OutboxEvent.objects.filter(name=name_of(StudentEnrolled)).count() == 1


def test_a_refund_and_a_second_purchase_keep_the_progress(course: Course, ben: User) -> None:
    enrolment = enrol(ben, course)
    complete_lesson(enrolment, lesson_id=lessons_of(course)[0].id)
    revoke_enrolment(course, user=ben, reference="test")
    again = enrol_student(course, user=ben, source="purchased", reference="second")
    assert (again.pk, again.lessons_completed, again.is_full) == (enrolment.pk, 1, True)


def test_learners_under_way_keep_their_progress_in_new_versions(course: Course, ben: User, cleo: User) -> None:
    """Lessons are added, moved and removed; who finished stays finished."""
    ben_takes, cleo_takes = enrol(ben, course), enrol(cleo, course)
    lessons = lessons_of(course)
    for lesson in lessons[:2]:
        complete_lesson(ben_takes, lesson_id=lesson.id)
    for lesson in lessons:
        cleo_takes = complete_lesson(cleo_takes, lesson_id=lesson.id)
    first, second = course.modules.all()
    Lesson.objects.filter(pk=lessons[0].id).update(module=second, position=9)
    Lesson.objects.filter(pk=lessons[1].id).update(position=0)
    Lesson.objects.filter(pk=lessons[3].id).update(removed_at=timezone.now(), position=None)
    add_text_lesson(second, title="New")
    add_text_lesson(first, title="Newer")
    republish(course)
    deliver_all()
    ben_takes.refresh_from_db()
    cleo_takes.refresh_from_db()
    assert (ben_takes.lessons_completed, ben_takes.lessons_total, ben_takes.progress) == (2, 5, 40)
    assert (cleo_takes.lessons_completed, cleo_takes.lessons_total, cleo_takes.progress) == (3, 5, 100)
    assert cleo_takes.is_completed
    assert finished_events() == 1


def test_whoever_has_done_all_that_is_left_finishes_with_the_version(course: Course, ben: User, cleo: User) -> None:
    enrolment = enrol(ben, course)
    preview = ensure_enrolment(course, user=cleo)
    for lesson in lessons_of(course)[:2]:
        complete_lesson(enrolment, lesson_id=lesson.id)
    Lesson.objects.filter(module__course=course, module__position=1, position=1).update(removed_at=timezone.now(), position=None)
    Lesson.objects.filter(module__course=course, module__position=1).update(removed_at=timezone.now(), position=None)
    course.modules.filter(position=1).update(removed_at=timezone.now(), position=None)
    republish(course)
    deliver_all()
    enrolment.refresh_from_db()
    preview.refresh_from_db()
    assert enrolment.is_completed
    assert finished_events() == 1
    assert (preview.progress, preview.is_completed) == (0, False)


def test_counting_anew_says_the_same_as_counting_one_by_one(ada: User) -> None:
    course = make_course(ada, modules=2, lessons=3, quiz=True)
    quiz, lessons = Quiz.objects.get(course=course), lessons_of(course)
    for number in range(6):
        enrolment = enrol(make_user(), course)
        for lesson in lessons[: number + 1]:
            complete_lesson(enrolment, lesson_id=lesson.id)
        if number % 2:
            pass_quiz(enrolment, quiz)
    said = list(Enrolment.objects.order_by("pk").values_list("lessons_completed", "lessons_total", "progress", "completed_at"))
    Enrolment.objects.update(lessons_completed=0, lessons_total=0, progress=0)
    refresh_course(course)
    assert list(Enrolment.objects.order_by("pk").values_list("lessons_completed", "lessons_total", "progress", "completed_at")) == said
    # Seven things to do: so many lessons, and the quiz for every other learner.
    assert [row[2] for row in said] == [14, 42, 42, 71, 71, 100]


def test_a_thousand_learners_are_counted_anew_in_a_few_statements(ada: User, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    course = make_course(ada, modules=2, lessons=5)
    people = User.objects.bulk_create([User(username=f"learner{n}", email=f"learner{n}@example.com") for n in range(1000)])
    enrolments = Enrolment.objects.bulk_create([Enrolment(user=user, course=course, source="purchased") for user in people])
    now, lessons = timezone.now(), lessons_of(course)
    LessonProgress.objects.bulk_create(
        LessonProgress(enrolment=enrolment, lesson_id=lesson.id, first_viewed_at=now, last_viewed_at=now, completed_at=now)
        for at, enrolment in enumerate(enrolments)
        for lesson in lessons[: at % 10]
    )
    began = time.perf_counter()
    with django_assert_max_num_queries(10):
        assert refresh_course(course) == 0
    assert time.perf_counter() - began < 5
    assert sorted(set(Enrolment.objects.values_list("progress", flat=True))) == list(range(0, 100, 10))


def test_one_goes_on_where_one_left_off(ada: User, ben: User) -> None:
    course = make_course(ada, modules=2, lessons=2, quiz=True)
    enrolment = enrol(ben, course)
    first, second, third, fourth = lessons_of(course)
    outline = version_outline(course.current_version_id or 0)

    def goes_on() -> str:
        step = resume_step(Enrolment.objects.select_related("course").get(pk=enrolment.pk))
        assert step is not None
        return step.title

    assert goes_on() == first.title
    complete_lesson(enrolment, lesson_id=first.id)
    assert goes_on() == second.title
    complete_lesson(enrolment, lesson_id=second.id)
    assert goes_on() == "Check yourself"
    pass_quiz(enrolment, Quiz.objects.get(course=course))
    assert goes_on() == third.title
    complete_lesson(enrolment, lesson_id=fourth.id)
    assert goes_on() == third.title
    complete_lesson(enrolment, lesson_id=third.id)
    assert goes_on() == third.title
    assert next_step(outline, state_of(None, outline), None).title == first.title


def test_a_shelf_of_courses_asks_twice_however_long_it_is(
    ada: User, ben: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(5):
        enrolment = enrol(ben, make_course(ada))
        complete_lesson(enrolment, lesson_id=lessons_of(enrolment.course)[0].id)
    resume_steps(courses_of(ben))
    with django_assert_max_num_queries(3):
        found = courses_of(ben)
        steps = resume_steps(found)
    assert [steps[enrolment.pk].title for enrolment in found] == ["Lesson 1.2"] * 5
    assert [enrolment.last_activity_at for enrolment in found] == sorted((row.last_activity_at for row in found), reverse=True)
