"""What the shop shows of a course: to visitors, to those who have it, to staff, and to programs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from courses.learning.models import Enrolment, Submission
from courses.learning.services.progress import complete_lesson
from courses.models import Course
from courses.services.courses import CourseWords, change_course
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from marketplace.cards import card
from marketplace.models import Product
from marketplace.services.products import Listing, archive_product, change_product
from tests.factories.courses import add_text_lesson, enrol, make_course, make_quiz
from tests.marketplace.courseware.school import make_sold_course, publish_again, sell
from tests.marketplace.orders.shop import buy

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_sale(ada: User, mo: User) -> tuple[Product, Course]:
    """Two modules; the first lesson of each is free, the first module ends with a quiz."""
    course = make_course(
        ada,
        modules=0,
        published=False,
        title="Letters that hold",
        prerequisites=["A pencil"],
        audience=["People who draw"],
        level="beginner",
    )
    for number in (1, 2):
        module = add_module(course, by=ada, title=f"Part {number}")
        add_text_lesson(module, title=f"Free {number}", is_free_preview=True, minutes=40)
        add_text_lesson(module, title=f"Paid {number}", minutes=30)
        if number == 1:
            make_quiz(course, module=module, title="Check part 1")
    publish_course(course, by=ada)
    course.refresh_from_db()
    return sell(course, approved_by=mo), course


def page_of(client: Client, product: Product) -> str:
    return client.get(f"/marketplace/{product.slug}/").content.decode()


def test_a_visitor_sees_the_outline_with_locks_and_what_is_free(client: Client, on_sale: tuple[Product, Course]) -> None:  # R206-R209
    product, course = on_sale
    page = page_of(client, product)
    for text in (
        "Part 1",
        "Part 2",
        "Free 1",
        "Paid 2",
        "Check part 1",
        "What you will learn",
        "Draw a letter",
        "A pencil",
        "People who draw",
    ):
        assert text in page, text
    assert "4 lessons, 2\u00a0h 20\u00a0min" in page
    assert "Beginners" in page
    assert f'<a class="lesson" href="/learn/{course.slug}/free-1/">' in page
    assert f'<a class="lesson is-locked" href="/learn/{course.slug}/paid-1/">' in page
    assert f'<a class="lesson is-locked" href="/learn/{course.slug}/quizzes/check-part-1/">' in page
    assert page.count(">Preview<") == 2
    assert "Take 2 lessons for free" in page
    assert "Buy for €68.00" in page


def test_free_lessons_play_for_anybody_and_the_others_do_not(client: Client, on_sale: tuple[Product, Course]) -> None:  # R201, R208
    _product, course = on_sale
    assert client.get(f"/learn/{course.slug}/free-1/").status_code == 200
    assert client.get(f"/learn/{course.slug}/paid-1/").status_code in (302, 402, 403)


def test_strangers_see_no_lesson_of_a_course_that_is_not_on_sale(client: Client, ada: User, ben: User, mo: User) -> None:
    course = make_course(ada, modules=0, published=False)
    add_text_lesson(add_module(course, by=ada, title="One", is_free_preview=True), title="Open")
    publish_course(course, by=ada)
    assert client.get(f"/learn/{course.slug}/open/").status_code == 404
    course.refresh_from_db()
    product = sell(course, approved_by=mo)
    assert client.get(f"/learn/{course.slug}/open/").status_code == 200
    buy(ben, product)
    archive_product(product, by=ada)
    assert client.get(f"/learn/{course.slug}/open/").status_code == 404
    client.force_login(ben)
    assert client.get(f"/learn/{course.slug}/open/").status_code == 200, "whoever bought it keeps it"


def test_the_owner_continues_instead_of_buying(client: Client, ben: User, on_sale: tuple[Product, Course]) -> None:  # R216
    product, course = on_sale
    buy(ben, product)
    client.force_login(ben)
    page = page_of(client, product)
    assert f'href="/learn/{course.slug}/">Start the course' in page
    assert "is-locked" not in page
    assert "Take 2 lessons" not in page
    lesson = course.lessons.get(slug="free-1")
    complete_lesson(Enrolment.objects.get(user=ben), lesson_id=str(lesson.pk))
    assert "Continue the course" in page_of(client, product)


def test_its_creator_and_staff_see_everything_open(client: Client, ada: User, mo: User, on_sale: tuple[Product, Course]) -> None:  # R200
    product, _course = on_sale
    for person in (ada, mo):
        client.force_login(person)
        assert "is-locked" not in page_of(client, product)


def test_a_new_version_is_on_the_page_at_once(client: Client, ada: User, on_sale: tuple[Product, Course]) -> None:
    product, course = on_sale
    assert "Brand new" not in page_of(client, product)
    add_text_lesson(course.modules.get(position=1), title="Brand new")
    assert "Brand new" not in page_of(client, product), "a draft is nobody's business"
    publish_course(course, by=ada)
    assert "Brand new" in page_of(client, product), "before any handler has run"
    change_course(course, by=ada, words=replace(CourseWords.of(course), outcomes=["Kern by ear"]))
    assert "Kern by ear" in page_of(client, product)
    change_product(product, by=ada, listing=replace(Listing.of(product), price_minor=4200))
    assert "Buy for €42.00" in page_of(client, product)


def test_a_huge_outline_comes_in_parts(client: Client, ada: User, mo: User) -> None:
    product, course = make_sold_course(ada, approved_by=mo, modules=14, lessons=1)
    page = page_of(client, product)
    assert "Lesson 10.1" in page
    assert "Lesson 11.1" not in page
    parts = re.findall(r'hx-get="(/learn/[^"]+/outline/[^"]+)"', page)
    assert len(parts) == 4
    assert "Lesson 11.1" in client.get(parts[0], headers={"HX-Request": "true"}).content.decode()
    assert "Lesson 11.1" in client.get(parts[0]).content.decode(), "without script the link opens a page"
    assert course.slug in parts[0]


def test_a_large_course_asks_as_often_as_a_small_one(client: Client, ada: User, ben: User, mo: User) -> None:
    pages = [make_sold_course(ada, approved_by=mo, modules=number, lessons=number)[0] for number in (1, 6)]
    counts: dict[str, list[int]] = {}
    for who in ("visitor", "buyer"):
        if who == "buyer":
            client.force_login(ben)
            for product in pages:
                buy(ben, product)
        for product in pages:
            page_of(client, product)
            Product.objects.filter(pk=product.pk).update(summary=who)
            with CaptureQueriesContext(connection) as captured:
                page_of(client, product)
            counts.setdefault(who, []).append(len(captured))
    assert counts["visitor"][0] == counts["visitor"][1]
    assert counts["buyer"][0] == counts["buyer"][1]


def test_machines_read_a_course(client: Client, on_sale: tuple[Product, Course]) -> None:
    product, _course = on_sale
    found = re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page_of(client, product), re.S)
    assert found
    data = json.loads(found[1])
    assert data["@type"] == ["Course", "Product"]
    assert data["hasCourseInstance"] == {"@type": "CourseInstance", "courseMode": "Online", "courseWorkload": "PT140M"}
    assert (data["offers"]["price"], data["offers"]["category"]) == ("68.00", "Paid")
    assert data["teaches"] == ["Draw a letter"]
    assert [section["name"] for section in data["syllabusSections"]] == ["Part 1", "Part 2"]


def test_a_card_says_how_much_is_free_and_what_one_has(client: Client, ben: User, on_sale: tuple[Product, Course]) -> None:  # R215, R216
    product, _course = on_sale
    shown = card(Product.objects.for_cards().get(pk=product.pk))
    assert (shown["flag"], shown["fact"], shown["price"]) == ("2 lessons free", "4 lessons", "€68.00")
    assert "2 lessons free" in client.get("/marketplace/").content.decode()
    buy(ben, product)
    client.force_login(ben)
    shelf = client.get("/marketplace/").content.decode()
    assert '<span class="flag">Yours</span>' in shelf
    assert "2 lessons free" not in shelf


def test_a_paid_course_with_free_lessons_is_free_to_start(
    client: Client, on_sale: tuple[Product, Course], ada: User, mo: User
) -> None:  # R217
    make_sold_course(ada, approved_by=mo, title="Wholly paid")
    make_sold_course(ada, approved_by=mo, title="Wholly free", price={"pricing": "free", "price_minor": 0})
    found = {
        price: client.get("/marketplace/", {"price": price, "kind": "course"}).content.decode() for price in ("free", "paid", "freemium")
    }
    titles = ("Letters that hold", "Wholly paid", "Wholly free")
    shown = {price: [title for title in titles if title in page] for price, page in found.items()}
    assert shown == {"free": ["Wholly free"], "paid": ["Letters that hold", "Wholly paid"], "freemium": ["Letters that hold"]}


def test_programs_read_the_outline_and_what_they_have(
    client: Client, ben: User, on_sale: tuple[Product, Course]
) -> None:  # R169-R172, R216
    product, course = on_sale
    read: Any = client.get(f"/api/v1/marketplace/products/{product.slug}").json()
    assert (read["has_free_preview"], read["free_preview_lesson_count"], read["user_has_access"]) == (True, 2, False)
    said = read["course"]
    assert (said["total_modules"], said["total_lessons"], said["total_duration_minutes"]) == (2, 4, 140)
    assert (said["learning_outcomes"], said["prerequisites"]) == (["Draw a letter"], ["A pencil"])
    assert [lesson["accessible"] for lesson in said["outline"][0]["lessons"]] == [True, False]
    assert "Draw the" not in json.dumps(read), "no word of a lesson"
    buy(ben, product)
    client.force_login(ben)
    mine: Any = client.get(f"/api/v1/marketplace/products/{product.slug}").json()
    assert mine["user_has_access"] is True
    assert [lesson["accessible"] for lesson in mine["course"]["outline"][0]["lessons"]] == [True, True]
    listed: Any = client.get("/api/v1/marketplace/products").json()
    assert [(one["slug"], one["user_has_access"]) for one in listed["products"]] == [(course.slug, True)]


class TestOffer:
    """The fragment that a locked lesson shows."""

    def offer(self, client: Client, course: Course) -> Any:
        return client.get(f"/courses/{course.slug}/offer/", headers={"HX-Request": "true"})

    def test_a_visitor_can_buy_there(self, client: Client, on_sale: tuple[Product, Course]) -> None:
        product, course = on_sale
        answer = self.offer(client, course)
        assert "Buy for €68.00" in answer.content.decode()
        assert "Cookie" in answer["Vary"]
        assert client.get(f"/courses/{course.slug}/offer/").headers["Location"] == f"/marketplace/{product.slug}/"

    def test_whoever_has_it_goes_on(self, client: Client, ben: User, on_sale: tuple[Product, Course]) -> None:
        product, course = on_sale
        buy(ben, product)
        client.force_login(ben)
        assert "Start the course" in self.offer(client, course).content.decode()

    def test_there_is_none_for_what_is_not_sold(self, client: Client, ada: User, on_sale: tuple[Product, Course]) -> None:
        product, course = on_sale
        archive_product(product, by=ada)
        assert self.offer(client, course).status_code == 404
        assert self.offer(client, make_course(ada)).status_code == 404


def test_staff_look_at_the_course_before_they_decide(client: Client, ada: User, mo: User, on_sale: tuple[Product, Course]) -> None:  # R89
    product, course = on_sale
    client.force_login(mo)
    desk = client.get(f"/moderation/{product.slug}/").content.decode()
    assert "Every lesson opens for you" in desk
    assert f'href="/learn/{course.slug}/paid-1/"' in desk
    assert client.get(f"/learn/{course.slug}/paid-1/").status_code == 200
    assert product.title not in client.get("/moderation/?tab=changed").content.decode()
    course.lessons.update(text="Something else.")
    publish_again(course)
    assert product.title in client.get("/moderation/?tab=changed").content.decode()


def test_the_dashboard_leads_to_the_builder_and_the_learners(client: Client, ada: User, on_sale: tuple[Product, Course]) -> None:
    _product, course = on_sale
    client.force_login(ada)
    page = client.get("/dashboard/products/").content.decode()
    assert f"/dashboard/courses/{course.slug}/builder/" in page
    assert f"/dashboard/courses/{course.slug}/learners/" in page
    assert "has changes that learners do not see" not in client.get("/dashboard/").content.decode()
    change_course(course, by=ada, words=replace(CourseWords.of(course), completion="quizzes"))
    assert "has changes that learners do not see" in client.get("/dashboard/").content.decode()


def test_a_review_needs_the_course(client: Client, ben: User, cleo: User, on_sale: tuple[Product, Course]) -> None:  # R51, R127
    product, course = on_sale
    enrol(cleo, course, source="preview")
    buy(ben, product)
    for person, status in ((ben, 200), (cleo, 403)):
        client.force_login(person)
        assert client.get(f"/marketplace/{product.slug}/reviews/mine/").status_code == status


def test_what_was_handed_in_waits_on_the_dashboard(client: Client, ada: User, ben: User, on_sale: tuple[Product, Course]) -> None:
    product, course = on_sale
    buy(ben, product)
    lesson, enrolment = course.lessons.get(slug="paid-1"), Enrolment.objects.get(user=ben)
    for number in (1, 2):
        Submission.objects.create(enrolment=enrolment, lesson=lesson, number=number, text="n", submitted_at=timezone.now())
    client.force_login(ada)
    page = client.get("/dashboard/").content.decode()
    assert "1 exercise waits for your feedback" in page, "only the latest of one learner counts"
    assert f"/dashboard/courses/{course.slug}/submissions/" in page
