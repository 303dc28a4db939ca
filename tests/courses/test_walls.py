"""What people try who want more than is theirs, or to bring a page down."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services.closing import close_account
from courses.certificates.models import Certificate
from courses.exchange.formats.course_json import parse_json
from courses.exchange.formats.markdown_folder import _load
from courses.exchange.models import CourseImport
from courses.exchange.report import Report
from courses.learning.errors import HandInFirst
from courses.learning.models import Enrolment, LessonProgress
from courses.learning.quiz_pages import read_answers
from courses.learning.services.attempts import complete_attempt, start_attempt
from courses.learning.services.enrolments import revoke_enrolment
from courses.learning.services.exercises import submit_exercise
from courses.learning.services.progress import complete_lesson, reopen_lesson
from courses.models import Completion, Course, Lesson, Module, Question
from courses.services.courses import CourseWords, create_course
from courses.services.lessons import LessonWords, add_lesson, remove_lesson, restore_lesson
from courses.services.ordering import order_of
from courses.services.publishing import publish_course
from kit.events.testing import deliver_all
from kit.files import RefusedFile
from tests.courses.exchange.packages import small_course
from tests.courses.learning.taking import lessons_of, signed_in
from tests.factories.courses import enrol, make_course, make_quiz

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
ENDLESS = "9" * 5000
"""Python refuses to read numbers of more than 4,300 digits."""


def finish(user: User, course: Course) -> Enrolment:
    enrolment = enrol(user, course)
    for lesson in lessons_of(course):
        enrolment = complete_lesson(enrolment, lesson_id=lesson.id)
    assert enrolment.is_completed
    return enrolment


# Certificates (R252)


def test_who_gave_the_course_back_before_the_certificate_was_made_gets_none(ada: User, ben: User) -> None:
    course = make_course(ada)
    finish(ben, course)
    revoke_enrolment(course, user=ben, reference="test")
    deliver_all()
    assert not Certificate.objects.exists()


def test_who_has_the_finished_course_again_gets_the_certificate_then(ada: User, ben: User) -> None:
    course = make_course(ada)
    finish(ben, course)
    revoke_enrolment(course, user=ben, reference="test")
    deliver_all()
    enrolment = enrol(ben, course, reference="again")
    deliver_all()
    assert Certificate.objects.get().enrolment == enrolment


def test_a_certificate_that_was_made_outlives_the_refund(ada: User, ben: User) -> None:
    course = make_course(ada)
    finish(ben, course)
    deliver_all()
    revoke_enrolment(course, user=ben, reference="test")
    deliver_all()
    assert Certificate.objects.get().is_valid


def test_a_closed_account_gets_no_certificate_when_a_new_version_finishes_the_course_for_it(ada: User, ben: User) -> None:
    course = make_course(ada, modules=1, lessons=2)
    enrolment = enrol(ben, course)
    complete_lesson(enrolment, lesson_id=lessons_of(course)[0].id)
    close_account(ben)
    remove_lesson(Lesson.objects.get(course=course, position=1), by=ada)
    publish_course(course, by=ada)
    deliver_all()
    enrolment.refresh_from_db()
    assert enrolment.is_completed
    assert not Certificate.objects.exists()


@pytest.mark.parametrize("kid", ["a\x00b", "a\ud800b", None, 7, {"a": 1}])
def test_verifying_a_token_that_names_an_impossible_key_says_that_it_is_not_ours(kid: Any) -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "EdDSA", "kid": kid}).encode()).rstrip(b"=").decode()
    answer = Client().post(reverse("certificate_verify"), {"credential": f"{header}.e30.AAAA"})
    assert answer.status_code == 200
    assert b"Not ours" in answer.content or b"Not readable" in answer.content


# Progress


@pytest.fixture
def exercise(ada: User) -> Course:
    """A course of one exercise, finished with its lessons."""
    course = make_course(ada, modules=1, lessons=0, published=False, completion=Completion.LESSONS)
    module = Module.objects.get(course=course)
    add_lesson(module, by=ada, words=LessonWords(title="Work", kind="exercise", text="Draw an n.", hand_in="text"))
    publish_course(course, by=ada)
    return course


def test_an_exercise_is_not_done_without_the_work_that_it_asks_for(exercise: Course, ben: User) -> None:
    enrolment = enrol(ben, exercise)
    [lesson] = lessons_of(exercise)
    answer = signed_in(ben).post(reverse("learn_completion", args=[exercise.slug, lesson.slug]), {"done": "yes"})
    assert answer.status_code == 409
    with pytest.raises(HandInFirst):
        complete_lesson(enrolment, lesson_id=lesson.id)
    enrolment.refresh_from_db()
    assert not LessonProgress.objects.filter(completed_at__isnull=False).exists()
    assert not enrolment.is_completed


def test_an_exercise_whose_mark_was_taken_back_can_be_marked_again_with_the_work_that_is_there(exercise: Course, ben: User) -> None:
    enrolment = enrol(ben, exercise)
    [lesson] = lessons_of(exercise)
    submit_exercise(enrolment, lesson_id=lesson.id, text="Here it is.")
    reopen_lesson(enrolment, lesson_id=lesson.id)
    assert complete_lesson(enrolment, lesson_id=lesson.id).lessons_completed == 1


def test_a_quiz_that_was_passed_while_its_lesson_was_away_counts_when_the_lesson_comes_back(ada: User, ben: User) -> None:
    course = make_course(ada, modules=1, lessons=1, published=False)
    lesson = add_lesson(Module.objects.get(course=course), by=ada, words=LessonWords(title="Check", kind="quiz_inline"))
    quiz = make_quiz(course, lesson=lesson)
    publish_course(course, by=ada)
    enrolment = enrol(ben, course)
    complete_lesson(enrolment, lesson_id=lessons_of(course)[0].id)
    inside = lessons_of(course)[1].quiz
    assert inside is not None
    attempt = start_attempt(enrolment, quiz=inside)
    remove_lesson(lesson, by=ada)
    publish_course(course, by=ada)
    right = {str(question.pk): question.correct for question in Question.objects.filter(quiz=quiz)}
    assert complete_attempt(attempt, answers=right).is_passed
    restore_lesson(lesson, by=ada)
    publish_course(course, by=ada)
    deliver_all()
    enrolment.refresh_from_db()
    assert (enrolment.lessons_completed, enrolment.lessons_total, enrolment.progress) == (2, 2, 100)
    assert enrolment.is_completed


def test_an_old_window_undoes_nothing_whatever_the_answers_are_called() -> None:
    sent = QueryDict("was-q=a%2Cb&q-q=a%2Cb&was-r=x&q-r=y")
    assert read_answers(sent, [["q", ["a,b", "c"]], ["r", ["x", "y"]]]) == {"r": ["y"]}


# What is imported


@pytest.mark.parametrize("slug", ["a/b", "../../admin", "x" * 300, "é è", "a?b#c", "\u202eabc", "new", "-"])
def test_an_imported_address_is_made_one_that_pages_can_have(ada: User, slug: str) -> None:
    desk, raw = signed_in(ada), io.BytesIO(json.dumps({**small_course(), "slug": slug}).encode())
    raw.name = "course.json"
    desk.post(reverse("course_import"), {"file": raw})
    made = desk.post(reverse("course_import_confirm", args=[CourseImport.objects.get().pk]))
    course = Course.objects.get()
    assert made["Location"] == reverse("course_builder", args=[course.slug])
    assert desk.get(reverse("courses")).status_code == 200


def test_a_wanted_address_that_says_nothing_gives_way_to_the_title(ada: User) -> None:
    assert create_course(by=ada, words=CourseWords(title="Letters"), slug="???").slug == "letters"


@pytest.mark.parametrize(
    "odd",
    [{"title": "a\ud800"}, {"x\x00y": 1}, {"x\udfffy": 1}, {"outcomes": ["a\x00"]}, {"slug": "a\ud800"}, {"language": "\ud800"}],
    ids=["half in a title", "nul in a name", "half in a name", "nul in a list", "half in an address", "half in a language"],
)
def test_characters_that_cannot_be_stored_are_refused_however_they_are_written(ada: User, odd: dict[str, Any]) -> None:
    raw = io.BytesIO(json.dumps({**small_course(), **odd}).encode())
    raw.name = "course.json"
    answer = signed_in(ada).post(reverse("course_import"), {"file": raw})
    assert answer.status_code == 422
    assert not CourseImport.objects.exists()


def test_a_name_that_stands_twice_is_told_even_if_it_cannot_be_written() -> None:
    with pytest.raises(RefusedFile) as refused:
        parse_json(b'{"\\ud800": 1, "\\ud800": 2}', "course.json")
    assert str(refused.value).encode()


@pytest.mark.parametrize("matter", ['title: "a\\0b"', 'title: "a\\ud800b"', '"a\\0b": 1'])
def test_front_matter_with_characters_that_cannot_be_stored_is_a_problem(matter: str) -> None:
    report = Report()
    assert _load(matter, "lesson.md", report) == {}
    assert len(report.problems) == 1


# Numbers and signs in addresses and forms


def test_endless_numbers_bring_no_page_of_the_builder_down(ada: User) -> None:
    course, desk = make_course(ada), signed_in(ada)
    [first, second] = Module.objects.filter(course=course).order_by("position")
    lesson = Lesson.objects.filter(module=first).order_by("position")[0]
    huge = str(10**30)

    def send(name: str, part: str, pk: object, **data: object) -> int:
        course.refresh_from_db()
        data = {"stamp": course.outline_stamp, **data}
        return desk.post(reverse(name, args=[course.slug, part, pk]), data, headers=HTMX).status_code

    assert send("course_part_place", "module", first.pk, position=huge) == 200
    assert send("course_part_place", "lesson", lesson.pk, module=second.pk, position=huge) == 200
    assert [module for module, _lessons in order_of(course)] == [second.pk, first.pk]
    assert order_of(course)[0][1][-1] == lesson.pk
    assert send("course_part_copy", "lesson", lesson.pk, stamp=ENDLESS) == 200
    assert send("course_part_remove", "lesson", lesson.pk) == 200
    assert send("course_part_restore", "lesson", lesson.pk, position=ENDLESS) == 200


def test_a_nul_in_an_address_brings_no_page_down(ada: User, ben: User) -> None:
    course = make_course(ada)
    enrol(ben, course)
    desk = signed_in(ada)
    assert desk.get(reverse("certificates") + "?course=%00").status_code == 200
    assert desk.get(reverse("course_learners", args=[course.slug]) + "?q=b%00").status_code == 200
