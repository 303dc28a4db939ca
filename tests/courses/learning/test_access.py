"""Who may open what, with the reason (R200-R202)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from courses.errors import CourseNotFound
from courses.learning import showing
from courses.learning.access import (
    can_access_lesson,
    get_accessible_lesson,
    get_learnable_course,
    get_standing,
    has_full_access,
    lesson_access_map,
)
from courses.learning.errors import LessonLocked, LessonNotFound
from courses.learning.models import Enrolment
from courses.learning.services.enrolments import ensure_enrolment, revoke_enrolment
from courses.models import Course, Lesson, Module
from courses.outline import version_outline
from tests.courses.learning.taking import attach, lessons_of, republish, signed_in
from tests.factories.courses import add_text_lesson, enrol, make_course, make_quiz

SECRET = "The secret of the seventh letter"


@pytest.fixture
def course(ada: User) -> Course:
    """Part 1: a free lesson, a closed one. Part 2: closed, with a file, an inline quiz and a module's quiz."""
    course = make_course(ada, published=False, modules=2, lessons=1)
    first, second = course.modules.all()
    first.lessons.update(is_free_preview=True)
    add_text_lesson(first, title="Closed", text=SECRET)
    attach(second.lessons.get(), SECRET.encode())
    inline = add_text_lesson(second, title="Asked", text="Answer.", kind="quiz_inline")
    for quiz in (make_quiz(course, lesson=inline, title="Inside"), make_quiz(course, module=second, title="After")):
        quiz.questions.update(text=SECRET, explanation=SECRET)
    return republish(course)


def reasons(user: User | AnonymousUser, course: Course) -> list[str]:
    assert course.current_version_id is not None
    found = lesson_access_map(user, course, version_outline(course.current_version_id))
    return [entry.reason.value for entry in found.values()]


def test_every_lesson_says_why_it_is_open_or_closed(course: Course, ada: User, ben: User, cleo: User, mo: User) -> None:
    enrol(ben, course)
    assert reasons(ada, course) == ["owner"] * 4
    assert reasons(mo, course) == ["staff"] * 4
    assert reasons(ben, course) == ["enrolled"] * 4
    assert reasons(cleo, course) == ["free_preview", "locked", "locked", "locked"]
    assert reasons(AnonymousUser(), course) == ["free_preview", "sign_in", "sign_in", "sign_in"]
    revoke_enrolment(course, user=ben, reference="test")
    assert reasons(ben, course) == ["free_preview", "revoked", "revoked", "revoked"]


def test_full_access_is_for_the_creator_staff_and_those_who_have_it(course: Course, ada: User, ben: User, cleo: User, mo: User) -> None:
    enrol(ben, course)
    ensure_enrolment(course, user=cleo)
    assert [has_full_access(user, course) for user in (ada, mo, ben, cleo, AnonymousUser())] == [True, True, True, False, False]  # R200


def test_a_module_that_is_free_opens_its_lessons(course: Course, cleo: User) -> None:
    """R201: the lesson or its module is a preview, else full access."""
    Module.objects.filter(course=course, position=1).update(is_free_preview=True)
    republish(course)
    assert [can_access_lesson(cleo, course, lesson) for lesson in lessons_of(course)] == [True, False, True, True]


def test_the_refusal_names_the_reason(course: Course, cleo: User) -> None:
    closed = lessons_of(course)[1]
    with pytest.raises(LessonLocked) as refused:
        get_accessible_lesson(cleo, course, closed.slug)
    assert refused.value.extra == {"reason": "locked"}
    assert "for those who have the course" in str(refused.value)
    with pytest.raises(LessonNotFound):
        get_accessible_lesson(cleo, course, "no-such-lesson")


def test_a_draft_has_no_door(ada: User, cleo: User) -> None:
    draft = make_course(ada, published=False)
    with pytest.raises(CourseNotFound):
        get_learnable_course(draft.slug)
    for user in (cleo, ada):
        slug = Lesson.objects.filter(course=draft).values_list("slug", flat=True)[0]
        assert signed_in(user).get(f"/learn/{draft.slug}/").status_code == 404
        assert signed_in(user).get(f"/learn/{draft.slug}/{slug}/").status_code == 404


def test_what_is_added_to_the_draft_of_a_published_course_stays_hidden(course: Course, ben: User) -> None:
    enrol(ben, course)
    fresh = add_text_lesson(course.modules.all()[0], title="Not yet", text="Unfinished")
    assert signed_in(ben).get(f"/learn/{course.slug}/{fresh.slug}/").status_code == 404
    assert "Not yet" not in signed_in(ben).get(f"/learn/{course.slug}/").content.decode()
    Lesson.objects.filter(course=course, position=1, module__position=0).update(text="Changed in the draft")
    assert "Changed in the draft" not in signed_in(ben).get(f"/learn/{course.slug}/{lessons_of(course)[1].slug}/").content.decode()


@pytest.mark.parametrize("who", ["visitor", "stranger", "revoked"])
def test_whoever_guesses_addresses_learns_nothing_of_what_is_closed(course: Course, ben: User, cleo: User, who: str) -> None:
    enrol(ben, course)
    revoke_enrolment(course, user=ben, reference="test")
    client = {"visitor": Client(), "stranger": signed_in(cleo), "revoked": signed_in(ben)}[who]
    _free, closed, with_file, _quiz = lessons_of(course)
    attachment = Lesson.objects.get(pk=with_file.id).attachments.get()
    quizzes = [f"quizzes/{quiz.slug}/" for quiz in version_outline(course.current_version_id or 0).all_quizzes()]
    below = ["", "notes/", "outline/", *(f"{lesson.slug}/" for lesson in lessons_of(course)), f"{with_file.slug}/files/{attachment.pk}/"]
    modules = [f"outline/{module.id}/" for module in version_outline(course.current_version_id or 0).modules]
    statuses = {}
    for path in [*below, *quizzes, *modules]:
        response = client.get(f"/learn/{course.slug}/{path}", follow=True)
        statuses[path] = response.status_code
        assert SECRET not in response.content.decode()
    assert statuses[f"{closed.slug}/"] == 403
    assert statuses[f"{with_file.slug}/files/{attachment.pk}/"] == 403
    assert [statuses[path] for path in quizzes] == [403] * len(quizzes)


def test_a_preview_needs_no_account_and_leaves_nothing(course: Course, client: Client) -> None:
    """R208."""
    response = client.get(f"/learn/{course.slug}/{lessons_of(course)[0].slug}/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Draw the <em>n</em> first" in page
    assert 'id="notes"' not in page
    assert "data-sitting" not in page
    assert not Enrolment.objects.exists()


def test_a_file_of_an_open_lesson_comes_by_a_link_that_ends(course: Course, ben: User) -> None:
    enrol(ben, course)
    lesson = lessons_of(course)[2]
    attachment = Lesson.objects.get(pk=lesson.id).attachments.get()
    response = signed_in(ben).get(f"/learn/{course.slug}/{lesson.slug}/files/{attachment.pk}/")
    assert response.status_code == 302
    given = Client().get(response["Location"])
    assert given.getvalue() == SECRET.encode()
    other = lessons_of(course)[0]
    assert signed_in(ben).get(f"/learn/{course.slug}/{other.slug}/files/{attachment.pk}/").status_code == 404


def test_a_file_removed_from_the_draft_stays_with_the_version(course: Course, ben: User) -> None:
    enrol(ben, course)
    lesson = lessons_of(course)[2]
    attachment = Lesson.objects.get(pk=lesson.id).attachments.get()
    attachment.removed_at = course.created_at
    attachment.save()
    assert signed_in(ben).get(f"/learn/{course.slug}/{lesson.slug}/files/{attachment.pk}/").status_code == 302


def test_the_locked_page_says_how_to_get_it(course: Course, client: Client, cleo: User) -> None:
    address = f"/learn/{course.slug}/{lessons_of(course)[1].slug}/"
    visitor = client.get(address)
    assert visitor.status_code == 403
    assert f"/login/?next={address}" in visitor.content.decode()
    assert f"/courses/{course.slug}/offer/" in signed_in(cleo).get(address).content.decode()


def test_what_is_taken_off_the_shelf_is_closed_for_strangers_and_stays_with_learners(
    course: Course, ben: User, cleo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(ben, course)
    monkeypatch.setattr(showing, "_checks", [lambda _course: False])
    assert get_standing(ben, course.slug).has_full_access
    assert Client().get(f"/learn/{course.slug}/").status_code == 404
    with pytest.raises(CourseNotFound):
        get_standing(cleo, course.slug)


def test_standing_takes_one_query_for_learners(course: Course, ben: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    enrol(ben, course)
    with django_assert_num_queries(1):
        standing = get_standing(ben, course.slug)
        assert standing.outline.totals.lessons == 4
