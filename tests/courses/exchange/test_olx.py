"""Open edX courses (OLX)."""
# ruff: noqa: E501 - what other programs write has long lines

from __future__ import annotations

import pytest

from accounts.models import User
from courses.exchange.models import CourseImport
from courses.exchange.services.importing import check_import, confirm_import
from courses.models import Course, Lesson, Module, Picture, Question
from tests.courses.exchange.packages import as_file, picture, tar_gz

pytestmark = pytest.mark.django_db

FILES = {
    "course/course.xml": '<course url_name="2026" org="Atelier" course="L1"/>',
    "course/course/2026.xml": '<course display_name="Letters that hold" language="de"><chapter url_name="c1"/><wiki slug="x"/></course>',
    "course/chapter/c1.xml": '<chapter display_name="Straight"><sequential url_name="s1"/></chapter>',
    "course/sequential/s1.xml": (
        '<sequential display_name="Part"><vertical url_name="v1"/><vertical url_name="v2"/><vertical url_name="v3"/></sequential>'
    ),
    "course/vertical/v1.xml": '<vertical display_name="The n"><html url_name="h1"/><discussion url_name="d1"/></vertical>',
    "course/vertical/v2.xml": '<vertical display_name="See"><video url_name="f1" youtube_id_1_0="dQw4w9WgXcQ"/><problem url_name="p1"/></vertical>',
    "course/vertical/v3.xml": '<vertical display_name="Ask"><problem url_name="p2"/><problem url_name="p3"/><problem url_name="p4"/></vertical>',
    "course/html/h1.xml": '<html filename="h1" display_name="Text"/>',
    "course/html/h1.html": '<p>Stems <b>first</b>.</p><script>alert(1)</script><img src="/static/n.png" alt="An n">',
    "course/static/n.png": "",
    "course/problem/p1.xml": """<problem display_name="One"><multiplechoiceresponse><label>Which is <i>round</i>?</label>
<choicegroup type="MultipleChoice"><choice correct="false">x</choice><choice correct="true">o <choicehint>Yes</choicehint></choice></choicegroup>
<solution><div class="detailed-solution"><p>Explanation</p><p>It overshoots.</p></div></solution></multiplechoiceresponse></problem>""",
    "course/problem/p2.xml": """<problem><p>Choose the straight ones.</p><choiceresponse><checkboxgroup><choice correct="true">n</choice>
<choice correct="true">m</choice><choice correct="false">o</choice></checkboxgroup></choiceresponse></problem>""",
    "course/problem/p3.xml": '<problem><script type="loncapa/python">import os</script><numericalresponse answer="$x"/></problem>',
    "course/problem/p4.xml": """<problem><optionresponse><label>Pick</label><optioninput options="('a','b')" correct="b"/></optionresponse>
<stringresponse answer="n"><textline/></stringresponse></problem>""",
}


def check(by: User) -> CourseImport:
    files = {name: content.encode() for name, content in FILES.items()}
    return check_import(as_file(tar_gz({**files, "course/static/n.png": picture()})), by=by, name="course.tar.gz")


@pytest.fixture
def course(ada: User) -> Course:
    checked = check(ada)
    assert checked.problems == []
    assert checked.kind == "olx"
    made = confirm_import(checked, by=ada).course
    assert made is not None
    return made


def test_chapters_become_modules_and_units_lessons(course: Course) -> None:
    assert (course.title, course.language) == ("Letters that hold", "de")
    assert list(Module.objects.filter(course=course).values_list("title", flat=True)) == ["Straight"]
    lessons = list(Lesson.objects.filter(course=course).in_order())
    assert [(lesson.title, lesson.kind) for lesson in lessons] == [
        ("The n", "text"),
        ("See", "video_embed"),
        ("See: questions", "quiz_inline"),
        ("Ask", "quiz_inline"),
    ]
    assert lessons[0].text == f"Stems **first**.\n\n![An n]({Picture.objects.get(course=course).image.url})"
    assert lessons[1].video_url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def test_problems_of_given_answers_become_questions(course: Course) -> None:
    one, many, pick = Question.objects.filter(quiz__course=course).order_by("quiz__lesson__position", "position")
    assert (one.text, one.kind, one.correct) == ("Which is *round*?", "multiple_choice", ["b"])
    assert [option["text"] for option in one.options] == ["x", "o"]
    assert "It overshoots." in one.explanation
    assert (many.text, many.kind, many.correct) == ("Choose the straight ones.", "multi_select", ["a", "b"])
    assert (pick.text, pick.correct) == ("Pick", ["b"])


def test_scripts_are_never_run_and_what_has_no_counterpart_is_named(ada: User) -> None:
    told = {note["path"]: note["sentence"] for note in check(ada).report["warnings"]}
    assert "script" in told["course/problem/p3.xml".removeprefix("course/")]
    assert "a gap to fill in" in told["problem/p4.xml: question 2"]
    assert "discussion" in told["discussion/d1"]
    assert "hints" in told["problem/p1.xml"]


OLD = {
    "toy/course.xml": '<course url_name="fall" org="Atelier" course="T"/>',
    "toy/course/fall.xml": """<course><textbook title="T"/><chapter url_name="Overview"><videosequence url_name="Films"><html url_name="deep:lab"/>
<video url_name="old" youtube="0.75:aaaaaaaaaaa,1.0:dQw4w9WgXcQ"/></videosequence><video url_name="Welcome" display_name="Welcome" youtube_id_1_0="dQw4w9WgXcQ"/>
<problem url_name="both"/></chapter><chapter url_name="deep:word_work"><video url_name="own"><source src="https://example.com/a film.mp4"/></video></chapter></course>""",
    "toy/policies/fall.json": '{"course/fall": {"display_name": "A toy"}, "chapter/Overview": {"display_name": "All of it"}, "html/deep:lab": {"display_name": "Lab"}}',
    "toy/html/deep/lab.html": "<b>Lab</b><p>\\(E = mc^2\\) <a href='/jump_to_id/x'>There</a></p>",
    "toy/problem/both.xml": """<problem><p>First?</p><multiplechoiceresponse><choicegroup><choice correct="true">a*b</choice><choice correct="false">c</choice></choicegroup></multiplechoiceresponse>
<solution><p>Explanation</p><p>One.</p></solution><div><p>Second?</p><optionresponse><optioninput options="('x, y','z')" correct="x, y"/></optionresponse></div></problem>""",
    "toy/static/unused.png": "",
    "toy/drafts/vertical/d.xml": "<vertical/>",
    "toy/about/overview.html": "<p>x</p>",
}


def test_a_course_older_than_studio_is_read_by_its_policies(ada: User) -> None:
    files = {name: content.encode() for name, content in OLD.items()}
    checked = check_import(as_file(tar_gz({**files, "toy/static/unused.png": picture()})), by=ada, name="toy.tar.gz")
    assert checked.problems == []
    course = confirm_import(checked, by=ada).course
    assert course is not None
    assert course.title == "A toy"
    assert list(Module.objects.filter(course=course).order_by("position").values_list("title", flat=True)) == ["All of it", "Word work"]
    lessons = list(Lesson.objects.filter(course=course).in_order())
    assert [(lesson.title, lesson.kind) for lesson in lessons] == [
        ("Lab", "text"),
        ("Old", "video_embed"),
        ("Welcome", "video_embed"),
        ("Both", "quiz_inline"),
        ("Own", "text"),
    ]
    assert lessons[0].text == "**Lab**\n\n$E = mc^2$ There"
    assert lessons[1].video_url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert lessons[4].text == "[Own](<https://example.com/a%20film.mp4>)"
    first, second = Question.objects.filter(quiz__course=course).order_by("position")
    assert (first.text, first.options[0]["text"], first.explanation) == ("First?", r"a\*b", "One.")
    assert (second.text, [option["text"] for option in second.options], second.correct) == ("Second?", ["x, y", "z"], ["a"])
    told = {note["path"]: note["sentence"] for note in checked.report["warnings"]}
    assert {"textbook", "static/unused.png", "drafts", "about/overview.html", "html/deep:lab", "video/own"} <= set(told)


def test_a_course_within_a_repository_is_found(ada: User) -> None:
    files = {f"demo-main/demo/{name}": content.encode() for name, content in FILES.items()}
    packed = {**files, "demo-main/demo/course/static/n.png": picture(), "demo-main/README.rst": b"x"}
    assert check_import(as_file(tar_gz(packed)), by=ada, name="demo-main.tar.gz").kind == "olx"
