"""The player's pages: what stands in them, how large they are, and that they work without script (R212-R214)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from courses.drafting import read_draft
from courses.learning.access import lesson_access_map
from courses.learning.models import Enrolment, LessonProgress
from courses.learning.pages import LearnAddresses, LessonPage, build_frame, file_rows
from courses.learning.selectors import published_lesson
from courses.learning.services.enrolments import revoke_enrolment
from courses.learning.services.notes import add_note
from courses.learning.services.progress import complete_lesson, mark_lesson
from courses.models import Course, Lesson, LessonKind
from courses.outline import Outline, version_outline
from courses.services.closing import close_course
from tests.courses.learning.taking import attach, lessons_of, republish, signed_in
from tests.factories import make_user
from tests.factories.big_course import make_big_course
from tests.factories.courses import add_text_lesson, enrol, make_course, make_quiz


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, modules=3, lessons=2, quiz=True)


def outline_of(course: Course) -> Outline:
    course.refresh_from_db()
    assert course.current_version_id is not None
    return version_outline(course.current_version_id)


def shown(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, path
    return response.content.decode()


def test_a_lesson_shows_its_text_its_place_and_the_way_on(course: Course, ben: User) -> None:
    enrol(ben, course)
    first, second, third, *_rest = lessons_of(course)
    page = shown(signed_in(ben), f"/learn/{course.slug}/{second.slug}/")
    assert "Draw the <em>n</em> first" in page
    assert "Part 1, lesson 2 of 2" in page
    assert "0 of 6 done" in page
    assert f'href="/learn/{course.slug}/{first.slug}/" rel="prev"' in page
    # After a module's lessons come its quizzes (R155, R213).
    assert f'href="/learn/{course.slug}/quizzes/check-yourself/" rel="next"' in page
    assert third.title not in page
    assert '<meta name="robots" content="noindex">' in page


def test_the_outline_brings_the_steps_of_a_module_when_it_is_opened(course: Course, ben: User) -> None:
    enrolment = enrol(ben, course)
    third = lessons_of(course)[2]
    complete_lesson(enrolment, lesson_id=third.id)
    module = outline_of(course).modules[1]
    path = f"/learn/{course.slug}/outline/{module.id}/"
    page = shown(signed_in(ben), f"/learn/{course.slug}/{lessons_of(course)[0].slug}/")
    assert f'hx-get="{path}"' in page
    assert f'<li><a class="lesson" href="{path}">' in page  # without script
    rows = shown(signed_in(ben), path, HX_Request="true")
    assert "<html" not in rows
    assert rows.count("<li>") == 2
    assert "is-done" in rows
    assert "<h1" in shown(signed_in(ben), path)
    assert signed_in(ben).get(f"/learn/{course.slug}/outline/{course.modules.get(position=0).course_id:032d}/").status_code == 404


def test_marking_works_without_script(course: Course, ben: User) -> None:
    enrol(ben, course)
    client, lesson = signed_in(ben), lessons_of(course)[0]
    path = f"/learn/{course.slug}/{lesson.slug}/"
    assert client.post(f"{path}completion/", {"done": "yes"}).headers["Location"] == path
    assert client.post(f"{path}bookmark/", {"bookmarked": "yes"}).headers["Location"] == path
    page = shown(client, path)
    assert "1 of 6 done" in page
    assert 'name="done" value="no"' in page
    assert 'name="bookmarked" value="no"' in page
    client.post(f"{path}completion/", {"done": "no"})
    client.post(f"{path}bookmark/", {"bookmarked": "no"})
    row = LessonProgress.objects.get()
    assert (row.completed_at, row.bookmarked_at) == (None, None)


def test_marking_with_script_renews_what_counts_it(course: Course, ben: User) -> None:
    enrol(ben, course)
    lesson = lessons_of(course)[0]
    answer = signed_in(ben).post(f"/learn/{course.slug}/{lesson.slug}/completion/", {"done": "yes"}, headers={"HX-Request": "true"})
    fragment = answer.content.decode()
    assert fragment.lstrip().startswith('<div class="flex flex-wrap gap-2" id="marks"')
    assert "1 of 6 done" in fragment
    assert re.search(r'<a class="lesson is-done" hx-swap-oob="true" href="[^"]+" id="step-here" aria-current="page">', fragment)
    assert re.search(r'id="part-count" hx-swap-oob="true">1 of 3<', fragment)
    assert re.search(r'id="time-left" hx-swap-oob="true">25\u00a0min left<', fragment)


@pytest.mark.parametrize("htmx", [False, True])
def test_the_last_mark_leads_to_the_courses_page(ada: User, ben: User, htmx: bool) -> None:
    course = make_course(ada, modules=1, lessons=1)
    enrol(ben, course)
    client = signed_in(ben)
    headers = {"HX-Request": "true"} if htmx else {}
    answer = client.post(f"/learn/{course.slug}/{lessons_of(course)[0].slug}/completion/", headers=headers)
    assert answer.headers["HX-Redirect" if htmx else "Location"] == f"/learn/{course.slug}/"
    page = shown(client, f"/learn/{course.slug}/")
    assert "You have finished this course." in page
    assert "you have finished the course" in page


def test_the_courses_page_goes_on_where_one_was(course: Course, ben: User) -> None:
    enrolment = enrol(ben, course)
    first, second, *_rest = lessons_of(course)
    client = signed_in(ben)
    assert "Begin with" in shown(client, f"/learn/{course.slug}/")
    complete_lesson(enrolment, lesson_id=first.id)
    mark_lesson(enrolment, lesson_id=first.id, bookmarked=True)
    page = shown(client, f"/learn/{course.slug}/")
    assert "Go on with" in page
    assert "Bookmarks" in page
    assert "14%" in page  # one of six lessons and a quiz
    assert client.get(f"/learn/{course.slug}/?continue").headers["Location"] == f"/learn/{course.slug}/{second.slug}/"


def test_a_visitor_sees_what_is_free_and_how_to_get_the_rest(course: Course, client: Client) -> None:
    Lesson.objects.filter(course=course, position=1).update(is_free_preview=True)
    republish(course)
    page = shown(client, f"/learn/{course.slug}/")
    assert page.count(">Preview<") == 4  # three in the list, one in the module that is open
    assert f'hx-get="/courses/{course.slug}/offer/"' in page
    assert "of 6 done" not in page
    free = lessons_of(course)[1]
    assert client.get(f"/learn/{course.slug}/?continue").headers["Location"] == f"/learn/{course.slug}/{free.slug}/"


def test_whoever_gave_the_course_back_finds_notes_and_free_lessons(course: Course, ben: User) -> None:
    enrol(ben, course)
    revoke_enrolment(course, user=ben, reference="test")
    page = shown(signed_in(ben), f"/learn/{course.slug}/")
    assert "You no longer have this course." in page
    locked = signed_in(ben).get(f"/learn/{course.slug}/{lessons_of(course)[0].slug}/")
    assert locked.status_code == 403
    assert f"/learn/{course.slug}/notes/" in locked.content.decode()


def test_a_course_that_the_law_closed_says_so_and_offers_nothing(course: Course, ben: User) -> None:
    enrolment, client, path = enrol(ben, course), signed_in(ben), f"/learn/{course.slug}/"
    add_note(enrolment, lesson_id=lessons_of(course)[0].id, text="Mine")
    close_course(course)
    page = shown(client, path)
    assert "The law forbids us to show this course." in page
    assert f'href="{path}notes/"' in page
    for offer in ("Free for everybody", "Free lessons", "/offer/", "Continue"):
        assert offer not in page
    locked = client.get(f"{path}{lessons_of(course)[0].slug}/")
    assert locked.status_code == 403
    assert "The law forbids us to show this course." in locked.content.decode()
    assert f'href="{path}notes/"' in locked.content.decode()
    assert "/offer/" not in locked.content.decode()


def test_a_lesson_of_each_kind_shows_what_it_is(ada: User, ben: User) -> None:
    course = make_course(ada, modules=1, lessons=1, published=False)
    module = course.modules.get()
    add_text_lesson(
        module, title="Video", kind="video_embed", video_url="https://www.youtube.com/watch?v=dQw4w9WgXcQ", takeaways=["Remember"]
    )
    attach(add_text_lesson(module, title="Work", kind="exercise", hand_in="either", self_check=["Is it dark?"]))
    make_quiz(course, lesson=add_text_lesson(module, title="Asked", kind="quiz_inline"), title="Storeys")
    republish(course)
    enrol(ben, course)
    pages = {lesson.title: shown(signed_in(ben), f"/learn/{course.slug}/{lesson.slug}/") for lesson in lessons_of(course)}
    assert "Play from YouTube" in pages["Video"]
    assert "Remember" in pages["Video"]
    assert "Is it dark?" in pages["Work"]
    assert 'enctype="multipart/form-data"' in pages["Work"]
    assert 'id="mark-done"' not in pages["Work"]
    assert "grid.txt" in pages["Work"]
    assert 'id="quiz-panel"' in pages["Asked"]
    assert 'id="mark-done"' in pages["Asked"]


def test_a_draft_is_shown_by_the_same_objects(ada: User) -> None:
    """What the builder's preview relies on: the page's objects come from a draft as from a version."""
    course = make_course(ada, modules=2, lessons=2, quiz=True)
    draft = read_draft(course)
    lesson = next(draft.outline.lessons())
    access = lesson_access_map(ada, course, draft.outline)
    addresses = LearnAddresses(course.slug)
    frame = build_frame(
        draft.outline, title=course.title, addresses=addresses, access=lambda step: access[next(iter(access))], current=lesson
    )
    content = published_lesson(lessons_of(course)[0].revision or 0)
    page = LessonPage(frame=frame, lesson=lesson, content=content, href="", files=file_rows(lesson, content.attachments, addresses))
    assert page.frame.place == "Part 1, lesson 1 of 2"
    assert page.frame.done is None
    assert not page.is_learner
    assert [part.steps is None for part in frame.parts] == [False, True]


# --- Size and speed ------------------------------------------------------------------------------------------------------


def queries_of(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_a_course_of_600_lessons_has_small_pages_and_few_queries(ada: User) -> None:
    """Less than 60 kB of HTML, at most eight queries in any kind of lesson, however much was done."""
    course = make_big_course(ada)
    learner = make_user("reader")
    enrolment = enrol(learner, course)
    lessons, now = lessons_of(course), timezone.now()
    assert (len(lessons), len(list(outline_of(course).all_quizzes()))) == (600, 200)
    LessonProgress.objects.bulk_create(
        LessonProgress(enrolment=enrolment, lesson_id=lesson.id, first_viewed_at=now, last_viewed_at=now, completed_at=now, page_permille=5)
        for lesson in lessons[:400]
    )
    client, seen = signed_in(learner), {}
    for lesson in lessons[300:330]:
        path = f"/learn/{course.slug}/{lesson.slug}/"
        shown(client, path)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(path)
        assert len(page.content) < 60_000
        seen[lesson.kind] = max(seen.get(lesson.kind, 0), len(captured))
    assert set(seen) == {kind.value for kind in LessonKind} - {"video"}
    assert max(seen.values()) <= 8, seen
    home = f"/learn/{course.slug}/"
    assert len(client.get(home).content) < 60_000
    assert queries_of(lambda: client.get(home)) <= 8


def test_queries_do_not_grow_with_the_course(ada: User, ben: User) -> None:
    counts = []
    for modules in (1, 12):
        course = make_course(ada, modules=modules, lessons=3)
        enrolment = enrol(ben, course)
        for lesson in lessons_of(course)[:-1]:
            complete_lesson(enrolment, lesson_id=lesson.id)
        client, path = signed_in(ben), f"/learn/{course.slug}/{lessons_of(course)[0].slug}/"
        shown(client, path)
        counts.append(
            (
                queries_of(partial(client.get, path)),
                queries_of(partial(client.get, f"/learn/{course.slug}/")),
            )
        )
    assert counts[0] == counts[1]
    assert Enrolment.objects.count() == 2
