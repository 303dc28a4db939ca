"""IMS Common Cartridges as courses."""
# ruff: noqa: E501 - what other programs write has long lines

from __future__ import annotations

import pytest

from accounts.models import User
from courses.exchange.models import CourseImport
from courses.exchange.services.importing import check_import, confirm_import
from courses.models import Attachment, Course, Lesson, Module, Picture, Question, Quiz
from tests.courses.exchange.packages import as_file, packed, picture

pytestmark = pytest.mark.django_db


def item(identifier: str, title: str, inner: str = "", *, refers: bool = True) -> str:
    reference = f' identifierref="{identifier}"' if refers else ""
    return f'<item identifier="i-{identifier}"{reference}><title>{title}</title>{inner}</item>'


def resource(identifier: str, kind: str, path: str) -> str:
    return f'<resource identifier="{identifier}" type="{kind}" href="{path}"><file href="{path}"/></resource>'


def manifest(version: str, items: str, resources: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imsccv1p{version}/imscp_v1p1"
  xmlns:lomimscc="http://ltsc.ieee.org/xsd/imsccv1p{version}/LOM/manifest">
 <metadata><schema>IMS Common Cartridge</schema><schemaversion>1.{version}.0</schemaversion>
  <lomimscc:lom><lomimscc:general><lomimscc:title><lomimscc:string>Letters that hold</lomimscc:string></lomimscc:title></lomimscc:general></lomimscc:lom>
 </metadata>
 <organizations><organization identifier="o" structure="rooted-hierarchy"><item identifier="root">{items}</item></organization></organizations>
 <resources>{resources}</resources>
</manifest>"""


def question(ident: str, profile: str, cardinality: str, answers: dict[str, str], condition: str, feedback: str = "") -> str:
    labels = "".join(
        f'<response_label ident="{key}"><material><mattext texttype="text/html">&lt;p&gt;{words}&lt;/p&gt;</mattext></material></response_label>'
        for key, words in answers.items()
    )
    told = f'<itemfeedback ident="general_fb"><flow_mat><material><mattext>{feedback}</mattext></material></flow_mat></itemfeedback>'
    return f"""<item ident="{ident}"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel><fieldentry>{profile}</fieldentry>
</qtimetadatafield></qtimetadata></itemmetadata><presentation><material><mattext texttype="text/html">&lt;b&gt;Which {ident}?&lt;/b&gt;&lt;script&gt;x()&lt;/script&gt;</mattext></material>
<response_lid ident="response1" rcardinality="{cardinality}"><render_choice>{labels}</render_choice></response_lid></presentation>
<resprocessing><outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>
<respcondition continue="Yes"><conditionvar><other/></conditionvar><displayfeedback feedbacktype="Response" linkrefid="general_fb"/></respcondition>
<respcondition continue="No"><conditionvar>{condition}</conditionvar><setvar action="Set" varname="SCORE">100</setvar></respcondition></resprocessing>{told if feedback else ""}</item>"""


def assessment(*items: str) -> str:
    return f"""<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="a" title="Check">
<qtimetadata><qtimetadatafield><fieldlabel>cc_maxattempts</fieldlabel><fieldentry>1</fieldentry></qtimetadatafield>
<qtimetadatafield><fieldlabel>qmd_timelimit</fieldlabel><fieldentry>20</fieldentry></qtimetadatafield></qtimetadata>
<section ident="root_section">{"".join(items)}</section></assessment></questestinterop>"""


QUIZ = assessment(
    question(
        "q1", "cc.multiple_choice.v0p1", "Single", {"1": "x", "2": "o"}, '<varequal respident="response1">2</varequal>', "Round ones."
    ),
    question("q2", "cc.true_false.v0p1", "Single", {"10": "True", "11": "False"}, '<varequal respident="response1">11</varequal>'),
    question(
        "q3",
        "cc.multiple_response.v0p1",
        "Multiple",
        {"a": "n", "b": "o", "c": "m"},
        "<and><varequal>a</varequal><not><varequal>b</varequal></not><varequal>c</varequal></and>",
    ),
    question("q4", "cc.essay.v0p1", "Single", {}, ""),
)

PAGE = """<html><head><title>N</title><script>alert(1)</script></head><body><h1>The n</h1><p onclick="x()">Stems <em>first</em>.</p>
<img src="../web_resources/n.png" alt="An n"><img src="%24IMS-CC-FILEBASE%24/n.png?canvas_download=1" alt="Again">
<p><a href="$IMS-CC-FILEBASE$/grid.csv">Grid</a> <a href="javascript:alert(1)">bad</a></p></body></html>"""
FILM = '<p>Watch.</p><iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>'
LINK = '<webLink xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imswl_v1p1"><title>T</title><url href="{}" target="_blank"/></webLink>'


def cartridge(version: str = "1") -> bytes:
    items = item("m1", "Straight", refers=False, inner=item("p1", "The n") + item("quiz", "In between") + item("p2", "A film")) + item(
        "m2", "Round", refers=False,
        inner=item("sub", "Deeper", refers=False, inner=item("w1", "Elsewhere") + item("w2", "On YouTube")) + item("d1", "Talk") + item("f1", "Grid") + item("quiz", "Last"),
    )  # fmt: skip
    resources = "".join(
        (
            resource("p1", "webcontent", "wiki_content/n.html"),
            resource("p2", "webcontent", "wiki_content/film.html"),
            resource("p3", "webcontent", "wiki_content/unnamed.html"),
            resource("quiz", f"imsqti_xmlv1p2/imscc_xmlv1p{version}/assessment", "quiz/a.xml"),
            resource("w1", f"imswl_xmlv1p{version}", "w1.xml"),
            resource("w2", f"imswl_xmlv1p{version}", "w2.xml"),
            resource("d1", f"imsdt_xmlv1p{version}", "d1.xml"),
            resource("f1", "webcontent", "web_resources/grid.csv"),
        )
    )
    return packed(
        {
            "imsmanifest.xml": manifest(version, items, resources),
            "wiki_content/n.html": PAGE,
            "wiki_content/film.html": FILM,
            "wiki_content/unnamed.html": "<p>x</p>",
            "quiz/a.xml": QUIZ,
            "w1.xml": LINK.format("https://example.com/letters"),
            "w2.xml": LINK.format("https://youtu.be/dQw4w9WgXcQ"),
            "d1.xml": "<topic/>",
            "web_resources/n.png": picture(),
            "web_resources/grid.csv": b"n,m\n",
        }
    )


def check(by: User, version: str = "1") -> CourseImport:
    return check_import(as_file(cartridge(version)), by=by, name="letters.imscc")


@pytest.fixture
def course(ada: User) -> Course:
    checked = check(ada)
    assert checked.problems == []
    made = confirm_import(checked, by=ada).course
    assert made is not None
    return made


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_each_version_of_the_format_is_read(ada: User, version: str) -> None:
    checked = check(ada, version)
    assert checked.problems == []
    assert checked.kind == "cartridge"
    assert {**checked.report["counts"], "minutes": 0} == {
        "modules": 3, "lessons": 8, "quizzes": 2, "questions": 6, "pictures": 1, "attachments": 2, "minutes": 0, "free_lessons": 0,
    }  # fmt: skip


def test_the_outline_becomes_modules_and_lessons(course: Course) -> None:
    assert course.title == "Letters that hold"
    assert list(Module.objects.filter(course=course).order_by("position").values_list("title", flat=True)) == [
        "Straight",
        "Round",
        "Outside the outline",
    ]
    lessons = list(Lesson.objects.filter(course=course).in_order())
    assert [(lesson.title, lesson.kind) for lesson in lessons] == [
        ("The n", "text"),
        ("In between", "quiz_inline"),
        ("A film", "video_embed"),
        ("Elsewhere", "text"),
        ("On YouTube", "video_embed"),
        ("Talk", "text"),
        ("Grid", "text"),
        ("Unnamed", "text"),
    ]
    assert lessons[2].video_url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert lessons[2].text == "Watch."
    assert lessons[3].text == "<https://example.com/letters>"


def test_pages_become_markdown_with_their_pictures_and_files(course: Course) -> None:
    lesson = Lesson.objects.get(course=course, title="The n")
    address = Picture.objects.get(course=course).image.url
    assert lesson.text == f"## The n\n\nStems *first*.\n\n![An n]({address})![Again]({address})\n\nGrid bad"
    assert list(Attachment.objects.filter(lesson=lesson).values_list("name", flat=True)) == ["grid.csv"]


def test_a_quiz_keeps_its_place_between_lessons_or_ends_its_module(course: Course) -> None:  # R155
    kinds = {quiz.title: (quiz.kind, quiz.allow_retakes, quiz.time_limit_minutes) for quiz in Quiz.objects.filter(course=course)}
    assert kinds == {"In between": ("inline", False, 20), "Last": ("module", False, 20)}


def test_questions_of_given_answers_are_ours(course: Course) -> None:  # R159
    first, second, third = Question.objects.filter(quiz__course=course, quiz__title="Last").order_by("position")
    assert (first.kind, first.text, first.correct, first.explanation) == ("multiple_choice", "**Which q1?**", ["2"], "Round ones.")
    assert [option["text"] for option in first.options] == ["x", "o"]
    assert (second.kind, second.correct) == ("true_false", ["false"])
    assert (third.kind, third.correct) == ("multi_select", ["a", "c"])


def test_what_has_no_counterpart_is_named(ada: User) -> None:
    sentences = [f"{note['path']} {note['sentence']}" for note in check(ada).report["warnings"]]
    for words in (
        "quiz/a.xml: question 4 This is an essay, a kind of question that has no counterpart",
        "d1.xml Lessons have no discussion of their own",
        "imsmanifest.xml The outline does not name all pages",
    ):
        assert any(words in sentence for sentence in sentences), sentences


def test_a_manifest_without_outline_is_a_problem(ada: User) -> None:
    checked = check_import(as_file(packed({"imsmanifest.xml": "<manifest/>"})), by=ada, name="x.imscc")
    assert [note["path"] for note in checked.problems] == ["imsmanifest.xml"]
