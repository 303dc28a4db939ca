from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course, Question
from courses.services.publishing import publish_course
from courses.teaching.insight import hard_questions, quiz_figures, reach_of
from tests.courses.teaching.progress import attempt, done
from tests.factories import make_user
from tests.factories.courses import enrol, make_course

pytestmark = pytest.mark.django_db

TALLER, ROUND = "Which is taller?", "Round letters overshoot."


def test_drop_off_counts_learners_lesson_by_lesson(course: Course) -> None:
    done(enrol(make_user(), course), "Lesson 1.1", "Lesson 1.2", "Lesson 2.1", "Lesson 2.2")
    done(enrol(make_user(), course), "Lesson 1.1", "Lesson 1.2", opened=["Lesson 2.1"])
    done(enrol(make_user(), course), "Lesson 1.1", "Lesson 1.2")
    enrol(make_user(), course)
    reach = reach_of(course)
    lessons = [lesson for module in reach.modules for lesson in module.lessons]
    assert reach.learners == 4
    assert [lesson.finished for lesson in lessons] == [3, 3, 1, 1]
    assert [lesson.opened for lesson in lessons] == [3, 3, 2, 1]
    assert [lesson.lost for lesson in lessons] == [1, 0, 2, 0]
    assert lessons[0].finished_share == 75
    assert lessons[0].minutes == 2
    assert reach.steepest
    assert reach.steepest.entry.title == "Lesson 2.1", "not having begun is no stop"


def test_the_hardest_question_comes_first_with_its_pitfall(course: Course) -> None:
    for answers in (
        {TALLER: ["a"], ROUND: ["true"]},
        {TALLER: ["a"], ROUND: ["false"]},
        {ROUND: ["true"]},
        {TALLER: ["b"], ROUND: ["true"]},
    ):
        attempt(enrol(make_user(), course), course, answers)
    first, second = hard_questions(course)
    assert (first.question.text, first.asked, first.wrong, first.wrong_share) == (TALLER, 4, 3, 75), "no answer is a wrong one"
    assert (first.pitfall, first.pitfall_share) == ("x", 50)
    assert (second.question.text, second.wrong_share) == (ROUND, 25)


def test_only_first_tries_count_and_two_people_say_nothing(course: Course) -> None:
    learners = [enrol(make_user(), course) for _ in range(2)]
    for learner in learners:
        attempt(learner, course, {TALLER: ["a"]})
        attempt(learner, course, {TALLER: ["a"]}, number=2)
    assert hard_questions(course) == []
    third = enrol(make_user(), course)
    attempt(third, course, {TALLER: ["b"], ROUND: ["true"]})
    assert hard_questions(course)[0].asked == 3


def test_a_reworded_question_keeps_its_tally_and_each_answer_is_judged_by_what_was_asked(course: Course, ada: User) -> None:
    for _ in range(3):
        attempt(enrol(make_user(), course), course, {TALLER: ["a"], ROUND: ["true"]})
    Question.objects.filter(text=TALLER).update(text="Which of these is shorter?", correct=["a"])
    publish_course(course, by=ada)
    course.refresh_from_db()
    attempt(enrol(make_user(), course), course, {"Which of these is shorter?": ["a"], ROUND: ["true"]})
    [hard] = hard_questions(course)
    assert (hard.question.text, hard.asked, hard.wrong) == ("Which of these is shorter?", 4, 3)


def test_quizzes_are_summed_up(course: Course) -> None:
    good, poor = enrol(make_user(), course), enrol(make_user(), course)
    attempt(good, course, {TALLER: ["b"], ROUND: ["true"]})
    attempt(poor, course, {TALLER: ["a"], ROUND: ["true"]})
    attempt(poor, course, {TALLER: ["b"], ROUND: ["true"]}, number=2)
    [figures] = quiz_figures(course)
    assert (figures.learners, figures.tries, figures.passed_share, figures.average) == (2, 3, 100, 75)


def test_the_page_draws_lessons_and_for_a_long_course_modules(teacher: Client, ada: User, ben: User) -> None:
    course = make_course(ada, modules=31, lessons=2)
    done(enrol(ben, course), "Lesson 1.1")
    address = reverse("course_insight", args=[course.slug])
    whole = teacher.get(address).content.decode()
    assert whole.count("<rect") == 31
    assert "One bar for each module" in whole
    module = reach_of(course).modules[0]
    one = teacher.get(address, {"module": module.entry.id}, headers={"HX-Request": "true"}).content.decode()
    assert one.count("<rect") == 2
    assert "<html" not in one


def test_a_course_without_learners_says_so(teacher: Client, course: Course) -> None:
    assert b"Nothing to see yet" in teacher.get(reverse("course_insight", args=[course.slug])).content
