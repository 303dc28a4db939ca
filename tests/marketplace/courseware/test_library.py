"""The library holds courses and downloads together, with how far one is (R203-R205)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses.certificates.models import Certificate
from courses.certificates.services.standing import republish_certificate, withdraw_certificate
from courses.learning.models import Enrolment, Note
from courses.learning.services.progress import complete_lesson
from courses.models import Course
from kit.events.testing import deliver_all
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.orders.services.fulfilment import grant_product
from marketplace.orders.services.refunds import refund_line
from marketplace.services.products import archive_product
from tests.factories import make_product
from tests.factories.courses import enrol, make_course
from tests.marketplace.courseware.school import make_sold_course, sell
from tests.marketplace.orders.shop import buy

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, ben: User) -> Client:
    client.force_login(ben)
    return client


def learn(user: User, course: Course, *, lessons: int = 1) -> Enrolment:
    """The first lessons done, just now."""
    enrolment = Enrolment.objects.get(user=user, course=course)
    for lesson in course.lessons.order_by("module__position", "position")[:lessons]:
        enrolment = complete_lesson(enrolment, lesson_id=lesson.pk)
    return enrolment


def shelf(client: Client) -> str:
    return client.get("/library/").content.decode()


def test_courses_and_downloads_stand_together_latest_first(reader: Client, ada: User, ben: User, mo: User) -> None:  # R203, R204
    product, course = make_sold_course(ada, approved_by=mo, title="The course")
    buy(ben, product)
    buy(ben, make_product(ada, title="The book"))
    Enrolment.objects.update(last_activity_at=timezone.now() - timedelta(days=3))
    Entitlement.objects.filter(product=product).update(granted_at=timezone.now() - timedelta(days=3))
    page = shelf(reader)
    assert page.index("The book") < page.index("The course")
    learn(ben, course)
    page = shelf(reader)
    assert page.index("The course") < page.index("The book")


def test_a_course_shows_progress_and_leads_to_the_right_lesson(reader: Client, ada: User, ben: User, mo: User) -> None:  # R204
    product, course = make_sold_course(ada, approved_by=mo)
    buy(ben, product)
    assert "0% done" in shelf(reader)
    learn(ben, course, lessons=1)
    page = shelf(reader)
    assert "25% done" in page
    assert '<progress class="progress w-full" value="25"' in page
    assert f'href="/learn/{course.slug}/?continue"' in page
    assert reader.get(f"/learn/{course.slug}/?continue").headers["Location"] == f"/learn/{course.slug}/lesson-12/"


def test_a_finished_course_leads_to_its_certificate(reader: Client, ada: User, ben: User, mo: User) -> None:
    product, course = make_sold_course(ada, approved_by=mo)
    buy(ben, product)
    enrolment = learn(ben, course, lessons=4)
    deliver_all()
    page = shelf(reader)
    assert "Finished" in page
    assert f"/certificates/{enrolment.certificate.pk}/" in page


def test_a_shelf_of_courses_asks_as_often_for_one_as_for_many(
    reader: Client, ada: User, ben: User, mo: User, django_assert_max_num_queries: Any
) -> None:
    def fill(many: int) -> None:
        for _ in range(many):
            buy(ben, sell(make_course(ada, modules=1, lessons=1), approved_by=mo))

    def queries(url: str) -> int:
        with django_assert_max_num_queries(14) as captured:
            assert reader.get(url).status_code == 200
        return len(captured)

    pages = ("/library/", "/api/v1/marketplace/library/")
    fill(1)
    before = [queries(page) for page in pages]
    fill(3)
    assert [queries(page) for page in pages] == before


def test_what_one_tries_and_what_one_lost_stand_below(reader: Client, ada: User, ben: User, mo: User) -> None:  # R161
    lost, lost_course = make_sold_course(ada, approved_by=mo, title="Given back")
    placed = buy(ben, lost)
    enrolment = learn(ben, lost_course)
    lesson = lost_course.lessons.first()
    assert lesson
    Note.objects.create(enrolment=enrolment, lesson=lesson, text="Remember this")
    refund_line(placed.lines.get(), by=mo, reason="asked")
    deliver_all()
    tried, tried_course = make_sold_course(ada, approved_by=mo, title="Tried")
    enrol(ben, tried_course, source="preview")
    page = shelf(reader)
    assert "More that you learn" in page
    assert f'href="/learn/{lost_course.slug}/notes/"' in page
    assert "Remember this" in reader.get(f"/learn/{lost_course.slug}/notes/").content.decode()
    assert f'href="/learn/{tried_course.slug}/?continue"' in page
    assert "Nothing on the shelf yet" not in page
    archive_product(tried, by=ada)
    assert "Tried" not in shelf(reader), "a course that is no longer shown cannot be tried"


def test_a_course_that_one_was_invited_to_is_there(reader: Client, ada: User, ben: User) -> None:
    enrol(ben, make_course(ada, title="By invitation"), source="gifted", reference="invited")
    assert "By invitation" in shelf(reader)


def test_the_page_of_a_work_shows_the_course(reader: Client, ada: User, ben: User, mo: User) -> None:
    product, course = make_sold_course(ada, approved_by=mo)
    grant_product(product, to=ben, source=Entitlement.Source.GIFT)
    page = reader.get(f"/library/works/{product.slug}/").content.decode()
    assert "Lesson 2.2" in page
    assert f'href="/learn/{course.slug}/?continue"' in page
    assert "no files" not in page


def test_programs_read_the_library_with_progress(reader: Client, ada: User, ben: User, cleo: User, mo: User) -> None:  # R205, R162
    product, course = make_sold_course(ada, approved_by=mo)
    buy(ben, make_product(ada, title="A book"))
    buy(ben, product)
    learn(ben, course, lessons=2)
    buy(cleo, Product.objects.get(title="A book"))
    read: Any = reader.get("/api/v1/marketplace/library/").json()
    assert read["count"] == 2
    learning, book = read["items"]
    assert (book["title"], book["progress"]) == ("A book", None)
    progress = learning["progress"]
    assert (progress["lessons_completed"], progress["total_lessons"], progress["progress_percentage"]) == (2, 4, 50)
    assert (progress["access"], progress["is_completed"], progress["certificate_url"]) == ("purchased", False, None)
    assert progress["continue_url"].endswith(f"/learn/{course.slug}/?continue")
    assert Client().get("/api/v1/marketplace/library/").status_code == 401


def test_programs_hear_of_a_certificate_while_it_is_on_the_web(reader: Client, ada: User, ben: User, mo: User) -> None:  # R164, R205
    product, course = make_sold_course(ada, approved_by=mo)
    buy(ben, product)
    learn(ben, course, lessons=4)
    deliver_all()
    certificate = Certificate.objects.get(enrolment__user=ben)

    def told() -> str | None:
        said: Any = reader.get("/api/v1/marketplace/library/").json()
        address: str | None = said["items"][0]["progress"]["certificate_url"]
        return address

    assert (told() or "").endswith(certificate.get_absolute_url())
    withdraw_certificate(certificate, by=ben)
    assert told() is None
    republish_certificate(certificate, by=ben)
    assert told() is not None
