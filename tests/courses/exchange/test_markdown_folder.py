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


BOOK: dict[str, bytes | str] = {
    "book-main/README.md": "# A book of letters\n\nHow it is built.",
    "book-main/CONTRIBUTING.md": "# Contributing\n",
    "book-main/.github/PULL_REQUEST_TEMPLATE.md": "x",
    "book-main/src/SUMMARY.md": (
        "# Summary\n\n[Preface](preface.md)\n\n# Straight\n\n- [Stems](stems.md)\n    - [`if` it leans](more/leaning.md)\n"
        "- [Later]()\n- [Round](round.md)\n  - [Gone](gone.md)\n"
    ),
    "book-main/src/preface.md": "# Before all\n\nRead on in [stems](stems.html) or [round](round.md#x).",
    "book-main/src/stems.md": "# Stems\n\n<img alt='A stem' src='img/n.png' width='3'>\n\n```html\n<img src=\"img/no.png\">\n{{#include x}}\n```\n`<img src=a>`",
    "book-main/src/more/leaning.md": "![n](../img/n.png){: .wide}",
    "book-main/src/round.md": "o",
    "book-main/src/loose.md": "x",
    "book-main/src/img/n.png": picture(),
}


def test_a_book_is_read_by_its_summary(ada: User) -> None:
    checked = check(BOOK, ada, name="book-main.zip")
    assert checked.problems == []
    course = confirm_import(checked, by=ada).course
    assert course is not None
    assert course.title == "A book of letters"
    assert [(module["title"], [lesson["title"] for lesson in module["lessons"]]) for module in checked.report["outline"]] == [
        ("A book of letters", ["Preface"]),
        ("Stems", ["Stems", "if it leans"]),
        ("Round", ["Round"]),
    ]
    address = Picture.objects.get(course=course).image.url
    texts = dict(Lesson.objects.filter(course=course).values_list("title", "text"))
    assert texts["Preface"] == "# Before all\n\nRead on in stems or round."
    assert texts["Stems"].startswith(f'![A stem]({address})\n\n```html\n<img src="img/no.png">')
    assert texts["Stems"].endswith("`<img src=a>`")
    assert texts["if it leans"] == f"![n]({address})"
    told = {(note["path"], note["sentence"].partition(";")[0]) for note in checked.report["warnings"]}
    assert {
        ("CONTRIBUTING.md", "This file is about the repository, not the course"),
        ("src/SUMMARY.md: Gone", "Nothing belongs to this entry"),
        ("src/loose.md", "The outline does not name this page"),
        ("src/preface.md", "Its links to other pages of the course are left out"),
    } <= told


def test_a_site_is_read_by_its_sections_and_weights(ada: User) -> None:
    site: dict[str, bytes | str] = {
        "site-main/README.md": "# The site\n",
        "site-main/config.toml": "x",
        "site-main/content/en/_index.md": "---\ntitle: All letters\nlayout: home\n---\n",
        "site-main/content/en/round/_index.md": "+++\ntitle = 'Round'\nweight = 2\ndate = 2024-01-01\n+++\nAll that is round.",
        "site-main/content/en/round/o.md": "+++\ntitle = 'The o'\n+++\no",
        "site-main/content/en/straight/_index.md": "---\ntitle: Straight\nweight: 1\n---\n",
        "site-main/content/en/straight/a.md": "---\ntitle: Second\nweight: 20\ntags: [x]\nteaching: 10\nexercises: 5\n---\n{{% note %}}x{{% /note %}}",
        "site-main/content/en/straight/b/index.md": (
            '---\ntitle: First\nweight: 10\nduration: 12 min\ndraft: false\n---\n{{< youtube dQw4w9WgXcQ >}}\n\n{{< figure src="/images/n.png" title="An n" >}}'
        ),
        "site-main/content/en/straight/c/index.md": "A bundle without title.",
        "site-main/static/images/n.png": picture(),
    }
    checked = check(site, ada, name="site-main.zip")
    assert checked.problems == []
    assert checked.report["title"] == "All letters"
    outline = [
        (module["title"], [(lesson["title"], lesson["minutes"]) for lesson in module["lessons"]]) for module in checked.report["outline"]
    ]
    assert outline == [("Straight", [("First", 12), ("Second", 15), ("C", 1)]), ("Round", [("The o", 1)])]
    course = confirm_import(checked, by=ada).course
    assert course is not None
    first = Lesson.objects.get(course=course, title="First")
    address = Picture.objects.get(course=course).image.url
    assert first.text == f"[Video on YouTube](https://www.youtube.com/watch?v=dQw4w9WgXcQ)\n\n![An n]({address})"
    assert Module.objects.get(course=course, title="Round").description == "All that is round."
    assert [note["path"] for note in checked.report["warnings"]] == ["content/en/straight/a.md", "README.md"]


def test_folders_that_hold_one_page_each_are_lessons_to_read(ada: User) -> None:
    """As repositories of lessons have it: the text of each stands in the README of its folder."""
    lessons: dict[str, bytes | str] = {
        "course-main/README.md": "# A course\n",
        "course-main/1-start/README.md": "# Getting started\n\nRead this.",
        "course-main/1-start/translations/README.fr.md": "# Commencer\n\nLisez.",
        "course-main/2-more/README.md": "# More\n\n" + "Long words. " * 200,
        "course-main/2-more/task.md": "# Task\n\nDo it.",
    }
    checked = check(lessons, ada, name="course-main.zip")
    assert checked.problems == []
    assert [[lesson["title"] for lesson in module["lessons"]] for module in checked.report["outline"]][1] == ["More", "Task"]


@pytest.mark.parametrize("matter", ["+++\ntitle = \n+++\n", "+++\na = [" + "[" * 3000 + "\n+++\n", "+++\na = '" + "x" * 9000 + "'\n+++\n"])
def test_toml_that_cannot_be_read_is_a_problem_of_its_file(ada: User, matter: str) -> None:
    assert [note["path"] for note in check({"a/1.md": matter, "a/2.md": "x"}, ada).problems] == ["1.md"]
