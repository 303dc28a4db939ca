"""A course of the size that a school with a history has, for measuring: rows in bulk, published as any other course is."""

from __future__ import annotations

from itertools import count
from typing import Final

from django.db import transaction

from accounts.models import User
from courses.models import Course, HandIn, Lesson, LessonKind, Module, Question, QuestionKind, Quiz, QuizKind
from courses.services.courses import CourseWords, create_course
from courses.services.locks import lock_course, stamp_outline
from courses.services.publishing import publish_course

_numbers = count(1)

QUESTIONS_PER_QUIZ: Final = 3

_TEXT: Final = """\
The counter of the *{word}* is what a reader sees first, though hardly anybody would say so. Draw it before the stem, then let
the stem take the room that is left.

# What to look at

1. Fill the shape with black at the size at which it will be read.
2. Turn it upside down, so that you stop reading it.
3. Compare the white inside with the white beside it.

| Size in pixels | Stem | Counter | Space beside |
|---:|---:|---:|---:|
| 12 | 1.0 | 3.5 | 1.5 |
| 16 | 1.5 | 4.5 | 2.0 |
| 24 | 2.0 | 7.0 | 3.0 |

> [!NOTE]
> A stem of one and a half pixels is two pixels for half of your readers.

```python
def sidebearing(counter: float, stem: float) -> float:
    # Half of the white inside, less what the stem covers.
    return counter / 2 - stem / 4
```

With a counter of $c$ and a stem of $s$ the space beside is $\\frac{{c}}{{2}} - \\frac{{s}}{{4}}$. Where both sides of a letter are
round, take a tenth less. Where both are straight, take nothing away: {filler}
"""
_FILLER: Final = "the eye forgives a gap sooner than a collision, and a page is read by the line, not by the letter. " * 6


@transaction.atomic
def make_big_course(
    creator: User, *, modules: int = 60, lessons: int = 600, quizzes: int = 200, published: bool = True, title: str = ""
) -> Course:
    """A course with exactly so many parts: lessons spread evenly over the modules, of every kind but native video.

    One quiz is the final assessment, then each module has one as far as they reach, and the rest are inside lessons (so at
    most `quizzes - modules - 1` lessons are of kind quiz_inline). The first module is free. Each quiz asks three questions.
    A few seconds at the default size; addresses are `lesson-<module>-<number>` and `quiz-<number>`, both from 1.
    """
    if not 0 < modules <= lessons or quizzes > 1 + modules + lessons:
        raise ValueError("a module needs a lesson, and a lesson holds one quiz at most")
    number = next(_numbers)
    course = create_course(by=creator, words=CourseWords(title=title or f"A whole school {number}", outcomes=["Draw a letter that holds"]))
    course = lock_course(course)
    parts = Module.objects.bulk_create(
        Module(course=course, title=f"Part {at + 1}", description=f"What part {at + 1} is about.", is_free_preview=at == 0, position=at)
        for at in range(modules)
    )
    inline = max(0, quizzes - modules - 1)
    rows = [
        _lesson(course, parts[at * modules // lessons], at, holds_quiz=at * inline // lessons != (at + 1) * inline // lessons)
        for at in range(lessons)
    ]
    _number(rows)
    Lesson.objects.bulk_create(rows, batch_size=500)
    _add_quizzes(course, parts, [lesson for lesson in rows if lesson.kind == LessonKind.QUIZ_INLINE], quizzes)
    stamp_outline(course)
    if published:
        publish_course(course, by=creator)
    course.refresh_from_db()
    return course


def _lesson(course: Course, module: Module, at: int, *, holds_quiz: bool) -> Lesson:
    lesson = Lesson(
        course=course,
        module=module,
        text=_TEXT.format(word="anopx"[at % 5], filler=_FILLER),
        takeaways=["Draw the counter first.", "Measure at the size at which it is read."],
        minutes=3 + at % 9,
    )
    if holds_quiz:
        lesson.kind = LessonKind.QUIZ_INLINE
    elif at % 15 == 7:
        lesson.kind, lesson.video_url = LessonKind.VIDEO_EMBED, f"https://www.youtube.com/watch?v=demo{at:07d}"
    elif at % 15 == 11:
        lesson.kind, lesson.hand_in, lesson.self_check = LessonKind.EXERCISE, HandIn.EITHER, ["Is it read at 12 pixels?"]
    return lesson


def _number(lessons: list[Lesson]) -> None:
    """Position, title and address by the place within the module."""
    place, last, part = 0, None, 0
    for lesson in lessons:
        if lesson.module_id != last:
            place, last, part = 0, lesson.module_id, part + 1
        lesson.position, place = place, place + 1
        lesson.title, lesson.slug = f"Lesson {part}.{place}", f"lesson-{part}-{place}"


def _add_quizzes(course: Course, modules: list[Module], inside: list[Lesson], most: int) -> None:
    places: list[tuple[QuizKind, Module | None, Lesson | None]] = [(QuizKind.COURSE, None, None)]
    places += [(QuizKind.MODULE, module, None) for module in modules]
    places += [(QuizKind.INLINE, None, lesson) for lesson in inside]
    quizzes = Quiz.objects.bulk_create(
        Quiz(course=course, kind=kind, module=module, lesson=lesson, slug=f"quiz-{number}", title=f"Quiz {number}", position=0)
        for number, (kind, module, lesson) in enumerate(places[:most], 1)
    )
    Question.objects.bulk_create(
        [_question(quiz, position) for quiz in quizzes for position in range(QUESTIONS_PER_QUIZ)],
        batch_size=500,
    )


def _question(quiz: Quiz, position: int) -> Question:
    """By turns: one right answer (b), true, several right answers (a and c) with partial credit."""
    explanation = "Round letters reach beyond the line, else they look smaller than the straight ones beside them."
    kind = list(QuestionKind)[position % 3]
    if kind == QuestionKind.TRUE_FALSE:
        options, correct = [("true", "True"), ("false", "False")], ["true"]
    else:
        options = [("a", "The o"), ("b", "The x"), ("c", "The n"), ("d", "None of them")]
        correct = ["b"] if kind == QuestionKind.MULTIPLE_CHOICE else ["a", "c"]
    return Question(
        quiz=quiz,
        kind=kind,
        text=f"Which of them reaches beyond the line? ({position + 1})",
        options=[{"id": ident, "text": text} for ident, text in options],
        correct=correct,
        explanation=explanation,
        partial_credit=kind == QuestionKind.MULTI_SELECT,
        position=position,
    )
