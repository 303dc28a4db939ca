"""What was exported imports back to an equal course, and what is written agrees with the documented schema."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from typing import Any

import jsonschema
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.content import lesson_content, quiz_content
from courses.drafting import read_draft
from courses.exchange.models import CourseImport
from courses.exchange.services.exporting import pack_course, write_package
from courses.exchange.services.importing import check_import, confirm_import, forget_ended, fulfil_import
from courses.models import Attachment, Course, Lesson, Picture
from courses.services.attachments import attach_file
from courses.services.courses import CourseWords, create_course
from courses.services.modules import add_module
from courses.services.pictures import add_picture
from courses.services.quizzes import QuestionWords, add_question
from kit.events.testing import deliver_all
from kit.storage import private, public
from tests.courses.exchange.packages import as_file, picture
from tests.factories.courses import add_text_lesson, make_course, make_quiz

pytestmark = pytest.mark.django_db


def rich_course(creator: User) -> Course:
    """Every kind of part, with pictures and files."""
    words = CourseWords(
        title="Letters that hold",
        outcomes=["Draw a letter", "Space it"],
        prerequisites=["A pencil"],
        audience=["Sign painters"],
        level="beginner",
        language="de",
        completion="lessons",
        gives_certificate=False,
    )
    course = create_course(by=creator, words=words)
    first = add_module(course, by=creator, title="Straight", description="Begin here.", is_free_preview=True)
    second = add_module(course, by=creator, title="Round")
    shown = add_picture(course, by=creator, upload=SimpleUploadedFile("n.png", picture()))
    address = public().url(str(shown.image.name))
    text = f'# The n\n\n![The *n* [large]]({address} "n") and [![again]({address})](https://example.com)\n\n[ref]: {address}\n\n$x^2$\r\n'
    lesson = add_text_lesson(first, title="The n", text=text, takeaways=["Stems first"], minutes=12, is_free_preview=True)
    attach_file(lesson, by=creator, upload=SimpleUploadedFile("Raster für n.md", b"# Raster\n"))
    attach_file(lesson, by=creator, upload=SimpleUploadedFile("words.csv", b"n,m\n"))
    add_text_lesson(first, title="The n", text="Another of the same name")
    add_text_lesson(second, title="See it", kind="video_embed", video_url="https://www.youtube.com/watch?v=dQw4w9WgXcQ", text="Watch.")
    add_text_lesson(second, title="Draw", kind="exercise", text="Draw ten.", hand_in="either", self_check=["Even?", "Black?"])
    inline = add_text_lesson(second, title="Ask yourself", kind="quiz_inline", text="First think.")
    make_quiz(course, lesson=inline, title="Inside")
    of_module = make_quiz(course, module=second, title="Round ones", shuffle=True, time_limit_minutes=7, is_free_preview=True)
    words_of = {"options": [{"id": "p", "text": "o"}, {"id": "q", "text": "x"}, {"id": "r", "text": "c"}], "correct": ["r", "p"]}
    question = QuestionWords(
        text=f"Which? ![]({address})", kind="multi_select", partial_credit=True, points=3, explanation="Look.", **words_of
    )
    add_question(of_module, by=creator, words=question)
    make_quiz(course, title="Final", passing_score=85, allow_retakes=False, is_required=False, description="All of it.")
    return course


def package_of(course: Course) -> bytes:
    buffer = io.BytesIO()
    write_package(course, buffer)
    return buffer.getvalue()


def contents(course: Course) -> dict[str, Any]:
    """All that a draft says, without the identities of its rows; addresses of pictures by what they show."""
    draft = read_draft(course)
    names = {str(entry.image.name): index for index, entry in enumerate(Picture.objects.filter(course=course).order_by("sha256"))}

    def plain(content: Any) -> Any:
        told = json.dumps(dataclasses.asdict(content), ensure_ascii=False, sort_keys=True)
        told = re.sub(r'"(id|file)": "[0-9a-f-]{32,36}"|"file": "attachments[^"]*"', '""', told)
        return re.sub(r"/media/([\w./-]+)", lambda match: f"picture {names[match[1]]}", told)

    return {
        "course": CourseWords.of(course),
        "modules": [
            (
                module.title,
                module.description,
                module.is_free_preview,
                [(entry.slug, entry.is_free_preview) for entry in draft.lessons[module.pk]],
            )
            for module in draft.modules
        ],
        "lessons": [
            plain(lesson_content(lesson, draft.attachments[lesson.pk])) for module in draft.modules for lesson in draft.lessons[module.pk]
        ],
        "quizzes": sorted(plain(quiz_content(quiz, draft.questions[quiz.pk])) + quiz.slug for quiz in draft.quizzes),
        "outline": draft.outline.totals,
    }


def test_an_exported_course_imports_back_to_an_equal_one(ada: User) -> None:
    course = rich_course(ada)
    checked = check_import(as_file(package_of(course)), by=ada, name="letters.zip")
    assert checked.problems == []
    assert checked.kind == "package"
    copy = confirm_import(checked, by=ada).course
    assert copy is not None
    assert copy.pk != course.pk
    assert contents(copy) == contents(course)
    assert Picture.objects.filter(course=copy).count() == 1
    file = Attachment.objects.get(lesson__course=copy, name="Raster für n.md")
    with private().open(str(file.file.name)) as stored:
        assert stored.read() == b"# Raster\n"


def test_a_second_export_is_equal_to_the_first(ada: User) -> None:
    course = rich_course(ada)
    copy = confirm_import(check_import(as_file(package_of(course)), by=ada, name="letters.zip"), by=ada).course
    assert copy is not None
    first, second = pack_course(course).document, pack_course(copy).document
    shown = re.compile(r"files/pictures/[0-9a-f]{20}")
    assert shown.sub("", json.dumps({**first, "slug": ""})) == shown.sub("", json.dumps({**second, "slug": ""}))


def test_an_export_agrees_with_the_documented_schema(ada: User) -> None:
    schema = Client().get(reverse("course_format_schema")).json()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert list(validator.iter_errors(pack_course(rich_course(ada)).document)) == []
    assert list(validator.iter_errors({"title": "x", "modules": [{"lessons": []}]})) != []


def test_an_incomplete_draft_makes_the_round_too(ada: User) -> None:
    course = create_course(by=ada, words=CourseWords(title="Empty"))
    module = add_module(course, by=ada, title="Nothing yet")
    add_text_lesson(module, title="Film", kind="video_embed", text="")
    add_text_lesson(module, title="Quiz", kind="quiz_inline", text="")
    quiz = make_quiz(course, title="Half")
    add_question(quiz, by=ada, words=QuestionWords(text="", options=[]))
    copy = confirm_import(check_import(as_file(package_of(course)), by=ada, name="x.zip"), by=ada).course
    assert copy is not None
    assert contents(copy) == contents(course)


def test_a_package_holds_what_it_says_and_each_file_once(ada: User) -> None:
    with zipfile.ZipFile(io.BytesIO(package_of(rich_course(ada)))) as archive:
        names = archive.namelist()
        document = json.loads(archive.read("course.json"))
    assert names[0] == "course.json"
    assert len(names) == len(set(names)) == 4
    assert (document["format"], document["version"]) == ("atelier-course", 1)
    assert "/media/" not in json.dumps(document)


def test_removed_parts_stay_at_home(ada: User) -> None:
    course = make_course(ada, modules=1, lessons=2)
    lesson = Lesson.objects.filter(course=course).in_order().last()
    assert lesson is not None
    Lesson.objects.filter(pk=lesson.pk).update(position=None, removed_at=course.created_at)
    titles = [entry["title"] for module in pack_course(course).document["modules"] for entry in module["lessons"]]
    assert titles == ["Lesson 1.1"]


def test_packing_asks_as_often_for_a_large_course_as_for_a_small_one(ada: User, django_assert_num_queries: Any) -> None:
    for modules in (1, 12):
        course = make_course(ada, modules=modules, lessons=3, quiz=True)
        with django_assert_num_queries(6):
            pack_course(course)


def test_writing_asks_as_often_for_a_large_course_as_for_a_small_one(ada: User, django_assert_max_num_queries: Any) -> None:
    for modules in (1, 12):
        package = package_of(make_course(ada, modules=modules, lessons=3, quiz=True))
        checked = check_import(as_file(package), by=ada, name="x.zip")
        with django_assert_max_num_queries(40):
            fulfil_import(checked)


def test_the_same_picture_is_held_once_in_the_course_that_has_it(ada: User) -> None:
    course = rich_course(ada)
    package = package_of(course)
    counts = []
    for _time in range(2):
        confirm_import(check_import(as_file(package), by=ada, name="x.zip", into=course), by=ada)
        counts.append(Picture.objects.filter(course=course).count())
    assert counts[0] == counts[1]
    deliver_all()
    stored = set(Picture.objects.filter(course=course).values_list("image", flat=True))
    assert all(public().exists(name) for name in stored)


def test_the_file_that_was_sent_is_let_go_once_the_course_is_made(ada: User) -> None:
    checked = check_import(as_file(package_of(rich_course(ada))), by=ada, name="x.zip")
    name = str(checked.file.name)
    assert private().exists(name)
    confirm_import(checked, by=ada)
    deliver_all()
    assert not private().exists(name)


def test_what_nobody_confirmed_is_forgotten_with_its_file(ada: User) -> None:
    checked = check_import(as_file(package_of(rich_course(ada))), by=ada, name="x.zip")
    assert forget_ended(checked.created_at) == 0
    assert forget_ended(checked.expires_at) == 1
    assert not private().exists(str(checked.file.name))
    assert not CourseImport.objects.exists()
