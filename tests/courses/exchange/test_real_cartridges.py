"""Cartridges with the habits of the systems that write them, seen in real exports, in texts of our own."""
# ruff: noqa: E501 - what other programs write has long lines

from __future__ import annotations

import pytest

from accounts.models import User
from courses.exchange.models import CourseImport
from courses.exchange.services.importing import check_import, confirm_import
from courses.models import Course, Lesson, Module, Question, Quiz
from kit.files import RefusedFile
from tests.courses.exchange.packages import as_file, packed, picture
from tests.courses.exchange.test_cartridge import item, manifest, resource

pytestmark = pytest.mark.django_db

CANVAS = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
QTI = "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"


def canvas_question(kind: str, answers: dict[str, str], right: str, extra: str = "") -> str:
    labels = "".join(
        f'<response_label ident="{key}"><material><mattext texttype="text/html">{words}</mattext></material></response_label>'
        for key, words in answers.items()
    )
    choices = (
        f'<response_lid ident="response1" rcardinality="Single"><render_choice>{labels}</render_choice></response_lid>' if answers else ""
    )
    return f"""<item ident="i"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry></qtimetadatafield>
<qtimetadatafield><fieldlabel>points_possible</fieldlabel><fieldentry>3.0</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>
<presentation><material><mattext texttype="text/html">&lt;p&gt;Which holds?&lt;/p&gt;</mattext></material>{choices}</presentation><resprocessing>{extra}
<respcondition continue="No"><conditionvar><varequal respident="response1">{right}</varequal></conditionvar><setvar action="Set" varname="SCORE">100</setvar></respcondition></resprocessing>
<itemfeedback ident="b_fb"><flow_mat><material><mattext texttype="text/html">&lt;p&gt;It leans.&lt;/p&gt;</mattext></material></flow_mat></itemfeedback></item>"""


def questions(*items: str) -> str:
    return f"""<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="q1" title="Check"><qtimetadata><qtimetadatafield>
<fieldlabel>cc_maxattempts</fieldlabel><fieldentry/></qtimetadatafield></qtimetadata><section ident="root_section">{"".join(items)}</section></assessment></questestinterop>"""


FULLER = questions(
    canvas_question(
        "multiple_choice_question",
        {"a": "&lt;p&gt;\\(n^2\\)&lt;/p&gt;", "b": "&lt;p&gt;2 * x_1 &amp;lt;b&amp;gt;&lt;/p&gt;"},
        "a",
        '<respcondition continue="Yes"><conditionvar><varequal respident="response1">b</varequal></conditionvar><displayfeedback linkrefid="b_fb"/></respcondition>',
    ),
    canvas_question("matching_question", {"a": "x", "b": "y"}, "a"),
    "<sourcebank_ref>bank1</sourcebank_ref><selection_ordering><selection><selection_number>1</selection_number></selection></selection_ordering>",
)
BANK = f'<questestinterop><objectbank ident="bank1">{canvas_question("true_false_question", {"1": "True", "2": "False"}, "2")}</objectbank></questestinterop>'
META = """<quiz xmlns="http://canvas.instructure.com/xsd/cccv1p0" identifier="q1"><title>Check</title><description>&lt;p&gt;Take your &lt;b&gt;time&lt;/b&gt;.&lt;/p&gt;</description>
<shuffle_answers>true</shuffle_answers><quiz_type>practice_quiz</quiz_type><allowed_attempts>1</allowed_attempts><time_limit>25</time_limit></quiz>"""
PAGE = """<html><head><title>Home &amp; away</title></head><body><p><a href="$WIKI_REFERENCE$/pages/other">Other</a> <a href="$CANVAS_OBJECT_REFERENCE$/modules/m">Start</a>
<a href="$CANVAS_COURSE_REFERENCE$/file_ref/grid?wrap=1">Grid</a> <img class="equation_image" alt="LaTeX: \\frac{a}{b}" data-equation-content="\\frac{a}{b}" src="https://canvas.example.com/equation_images/x"></p>
<details><summary>More</summary><p>Within.</p></details><video src="$IMS-CC-FILEBASE$/film.mp4"></video></body></html>"""


def assignment(kinds: str) -> str:
    return f'<assignment xmlns="http://canvas.instructure.com/xsd/cccv1p0"><title>Draw</title><submission_types>{kinds}</submission_types></assignment>'


def canvas() -> bytes:
    outline = (
        item("m1", "One", refers=False, inner=item("home", "Home") + item("h", "Warm up", refers=False) + item("q1", "Check") + item("draw", "Draw") + item("film", "Film"))
        + item("m2", "Later", refers=False)
    )  # fmt: skip
    resources = "".join(
        (
            resource("settings", CANVAS, "course_settings/canvas_export.txt"),
            f'<resource identifier="syl" type="{CANVAS}" href="course_settings/syllabus.html" intendeduse="syllabus"><file href="course_settings/syllabus.html"/></resource>',
            resource("home", "webcontent", "wiki_content/home.html"),
            resource("other", "webcontent", "wiki_content/other.html"),
            f'<resource identifier="q1" type="{QTI}"><file href="q1/assessment_qti.xml"/><dependency identifierref="q1m"/></resource>',
            resource("q1m", CANVAS, "q1/assessment_meta.xml"),
            f'<resource identifier="draw" type="{CANVAS}" href="draw/draw.html"><file href="draw/draw.html"/><file href="draw/assignment_settings.xml"/></resource>',
            f'<resource identifier="shadow" type="{CANVAS}" href="shadow/check.html"><file href="shadow/check.html"/></resource>',
            '<resource identifier="news" type="imsdt_xmlv1p1"><file href="news.xml"/><dependency identifierref="newsm"/></resource>',
            resource("newsm", CANVAS, "newsm.xml"),
            resource("film", "webcontent", "web_resources/film.mp4"),
            resource("grid", "webcontent", "web_resources/What is n%3F.csv"),
            resource("sheet", "webcontent", "web_resources/upload.html"),
        )
    )
    topic = (
        '<topic xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imsdt_v1p1"><title>News</title><text texttype="text/html">x</text></topic>'
    )
    return packed(
        {
            "imsmanifest.xml": manifest("1", outline, resources),
            "course_settings/canvas_export.txt": "x",
            "course_settings/syllabus.html": "<p>Bring a pen.</p>",
            "wiki_content/home.html": PAGE,
            "wiki_content/other.html": "<html><head><title>Other &amp; more</title></head><body><p>Text.</p></body></html>",
            "q1/assessment_qti.xml": questions(),
            "q1/assessment_meta.xml": META,
            "non_cc_assessments/q1.xml.qti": FULLER,
            "non_cc_assessments/bank1.xml.qti": BANK,
            "draw/draw.html": "<p>Draw an n.</p>",
            "draw/assignment_settings.xml": assignment("online_text_entry,online_upload"),
            "shadow/check.html": "<p>x</p>",
            "shadow/assignment_settings.xml": assignment("online_quiz"),
            "news.xml": topic,
            "newsm.xml": '<topicMeta xmlns="http://canvas.instructure.com/xsd/cccv1p0"><title>News</title><type>announcement</type></topicMeta>',
            "web_resources/film.mp4": b"\0\0\0\x18ftypmp42",
            "web_resources/What is n?.csv": b"n,m\n",
            "web_resources/upload.html": "<p>x</p>",
        }
    )


def told(checked: CourseImport) -> list[str]:
    return [f"{note['path']} {note['sentence']}" for note in checked.report["warnings"]]


@pytest.fixture
def checked(ada: User) -> CourseImport:
    found = check_import(as_file(canvas()), by=ada, name="course.imscc")
    assert found.problems == []
    return found


@pytest.fixture
def course(ada: User, checked: CourseImport) -> Course:
    made = confirm_import(checked, by=ada).course
    assert made is not None
    return made


def test_what_canvas_keeps_beside_the_outline_comes_along(course: Course) -> None:
    assert list(Module.objects.filter(course=course).order_by("position").values_list("title", flat=True)) == [
        "One",
        "Later",
        "Outside the outline",
    ]
    lessons = [(lesson.title, lesson.kind) for lesson in Lesson.objects.filter(course=course).in_order()]
    assert lessons == [
        ("Home", "text"),
        ("Check", "quiz_inline"),
        ("Draw", "exercise"),
        ("Film", "video"),
        ("Syllabus", "text"),
        ("Other & more", "text"),
    ]  # fmt: skip


def test_a_quiz_that_the_format_shows_empty_is_read_as_canvas_reads_it(course: Course) -> None:  # R159
    quiz = Quiz.objects.get(course=course)
    assert (quiz.description, quiz.allow_retakes, quiz.shuffle, quiz.time_limit_minutes, quiz.is_required) == (
        "Take your **time**.",
        False,
        True,
        25,
        False,
    )
    first, drawn = Question.objects.filter(quiz=quiz).order_by("position")
    assert [option["text"] for option in first.options] == ["$n^2$", r"2 \* x\_1 \<b\>"]
    assert (first.correct, first.points, first.explanation) == (["a"], 3, r"**2 \* x\_1 \<b\>:** It leans.")
    assert (drawn.kind, drawn.correct) == ("true_false", ["false"])


def test_an_assignment_becomes_an_exercise(course: Course) -> None:
    exercise = Lesson.objects.get(course=course, kind="exercise")
    assert (exercise.text, exercise.hand_in) == ("Draw an n.", "either")


def test_links_within_the_course_become_words_files_and_formulas(course: Course) -> None:
    home = Lesson.objects.get(course=course, title="Home")
    assert home.text == "Other Start Grid $\\frac{a}{b}$\n\nMore\n\nWithin.\n\nfilm.mp4"
    assert list(home.attachments.values_list("name", flat=True)) == ["What is n_.csv"]


def test_everything_left_out_is_named_by_its_path(checked: CourseImport) -> None:
    sentences = told(checked)
    for words in (
        "non_cc_assessments/q1.xml.qti: question 2 This is a set of pairs to match",
        "non_cc_assessments/q1.xml.qti It draws some of its questions by chance",
        "imsmanifest.xml: Warm up This is a heading in the outline",
        "newsm.xml This is an announcement",
        "course_settings Dates, grading, rubrics",
        "wiki_content/home.html Its links to other pages",
        "wiki_content/home.html “film.mp4” is a kind of file that cannot be attached",
        "web_resources/upload.html No page uses this file",
        "web_resources/film.mp4: kind The video itself does not come along",
    ):
        assert any(sentence.startswith(words) for sentence in sentences), (words, sentences)


def test_a_cartridge_without_outline_is_read_in_the_order_of_its_parts(ada: User) -> None:
    parts = resource("p", "webcontent", "p.html") + resource("w", "imswl_xmlv1p1", "w.xml")
    link = '<webLink xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imswl_v1p1"><title>Elsewhere</title><url href="https://example.com/"/></webLink>'
    found = check_import(
        as_file(packed({"imsmanifest.xml": manifest("1", "", parts), "p.html": "<p>x</p>", "w.xml": link})), by=ada, name="x.imscc"
    )
    assert found.problems == []
    assert [[lesson["title"] for lesson in module["lessons"]] for module in found.report["outline"]] == [["P", "Elsewhere"]]


def test_a_flat_manifest_holds_its_parts_itself(ada: User) -> None:
    parts = (
        '<resource identifier="a" type="assignment_xmlv1p0"><assignment xmlns="http://www.imsglobal.org/xsd/imscc_extensions/assignment"><title>A</title><text texttype="text/plain">Hand it in.</text>'
        '<instructor_text>Secret</instructor_text><submission_formats><format type="file"/></submission_formats></assignment></resource>'
        '<resource identifier="l" type="imswl_xmlv1p3"><webLink><title>L</title><url href="https://vimeo.com/76979871"/></webLink></resource>'
        '<resource identifier="t" type="imsbasiclti_xmlv1p3"><cartridge_basiclti_link/></resource>'
    )
    outline = item("m", "M", refers=False, inner=item("a", "A") + item("l", "L") + item("t", "T"))
    found = check_import(as_file(packed({"imsmanifest.xml": manifest("3", outline, parts)})), by=ada, name="flat.imscc")
    assert found.problems == []
    made = confirm_import(found, by=ada).course
    assert list(Lesson.objects.filter(course=made).in_order().values_list("kind", "text", "hand_in")) == [
        ("exercise", "Hand it in.", "file"),
        ("video_embed", "", "text"),
    ]
    sentences = told(found)
    assert any("T This is a learning tool of another site" in sentence for sentence in sentences)
    assert any("A Its notes for teachers are left out" in sentence for sentence in sentences)
    assert "Secret" not in str(sentences)


def test_entries_with_pages_of_their_own_and_more_below_keep_both(ada: User) -> None:
    outline = item("p1", "Readings", inner=item("p2", "First"))
    parts = f'<resources xml:base="site/">{resource("p1", "webcontent", "a.html")}{resource("p2", "webcontent", "b.html")}</resources>'
    text = manifest("1", outline, "").replace("<resources></resources>", parts)
    found = check_import(
        as_file(packed({"imsmanifest.xml": text, "site/a.html": "<p>x</p>", "site/b.html": "<p>y</p>"})), by=ada, name="x.zip"
    )
    assert found.problems == []
    assert [[lesson["title"] for lesson in module["lessons"]] for module in found.report["outline"]] == [["Readings", "First"]]


def test_files_are_found_from_the_page_as_sakai_and_moodle_name_them(ada: User) -> None:
    topic = """<topic xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imsdt_v1p1"><title>T</title><text texttype="text/html">&lt;img src="$IMS-CC-FILEBASE$../I_media_R/n.png" alt="n"/&gt;
&lt;img src="$IMS-CC-FILEBASE$own.png" alt="own"/&gt; &lt;img src="$IMS-CC-FILEBASE$../../out.png" alt="out"/&gt;</text><attachments><attachment href="../I_media_R/grid.csv"/></attachments></topic>"""
    files: dict[str, bytes | str] = {
        "imsmanifest.xml": manifest("1", item("m", "M", refers=False, inner=item("t", "T")), resource("t", "imsdt_xmlv1p1", "I_1_R/t.xml")),
        "I_1_R/t.xml": topic,
        "I_1_R/own.png": picture("red"),
        "I_media_R/n.png": picture(),
        "I_media_R/grid.csv": b"n,m\n",
    }
    found = check_import(as_file(packed(files)), by=ada, name="sakai.imscc")
    assert found.problems == []
    assert (found.report["counts"]["pictures"], found.report["counts"]["attachments"]) == (2, 1)


def test_a_damaged_file_of_a_cartridge_is_left_out_not_a_reason_to_refuse_it(ada: User) -> None:
    outline = item("m", "M", refers=False, inner=item("p", "P"))
    parts = resource("p", "webcontent", "p.html") + resource("d", "webcontent", "d.pdf")
    files: dict[str, bytes | str] = {
        "imsmanifest.xml": manifest("1", outline, parts),
        "p.html": '<p><a href="d.pdf">Grid</a><img src="n.png" alt="n"><img src="m.png" alt="m"></p>',
        "d.pdf": b"%PDF-1.4\nnot much",
        "n.png": b"nothing",
        "m.png": picture(),
    }
    found = check_import(as_file(packed(files)), by=ada, name="x.imscc")
    assert (found.problems, found.report["counts"]["pictures"], found.report["counts"]["attachments"]) == ([], 1, 0)
    paths = [note["path"] for note in found.report["warnings"]]
    assert {"d.pdf", "n.png"} <= set(paths)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '<manifest xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"><metadata><schema>ADL SCORM</schema></metadata><organizations/><resources/></manifest>',
            "SCORM package",
        ),
        (
            '<manifest xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"><organizations/><resources><resource identifier="r" type="webcontent" adlcp:scormType="sco" href="index.html"/></resources></manifest>',
            "SCORM package",
        ),
        (
            '<manifest><organizations/><resources><resource identifier="r" type="resource/x-bb-document" href="res00001.dat"/></resources></manifest>',
            "Blackboard alone",
        ),
    ],
)
def test_packages_of_other_kinds_are_refused_by_their_name(ada: User, text: str, reason: str) -> None:
    with pytest.raises(RefusedFile, match=reason):
        check_import(as_file(packed({"imsmanifest.xml": text, "index.html": "<p>x</p>"})), by=ada, name="x.zip")


@pytest.mark.parametrize(
    ("name", "reason"), [("moodle_backup.xml", "backup of Moodle"), ("tincan.xml", "learning system"), ("cmi5.xml", "learning system")]
)
def test_what_has_no_manifest_of_ours_is_refused_by_its_name_too(ada: User, name: str, reason: str) -> None:
    with pytest.raises(RefusedFile, match=reason):
        check_import(as_file(packed({name: "<x/>", "README.md": "x"})), by=ada, name="x.mbz")
