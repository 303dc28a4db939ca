"""Folders of Markdown files as courses."""
# ruff: noqa: E501 - what other programs write has long lines

from __future__ import annotations

import pytest

from accounts.models import User
from courses.exchange.models import CourseImport
from courses.exchange.services.importing import check_import, confirm_import
from courses.models import Attachment, Course, Lesson, Module, Picture, Question, Quiz
from kit.markdown import render_lesson
from kit.storage import public
from tests.courses.exchange.packages import as_file, packed, picture

pytestmark = pytest.mark.django_db


def check(files: dict[str, bytes | str], by: User, name: str = "my-letters.zip") -> CourseImport:
    return check_import(as_file(packed(files)), by=by, name=name)


def make(files: dict[str, bytes | str], by: User) -> Course:
    checked = check(files, by)
    assert checked.problems == []
    course = confirm_import(checked, by=by).course
    assert course is not None
    return course


FOLDER: dict[str, bytes | str] = {
    "letters/course.md": "---\ntitle: Letters that hold\noutcomes:\n  - Draw a letter\nlevel: beginner\nlanguage: de\n---\n",
    "letters/02-round/01-the-o.md": "# The o\n\nIt overshoots.\n\n![An o](../images/the%20o.png)\n",
    "letters/02-round/10-last.md": "Plain words, no heading.",
    "letters/02-round/2-quiz.yml": "title: Round ones\npassing_score: 80\nquestions:\n  - question: Yes or no?\n    options: [yes, no]\n    correct: 1\n",
    "letters/01-straight/_module.md": "---\ntitle: Straight letters\nfree: yes\n---\nBegin here.",
    "letters/01-straight/01-n.md": (
        "---\ntitle: The n\nminutes: 12\nfree: true\ntakeaways: [Stems first, Then arches]\nslug: en\n---\n"
        "Take the [grid](../files/grid.csv), look at [the o](../02-round/01-the-o.md), [this](https://example.com) and ![nothing](gone.png).\n"
    ),
    "letters/01-straight/02-film.md": "---\nvideo: https://youtu.be/dQw4w9WgXcQ\n---\nWatch it twice.",
    "letters/01-straight/03-ask.md": "---\nquiz:\n  - {question: 'Even?', kind: true_false, correct: true}\n---\nFirst think.",
    "letters/01-straight/04-draw.md": "---\nkind: exercise\nhand_in: file\nself_check: ['Even?', 'Black?']\n---\nDraw ten.",
    "letters/quiz.yaml": "title: Final\nquestions:\n  - {text: 'Which?', options: [a, b, c], correct: [0, 2]}\n",
    "letters/images/the o.png": picture(),
    "letters/files/grid.csv": b"n,m\n",
}


def test_folders_become_modules_and_files_lessons_in_the_order_of_their_names(ada: User) -> None:
    course = make(FOLDER, ada)
    assert (course.title, course.outcomes, course.level, course.language) == ("Letters that hold", ["Draw a letter"], "beginner", "de")
    straight, round_ones = Module.objects.filter(course=course).order_by("position")
    assert (straight.title, straight.description, straight.is_free_preview) == ("Straight letters", "Begin here.", True)
    assert (round_ones.title, round_ones.is_free_preview) == ("Round", False)
    lessons = list(Lesson.objects.filter(course=course).in_order())
    assert [lesson.title for lesson in lessons] == ["The n", "Film", "Ask", "Draw", "The o", "Last"]
    assert [lesson.kind for lesson in lessons] == ["text", "video_embed", "quiz_inline", "exercise", "text", "text"]
    first = lessons[0]
    assert (first.slug, first.minutes, first.takeaways, first.is_free_preview) == ("en", 12, ["Stems first", "Then arches"], True)
    assert (lessons[3].hand_in, lessons[3].self_check) == ("file", ["Even?", "Black?"])
    assert lessons[4].text.startswith("It overshoots.")


def test_pictures_come_along_and_are_shown(ada: User) -> None:
    course = make(FOLDER, ada)
    shown = Picture.objects.get(course=course)
    lesson = Lesson.objects.get(course=course, title="The o")
    assert f"![An o]({public().url(str(shown.image.name))})" in lesson.text
    assert "<img" in render_lesson(lesson.text)


def test_other_files_lie_beside_the_lesson_that_links_them(ada: User) -> None:
    course = make(FOLDER, ada)
    lesson = Lesson.objects.get(course=course, title="The n")
    assert list(Attachment.objects.filter(lesson=lesson).values_list("name", flat=True)) == ["grid.csv"]
    assert lesson.text == "Take the grid, look at the o, [this](https://example.com) and nothing."


def test_quizzes_stand_in_front_matter_or_in_files_of_their_own(ada: User) -> None:
    course = make(FOLDER, ada)
    quizzes = {quiz.title: quiz for quiz in Quiz.objects.filter(course=course)}
    assert {title: quiz.kind for title, quiz in quizzes.items()} == {"Ask": "inline", "Round ones": "module", "Final": "course"}
    assert quizzes["Round ones"].passing_score == 80
    assert Question.objects.get(quiz=quizzes["Ask"]).correct == ["true"]
    two = Question.objects.get(quiz=quizzes["Round ones"])
    assert ([option["text"] for option in two.options], two.correct) == (["yes", "no"], ["b"])
    assert Question.objects.get(quiz=quizzes["Final"]).correct == ["a", "c"]


def test_the_report_names_file_and_field(ada: User) -> None:
    checked = check({**FOLDER, "letters/03-more/a.md": "---\nminutes: soon\ncolour: blue\nvideo: https://example.com/x\n---\n"}, ada)
    assert sorted(note["path"] for note in checked.problems) == ["03-more/a.md: minutes", "03-more/a.md: video"]
    warned = {note["path"] for note in checked.report["warnings"]}
    assert {"03-more/a.md: colour", "01-straight/01-n.md"} <= warned


def test_files_without_folders_are_one_module_named_after_the_package(ada: User) -> None:
    course = make({"2.md": "# Two\nb", "1.md": "# One\na"}, ada)
    assert course.title == "My letters"
    assert [module.title for module in Module.objects.filter(course=course)] == ["My letters"]
    assert list(Lesson.objects.filter(course=course).in_order().values_list("title", flat=True)) == ["One", "Two"]


def test_pictures_of_other_kinds_leave_their_words(ada: User) -> None:
    course = make(
        {"1/a.md": "See ![a curve](curve.gif) and ![one elsewhere](https://example.com/x.png).", "1/curve.gif": b"GIF89a" + b"\x00" * 40},
        ada,
    )
    text = Lesson.objects.get(course=course).text
    assert text == "See a curve and ![one elsewhere](https://example.com/x.png)."
    assert "<img" not in render_lesson(text)


def test_paths_out_of_the_package_are_never_followed(ada: User) -> None:
    course = make(
        {"1/a.md": "![x](../../../../etc/passwd) [y](/etc/passwd) ![z](file:///etc/passwd) [w](%2e%2e/%2e%2e/secret.pdf)", "1/b.md": "b"},
        ada,
    )
    assert not Picture.objects.exists()
    assert not Attachment.objects.exists()
    assert "<img" not in render_lesson(Lesson.objects.filter(course=course).in_order()[0].text)
