"""What comes along renders harmless: OWASP's cases in Markdown and in the HTML of other systems."""

from __future__ import annotations

import pytest

from accounts.models import User
from courses.exchange.formats.html_text import html_to_line, html_to_markdown
from courses.exchange.services.importing import check_import, confirm_import
from courses.models import Lesson, Question
from kit.markdown import render, render_lesson
from tests.courses.exchange.packages import as_file, packed
from tests.kit.xss import ATTACKS, assert_harmless

pytestmark = pytest.mark.django_db

IN_LESSONS = {"role"}
"""What formulas and callouts carry besides."""


def test_hostile_markdown_is_harmless_once_it_is_a_lesson(ada: User) -> None:
    # NUL is refused by itself (test_hostile_packages); the rest of such a text is judged here.
    attacks = [text.replace("\x00", "") for text in ATTACKS]
    lessons = [{"title": f"{number}", "text": text} for number, text in enumerate(attacks)]
    questions = [{"text": text[:5000], "options": [text[:200], "b"], "correct": [0], "explanation": text[:5000]} for text in attacks]
    document = {
        "title": "Hostile",
        "modules": [{"title": "M", "lessons": lessons, "quizzes": [{"title": "Q", "questions": questions[:200]}]}],
    }
    checked = check_import(as_file(document), by=ada, name="x.json")
    assert checked.problems == []
    course = confirm_import(checked, by=ada).course
    for lesson in Lesson.objects.filter(course=course):
        assert_harmless(render_lesson(lesson.text), attributes_besides=IN_LESSONS)
    for question in Question.objects.filter(quiz__course=course):
        assert_harmless(render(question.text))


def test_hostile_markdown_is_harmless_from_a_folder(ada: User) -> None:
    files: dict[str, bytes | str] = {f"1/{number:03d}.md": text.replace("\x00", "") for number, text in enumerate(ATTACKS)}
    checked = check_import(as_file(packed({**files, "2/x.md": "x"})), by=ada, name="x.zip")
    course = confirm_import(checked, by=ada).course
    for lesson in Lesson.objects.filter(course=course):
        assert_harmless(render_lesson(lesson.text), attributes_besides=IN_LESSONS)


@pytest.mark.parametrize("text", ATTACKS)
def test_hostile_html_is_harmless_once_it_is_markdown(text: str) -> None:
    for page in (text, f"<p>{text}</p>", f"<ul><li>{text}", f"<table><td>{text}", f"<pre>{text}"):
        markdown, videos = html_to_markdown(page)
        assert_harmless(render_lesson(markdown), attributes_besides=IN_LESSONS)
        assert all(video.startswith(("https://www.youtube.com/", "https://vimeo.com/")) for video in videos)
    assert_harmless(render(html_to_line(text)))
