"""The demo courses as they are written: whole, well-formed, and true about their own files."""

from __future__ import annotations

import csv
import io
from statistics import mean, median, quantiles

import pytest
from PIL import Image

from courses.models import LessonKind, QuestionKind
from kit.markdown import render_lesson
from marketplace.demo.drawings import DRAWINGS, draw_pictures
from marketplace.demo.learners import read_learners
from marketplace.demo.syllabus import CoursePlan, LessonPlan, QuizPlan, minutes_for, read_courses, with_pictures
from marketplace.demo.worksheets import NAMES, make_file

PLANS = list(read_courses())
LESSONS = [lesson for plan in PLANS for module in plan.modules for lesson in module.lessons]


def quizzes(plan: CoursePlan) -> list[QuizPlan]:
    inside = [lesson.quiz for module in plan.modules for lesson in module.lessons]
    return [quiz for quiz in (*inside, *(module.quiz for module in plan.modules), plan.assessment) if quiz]


def test_there_are_three_courses_of_a_real_size() -> None:
    assert len(PLANS) == 3
    assert len({plan.creator for plan in PLANS}) == 3
    for plan in PLANS:
        assert 4 <= len(plan.modules) <= 6, plan.slug
        assert 16 <= sum(len(module.lessons) for module in plan.modules) <= 26, plan.slug
        assert plan.words.outcomes, plan.slug
        assert plan.words.prerequisites, plan.slug
        assert plan.words.audience, plan.slug
        assert {lesson.words.kind for module in plan.modules for lesson in module.lessons} == {"text", "quiz_inline", "exercise"}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_teaches_something(lesson: LessonPlan) -> None:
    words = len(lesson.words.text.split())
    if lesson.words.kind == LessonKind.TEXT:
        assert 240 <= words <= 700
        assert lesson.words.takeaways
        assert lesson.words.minutes == minutes_for(lesson.words.text)
    if lesson.words.kind == LessonKind.EXERCISE:
        assert len(lesson.words.self_check) >= 4
        assert lesson.words.minutes >= 20
    html = render_lesson(with_pictures(lesson.words.text, dict.fromkeys(DRAWINGS, "/drawn.webp")))
    assert html.count("<img ") == lesson.words.text.count("](picture:")
    for leftover in ("[!NOTE]", "[!TIP]", "[!WARNING]", "$$"):
        assert leftover not in html


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)
def test_each_question_has_a_right_answer_and_says_why(plan: CoursePlan) -> None:
    asked = [question for quiz in quizzes(plan) for question in quiz.questions]
    assert len(asked) >= 14
    assert {question.kind for question in asked} == set(QuestionKind.values)
    for question in asked:
        assert question.correct, question.text
        assert question.explanation, question.text
        if question.kind == QuestionKind.MULTI_SELECT:
            assert len(question.correct) < len(question.options), question.text
    addresses = [quiz.slug for quiz in quizzes(plan)]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)
def test_every_picture_and_file_that_a_lesson_names_is_made(plan: CoursePlan) -> None:
    assert len(plan.pictures()) >= 8
    assert set(plan.pictures()) <= set(DRAWINGS)
    for module in plan.modules:
        for lesson in module.lessons:
            assert set(lesson.files) <= NAMES, lesson.slug


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)
def test_what_learners_wrote_is_about_lessons_of_the_course(plan: CoursePlan) -> None:
    kinds = {lesson.slug: lesson.words.kind for module in plan.modules for lesson in module.lessons}
    for name, written in read_learners(plan.slug).items():
        assert {note["lesson"] for note in written.notes} <= set(kinds), name
        assert {kinds[entry["lesson"]] for entry in written.submissions} <= {LessonKind.EXERCISE}, name


def test_pictures_are_the_same_each_time_and_large_enough_for_a_sharp_screen() -> None:
    first, second = draw_pictures(["overshoot", "tail"]), draw_pictures(["overshoot", "tail"])
    assert first == second
    assert Image.open(io.BytesIO(first["tail"])).size == (1200, 675)
    with pytest.raises(KeyError):
        draw_pictures(["nobody-drew-this"])


def test_the_numbers_in_the_text_are_those_of_the_file_with_the_orders() -> None:
    content = make_file("orders.csv").decode()
    waits = [float(row["waited_minutes"]) for row in csv.DictReader(io.StringIO(content))]
    assert len(waits) == 400
    told = next(lesson.words.text for lesson in LESSONS if lesson.slug == "the-middle-and-the-tail")
    assert f"| Median | {median(waits):.1f} |" in told
    assert f"| Average | {mean(waits):.1f} |" in told
    assert f"{sum(waits):,.0f} minutes" in told
    assert f"| 95th percentile | {quantiles(waits, n=20)[-1]:.1f} |" in told
    shown = next(lesson.words.text for lesson in LESSONS if lesson.slug == "what-one-row-is")
    assert "\n".join(content.splitlines()[:3]) in shown


def test_the_checkout_file_has_the_shares_that_the_lessons_calculate_with() -> None:
    rows = list(csv.DictReader(io.StringIO(make_file("checkout.csv").decode())))
    for checkout, bought in (("old", 120), ("new", 156)):
        seen = [row for row in rows if row["checkout"] == checkout]
        assert (len(seen), sum(row["bought"] == "1" for row in seen)) == (2400, bought)


def test_pairs_of_pages_add_up_as_the_lesson_says() -> None:
    for row in csv.DictReader(io.StringIO(make_file("imposition.csv").decode())):
        first = (int(row["gathering"]) - 1) * 16 + 1
        assert int(row["outside left"]) + int(row["outside right"]) == 2 * first + 15
        assert int(row["inside left"]) + int(row["inside right"]) == 2 * first + 15
